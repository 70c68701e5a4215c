//! Changes of a version that keep its name: an append makes it longer, new
//! metadata describe it.

use super::driver::{Tx, params};
use super::error::CatalogError;
use super::model::{Committed, Extension};
use super::stored::{json, size_to_column, version_id_from_column, versioning_from_code};
use super::version::head;
use super::{Catalog, blob, usage};

impl Catalog {
    /// Makes the newest version of a key longer, in its place.
    ///
    /// Errors: `NoSuchKey` when the key has no current object;
    /// `PreconditionFailed` when that is another write or has another ETag than
    /// the one that was read; those of [`Catalog::version_commit`].
    pub async fn version_extend(&self, longer: Extension) -> Result<Committed, CatalogError> {
        let now_ms = self.now_ms();
        self.write(move |tx| extend(tx, &longer, now_ms)).await
    }
}

fn extend(tx: &Tx<'_>, longer: &Extension, now_ms: i64) -> Result<Committed, CatalogError> {
    let Extension { bucket, key, object, .. } = longer;
    let head = head(tx, *bucket, key)?.ok_or(CatalogError::NoSuchKey)?;
    let detail = head.detail.ok_or(CatalogError::NoSuchKey)?;
    let sql = "SELECT write_id, version_id, versioning FROM detail WHERE id = ?1";
    let found: Option<([u8; 16], Option<String>, i64)> =
        tx.find(sql, params![detail], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let (write_id, version_id, versioning) = found.ok_or(CatalogError::NoSuchKey)?;
    if write_id != object.write_id || head.etag != longer.etag {
        return Err(CatalogError::PreconditionFailed);
    }
    blob::adopt(tx, &longer.blobs, now_ms)?;
    let sql = "UPDATE version SET modified_ms = ?4, size = ?5, etag = ?6, checksum = NULL \
               WHERE bucket = ?1 AND key = ?2 AND seq = ?3";
    let size = size_to_column(object.size)?;
    tx.execute(sql, params![bucket, key, head.seq, longer.modified_ms, size, object.etag])?;
    let sql = "UPDATE detail SET mac = ?2, metadata = ?3, blobs = ?4, manifest = ?5 WHERE id = ?1";
    let (body, blobs) = (&object.body, longer.blobs.as_flattened());
    tx.execute(sql, params![detail, body.mac, json(&object.metadata)?, blobs, body.manifest])?;
    usage::check_quota(tx, *bucket)?;
    Ok(Committed {
        version_id: version_id_from_column(version_id),
        versioning: versioning_from_code(versioning)?,
    })
}
