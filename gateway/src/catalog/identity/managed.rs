//! Managed policies of accounts and their versions.

use super::error::IdentityError;
use super::model::{ManagedPolicy, PolicyVersion};
use super::touch;
use crate::catalog::driver::{Row, Tx, limit_rows, params};
use crate::catalog::stored::{from_json, json};
use crate::catalog::{Catalog, CatalogError};

/// Versions that a policy keeps (IAM quotas).
const VERSIONS_MAX: usize = 5;

macro_rules! policy_sql {
    ($tail:literal) => {
        concat!(
            "SELECT arn, id, account, name, path, description, created_ms, updated_ms, \
             default_version, (SELECT count(*) FROM attachment t WHERE t.policy = p.arn), \
             (SELECT count(*) FROM entity e WHERE e.boundary = p.arn), tags \
             FROM managed_policy p ",
            $tail
        )
    };
}

impl Catalog {
    /// Creates a policy with its version 1. `Exists` when its name is taken.
    pub async fn policy_create(
        &self,
        policy: ManagedPolicy,
        document: Vec<u8>,
    ) -> Result<(), IdentityError> {
        self.write(move |tx| {
            touch(tx, &policy.account_id)?;
            insert(tx, &policy)?;
            version_insert(tx, &policy.arn, 1, &document, policy.created_ms)
        })
        .await
    }

    /// A policy by its ARN.
    pub async fn policy_find(&self, arn: &str) -> Result<Option<ManagedPolicy>, CatalogError> {
        self.read(|tx| tx.find(policy_sql!("WHERE arn = ?1"), params![arn], map))
    }

