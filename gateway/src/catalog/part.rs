//! Parts of multipart uploads.

use std::collections::HashSet;

use super::driver::{Row, Tx, limit_rows, params};
use super::error::CatalogError;
use super::model::UploadPart;
use super::stored::{from_json, json, size_to_column};
use super::{Catalog, blob, upload};

/// Parts of one upload (S3 and OBS allow 10,000).
const MAX_PARTS: usize = 10_000;

impl Catalog {
    /// Adds a part, or replaces the one of the same number and releases its
    /// blob. Errors: `NoSuchUpload`, `Condemned` and `Changed` (write the part
    /// anew), `Unknown`.
    pub async fn part_commit(
        &self,
        bucket: i64,
        upload_id: &str,
        part: UploadPart,
    ) -> Result<(), CatalogError> {
        let (id, now_ms) = (upload_id.to_owned(), self.now_ms());
        self.write(move |tx| {
            let upload = upload::row(tx, bucket, &id)?;
            commit(tx, upload, &part, now_ms)
        })
        .await
    }

    /// At most `limit` parts with numbers above `after_number`, in order of
    /// number. `NoSuchUpload`.
    pub async fn part_list(
        &self,
        bucket: i64,
        upload_id: &str,
        after_number: u32,
        limit: usize,
    ) -> Result<Vec<UploadPart>, CatalogError> {
        let id = upload_id.to_owned();
        let sql = "SELECT number, blob, size, etag, md5, salt, commitment, checksum, modified_ms, \
                   mac FROM part WHERE upload = ?1 AND number > ?2 ORDER BY number LIMIT ?3";
        self.read_long(move |tx| {
            let upload = upload::row(tx, bucket, &id)?;
            tx.list(sql, params![upload, after_number, limit_rows(limit)], map)
        })
        .await
    }

    /// All parts of an upload in order of number, at most 10,000. `NoSuchUpload`.
    pub async fn parts_all(
        &self,
        bucket: i64,
        upload_id: &str,
    ) -> Result<Vec<UploadPart>, CatalogError> {
        self.part_list(bucket, upload_id, 0, MAX_PARTS).await
    }
}

/// Judges that all blobs of an object are parts of its upload still; `Changed`.
pub(super) fn check_blobs(
    tx: &Tx<'_>,
    upload: i64,
    blobs: &[[u8; 16]],
) -> Result<(), CatalogError> {
    let sql = "SELECT blob FROM part WHERE upload = ?1";
    let stored = tx.list(sql, params![upload], |row| Ok(row.get(0)?))?;
    let stored: HashSet<[u8; 16]> = stored.into_iter().collect();
    let all = blobs.iter().all(|blob| stored.contains(blob));
    if all { Ok(()) } else { Err(CatalogError::Changed) }
}

/// Removes all parts of an upload and releases their blobs except those in `keep`.
pub(super) fn release_all(
    tx: &Tx<'_>,
    upload: i64,
    keep: &[[u8; 16]],
    now_ms: i64,
) -> Result<(), CatalogError> {
    let sql = "SELECT blob FROM part WHERE upload = ?1";
    let blobs: Vec<[u8; 16]> = tx.list(sql, params![upload], |row| Ok(row.get(0)?))?;
    // Nobody reads parts, so none of them waits for a reader.
    blob::release(tx, &blobs, keep, false, now_ms)?;
    tx.execute("DELETE FROM part WHERE upload = ?1", params![upload]).map(drop)
}

fn commit(tx: &Tx<'_>, upload: i64, part: &UploadPart, now_ms: i64) -> Result<(), CatalogError> {
    blob::adopt(tx, &[part.blob], now_ms)?;
    let sql = "SELECT blob FROM part WHERE upload = ?1 AND number = ?2";
    let replaced: Option<[u8; 16]> =
        tx.find(sql, params![upload, part.number], |row| Ok(row.get(0)?))?;
    blob::release(tx, replaced.as_slice(), &[part.blob], false, now_ms)?;
    let sql = "INSERT OR REPLACE INTO part (upload, number, blob, size, etag, md5, salt, \
               commitment, checksum, modified_ms, mac) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)";
    let checksum = part.checksum.as_ref().map(json).transpose()?;
    let UploadPart { number, blob, etag, md5, salt, commitment, modified_ms, mac, .. } = part;
    let size = size_to_column(part.size)?;
    let values = params![
        upload,
        number,
        blob,
        size,
        etag,
        md5,
        salt,
        commitment,
        checksum,
        modified_ms,
        mac
    ];
    tx.execute(sql, values).map(drop)
}

fn map(row: &Row<'_>) -> Result<UploadPart, CatalogError> {
    let checksum: Option<Vec<u8>> = row.get(7)?;
    Ok(UploadPart {
        number: row.get(0)?,
        blob: row.get(1)?,
        size: row.get::<_, i64>(2)?.cast_unsigned(),
        etag: row.get(3)?,
        md5: row.get(4)?,
        salt: row.get(5)?,
        commitment: row.get(6)?,
        checksum: checksum.map(|bytes| from_json(&bytes)).transpose()?,
        modified_ms: row.get(8)?,
        mac: row.get(9)?,
    })
}
