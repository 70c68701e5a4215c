//! Multipart uploads: each part is a blob of its own under the upload's DEK and
//! a salt of its own; Complete moves no byte.

use kms_core::base::SecretBytes;
use kms_core::kms::{Caller, EncryptionContext, KmsError, ObjectAccess};
use kms_core::root::ServicePurpose;
use kms_core::sealed::{
    BlobId, Checksum as KeptChecksum, Commitment, Envelope, Manifest, Part, RowClaims, Salt,
    WriteId, part_mac, verify_part_mac,
};
use uuid::Uuid;

use super::encryption::{Announcement, Bearer, Encryption, Place, Sealing};
use super::put::{Made, Written, full_object, kms_key};
use super::write::Payload;
use super::{ObjectError, Objects, etag, sealed};
use crate::catalog::CatalogError;
use crate::catalog::model::{
    Metadata, NewVersion, Precondition, StoredChecksum, Upload, UploadPart,
};
use crate::object::read::ENCRYPTION_CONTEXT;
use crate::stream::EtagOver;
use crate::stream::checksum::{ChecksumAlgorithm, ChecksumValue};

/// Name under which an upload's [`Metadata::vendor`] says that its parts' ETags
/// run over the ciphertext. It ends with the upload.
const ETAG_OVER: &str = "etag-over-ciphertext";

/// An upload to be started.
pub struct Start {
    /// Encryption of the object to be.
    pub encryption: Encryption,
    /// Over what the parts' ETags run.
    pub etag_over: EtagOver,
    /// What the client says about the object to be.
    pub metadata: Metadata,
    /// Checksum algorithm, and true for COMPOSITE, if announced.
    pub checksum: Option<(String, bool)>,
    /// The account that starts it.
    pub owner_id: String,
    /// Time of the start.
    pub now_ms: i64,
}

/// A Complete: the parts in the order of the object, and what must hold.
pub struct Finish {
    /// The parts that make up the object, ascending.
    pub parts: Vec<UploadPart>,
    /// Checksum of the whole, already judged.
    pub checksum: Option<StoredChecksum>,
    /// What must hold in the commit.
    pub precondition: Precondition,
    /// Time of the Complete.
    pub now_ms: i64,
}

impl Objects {
    /// Starts an upload: one KMS call, one row.
    pub async fn upload_start(
        &self,
        caller: &Caller,
        place: Place<'_>,
        start: Start,
    ) -> Result<(Upload, Announcement), ObjectError> {
        let write_id = WriteId(*Uuid::new_v4().as_bytes());
        let sealing = self.new_sealing(caller, place, &start.encryption, write_id).await?;
        let Sealing { data_key, envelope, ticket } = sealing;
        drop(data_key);
        ticket.durable().await.map_err(KmsError::from)?;
        let mut metadata = start.metadata;
        if start.etag_over == EtagOver::Ciphertext {
            metadata.vendor.insert(ETAG_OVER.to_owned(), "true".to_owned());
        }
        let upload = Upload {
            id: write_id.to_string(),
            bucket: place.facts.bucket.row,
            key: place.key.to_vec(),
            started_ms: start.now_ms,
            owner_id: start.owner_id,
            write_id: write_id.0,
            mode: envelope.mode,
            kms_key: kms_key(&envelope),
            envelope: envelope.encode().map_err(|error| sealed(&write_id.0, error))?,
            metadata,
            checksum: start.checksum,
        };
        self.catalog.upload_create(upload.clone()).await?;
        Ok((upload, Announcement::of(&envelope)))
    }

    /// Writes part `number` of `upload`: one KMS call, one blob, one row; a part
    /// of the same number is replaced.
    pub async fn upload_part(
        &self,
        bearer: Bearer<'_>,
        place: Place<'_>,
        upload: &Upload,
        number: u32,
        payload: Payload,
        now_ms: i64,
    ) -> Result<(UploadPart, Announcement), ObjectError> {
        let envelope = self.upload_envelope(upload)?;
        let context = upload_context(upload);
        let sealing =
            self.open_sealing(bearer, place, envelope, &context, ObjectAccess::Write).await?;
        let etag_over = match upload.metadata.vendor.contains_key(ETAG_OVER) {
            true => EtagOver::Ciphertext,
            false => EtagOver::Plaintext,
        };
        let blob = self.seal_blob(&sealing, number, payload, etag_over).await?;
        let Sealing { data_key, envelope, ticket } = sealing;
        drop(data_key);
        ticket.durable().await.map_err(KmsError::from)?;
        let part = UploadPart {
            number,
            blob: blob.part.blob.0,
            size: blob.part.plain_len,
            etag: etag::of_part(&blob.part.etag_md5),
            md5: blob.part.etag_md5,
            salt: blob.part.salt.0,
            commitment: blob.part.commitment.0,
            checksum: blob.checksum.as_ref().map(full_object),
            mac: self.part_claims(place, upload, blob.part, part_mac)?.to_vec(),
            modified_ms: now_ms,
        };
        let committed = self.catalog.part_commit(upload.bucket, &upload.id, part.clone()).await;
        match committed {
            Ok(()) => Ok((part, Announcement::of(&envelope))),
            Err(CatalogError::Unknown) => Err(ObjectError::Unknown(upload.id.clone())),
            Err(refused) => {
                // The refusal is certain, so the blob may go at once.
                let _ = self.backing.remove(&blob.part.blob).await;
                Err(refused.into())
            }
        }
    }

