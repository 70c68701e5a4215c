//! Aliases of keys as rows. Each carries its account's domain id too, because
//! the other dialect names the owner so.

use kms_core::key::{Alias, AliasName, Key};
use kms_core::store::{AliasQuery, StoreError};

use super::cmk;
use super::driver::{Row, Tx, limit_rows, params};
use super::error::CatalogError;

/// Creates the alias that a new key comes with.
pub(super) fn create_with_key(tx: &Tx<'_>, key: &Key, name: AliasName) -> Result<(), StoreError> {
    let alias = Alias {
        account_id: key.account_id.clone(),
        region: key.region.clone(),
        name,
        key: key.id,
        created_ms: key.created_ms,
        updated_ms: key.created_ms,
    };
    insert(tx, &alias, key)
}

pub(super) fn create(tx: &Tx<'_>, alias: &Alias, limit: usize) -> Result<(), StoreError> {
    let key = target(tx, alias)?;
    insert(tx, alias, &key)?;
    check_limit(tx, alias, limit)
}

pub(super) fn update(tx: &Tx<'_>, alias: &Alias, limit: usize) -> Result<(), StoreError> {
    target(tx, alias)?;
    let sql = "UPDATE alias SET cmk = ?4, updated_ms = ?5 \
               WHERE account = ?1 AND region = ?2 AND name = ?3";
    let Alias { account_id, region, name, key, updated_ms, .. } = alias;
    let values =
        params![account_id, region, name.as_str(), cmk::bytes(*key), updated_ms.cast_signed()];
    if tx.execute(sql, values)? == 0 {
        return Err(StoreError::NotFound);
    }
    check_limit(tx, alias, limit)
}

pub(super) fn delete(
    tx: &Tx<'_>,
    account: &str,
    region: &str,
    name: &AliasName,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM alias WHERE account = ?1 AND region = ?2 AND name = ?3";
    match tx.execute(sql, params![account, region, name.as_str()])? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}

pub(super) fn list(tx: &Tx<'_>, query: &AliasQuery<'_>) -> Result<Vec<Alias>, CatalogError> {
    let all = "SELECT a.account, a.region, a.name, a.cmk, a.created_ms, a.updated_ms \
               FROM alias a JOIN cmk k ON k.id = a.cmk WHERE a.account = ?1 AND a.name > ?3 \
               AND (a.region = ?2 OR k.default_for IS NOT NULL) ORDER BY a.name LIMIT ?4";
    let of_key = "SELECT a.account, a.region, a.name, a.cmk, a.created_ms, a.updated_ms \
                  FROM alias a JOIN cmk k ON k.id = a.cmk WHERE a.account = ?1 AND a.name > ?3 \
                  AND (a.region = ?2 OR k.default_for IS NOT NULL) AND a.cmk = ?5 \
                  ORDER BY a.name LIMIT ?4";
    let AliasQuery { account, region, key, after, limit } = query;
    let after = after.map(AliasName::as_str).unwrap_or_default();
    let limit = limit_rows(*limit);
    match key {
        None => tx.list(all, params![account, region, after, limit], map),
        Some(key) => tx.list(of_key, params![account, region, after, limit, cmk::bytes(*key)], map),
    }
}

/// The key that an alias may name: one of its own account and region.
fn target(tx: &Tx<'_>, alias: &Alias) -> Result<Key, StoreError> {
    let key = cmk::find(tx, alias.key)?.ok_or(StoreError::NotFound)?;
    let own = key.account_id == alias.account_id && key.region == alias.region;
    if own { Ok(key) } else { Err(StoreError::NotFound) }
}

fn insert(tx: &Tx<'_>, alias: &Alias, key: &Key) -> Result<(), StoreError> {
    let sql = "INSERT INTO alias (account, region, name, domain, cmk, created_ms, updated_ms) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";
    let values = params![
        alias.account_id,
        alias.region,
        alias.name.as_str(),
        key.domain_id,
        cmk::bytes(alias.key),
        alias.created_ms.cast_signed(),
        alias.updated_ms.cast_signed(),
    ];
    match tx.execute(sql, values)? {
        0 => Err(StoreError::Exists),
        _ => Ok(()),
    }
}

/// Counts the alias, which names its key by now, with the others.
fn check_limit(tx: &Tx<'_>, alias: &Alias, limit: usize) -> Result<(), StoreError> {
    let sql = "SELECT COUNT(*) FROM alias WHERE cmk = ?1";
    let count = tx.find(sql, params![cmk::bytes(alias.key)], |row| Ok(row.get(0)?))?;
    if count.unwrap_or(i64::MAX) > limit_rows(limit) {
        return Err(StoreError::LimitExceeded("aliases of the key"));
    }
    Ok(())
}

fn map(row: &Row<'_>) -> Result<Alias, CatalogError> {
    let name: String = row.get(2)?;
    let damaged = |_| CatalogError::Damaged("an alias has no valid name".to_owned());
    Ok(Alias {
        account_id: row.get(0)?,
        region: row.get(1)?,
        name: AliasName::parse(&name).map_err(damaged)?,
        key: cmk::id(row, 3)?,
        created_ms: row.get::<_, i64>(4)?.cast_unsigned(),
        updated_ms: row.get::<_, i64>(5)?.cast_unsigned(),
    })
}
