//! Buckets: created, listed, deleted when empty.

use super::Catalog;
use super::driver::{Tx, limit_rows, params};
use super::error::CatalogError;
use super::facts::{bucket_by_row, bucket_map};
use super::model::{Bucket, Versioning};
use super::stored::versioning_code;

impl Catalog {
    /// Creates a bucket; `bucket.row` is ignored and drawn. `BucketExists` with
    /// the owner when the name is taken.
    pub async fn bucket_create(&self, bucket: Bucket) -> Result<Bucket, CatalogError> {
        self.bucket_create_with(bucket, Vec::new()).await
    }

    /// The same, with settings that it has from its first moment: pairs of
    /// keyword and document.
    pub async fn bucket_create_with(
        &self,
        bucket: Bucket,
        settings: Vec<(&'static str, Vec<u8>)>,
    ) -> Result<Bucket, CatalogError> {
        self.write(move |tx| {
            let created = create(tx, bucket)?;
            let sql = "INSERT INTO setting (bucket, keyword, document) VALUES (?1, ?2, ?3)";
            for (keyword, document) in settings {
                tx.execute(sql, params![created.row, keyword, document])?;
            }
            Ok(created)
        })
        .await
    }

    /// Deletes a bucket and its settings. `NotEmpty` while it holds a version,
    /// a delete marker or an upload; `NoSuchBucket`.
    pub async fn bucket_delete(&self, row: i64) -> Result<(), CatalogError> {
        self.write(move |tx| delete(tx, row)).await
    }

    /// At most `limit` buckets of an account with names that start with `prefix`
    /// and come after `after`, in order of name.
    pub async fn bucket_list(
        &self,
        account_id: &str,
        prefix: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Bucket>, CatalogError> {
        let (account, prefix, after) = (account_id.to_owned(), prefix.to_owned(), after.to_owned());
        let sql = "SELECT row, id, name, account, region, created_ms, versioning FROM bucket \
                   WHERE account = ?1 AND name >= ?2 AND name > ?3 \
                   AND substr(name, 1, length(?2)) = ?2 ORDER BY name LIMIT ?4";
        let limit = limit_rows(limit);
        self.read_long(move |tx| tx.list(sql, params![account, prefix, after, limit], bucket_map))
            .await
    }

    /// Sets the versioning state of a bucket. `Changed` when it would return to
    /// `Off`, which only a bucket that never left it has; `NoSuchBucket`.
    pub async fn bucket_versioning_put(
        &self,
        row: i64,
        versioning: Versioning,
    ) -> Result<(), CatalogError> {
        self.write(move |tx| {
            let bucket = bucket_by_row(tx, row)?.ok_or(CatalogError::NoSuchBucket)?;
            if versioning == Versioning::Off && bucket.versioning != Versioning::Off {
                return Err(CatalogError::Changed);
            }
            let sql = "UPDATE bucket SET versioning = ?2 WHERE row = ?1";
            tx.execute(sql, params![row, versioning_code(versioning)])?;
            touch(tx, row)
        })
        .await
    }
}

/// Counts the revision of a bucket up, as every change of it or its settings
/// must. `NoSuchBucket` when it is gone.
pub(super) fn touch(tx: &Tx<'_>, row: i64) -> Result<(), CatalogError> {
    let sql = "UPDATE bucket SET revision = revision + 1 WHERE row = ?1";
    match tx.execute(sql, params![row])? {
        0 => Err(CatalogError::NoSuchBucket),
        _ => Ok(()),
    }
}

fn create(tx: &Tx<'_>, bucket: Bucket) -> Result<Bucket, CatalogError> {
    let sql = "SELECT account FROM bucket WHERE name = ?1";
    if let Some(owner) = tx.find(sql, params![bucket.name], |row| Ok(row.get(0)?))? {
        return Err(CatalogError::BucketExists { owner });
    }
    let sql = "INSERT INTO bucket (id, name, account, region, created_ms, versioning) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let Bucket { id, name, account_id, region, created_ms, versioning, .. } = &bucket;
    let row = tx.insert(
        sql,
        params![id.as_bytes(), name, account_id, region, created_ms, versioning_code(*versioning)],
    )?;
    Ok(Bucket { row, ..bucket })
}

fn delete(tx: &Tx<'_>, row: i64) -> Result<(), CatalogError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM version WHERE bucket = ?1) \
               OR EXISTS (SELECT 1 FROM upload WHERE bucket = ?1)";
    if tx.find(sql, params![row], |row| Ok(row.get(0)?))?.unwrap_or(true) {
        return Err(CatalogError::NotEmpty);
    }
    tx.execute("DELETE FROM setting WHERE bucket = ?1", params![row])?;
    match tx.execute("DELETE FROM bucket WHERE row = ?1", params![row])? {
        0 => Err(CatalogError::NoSuchBucket),
        _ => Ok(()),
    }
}
