//! Settings of buckets: documents by keyword, as they were accepted.
//!
//! They are read with their bucket, through [`Catalog::snapshot`].

use super::Catalog;
use super::bucket::touch;
use super::driver::params;
use super::error::CatalogError;

impl Catalog {
    /// Stores a document under a keyword, replacing what was there. `NoSuchBucket`.
    pub async fn setting_put(
        &self,
        bucket: i64,
        keyword: &str,
        document: Vec<u8>,
    ) -> Result<(), CatalogError> {
        let keyword = keyword.to_owned();
        let sql = "INSERT INTO setting (bucket, keyword, document) VALUES (?1, ?2, ?3) \
                   ON CONFLICT (bucket, keyword) DO UPDATE SET document = excluded.document";
        self.write(move |tx| {
            touch(tx, bucket)?;
            tx.execute(sql, params![bucket, keyword, document]).map(drop)
        })
        .await
    }

    /// Removes the document of a keyword, if there is one. `NoSuchBucket`.
    pub async fn setting_delete(&self, bucket: i64, keyword: &str) -> Result<(), CatalogError> {
        let keyword = keyword.to_owned();
        let sql = "DELETE FROM setting WHERE bucket = ?1 AND keyword = ?2";
        self.write(move |tx| {
            touch(tx, bucket)?;
            tx.execute(sql, params![bucket, keyword]).map(drop)
        })
        .await
    }
}
