//! Accounts and their access keys.

use std::sync::Arc;

use super::Catalog;
use super::driver::{Row, Tx, limit_rows, params};
use super::error::CatalogError;
use super::model::{AccessKey, Account};

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

    /// An access key, active or not, and its account.
    pub async fn access_key_find(
        &self,
        id: &str,
    ) -> Result<Option<(AccessKey, Arc<Account>)>, CatalogError> {
        let sql = "SELECT k.id, k.account, k.sealed_secret, k.active, k.created_ms, a.revision \
                   FROM access_key k JOIN account a ON a.id = k.account WHERE k.id = ?1";
        self.read(|tx| {
            let found = tx.find(sql, params![id], |row| Ok((key_map(row)?, row.get(5)?)))?;
            let Some((key, revision)) = found else {
                return Ok(None);
            };
            let account = self.0.facts.account(tx, &key.account_id, revision)?;
            Ok(Some((key, account)))
        })
    }

    /// The access keys of an account, in order of id.
    pub async fn access_key_list(&self, account_id: &str) -> Result<Vec<AccessKey>, CatalogError> {
        let sql = "SELECT id, account, sealed_secret, active, created_ms \
                   FROM access_key WHERE account = ?1 ORDER BY id LIMIT 1000";
        self.read(|tx| tx.list(sql, params![account_id], key_map))
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

fn key_create(tx: &Tx<'_>, key: &AccessKey) -> Result<(), CatalogError> {
    let sql = "INSERT INTO access_key (id, account, sealed_secret, active, created_ms) \
               VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
    let AccessKey { id, account_id, sealed_secret, active, created_ms } = key;
    match tx.execute(sql, params![id, account_id, sealed_secret, active, created_ms])? {
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

fn key_map(row: &Row<'_>) -> Result<AccessKey, CatalogError> {
    Ok(AccessKey {
        id: row.get(0)?,
        account_id: row.get(1)?,
        sealed_secret: row.get(2)?,
        active: row.get(3)?,
        created_ms: row.get(4)?,
    })
}
