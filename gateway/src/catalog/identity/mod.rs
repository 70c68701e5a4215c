//! Users, groups and roles of accounts, and the policies that speak for them.
//!
//! A method is `noun_verb`, one file for each noun. Documents are kept as they
//! were accepted; what they mean is `policy`'s to say and what is allowed to
//! change them `authorize`'s.
//!
//! Invariant: every change counts the account's revision up in the same
//! transaction, so that what was read under a revision is true as long as the
//! revision is.

mod access_key;
mod alias;
mod attachment;
mod bearer;
mod entity;
mod error;
mod inline;
mod managed;
mod membership;
mod model;

pub use bearer::{Bearer, Document};
pub use error::IdentityError;
pub use model::{
    AccessKey, Account, Entity, EntityKind, EntityRef, KeyUse, ManagedPolicy, PolicyVersion,
};

pub(super) use bearer::read as bearer_read;
pub(super) use entity::find as entity_read;

use super::driver::{Tx, params};
use super::error::CatalogError;

/// Counts the account's revision up, as every change here must.
fn touch(tx: &Tx<'_>, account_id: &str) -> Result<(), CatalogError> {
    let sql = "UPDATE account SET revision = revision + 1 WHERE id = ?1";
    match tx.execute(sql, params![account_id])? {
        0 => Err(CatalogError::Changed),
        _ => Ok(()),
    }
}
