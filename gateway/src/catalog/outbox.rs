//! Audit events of key changes, kept in the transaction of the change until the
//! audit writer has them in its chain.

use kms_core::audit::AuditEvent;
use kms_core::store::StoreError;

use super::driver::{Tx, limit_rows, params};
use super::error::CatalogError;
use super::stored::{from_json, json};

/// Keeps an event; one without change id needs no keeping.
pub(super) fn keep(tx: &Tx<'_>, event: &AuditEvent) -> Result<(), StoreError> {
    let Some(change) = &event.change else { return Ok(()) };
    let sql = "INSERT INTO outbox (change, event) VALUES (?1, ?2)";
    Ok(tx.execute(sql, params![change, json(event)?]).map(drop)?)
}

/// The oldest events, at most `limit`.
pub(super) fn list(tx: &Tx<'_>, limit: usize) -> Result<Vec<AuditEvent>, CatalogError> {
    let sql = "SELECT event FROM outbox ORDER BY row LIMIT ?1";
    tx.list(sql, params![limit_rows(limit)], |row| from_json(&row.get::<_, Vec<u8>>(0)?))
}

/// Forgets the event of this change.
pub(super) fn clear(tx: &Tx<'_>, change: &str) -> Result<(), StoreError> {
    Ok(tx.execute("DELETE FROM outbox WHERE change = ?1", params![change]).map(drop)?)
}
