//! Multipart uploads in progress.

use super::driver::{Row, Tx, params};
use super::error::CatalogError;
use super::model::Upload;
use super::snapshot::kms_key_map;
use super::stored::{from_json, json, mode_code, mode_from_code};
use super::version::bucket_versioning;
use super::{Catalog, part};

macro_rules! upload_sql {
    ($tail:literal) => {
        concat!(
            "SELECT row, id, bucket, key, started_ms, owner, write_id, mode, kms_key, \
             kms_version, envelope, metadata, checksum, composite FROM upload ",
            $tail
        )
    };
}
pub(super) use upload_sql;

impl Catalog {
    /// Starts an upload. `NoSuchBucket`; `Exists` when the id is taken.
    pub async fn upload_create(&self, upload: Upload) -> Result<(), CatalogError> {
        self.write(move |tx| create(tx, &upload)).await
    }

    /// Ends an upload without an object and releases its parts. `NoSuchUpload`.
    pub async fn upload_abort(&self, bucket: i64, upload_id: &str) -> Result<(), CatalogError> {
        let (id, now_ms) = (upload_id.to_owned(), self.now_ms());
        self.write(move |tx| {
            let row = row(tx, bucket, &id)?;
            part::release_all(tx, row, &[], now_ms)?;
            tx.execute("DELETE FROM upload WHERE row = ?1", params![row]).map(drop)
        })
        .await
    }
}

/// The upload of this id and key.
pub(super) fn find(
    tx: &Tx<'_>,
    bucket: i64,
    key: &[u8],
    id: &str,
) -> Result<Option<Upload>, CatalogError> {
    let sql = upload_sql!("WHERE id = ?3 AND bucket = ?1 AND key = ?2");
    tx.find(sql, params![bucket, key, id], map)
}

/// The row of the upload of this id; `NoSuchUpload`.
pub(super) fn row(tx: &Tx<'_>, bucket: i64, id: &str) -> Result<i64, CatalogError> {
    let sql = "SELECT row FROM upload WHERE id = ?2 AND bucket = ?1";
    let row = tx.find(sql, params![bucket, id], |row| Ok(row.get(0)?))?;
    row.ok_or(CatalogError::NoSuchUpload)
}

/// The row of the upload of this id and key; `NoSuchUpload`.
pub(super) fn row_of_key(
    tx: &Tx<'_>,
    bucket: i64,
    key: &[u8],
    id: &str,
) -> Result<i64, CatalogError> {
    let sql = "SELECT row FROM upload WHERE id = ?3 AND bucket = ?1 AND key = ?2";
    let row = tx.find(sql, params![bucket, key, id], |row| Ok(row.get(0)?))?;
    row.ok_or(CatalogError::NoSuchUpload)
}

fn create(tx: &Tx<'_>, upload: &Upload) -> Result<(), CatalogError> {
    bucket_versioning(tx, upload.bucket)?;
    let sql = "INSERT INTO upload (id, bucket, key, started_ms, owner, write_id, mode, kms_key, \
               kms_version, envelope, metadata, checksum, composite) \
               VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13) ON CONFLICT DO NOTHING";
    let Upload { id, bucket, key, started_ms, owner_id, write_id, envelope, kms_key, .. } = upload;
    let values = params![
        id,
        bucket,
        key,
        started_ms,
        owner_id,
        write_id,
        mode_code(upload.mode),
        kms_key.map(|(id, _)| id.into_bytes()),
        kms_key.map(|(_, version)| version),
        envelope,
        json(&upload.metadata)?,
        upload.checksum.as_ref().map(|(algorithm, _)| algorithm),
        upload.checksum.as_ref().map(|(_, composite)| composite),
    ];
    match tx.execute(sql, values)? {
        0 => Err(CatalogError::Exists("upload id")),
        _ => Ok(()),
    }
}

/// Reads the columns of `upload_sql!`.
pub(super) fn map(row: &Row<'_>) -> Result<Upload, CatalogError> {
    let (algorithm, composite): (Option<String>, Option<bool>) = (row.get(12)?, row.get(13)?);
    Ok(Upload {
        id: row.get(1)?,
        bucket: row.get(2)?,
        key: row.get(3)?,
        started_ms: row.get(4)?,
        owner_id: row.get(5)?,
        write_id: row.get(6)?,
        mode: mode_from_code(row.get(7)?)?,
        kms_key: kms_key_map(row.get(8)?, row.get(9)?),
        envelope: row.get(10)?,
        metadata: from_json(&row.get::<_, Vec<u8>>(11)?)?,
        checksum: algorithm.zip(composite),
    })
}