    /// Makes an object of an upload's parts: one transaction.
    pub async fn upload_finish(
        &self,
        place: Place<'_>,
        upload: &Upload,
        finish: Finish,
    ) -> Result<Written, ObjectError> {
        let envelope = self.upload_envelope(upload)?;
        let parts = finish.parts.iter().map(manifest_part).collect::<Option<Vec<_>>>();
        let parts = parts.ok_or(CatalogError::Damaged("a part's checksum".to_owned()))?;
        for (part, row) in parts.iter().zip(&finish.parts) {
            let judge =
                |key: &SecretBytes, claims: &RowClaims<'_>| verify_part_mac(key, claims, &row.mac);
            let checked = self.part_claims(place, upload, *part, judge)?;
            checked.map_err(|error| sealed(&upload.write_id, error))?;
        }
        let blobs = finish.parts.iter().map(|part| part.blob).collect();
        let mut metadata = Metadata { checksum: finish.checksum, ..upload.metadata.clone() };
        metadata.vendor.remove(ETAG_OVER);
        let etag = etag::of_parts(&parts);
        let parts_count = u32::try_from(parts.len()).ok();
        let made = Made { envelope: &envelope, parts, parts_count, etag: etag.clone(), metadata };
        let object = self.stored(place, made)?;
        let (size, checksum) = (object.size, object.metadata.checksum.clone());
        let version = NewVersion {
            bucket: upload.bucket,
            key: upload.key.clone(),
            modified_ms: finish.now_ms,
            owner_id: upload.owner_id.clone(),
            blobs,
            kms_key: upload.kms_key,
            object,
        };
        let outcome = self.catalog.upload_complete(&upload.id, version, finish.precondition).await;
        // The parts stay parts of the upload when this is refused: no blob goes.
        let committed = self.outcome(outcome, &upload.write_id, &[]).await?;
        let (announcement, modified_ms) = (Announcement::of(&envelope), finish.now_ms);
        Ok(Written { committed, etag, announcement, checksum, size, modified_ms })
    }

    /// Judges what ties a part to its number and its upload: without it, who can
    /// write the catalog could exchange parts before Complete makes them an object.
    fn part_claims<T>(
        &self,
        place: Place<'_>,
        upload: &Upload,
        part: Part,
        judge: impl FnOnce(&SecretBytes, &RowClaims<'_>) -> T,
    ) -> Result<T, ObjectError> {
        let alone = Manifest::new(vec![part]).map_err(|error| sealed(&upload.write_id, error))?;
        let row = self.service_keys.current(ServicePurpose::Row);
        Ok(judge(
            row.material(),
            &RowClaims {
                bucket_id: place.facts.bucket.id.as_bytes(),
                object_key: &upload.key,
                write_id: &WriteId(upload.write_id),
                mode: upload.mode,
                envelope: &upload.envelope,
                manifest: &alone.encode(),
                plain_len: part.plain_len,
                etag: &etag::of_part(&part.etag_md5),
            },
        ))
    }

    fn upload_envelope(&self, upload: &Upload) -> Result<Envelope, ObjectError> {
        Envelope::decode(&upload.envelope).map_err(|error| sealed(&upload.write_id, error))
    }
}

/// What an upload says about its encryption.
pub fn announcement(upload: &Upload) -> Result<Announcement, ObjectError> {
    Announcement::read(&upload.envelope, &upload.write_id)
}

fn upload_context(upload: &Upload) -> EncryptionContext {
    let text = upload.metadata.vendor.get(ENCRYPTION_CONTEXT);
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// A part as the manifest keeps it; `None` for a checksum that is none.
fn manifest_part(part: &UploadPart) -> Option<Part> {
    let checksum = match &part.checksum {
        None => None,
        Some(stored) => {
            let algorithm = ChecksumAlgorithm::parse(&stored.algorithm)?;
            let value = ChecksumValue::from_base64(algorithm, &stored.value)?;
            Some(KeptChecksum::new(algorithm.number(), value.bytes()).ok()?)
        }
    };
    Some(Part {
        number: part.number,
        blob: BlobId(part.blob),
        plain_len: part.size,
        salt: Salt(part.salt),
        commitment: Commitment(part.commitment),
        etag_md5: part.md5,
        checksum,
    })
}
