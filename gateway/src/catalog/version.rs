//! The one transaction that makes an object visible.
//!
//! [`commit`] judges the precondition, replaces what versioning says it
//! replaces, and turns the object's blobs from files on a disk into an object.

use super::driver::{Tx, params};
use super::error::CatalogError;
use super::model::{APPENDABLE, Committed, NewVersion, Precondition, Versioning};
use super::stored::{
    Naming, json, mode_code, size_to_column, version_id_from_column, version_id_to_column,
    versioning_code, versioning_from_code,
};
use super::{Catalog, blob, usage};

impl Catalog {
    /// Makes an object visible as the newest version of its key.
    ///
    /// Errors: `PreconditionFailed`; `QuotaExceeded`; `NoSuchKey` (an ETag was demanded of a key
    /// without current object); `Condemned` and `Changed` (a blob was condemned,
    /// or released by someone else: write anew); `NoSuchBucket`; `Unknown` (ask
    /// [`Catalog::write_find`], delete nothing); `Unavailable`.
    pub async fn version_commit(
        &self,
        new: NewVersion,
        precondition: Precondition,
    ) -> Result<Committed, CatalogError> {
        let now_ms = self.now_ms();
        self.write(move |tx| commit(tx, &new, &precondition, now_ms)).await
    }

    /// What the write of this id has committed, or `None` when it has not, or
    /// its version is gone again.
    pub async fn write_find(&self, write_id: [u8; 16]) -> Result<Option<Committed>, CatalogError> {
        let sql = "SELECT version_id, versioning FROM detail WHERE write_id = ?1";
        self.read(|tx| {
            tx.find(sql, params![write_id], |row| {
                let version_id = version_id_from_column(row.get(0)?);
                Ok(Committed { version_id, versioning: versioning_from_code(row.get(1)?)? })
            })
        })
    }
}

/// The body of [`Catalog::version_commit`], inside its transaction.
pub(super) fn commit(
    tx: &Tx<'_>,
    new: &NewVersion,
    precondition: &Precondition,
    now_ms: i64,
) -> Result<Committed, CatalogError> {
    let versioning = bucket_versioning(tx, new.bucket)?;
    let head = head(tx, new.bucket, &new.key)?;
    check(precondition, head.as_ref())?;
    blob::adopt(tx, &new.blobs, now_ms)?;
    if versioning != Versioning::Enabled
        && let Some(replaced) = null_version(tx, new.bucket, &new.key, head.as_ref())?
    {
        remove(tx, new.bucket, &new.key, &replaced, &new.blobs, now_ms)?;
    }
    let slot = Slot::after(head.as_ref(), versioning)?;
    let committed = Committed { version_id: slot.version_id(), versioning };
    let detail = detail_insert(tx, new, &committed)?;
    let checksum = new.object.metadata.checksum.as_ref().map(|checksum| &checksum.algorithm);
    let size = size_to_column(new.object.size)?;
    let sql = "INSERT INTO version (bucket, key, seq, tag, null_version, modified_ms, owner, \
               size, etag, checksum, detail, appendable) \
               VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)";
    let NewVersion { bucket, key, modified_ms, owner_id, object, .. } = new;
    let Slot { seq, tag, naming } = slot;
    let values = params![
        bucket,
        key,
        seq,
        tag,
        naming.code(),
        modified_ms,
        owner_id,
        size,
        object.etag,
        checksum,
        detail,
        object.metadata.vendor.contains_key(APPENDABLE)
    ];
    tx.execute(sql, values)?;
    usage::check_quota(tx, *bucket)?;
    Ok(committed)
}

/// The current versioning state; `NoSuchBucket` when the bucket is gone.
pub(super) fn bucket_versioning(tx: &Tx<'_>, bucket: i64) -> Result<Versioning, CatalogError> {
    let sql = "SELECT versioning FROM bucket WHERE row = ?1";
    let code = tx.find(sql, params![bucket], |row| Ok(row.get(0)?))?;
    versioning_from_code(code.ok_or(CatalogError::NoSuchBucket)?)
}

/// The narrow part of a version, as far as mutations need it.
pub(super) struct Narrow {
    pub(super) seq: i64,
    pub(super) tag: i64,
    pub(super) naming: Naming,
    pub(super) etag: String,
    /// `None` for a delete marker.
    pub(super) detail: Option<i64>,
}

macro_rules! narrow_sql {
    ($tail:literal) => {
        concat!(
            "SELECT seq, tag, null_version, etag, detail FROM version \
             WHERE bucket = ?1 AND key = ?2 ",
            $tail
        )
    };
}

/// The newest version of a key, marker or object.
pub(super) fn head(tx: &Tx<'_>, bucket: i64, key: &[u8]) -> Result<Option<Narrow>, CatalogError> {
    tx.find(narrow_sql!("ORDER BY seq DESC LIMIT 1"), params![bucket, key], narrow_map)
}

