//! An append: one more blob at the end of an object, under the object's data
//! key and a salt of its own; the row keeps its write id, DEK and envelope.

use kms_core::kms::{KmsError, ObjectAccess};
use kms_core::sealed::{Envelope, Manifest};

use super::encryption::{Announcement, Bearer, Place, Sealing};
use super::put::{Made, Written};
use super::read::client_context;
use super::write::Payload;
use super::{ObjectError, Objects, etag, sealed};
use crate::catalog::CatalogError;
use crate::catalog::model::{Extension, Metadata, StoredObject};
use crate::stream::EtagOver;

/// Header with the position of the next append; the same in both spellings.
pub const NEXT_POSITION: &str = "x-obs-next-append-position";
/// Most appends of one object.
pub const APPENDS_MAX: usize = kms_core::sealed::MAX_PARTS;

/// Bytes to be added.
pub struct Append {
    /// The bytes.
    pub payload: Payload,
    /// Over what the part's ETag runs.
    pub etag_over: EtagOver,
    /// Time of the append.
    pub now_ms: i64,
}

impl Objects {
    /// Adds bytes to `object`, which stands at `place`: one KMS call, one blob,
    /// one transaction. `None` when it has all the parts that it may have.
    ///
    /// Errors: `Catalog(PreconditionFailed)` when the object has changed since
    /// it was read, `Kms`, `Body`, `Backing`, `Sealed`; `Unknown` when the
    /// commit's outcome is not known: the client must look.
    pub async fn append(
        &self,
        bearer: Bearer<'_>,
        place: Place<'_>,
        object: &StoredObject,
        append: Append,
    ) -> Result<Option<Written>, ObjectError> {
        self.check_row(place.facts, place.key, object)?;
        let refused = |error| sealed(&object.write_id, error);
        let envelope = Envelope::decode(&object.body.envelope).map_err(refused)?;
        let manifest = Manifest::decode(&object.body.manifest).map_err(refused)?;
        let mut parts = manifest.parts().to_vec();
        let last = parts.last().map_or(0, |part| part.number);
        if parts.len() >= APPENDS_MAX {
            return Ok(None);
        }
        let context = client_context(object)?;
        let sealing =
            self.open_sealing(bearer, place, envelope, &context, ObjectAccess::Write).await?;
        let blob = self.seal_blob(&sealing, last + 1, append.payload, append.etag_over).await?;
        let Sealing { data_key, envelope, ticket } = sealing;
        drop(data_key);
        ticket.durable().await.map_err(KmsError::from)?;
        parts.push(blob.part);
        let etag = etag::of_parts(&parts);
        let blobs = parts.iter().map(|part| part.blob.0).collect();
        // A checksum of the whole would have to be computed anew.
        let metadata = Metadata { checksum: None, ..object.metadata.clone() };
        let made =
            Made { envelope: &envelope, parts, parts_count: None, etag: etag.clone(), metadata };
        let longer = self.stored(place, made)?;
        let size = longer.size;
        let extension = Extension {
            bucket: place.facts.bucket.row,
            key: place.key.to_vec(),
            etag: object.etag.clone(),
            modified_ms: append.now_ms,
            object: longer,
            blobs,
        };
        let committed = match self.catalog.version_extend(extension).await {
            Ok(committed) => committed,
            // The blob may be part of the object: the sweeper asks the catalog.
            Err(CatalogError::Unknown) => {
                return Err(ObjectError::Unknown(hex::encode(object.write_id)));
            }
            Err(refused) => {
                // The refusal is certain, so the blob may go at once.
                let _ = self.backing.remove(&blob.part.blob).await;
                return Err(refused.into());
            }
        };
        let announcement = Announcement::of(&envelope);
        let modified_ms = append.now_ms;
        Ok(Some(Written { committed, etag, announcement, checksum: None, size, modified_ms }))
    }
}
