//! Accounts and their access keys.

use std::sync::Arc;

use super::Catalog;
use super::driver::{Row, Tx, limit_rows, params};
use super::error::CatalogError;
use super::identity::Bearer;
use super::model::{AccessKey, Account};

/// An access key and whom it stands for.
pub struct KeyHolder {
    /// The key, active or not.
    pub key: AccessKey,
    /// Its account.
    pub account: Arc<Account>,
    /// Its user; `None` for the root.
    pub user: Option<Arc<Bearer>>,
}

macro_rules! account_sql {
    ($tail:literal) => {
        concat!(
            "SELECT id, domain_id, project_id, canonical_id, name, email, created_ms \
             FROM account ",
            $tail
        )
    };
}

impl Catalog {
    /// Creates an account and, if given, its first access key together.
    /// `Exists` when its name, one of its ids or the access key is taken.
    pub async fn account_create(
        &self,
        account: Account,
        key: Option<AccessKey>,
    ) -> Result<(), CatalogError> {
        self.write(move |tx| {
            create(tx, &account)?;
            key.map_or(Ok(()), |key| key_create(tx, &key))
        })
        .await
    }

    /// At most `limit` accounts with ids after `after`, in order of id.
    pub async fn account_list(
        &self,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Account>, CatalogError> {
        let after = after.to_owned();
        let sql = account_sql!("WHERE id > ?1 ORDER BY id LIMIT ?2");
        self.read_long(move |tx| tx.list(sql, params![after, limit_rows(limit)], map)).await
    }

    /// An account by its 12-digit id.
    pub async fn account_find(&self, id: &str) -> Result<Option<Account>, CatalogError> {
        self.read(|tx| tx.find(account_sql!("WHERE id = ?1"), params![id], map))
    }

    /// An account by its Huawei domain id.
    pub async fn account_find_by_domain(
        &self,
        domain_id: &str,
    ) -> Result<Option<Account>, CatalogError> {
        self.read(|tx| tx.find(account_sql!("WHERE domain_id = ?1"), params![domain_id], map))
    }

    /// An account by its S3 canonical id.
    pub async fn account_find_by_canonical(
        &self,
        canonical_id: &str,
    ) -> Result<Option<Account>, CatalogError> {
        let sql = account_sql!("WHERE canonical_id = ?1");
        self.read(|tx| tx.find(sql, params![canonical_id], map))
    }

    /// An account by its display name.
    pub async fn account_find_by_name(&self, name: &str) -> Result<Option<Account>, CatalogError> {
        self.read(|tx| tx.find(account_sql!("WHERE name = ?1"), params![name], map))
    }

    /// An access key, active or not, its account, and its user unless it is the
    /// root's. `Damaged` when the user is not there.
    pub async fn access_key_find(&self, id: &str) -> Result<Option<KeyHolder>, CatalogError> {
        let sql = "SELECT k.id, k.account, k.sealed_secret, k.active, k.created_ms, k.entity, \
                   a.revision \
                   FROM access_key k JOIN account a ON a.id = k.account WHERE k.id = ?1";
        self.read(|tx| {
            let found = tx.find(sql, params![id], |row| Ok((key_map(row)?, row.get(6)?)))?;
            let Some((key, revision)) = found else {
                return Ok(None);
            };
            let account = self.0.facts.account(tx, &key.account_id, revision)?;
            let user = match &key.entity_id {
                None => None,
                Some(id) => {
                    let missing = || CatalogError::Damaged("a key of a user that is gone".into());
                    let user = self.0.facts.bearer(tx, id, revision)?;
                    Some(user.ok_or_else(missing)?)
                }
            };
            Ok(Some(KeyHolder { key, account, user }))
        })
    }

    /// An account by its 12-digit id, shared with other readers.
    pub async fn account_shared(&self, id: &str) -> Result<Option<Arc<Account>>, CatalogError> {
        let sql = "SELECT revision FROM account WHERE id = ?1";
        self.read(|tx| {
            let revision = tx.find(sql, params![id], |row| Ok(row.get(0)?))?;
            revision.map(|revision| self.0.facts.account(tx, id, revision)).transpose()
        })
    }

    /// The access keys of an account's root, in order of id.
    pub async fn access_key_list(&self, account_id: &str) -> Result<Vec<AccessKey>, CatalogError> {
        self.entity_key_list(account_id, None).await
    }

    /// Adds an access key to an account. `Exists` when its id is taken.
    pub async fn access_key_create(&self, key: AccessKey) -> Result<(), CatalogError> {
        self.write(move |tx| key_create(tx, &key)).await
    }
}

/// The account of this id, read anew.
pub(super) fn find(tx: &Tx<'_>, id: &str) -> Result<Option<Account>, CatalogError> {
    tx.find(account_sql!("WHERE id = ?1"), params![id], map)
}

fn create(tx: &Tx<'_>, account: &Account) -> Result<(), CatalogError> {
    let sql = "INSERT INTO account \
               (id, domain_id, project_id, canonical_id, name, email, created_ms) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";
    let Account { id, domain_id, project_id, canonical_id, name, email, created_ms } = account;
    let values = params![id, domain_id, project_id, canonical_id, name, email, created_ms];
    match tx.execute(sql, values)? {
        0 => Err(CatalogError::Exists("account name or id")),
        _ => Ok(()),
    }
}

/// Adds an access key. `Exists`.
pub(super) fn key_create(tx: &Tx<'_>, key: &AccessKey) -> Result<(), CatalogError> {
    let sql = "INSERT INTO access_key (id, account, sealed_secret, active, created_ms, entity) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
    let AccessKey { id, account_id, sealed_secret, active, created_ms, entity_id } = key;
    match tx.execute(sql, params![id, account_id, sealed_secret, active, created_ms, entity_id])? {
        0 => Err(CatalogError::Exists("access key")),
        _ => Ok(()),
    }
}

fn map(row: &Row<'_>) -> Result<Account, CatalogError> {
    Ok(Account {
        id: row.get(0)?,
        domain_id: row.get(1)?,
        project_id: row.get(2)?,
        canonical_id: row.get(3)?,
        name: row.get(4)?,
        email: row.get(5)?,
        created_ms: row.get(6)?,
    })
}

/// Reads the columns `id, account, sealed_secret, active, created_ms, entity`.
pub(super) fn key_map(row: &Row<'_>) -> Result<AccessKey, CatalogError> {
    Ok(AccessKey {
        id: row.get(0)?,
        account_id: row.get(1)?,
        sealed_secret: row.get(2)?,
        active: row.get(3)?,
        created_ms: row.get(4)?,
        entity_id: row.get(5)?,
    })
}