/// The named version at this place.
pub(super) fn named_version(
    tx: &Tx<'_>,
    bucket: i64,
    key: &[u8],
    (seq, tag): (i64, i64),
) -> Result<Option<Narrow>, CatalogError> {
    let sql = narrow_sql!("AND seq = ?3 AND tag = ?4 AND null_version = 0");
    tx.find(sql, params![bucket, key, seq, tag], narrow_map)
}

/// The null version of a key. It is the newest row, or the oldest, or one that
/// was written while versioning was suspended, for which there is an index.
pub(super) fn null_version(
    tx: &Tx<'_>,
    bucket: i64,
    key: &[u8],
    head: Option<&Narrow>,
) -> Result<Option<Narrow>, CatalogError> {
    if head.is_none() {
        return Ok(None);
    }
    let oldest =
        tx.find(narrow_sql!("ORDER BY seq ASC LIMIT 1"), params![bucket, key], narrow_map)?;
    if oldest.as_ref().is_some_and(|version| version.naming != Naming::Named) {
        return Ok(oldest);
    }
    tx.find(narrow_sql!("AND null_version = 2"), params![bucket, key], narrow_map)
}

fn narrow_map(row: &super::driver::Row<'_>) -> Result<Narrow, CatalogError> {
    Ok(Narrow {
        seq: row.get(0)?,
        tag: row.get(1)?,
        naming: Naming::from_code(row.get(2)?)?,
        etag: row.get(3)?,
        detail: row.get(4)?,
    })
}

/// Judges a precondition by the version it speaks of.
pub(super) fn check(
    precondition: &Precondition,
    version: Option<&Narrow>,
) -> Result<(), CatalogError> {
    let object = version.filter(|version| version.detail.is_some());
    match (precondition, object) {
        (Precondition::None, _) => Ok(()),
        (Precondition::Absent, None) | (Precondition::Present, Some(_)) => Ok(()),
        (Precondition::Etag(wanted), Some(object)) if object.etag == *wanted => Ok(()),
        (Precondition::Etag(_) | Precondition::Present, None) => Err(CatalogError::NoSuchKey),
        (Precondition::Absent | Precondition::Etag(_), Some(_)) => {
            Err(CatalogError::PreconditionFailed)
        }
    }
}

/// Removes a version and releases its blobs, except those that live on in `keep`.
pub(super) fn remove(
    tx: &Tx<'_>,
    bucket: i64,
    key: &[u8],
    version: &Narrow,
    keep: &[[u8; 16]],
    now_ms: i64,
) -> Result<(), CatalogError> {
    let sql = "DELETE FROM version WHERE bucket = ?1 AND key = ?2 AND seq = ?3";
    tx.execute(sql, params![bucket, key, version.seq])?;
    let Some(detail) = version.detail else {
        return Ok(());
    };
    let sql = "SELECT blobs FROM detail WHERE id = ?1";
    let blobs: Option<Vec<u8>> = tx.find(sql, params![detail], |row| Ok(row.get(0)?))?;
    tx.execute("DELETE FROM detail WHERE id = ?1", params![detail])?;
    let blobs = blob::split(&blobs.unwrap_or_default())?;
    blob::release(tx, &blobs, keep, blobs.len() > 1, now_ms)
}

/// Where a version that is about to be written goes, and its name.
pub(super) struct Slot {
    pub(super) seq: i64,
    pub(super) tag: i64,
    pub(super) naming: Naming,
}

impl Slot {
    /// The place after `head`.
    pub(super) fn after(
        head: Option<&Narrow>,
        versioning: Versioning,
    ) -> Result<Self, CatalogError> {
        let mut tag = [0; 8];
        getrandom::fill(&mut tag).map_err(|e| CatalogError::Unavailable(e.to_string()))?;
        let seq = head.map_or(0, |head| head.seq).saturating_add(1);
        Ok(Self { seq, tag: i64::from_be_bytes(tag), naming: Naming::of(versioning) })
    }

    /// Its public name.
    pub(super) fn version_id(&self) -> super::model::VersionId {
        self.naming.version_id(self.seq, self.tag)
    }
}

fn detail_insert(
    tx: &Tx<'_>,
    new: &NewVersion,
    committed: &Committed,
) -> Result<i64, CatalogError> {
    let sql = "INSERT INTO detail (write_id, bucket, key, version_id, versioning, mode, kms_key, \
               kms_version, parts_count, mac, envelope, metadata, blobs, manifest) \
               VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)";
    let NewVersion { bucket, key, object, blobs, kms_key, .. } = new;
    let body = &object.body;
    let values = params![
        object.write_id,
        bucket,
        key,
        version_id_to_column(&committed.version_id),
        versioning_code(committed.versioning),
        mode_code(body.mode),
        kms_key.map(|(id, _)| id.into_bytes()),
        kms_key.map(|(_, version)| version),
        body.parts_count,
        body.mac,
        body.envelope,
        json(&object.metadata)?,
        blobs.as_flattened(),
        body.manifest,
    ];
    tx.insert(sql, values)
}
