//! Grants as rows.

use std::collections::BTreeMap;

use kms_core::key::{Constraint, Grant, GrantId, GrantOperation, Grantee, KeyId};
use kms_core::store::StoreError;

use super::cmk;
use super::driver::{Row, Tx, limit_rows, params};
use super::error::CatalogError;

macro_rules! grant_sql {
    ($tail:literal) => {
        concat!(
            "SELECT cmk, id, grantee_kind, grantee, retiring_kind, retiring, issuer, \
             issuer_account, name, operations, constraint_is, context, created_ms \
             FROM cmk_grant WHERE ",
            $tail
        )
    };
}

/// The grants of a key, in order of id.
pub(super) fn list(tx: &Tx<'_>, key: KeyId) -> Result<Vec<Grant>, CatalogError> {
    tx.list(grant_sql!("cmk = ?1 ORDER BY id"), params![cmk::bytes(key)], map)
}

/// Grants that `retiring` may end, after `after`, in order of id.
pub(super) fn list_retirable(
    tx: &Tx<'_>,
    retiring: &str,
    after: Option<GrantId>,
    limit: usize,
) -> Result<Vec<Grant>, CatalogError> {
    let sql = grant_sql!("retiring = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    let after = after.map(|id| id.0.to_vec()).unwrap_or_default();
    tx.list(sql, params![retiring, after, limit_rows(limit)], map)
}

pub(super) fn create(tx: &Tx<'_>, grant: &Grant, limit: usize) -> Result<(), StoreError> {
    cmk::guard(tx, grant.key)?;
    let sql = "INSERT INTO cmk_grant (cmk, id, grantee_kind, grantee, retiring_kind, retiring, \
               issuer, issuer_account, name, operations, constraint_is, context, created_ms) \
               VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)";
    let operations: Vec<_> = grant.operations.iter().map(|operation| operation.name()).collect();
    let (constraint, context) = match &grant.constraint {
        None => (None, None),
        Some(Constraint::Equals(pairs)) => (Some("equals"), Some(pairs)),
        Some(Constraint::Subset(pairs)) => (Some("subset"), Some(pairs)),
    };
    let context = context.map(serde_json::to_string).transpose();
    let context = context.map_err(|error| StoreError::Unavailable(error.to_string()))?;
    let values = params![
        cmk::bytes(grant.key),
        grant.id.0,
        grant.grantee.kind(),
        grant.grantee.name(),
        grant.retiring.as_ref().map(Grantee::kind),
        grant.retiring.as_ref().map(Grantee::name),
        grant.issuer,
        grant.issuer_account,
        grant.name,
        operations.join(" "),
        constraint,
        context,
        grant.created_ms.cast_signed(),
    ];
    tx.execute(sql, values)?;
    let sql = "SELECT COUNT(*) FROM cmk_grant WHERE cmk = ?1";
    let count = tx.find(sql, params![cmk::bytes(grant.key)], |row| Ok(row.get(0)?))?;
    if count.unwrap_or(i64::MAX) > limit_rows(limit) {
        return Err(StoreError::LimitExceeded("grants of the key"));
    }
    Ok(())
}

pub(super) fn delete(tx: &Tx<'_>, key: KeyId, id: GrantId) -> Result<(), StoreError> {
    let sql = "DELETE FROM cmk_grant WHERE cmk = ?1 AND id = ?2";
    match tx.execute(sql, params![cmk::bytes(key), id.0])? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}

fn map(row: &Row<'_>) -> Result<Grant, CatalogError> {
    let damaged = |column: &str| CatalogError::Damaged(format!("a grant's {column} is unknown"));
    let grantee: String = row.get(2)?;
    let retiring = match (row.get::<_, Option<String>>(4)?, row.get(5)?) {
        (Some(kind), Some(name)) => {
            Some(Grantee::of(&kind, name).ok_or_else(|| damaged("retiring principal"))?)
        }
        _ => None,
    };
    let operations: String = row.get(9)?;
    let operations = operations.split(' ').map(GrantOperation::from_name);
    let operations: Option<Vec<_>> = operations.collect();
    Ok(Grant {
        key: cmk::id(row, 0)?,
        id: GrantId(row.get(1)?),
        grantee: Grantee::of(&grantee, row.get(3)?).ok_or_else(|| damaged("grantee"))?,
        retiring,
        issuer: row.get(6)?,
        issuer_account: row.get(7)?,
        name: row.get(8)?,
        operations: operations.ok_or_else(|| damaged("operations"))?,
        constraint: constraint(row)?,
        created_ms: row.get::<_, i64>(12)?.cast_unsigned(),
    })
}

/// A grant whose constraint cannot be read must not be taken for one without.
fn constraint(row: &Row<'_>) -> Result<Option<Constraint>, CatalogError> {
    let damaged = || CatalogError::Damaged("a grant's constraint is unknown".to_owned());
    let Some(kind) = row.get::<_, Option<String>>(10)? else { return Ok(None) };
    let pairs: String = row.get(11)?;
    let pairs: BTreeMap<String, String> = serde_json::from_str(&pairs).map_err(|_| damaged())?;
    match kind.as_str() {
        "equals" => Ok(Some(Constraint::Equals(pairs))),
        "subset" => Ok(Some(Constraint::Subset(pairs))),
        _ => Err(damaged()),
    }
}
