//! How much a bucket holds, and its quota.
//!
//! Triggers on the table of versions keep the sums, so that they are right in
//! the transaction that changes them.

use super::Catalog;
use super::driver::{Tx, params};
use super::error::CatalogError;
use super::model::Usage;

/// Keyword of the setting with the most bytes that a bucket may hold: decimal
/// digits, 0 for no limit.
pub const QUOTA: &str = "quota";

impl Catalog {
    /// What a bucket holds, all versions counted.
    pub async fn bucket_usage(&self, bucket: i64) -> Result<Usage, CatalogError> {
        self.read(|tx| usage(tx, bucket))
    }
}

/// Judges what a bucket holds after a write. `QuotaExceeded`.
pub(super) fn check_quota(tx: &Tx<'_>, bucket: i64) -> Result<(), CatalogError> {
    let sql = "SELECT document FROM setting WHERE bucket = ?1 AND keyword = ?2";
    let stored: Option<Vec<u8>> = tx.find(sql, params![bucket, QUOTA], |row| Ok(row.get(0)?))?;
    let Some(stored) = stored else { return Ok(()) };
    let quota = std::str::from_utf8(&stored).ok().and_then(|text| text.parse::<u64>().ok());
    let quota = quota.ok_or_else(|| CatalogError::Damaged("a quota".to_owned()))?;
    match quota != 0 && usage(tx, bucket)?.bytes > quota {
        true => Err(CatalogError::QuotaExceeded),
        false => Ok(()),
    }
}

fn usage(tx: &Tx<'_>, bucket: i64) -> Result<Usage, CatalogError> {
    let sql = "SELECT bytes, objects FROM usage WHERE bucket = ?1";
    let found = tx.find(sql, params![bucket], |row| {
        let (bytes, objects): (i64, i64) = (row.get(0)?, row.get(1)?);
        Ok(Usage { bytes: bytes.cast_unsigned(), objects: objects.cast_unsigned() })
    })?;
    Ok(found.unwrap_or_default())
}
