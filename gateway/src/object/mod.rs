//! Objects: sealed on the way in, opened on the way out.
//!
//! The verbs of the product, over streams; no HTTP, no authorization. Three
//! files know that a body is encrypted: `encryption` (data keys and envelopes),
//! `write` (plaintext in, blob out) and `read` (blob in, plaintext out). The
//! order of durability is held here: blob synced, audit record durable, catalog
//! committed, only then an answer.

pub mod append;
pub mod encryption;
pub mod etag;
pub mod multipart;
pub mod put;
pub mod read;
pub mod write;

mod hash_lane;

use std::sync::Arc;

use kms_core::kms::{Kms, KmsError};
use kms_core::root::{ServiceKeys, ServicePurpose};
use kms_core::sealed::{Mode, RowClaims, SealedError, WriteId, row_mac, verify_row_mac};
use tokio::sync::Semaphore;

use self::encryption::CustomerKeyFault;
use crate::backing::{Backing, BackingError};
use crate::catalog::model::{BucketFacts, StoredObject};
use crate::catalog::{Catalog, CatalogError};
use crate::stream::BodyError;

/// The handles that objects need.
pub struct Objects {
    /// Rows.
    pub catalog: Catalog,
    /// Blobs.
    pub backing: Backing,
    /// Data keys.
    pub kms: Arc<Kms>,
    /// The key of row MACs.
    pub service_keys: Arc<ServiceKeys>,
    /// SM4 takes a millisecond a segment: at most so many at once, so that the
    /// runtime's threads stay free for sockets.
    slow_ciphers: Semaphore,
}

/// Why a verb failed.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// The key service refused or is out of reach.
    #[error(transparent)]
    Kms(#[from] KmsError),
    /// The customer's key is missing, needless or wrong.
    #[error(transparent)]
    CustomerKey(#[from] CustomerKeyFault),
    /// The catalog refused or failed.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The backing store failed.
    #[error(transparent)]
    Backing(#[from] BackingError),
    /// The client's body is not what was announced.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// A row, envelope or segment failed authentication, or is of a newer
    /// format. The object is not served.
    #[error("object {object}: {error}")]
    Sealed {
        /// Write id of the object, for the log.
        object: String,
        /// What failed.
        error: SealedError,
    },
    /// The commit's outcome is not known; the client must look.
    #[error("the outcome of write {0} is not known")]
    Unknown(String),
}

impl Objects {
    /// Objects over these handles.
    pub fn new(
        catalog: Catalog,
        backing: Backing,
        kms: Arc<Kms>,
        service_keys: Arc<ServiceKeys>,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { catalog, backing, kms, service_keys, slow_ciphers: Semaphore::new(cores) }
    }

    /// The MAC that ties `object` to its place.
    fn row_mac(&self, facts: &BucketFacts, key: &[u8], object: &StoredObject) -> [u8; 32] {
        let row = self.service_keys.current(ServicePurpose::Row);
        with_claims(facts, key, object, |claims| row_mac(row.material(), claims))
    }

    /// Refuses an object whose row was not written by this gateway for this
    /// place. Errors: `Sealed`.
    fn check_row(
        &self,
        facts: &BucketFacts,
        key: &[u8],
        object: &StoredObject,
    ) -> Result<(), ObjectError> {
        let row = self.service_keys.current(ServicePurpose::Row);
        let checked = with_claims(facts, key, object, |claims| {
            verify_row_mac(row.material(), claims, &object.body.mac)
        });
        checked.map_err(|error| sealed(&object.write_id, error))
    }
}

fn with_claims<T>(
    facts: &BucketFacts,
    key: &[u8],
    object: &StoredObject,
    judge: impl FnOnce(&RowClaims<'_>) -> T,
) -> T {
    judge(&RowClaims {
        bucket_id: facts.bucket.id.as_bytes(),
        object_key: key,
        write_id: &WriteId(object.write_id),
        mode: object.body.mode,
        envelope: &object.body.envelope,
        manifest: &object.body.manifest,
        plain_len: object.size,
        etag: &object.etag,
    })
}

/// A [`SealedError`] with the object it is about.
fn sealed(write_id: &[u8; 16], error: SealedError) -> ObjectError {
    ObjectError::Sealed { object: hex::encode(write_id), error }
}

/// Whether a mode is announced to clients and needs a key of theirs.
pub fn is_announced(mode: Mode) -> bool {
    !matches!(mode, Mode::None)
}
