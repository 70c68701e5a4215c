//! The transactional truth: who exists, which buckets, which version of a key is
//! current, which blobs belong to it, and the key records.
//!
//! A method is `noun_verb`, one file for each noun; SQL stands in these files
//! and runs through [`driver`]. The catalog decides nothing about rights and
//! never touches the backing store. The tables are specified in
//! `docs/formats/catalog.md`.
//!
//! Invariants: a mutation carries its precondition, which is judged in the
//! transaction that applies it; what a method has answered is durable; an
//! object is visible exactly when the transaction of `version.rs` has committed.

mod account;
mod acl;
mod alias;
mod blob;
mod bucket;
mod cmk;
mod cmk_life;
mod cmk_rights;
mod completion;
mod deletion;
mod driver;
mod error;
mod extension;
mod facts;
mod grant;
pub mod identity;
mod key;
mod listing;
mod lock;
mod meta;
mod metadata;
mod migrate;
pub mod model;
mod outbox;
mod page;
mod part;
mod setting;
mod snapshot;
mod sqlite;
mod stored;
mod upload;
mod upload_listing;
mod usage;
mod version;
mod version_listing;

use std::path::Path;
use std::sync::Arc;

use tokio::sync::Semaphore;

pub use account::KeyHolder;
pub use error::CatalogError;
pub use snapshot::{Snapshot, Wants};
pub use usage::QUOTA;

use driver::{Tx, job};
use facts::Facts;
use sqlite::Sqlite;

/// Tells the time in milliseconds since the epoch.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Long reads (pages, counts) that run at the same time.
const LONG_READS: usize = 4;

/// The open catalog; clones share it.
#[derive(Clone)]
pub struct Catalog(Arc<Inner>);

struct Inner {
    sqlite: Sqlite,
    facts: Facts,
    clock: Clock,
    long_reads: Semaphore,
}

impl Catalog {
    /// Opens `dir/catalog.sqlite`, creates it when it is absent, and applies
    /// the migrations it lacks. `clock` dates the release of blobs. Blocks for
    /// some milliseconds.
    ///
    /// Errors: `Newer` for a catalog of a later release, `Unavailable`.
    pub fn open(dir: &Path, clock: Clock) -> Result<Self, CatalogError> {
        let sqlite = Sqlite::open(&dir.join("catalog.sqlite"), |connection| {
            migrate::migrate(connection)?;
            meta::identity_create(&Tx::new(connection))
        })?;
        let long_reads = Semaphore::new(LONG_READS);
        Ok(Self(Arc::new(Inner { sqlite, facts: Facts::default(), clock, long_reads })))
    }

    /// Goes once through the writer's queue: an error when it has stopped or
    /// cannot begin a transaction.
    pub async fn writer_check(&self) -> Result<(), CatalogError> {
        self.write(|_| Ok(())).await
    }

    /// Runs a mutation in the writer's next batch and waits until it is durable.
    /// It is carried out even when the caller stops waiting.
    async fn write<T, E>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<CatalogError> + Send + 'static,
    {
        let (job, outcome) = job(work);
        self.0.sqlite.submit(job).await?;
        outcome.await.unwrap_or_else(|_| Err(CatalogError::Unknown.into()))
    }

    /// Runs a short read (a few rows) where the caller stands.
    fn read<T>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, CatalogError>,
    ) -> Result<T, CatalogError> {
        self.0.sqlite.read(work)
    }

    /// Runs a read that may take milliseconds on a blocking thread.
    async fn read_long<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, CatalogError> + Send + 'static,
    ) -> Result<T, CatalogError> {
        let stopped = |why: String| CatalogError::Unavailable(why);
        let _permit = self.0.long_reads.acquire().await.map_err(|e| stopped(e.to_string()))?;
        let inner = self.0.clone();
        let read = tokio::task::spawn_blocking(move || inner.sqlite.read(work));
        read.await.map_err(|e| stopped(e.to_string()))?
    }

    fn now_ms(&self) -> i64 {
        (self.0.clock)()
    }
}
