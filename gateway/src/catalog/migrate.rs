//! Brings the schema up to date, one numbered file in one transaction each.
//!
//! The number of the last one applied is SQLite's `user_version`. Files that
//! were released are never changed: expand first, contract a release later.

use rusqlite::{Connection, TransactionBehavior};

use super::error::CatalogError;

const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/sqlite/0001_catalog.sql"),
    include_str!("../../migrations/sqlite/0002_key.sql"),
    include_str!("../../migrations/sqlite/0003_usage.sql"),
    include_str!("../../migrations/sqlite/0004_part_mac.sql"),
    include_str!("../../migrations/sqlite/0005_appendable.sql"),
    include_str!("../../migrations/sqlite/0006_identity.sql"),
    include_str!("../../migrations/sqlite/0007_rights.sql"),
];

/// Applies what is missing. [`CatalogError::Newer`] for a file that a later
/// release has migrated.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), CatalogError> {
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > known {
        return Err(CatalogError::Newer { found, known });
    }
    for (number, sql) in (1_u32..).zip(MIGRATIONS).filter(|(number, _)| *number > found) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}
