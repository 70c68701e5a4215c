//! What clients may change about a version without writing it anew: tags, ACL,
//! retention, legal hold. Its bytes and what proves them never change.

use super::Catalog;
use super::driver::params;
use super::error::CatalogError;
use super::model::Metadata;
use super::stored::{from_json, json};

impl Catalog {
    /// Edits the metadata of the version that this write made. An edit that fails
    /// changes nothing. Errors: `NoSuchKey` when the version is gone; those of
    /// `edit`.
    pub async fn metadata_edit<E>(
        &self,
        write_id: [u8; 16],
        edit: impl FnOnce(&mut Metadata) -> Result<(), E> + Send + 'static,
    ) -> Result<(), E>
    where
        E: From<CatalogError> + Send + 'static,
    {
        self.write(move |tx| {
            let sql = "SELECT metadata FROM detail WHERE write_id = ?1";
            let stored: Option<Vec<u8>> = tx.find(sql, params![write_id], |row| Ok(row.get(0)?))?;
            let mut metadata: Metadata = from_json(&stored.ok_or(CatalogError::NoSuchKey)?)?;
            edit(&mut metadata)?;
            let sql = "UPDATE detail SET metadata = ?2 WHERE write_id = ?1";
            tx.execute(sql, params![write_id, json(&metadata)?])?;
            Ok(())
        })
        .await
    }
}
