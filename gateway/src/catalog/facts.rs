//! Parsed accounts and buckets with all their settings, kept between requests.
//!
//! Nothing here can go stale: an entry is used only when the revision that the
//! current transaction reads is the one it was read under, and every mutation
//! of a bucket, its settings or an account counts that revision up. Row numbers
//! of deleted buckets are never used again.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

use super::account;
use super::driver::{Row, Tx, params};
use super::error::CatalogError;
use super::identity::{Bearer, bearer_read};
use super::model::{Account, Bucket, BucketFacts};
use super::stored::versioning_from_code;
use uuid::Uuid;

/// Entries of each kind; a full table is emptied and filled anew.
const KEPT: usize = 1024;

/// The tables, by identity, with the revision they were read under.
#[derive(Default)]
pub(super) struct Facts {
    accounts: Kept<String, i64, Account>,
    buckets: Kept<i64, (i64, i64), BucketFacts>,
    bearers: Kept<String, i64, Bearer>,
}

impl Facts {
    /// The account of this id, which in this transaction is at `revision`.
    pub(super) fn account(
        &self,
        tx: &Tx<'_>,
        id: &str,
        revision: i64,
    ) -> Result<Arc<Account>, CatalogError> {
        if let Some(account) = self.accounts.find(id, revision) {
            return Ok(account);
        }
        let missing = || CatalogError::Damaged("a row names an account that is not there".into());
        let account = Arc::new(account::find(tx, id)?.ok_or_else(missing)?);
        self.accounts.keep(id.to_owned(), revision, account.clone());
        Ok(account)
    }

    /// The user or role of this id with its policies, whose account is in this
    /// transaction at `revision`.
    pub(super) fn bearer(
        &self,
        tx: &Tx<'_>,
        id: &str,
        revision: i64,
    ) -> Result<Option<Arc<Bearer>>, CatalogError> {
        if let Some(bearer) = self.bearers.find(id, revision) {
            return Ok(Some(bearer));
        }
        let Some(bearer) = bearer_read(tx, id, revision)?.map(Arc::new) else {
            return Ok(None);
        };
        self.bearers.keep(id.to_owned(), revision, bearer.clone());
        Ok(Some(bearer))
    }

    /// The bucket of this name with owner and settings, as this transaction sees it.
    pub(super) fn bucket(
        &self,
        tx: &Tx<'_>,
        name: &str,
    ) -> Result<Option<Arc<BucketFacts>>, CatalogError> {
        let sql = "SELECT b.row, b.revision, a.revision \
                   FROM bucket b JOIN account a ON a.id = b.account WHERE b.name = ?1";
        let found: Option<(i64, i64, i64)> =
            tx.find(sql, params![name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let Some((row, bucket_revision, owner_revision)) = found else {
            return Ok(None);
        };
        let revision = (bucket_revision, owner_revision);
        if let Some(facts) = self.buckets.find(&row, revision) {
            return Ok(Some(facts));
        }
        let Some(bucket) = bucket_by_row(tx, row)? else {
            return Ok(None);
        };
        let owner = self.account(tx, &bucket.account_id, owner_revision)?;
        let sql = "SELECT keyword, document FROM setting WHERE bucket = ?1";
        let settings = tx.list(sql, params![row], |row| {
            Ok((row.get(0)?, Arc::from(row.get::<_, Vec<u8>>(1)?)))
        })?;
        let settings = BTreeMap::from_iter(settings);
        let facts = Arc::new(BucketFacts { bucket, owner, settings });
        self.buckets.keep(row, revision, facts.clone());
        Ok(Some(facts))
    }
}

/// The bucket in this row.
pub(super) fn bucket_by_row(tx: &Tx<'_>, row: i64) -> Result<Option<Bucket>, CatalogError> {
    let sql = "SELECT row, id, name, account, region, created_ms, versioning \
               FROM bucket WHERE row = ?1";
    tx.find(sql, params![row], bucket_map)
}

/// Reads the columns `row, id, name, account, region, created_ms, versioning`.
pub(super) fn bucket_map(row: &Row<'_>) -> Result<Bucket, CatalogError> {
    Ok(Bucket {
        row: row.get(0)?,
        id: Uuid::from_bytes(row.get(1)?),
        name: row.get(2)?,
        account_id: row.get(3)?,
        region: row.get(4)?,
        created_ms: row.get(5)?,
        versioning: versioning_from_code(row.get(6)?)?,
    })
}

/// Values by identity, each with the revision it was read under.
struct Kept<K, R, V>(RwLock<HashMap<K, (R, Arc<V>)>>);

impl<K, R, V> Default for Kept<K, R, V> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<K: Eq + Hash, R: PartialEq, V> Kept<K, R, V> {
    fn find<Q: Eq + Hash + ?Sized>(&self, id: &Q, revision: R) -> Option<Arc<V>>
    where
        K: std::borrow::Borrow<Q>,
    {
        let table = self.0.read().unwrap_or_else(PoisonError::into_inner);
        table.get(id).filter(|(read, _)| *read == revision).map(|(_, value)| value.clone())
    }

    fn keep(&self, id: K, revision: R, value: Arc<V>) {
        let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if table.len() >= KEPT {
            table.clear();
        }
        table.insert(id, (revision, value));
    }
}
