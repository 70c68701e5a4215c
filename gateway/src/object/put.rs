//! A whole object in one write: PutObject, CopyObject and their kin.
//!
//! The order of durability of a write stands in [`Objects::put`]: blob, audit
//! record, row. Invariant: once a COMMIT has been sent, a blob is removed only
//! when the catalog has certainly refused it.

use kms_core::kms::{Caller, KmsError};
use kms_core::sealed::{Envelope, Manifest, Mode, Part, WriteId};
use uuid::Uuid;

use super::encryption::{Announcement, Encryption, KeyName, Place};
use super::write::Payload;
use super::{ObjectError, Objects, etag, sealed};
use crate::catalog::CatalogError;
use crate::catalog::model::{
    Committed, Metadata, NewVersion, Precondition, StoredBody, StoredChecksum, StoredObject,
};
use crate::stream::EtagOver;
use crate::stream::checksum::ChecksumValue;

/// An object to be written.
pub struct Put {
    /// What to do with the bytes.
    pub encryption: Encryption,
    /// The bytes.
    pub payload: Payload,
    /// Over what the ETag runs.
    pub etag_over: EtagOver,
    /// What the client says about it.
    pub metadata: Metadata,
    /// What must hold in the commit.
    pub precondition: Precondition,
    /// The account that writes.
    pub owner_id: String,
    /// Time of the write.
    pub now_ms: i64,
}

/// An object that is written.
#[derive(Debug)]
pub struct Written {
    /// What the catalog did.
    pub committed: Committed,
    /// ETag without quotes.
    pub etag: String,
    /// Its encryption.
    pub announcement: Announcement,
    /// Its checksum, if any.
    pub checksum: Option<StoredChecksum>,
    /// Plaintext size.
    pub size: u64,
    /// Time of the write.
    pub modified_ms: i64,
}

impl Objects {
    /// Writes an object: one KMS call, one blob, one transaction.
    pub async fn put(
        &self,
        caller: &Caller,
        place: Place<'_>,
        put: Put,
    ) -> Result<Written, ObjectError> {
        let write_id = WriteId(*Uuid::new_v4().as_bytes());
        let sealing = self.new_sealing(caller, place, &put.encryption, write_id).await?;
        let blob = self.seal_blob(&sealing, 1, put.payload, put.etag_over).await?;
        // What is not recorded did not happen.
        sealing.ticket.durable().await.map_err(KmsError::from)?;
        let checksum = blob.checksum.as_ref().map(full_object);
        let metadata = Metadata { checksum, ..put.metadata };
        let etag = etag::of_part(&blob.part.etag_md5);
        let made = Made {
            envelope: &sealing.envelope,
            parts: vec![blob.part],
            parts_count: None,
            etag,
            metadata,
        };
        let object = self.stored(place, made)?;
        let version = NewVersion {
            bucket: place.facts.bucket.row,
            key: place.key.to_vec(),
            modified_ms: put.now_ms,
            owner_id: put.owner_id,
            blobs: vec![blob.part.blob.0],
            kms_key: kms_key(&sealing.envelope),
            object,
        };
        let announcement = Announcement::of(&sealing.envelope);
        self.commit(version, put.precondition, announcement).await
    }

    /// The row of an object, with its MAC. Errors: `Sealed`.
    pub(super) fn stored(
        &self,
        place: Place<'_>,
        made: Made<'_>,
    ) -> Result<StoredObject, ObjectError> {
        let write_id = made.envelope.write_id;
        let refused = |error| sealed(&write_id.0, error);
        let manifest = Manifest::new(made.parts).map_err(refused)?;
        let mut object = StoredObject {
            size: manifest.plain_len(),
            etag: made.etag,
            write_id: write_id.0,
            body: StoredBody {
                mode: made.envelope.mode,
                envelope: made.envelope.encode().map_err(refused)?,
                manifest: manifest.encode(),
                mac: [0; 32],
                parts_count: made.parts_count,
            },
            metadata: made.metadata,
        };
        object.body.mac = self.row_mac(place.facts, place.key, &object);
        Ok(object)
    }

    async fn commit(
        &self,
        version: NewVersion,
        precondition: Precondition,
        announcement: Announcement,
    ) -> Result<Written, ObjectError> {
        let object = &version.object;
        let (write_id, blobs) = (object.write_id, version.blobs.clone());
        let (etag, size) = (object.etag.clone(), object.size);
        let (checksum, modified_ms) = (object.metadata.checksum.clone(), version.modified_ms);
        let outcome = self.catalog.version_commit(version, precondition).await;
        let committed = self.outcome(outcome, &write_id, &blobs).await?;
        Ok(Written { committed, etag, announcement, checksum, size, modified_ms })
    }

    /// What became of a commit. A refusal is certain, so its blobs go at once;
    /// an unknown outcome is looked up by write id, and if that fails too the
    /// blobs stay for the sweeper, which asks the catalog.
    pub(super) async fn outcome(
        &self,
        outcome: Result<Committed, CatalogError>,
        write_id: &[u8; 16],
        blobs: &[[u8; 16]],
    ) -> Result<Committed, ObjectError> {
        let refused = match outcome {
            Ok(committed) => return Ok(committed),
            Err(CatalogError::Unknown) => {
                let found = self.catalog.write_find(*write_id).await;
                return found
                    .ok()
                    .flatten()
                    .ok_or_else(|| ObjectError::Unknown(hex::encode(write_id)));
            }
            Err(refused) => refused,
        };
        for blob in blobs {
            if let Err(error) = self.backing.remove(&kms_core::sealed::BlobId(*blob)).await {
                tracing::debug!(%error, "a refused write's blob is left to the sweeper");
            }
        }
        Err(refused.into())
    }
}

/// What a row is made of.
pub(super) struct Made<'a> {
    pub envelope: &'a Envelope,
    pub parts: Vec<Part>,
    pub parts_count: Option<u32>,
    pub etag: String,
    pub metadata: Metadata,
}

/// A checksum over the whole object, as it is stored.
pub(super) fn full_object(value: &ChecksumValue) -> StoredChecksum {
    StoredChecksum {
        algorithm: value.algorithm().name().to_owned(),
        value: value.to_base64(),
        composite: false,
    }
}

/// The CMK and version that an envelope is under, for the inventory by key.
pub(super) fn kms_key(envelope: &Envelope) -> Option<(Uuid, u32)> {
    let key = envelope.wrapping_key.as_ref().filter(|_| envelope.mode == Mode::Kms)?;
    let name: KeyName = key.id.parse().ok()?;
    Some((Uuid::parse_str(&name.id).ok()?, key.version))
}