    /// At most `limit` policies of an account whose paths start with `path` and
    /// whose names come after `after`, in order of name.
    pub async fn policy_list(
        &self,
        account_id: &str,
        path: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<ManagedPolicy>, CatalogError> {
        let (account, path, after) = (account_id.to_owned(), path.to_owned(), after.to_lowercase());
        let sql = policy_sql!(
            "WHERE account = ?1 AND folded > ?3 AND substr(path, 1, length(?2)) = ?2 \
             ORDER BY folded LIMIT ?4"
        );
        self.read_long(move |tx| {
            tx.list(sql, params![account, path, after, limit_rows(limit)], map)
        })
        .await
    }

    /// Changes the tags of a policy. `NoSuch`, and what `change` says.
    pub async fn policy_update(
        &self,
        arn: &str,
        change: impl FnOnce(&mut ManagedPolicy) -> Result<(), IdentityError> + Send + 'static,
    ) -> Result<(), IdentityError> {
        let arn = arn.to_owned();
        self.write(move |tx| {
            let mut policy = require(tx, &arn)?;
            change(&mut policy)?;
            touch(tx, &policy.account_id)?;
            let sql = "UPDATE managed_policy SET tags = ?2 WHERE arn = ?1";
            tx.execute(sql, params![arn, json(&policy.tags)?])?;
            Ok(())
        })
        .await
    }

    /// Deletes a policy. `NoSuch`, `InUse` while it is attached, bounds somebody
    /// or has versions beside the default one.
    pub async fn policy_delete(&self, arn: &str) -> Result<(), IdentityError> {
        let arn = arn.to_owned();
        self.write(move |tx| {
            let policy = require(tx, &arn)?;
            if policy.attached + policy.bounding > 0 {
                return Err(IdentityError::InUse("detach the policy from all entities"));
            }
            if version_numbers(tx, &arn)?.len() > 1 {
                return Err(IdentityError::InUse("delete all other versions of the policy"));
            }
            touch(tx, &policy.account_id)?;
            tx.execute("DELETE FROM policy_version WHERE policy = ?1", params![arn])?;
            tx.execute("DELETE FROM managed_policy WHERE arn = ?1", params![arn])?;
            Ok(())
        })
        .await
    }

    /// Adds a version, in force at once if `default`. `NoSuch`, `Limit`.
    pub async fn policy_version_create(
        &self,
        arn: &str,
        document: Vec<u8>,
        default: bool,
        now_ms: i64,
    ) -> Result<PolicyVersion, IdentityError> {
        let arn = arn.to_owned();
        self.write(move |tx| {
            let policy = require(tx, &arn)?;
            if version_numbers(tx, &arn)?.len() >= VERSIONS_MAX {
                return Err(IdentityError::Limit("VersionsPerPolicy", VERSIONS_MAX));
            }
            touch(tx, &policy.account_id)?;
            let sql = "UPDATE managed_policy SET last_version = last_version + 1 WHERE arn = ?1";
            tx.execute(sql, params![arn])?;
            let sql = "SELECT last_version FROM managed_policy WHERE arn = ?1";
            let number = tx.find(sql, params![arn], |row| Ok(row.get(0)?))?.unwrap_or(1);
            version_insert(tx, &arn, number, &document, now_ms)?;
            if default {
                default_set(tx, &arn, number, now_ms)?;
            }
            Ok(PolicyVersion { number, document, created_ms: now_ms, is_default: default })
        })
        .await
    }

    /// The versions of a policy, newest first.
    pub async fn policy_version_list(&self, arn: &str) -> Result<Vec<PolicyVersion>, CatalogError> {
        let sql = "SELECT v.number, v.document, v.created_ms, v.number = p.default_version \
                   FROM policy_version v JOIN managed_policy p ON p.arn = v.policy \
                   WHERE v.policy = ?1 ORDER BY v.number DESC";
        self.read(|tx| {
            tx.list(sql, params![arn], |row| {
                Ok(PolicyVersion {
                    number: row.get(0)?,
                    document: row.get(1)?,
                    created_ms: row.get(2)?,
                    is_default: row.get(3)?,
                })
            })
        })
    }

    /// Puts a version in force. `NoSuch`.
    pub async fn policy_default_put(
        &self,
        arn: &str,
        number: u32,
        now_ms: i64,
    ) -> Result<(), IdentityError> {
        let arn = arn.to_owned();
        self.write(move |tx| {
            let policy = require(tx, &arn)?;
            if !version_numbers(tx, &arn)?.contains(&number) {
                return Err(no_version(number));
            }
            touch(tx, &policy.account_id)?;
            default_set(tx, &arn, number, now_ms)
        })
        .await
    }

    /// Deletes a version. `NoSuch`, `InUse` for the one that is in force.
    pub async fn policy_version_delete(&self, arn: &str, number: u32) -> Result<(), IdentityError> {
        let arn = arn.to_owned();
        self.write(move |tx| {
            let policy = require(tx, &arn)?;
            if policy.default_version == number {
                return Err(IdentityError::InUse("make another version the default one"));
            }
            touch(tx, &policy.account_id)?;
            let sql = "DELETE FROM policy_version WHERE policy = ?1 AND number = ?2";
            match tx.execute(sql, params![arn, number])? {
                0 => Err(no_version(number)),
                _ => Ok(()),
            }
        })
        .await
    }
}

/// The policy with this ARN. `NoSuch`.
pub(super) fn require(tx: &Tx<'_>, arn: &str) -> Result<ManagedPolicy, IdentityError> {
    let found = tx.find(policy_sql!("WHERE arn = ?1"), params![arn], map)?;
    found.ok_or_else(|| IdentityError::NoSuch("policy", arn.to_owned()))
}

fn no_version(number: u32) -> IdentityError {
    IdentityError::NoSuch("policy version", format!("v{number}"))
}

fn insert(tx: &Tx<'_>, policy: &ManagedPolicy) -> Result<(), IdentityError> {
    let sql = "INSERT INTO managed_policy (arn, id, account, folded, name, path, description, \
               created_ms, updated_ms, default_version, last_version, tags) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, 1, 1, ?9) ON CONFLICT DO NOTHING";
    let ManagedPolicy { arn, id, account_id, name, path, description, created_ms, .. } = policy;
    let (folded, tags) = (name.to_lowercase(), json(&policy.tags)?);
    let values = params![arn, id, account_id, folded, name, path, description, created_ms, tags];
    match tx.execute(sql, values)? {
        0 => Err(IdentityError::Exists("policy", name.clone())),
        _ => Ok(()),
    }
}

fn version_insert(
    tx: &Tx<'_>,
    arn: &str,
    number: u32,
    document: &[u8],
    now_ms: i64,
) -> Result<(), IdentityError> {
    let sql = "INSERT INTO policy_version (policy, number, document, created_ms) \
               VALUES (?1, ?2, ?3, ?4)";
    tx.execute(sql, params![arn, number, document, now_ms])?;
    Ok(())
}

fn version_numbers(tx: &Tx<'_>, arn: &str) -> Result<Vec<u32>, CatalogError> {
    let sql = "SELECT number FROM policy_version WHERE policy = ?1";
    tx.list(sql, params![arn], |row| Ok(row.get(0)?))
}

fn default_set(tx: &Tx<'_>, arn: &str, number: u32, now_ms: i64) -> Result<(), IdentityError> {
    let sql = "UPDATE managed_policy SET default_version = ?2, updated_ms = ?3 WHERE arn = ?1";
    tx.execute(sql, params![arn, number, now_ms])?;
    Ok(())
}

fn map(row: &Row<'_>) -> Result<ManagedPolicy, CatalogError> {
    Ok(ManagedPolicy {
        arn: row.get(0)?,
        id: row.get(1)?,
        account_id: row.get(2)?,
        name: row.get(3)?,
        path: row.get(4)?,
        description: row.get(5)?,
        created_ms: row.get(6)?,
        updated_ms: row.get(7)?,
        default_version: row.get(8)?,
        attached: row.get(9)?,
        bounding: row.get(10)?,
        tags: from_json(&row.get::<_, Vec<u8>>(11)?)?,
    })
}
