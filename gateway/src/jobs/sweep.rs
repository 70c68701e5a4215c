//! The sweeper: finds blobs that a crash or a hang-up left behind.
//!
//! A blob in the store without a row in the catalog is first *condemned*: from
//! then on no commit can use it. `remove_blobs` deletes it a grace later. Age is
//! by the store's clock. The sweeper stops and alarms when store and catalog do
//! not know each other (a restored or foreign catalog would make every blob an
//! orphan), and when more blobs are orphans than a crash can explain.

use futures_util::StreamExt;
use kms_core::sealed::BlobId;

use super::JobError;
use crate::backing::BackingError;
use crate::catalog::CatalogError;
use crate::context::Gateway;

/// Blobs that are asked about at once.
const BATCH: usize = 1000;
/// Orphans that never alarm: in a small store one crash is many percent.
const ALWAYS_FINE: u64 = 100;

/// What a sweep found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// Blobs in the store.
    pub listed: u64,
    /// Old blobs without a row.
    pub orphans: u64,
}

/// Why a sweep did not condemn anything.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// Store and catalog carry different identities: one of them was restored
    /// or is foreign. Nothing is deleted until an operator has looked.
    #[error("the backing store belongs to another catalog; nothing is swept")]
    Foreign,
    /// Too many orphans. Nothing is deleted until an operator has looked.
    #[error("{} of {} blobs are orphans; nothing is swept", .0.orphans, .0.listed)]
    TooMany(Sweep),
    /// A dependency failed; the next sweep tries again.
    #[error(transparent)]
    Job(#[from] JobError),
}

impl From<CatalogError> for SweepError {
    fn from(error: CatalogError) -> Self {
        Self::Job(error.into())
    }
}

impl From<BackingError> for SweepError {
    fn from(error: BackingError) -> Self {
        Self::Job(error.into())
    }
}

/// Sweeps once: counts first, condemns only what the count allows.
pub(super) async fn round(gateway: &Gateway) -> Result<(), SweepError> {
    check_identity(gateway).await?;
    let counted = walk(gateway, false).await?;
    let alarm = counted.listed.saturating_mul(gateway.settings.gc.alarm_percent) / 100;
    if counted.orphans > alarm.max(ALWAYS_FINE) {
        tracing::error!(
            orphans = counted.orphans,
            listed = counted.listed,
            "too many orphan blobs: is this the right catalog for this store?"
        );
        return Err(SweepError::TooMany(counted));
    }
    if counted.orphans > 0 {
        walk(gateway, true).await?;
        tracing::info!(orphans = counted.orphans, "orphan blobs were condemned");
    }
    Ok(())
}

/// The store carries the catalog's identity in an object of its own; the first
/// sweep of a new pair writes it.
async fn check_identity(gateway: &Gateway) -> Result<(), SweepError> {
    let identity = gateway.catalog.identity().await?;
    let own = format!("{}/{}", identity.store, identity.epoch);
    let found = gateway.objects.backing.identity(&own).await?;
    match found == own {
        true => Ok(()),
        false => {
            tracing::error!(%own, %found, "the backing store belongs to another catalog");
            Err(SweepError::Foreign)
        }
    }
}

/// Walks over the store, counting or condemning old blobs without a row.
async fn walk(gateway: &Gateway, condemn: bool) -> Result<Sweep, SweepError> {
    let age = std::time::Duration::from_secs(gateway.settings.gc.orphan_age_s);
    let oldest = (gateway.clock)().checked_sub(age);
    let mut sweep = Sweep::default();
    let mut batch = Vec::with_capacity(BATCH);
    let listed = gateway.objects.backing.list();
    let mut listed = std::pin::pin!(listed);
    while let Some(blob) = listed.next().await {
        let blob = blob?;
        sweep.listed += 1;
        let old = oldest.is_some_and(|oldest| blob.modified <= oldest);
        if let Some(BlobId(id)) = blob.id.filter(|_| old) {
            batch.push(id);
        }
        if batch.len() >= BATCH {
            sweep.orphans += judge(gateway, std::mem::take(&mut batch), condemn).await?;
        }
    }
    sweep.orphans += judge(gateway, batch, condemn).await?;
    Ok(sweep)
}

/// How many of `ids` are orphans; condemns them when told to.
async fn judge(gateway: &Gateway, ids: Vec<[u8; 16]>, condemn: bool) -> Result<u64, SweepError> {
    if condemn {
        return Ok(gateway.catalog.blob_condemn(ids).await?.len() as u64);
    }
    let known = gateway.catalog.blob_known(ids).await?;
    Ok(known.into_iter().filter(|known| !known).count() as u64)
}
