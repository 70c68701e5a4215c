//! Completing a multipart upload: the object appears and the upload is gone, in
//! one transaction that a repeated Complete can be answered from.

use super::driver::{Tx, params};
use super::error::CatalogError;
use super::model::{Committed, CompletedUpload, NewVersion, Precondition};
use super::stored::{
    version_id_from_column, version_id_to_column, versioning_code, versioning_from_code,
};
use super::version::commit;
use super::{Catalog, part, upload};

impl Catalog {
    /// Makes the object of an upload visible, removes the upload, and releases
    /// the parts whose blobs are not among `new.blobs`.
    ///
    /// Errors: those of [`Catalog::version_commit`]; `NoSuchUpload` when the
    /// upload is gone: ask [`Catalog::upload_completed_find`]; `Changed` when a
    /// part of it was replaced meanwhile: read the parts again.
    pub async fn upload_complete(
        &self,
        upload_id: &str,
        new: NewVersion,
        precondition: Precondition,
    ) -> Result<Committed, CatalogError> {
        let (id, now_ms) = (upload_id.to_owned(), self.now_ms());
        self.write(move |tx| {
            let upload = upload::row_of_key(tx, new.bucket, &new.key, &id)?;
            part::check_blobs(tx, upload, &new.blobs)?;
            let committed = commit(tx, &new, &precondition, now_ms)?;
            part::release_all(tx, upload, &new.blobs, now_ms)?;
            tx.execute("DELETE FROM upload WHERE row = ?1", params![upload])?;
            remember(tx, &id, &new, &committed, now_ms)?;
            Ok(committed)
        })
        .await
    }

    /// What the upload of this id has become, if it was completed lately.
    pub async fn upload_completed_find(
        &self,
        bucket: i64,
        key: &[u8],
        upload_id: &str,
    ) -> Result<Option<CompletedUpload>, CatalogError> {
        let sql = "SELECT version_id, versioning, etag FROM completed \
                   WHERE upload = ?3 AND bucket = ?1 AND key = ?2";
        self.read(|tx| {
            tx.find(sql, params![bucket, key, upload_id], |row| {
                let version_id = version_id_from_column(row.get(0)?);
                let versioning = versioning_from_code(row.get(1)?)?;
                let committed = Committed { version_id, versioning };
                Ok(CompletedUpload { committed, etag: row.get(2)? })
            })
        })
    }

    /// Forgets at most `limit` uploads that were completed at or before
    /// `before_ms`; how many it forgot.
    pub async fn upload_completed_forget(
        &self,
        before_ms: i64,
        limit: usize,
    ) -> Result<usize, CatalogError> {
        let sql = "DELETE FROM completed WHERE upload IN (SELECT upload FROM completed \
                   WHERE completed_ms <= ?1 ORDER BY completed_ms LIMIT ?2)";
        let limit = super::driver::limit_rows(limit);
        self.write(move |tx| tx.execute(sql, params![before_ms, limit])).await
    }
}

fn remember(
    tx: &Tx<'_>,
    upload_id: &str,
    new: &NewVersion,
    committed: &Committed,
    now_ms: i64,
) -> Result<(), CatalogError> {
    let sql = "INSERT INTO completed (upload, bucket, key, version_id, versioning, etag, \
               completed_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let version_id = version_id_to_column(&committed.version_id);
    let versioning = versioning_code(committed.versioning);
    let NewVersion { bucket, key, object, .. } = new;
    let values = params![upload_id, bucket, key, version_id, versioning, object.etag, now_ms];
    tx.execute(sql, values).map(drop)
}
