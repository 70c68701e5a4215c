//! Inline policies: documents of one user, group or role.

use super::entity::require;
use super::error::IdentityError;
use super::model::{EntityKind, EntityRef};
use super::touch;
use crate::catalog::driver::params;
use crate::catalog::{Catalog, CatalogError};

/// Characters of all inline policies of an entity together (IAM quotas).
fn total_max(kind: EntityKind) -> usize {
    match kind {
        EntityKind::User => 2048,
        EntityKind::Group => 5120,
        EntityKind::Role => 10_240,
    }
}

impl Catalog {
    /// Stores an inline policy, replacing one of the same name. `NoSuch`, `Limit`
    /// when all of the entity's together become too long.
    pub async fn inline_put(
        &self,
        named: EntityRef,
        policy: &str,
        document: Vec<u8>,
    ) -> Result<(), IdentityError> {
        let policy = policy.to_owned();
        self.write(move |tx| {
            let entity = require(tx, &named)?;
            touch(tx, &entity.account_id)?;
            let sql = "INSERT INTO inline_policy (entity, name, document) VALUES (?1, ?2, ?3) \
                       ON CONFLICT (entity, name) DO UPDATE SET document = excluded.document";
            tx.execute(sql, params![entity.id, policy, document])?;
            let sql = "SELECT document FROM inline_policy WHERE entity = ?1";
            let lengths =
                tx.list(sql, params![entity.id], |row| Ok(characters(&row.get::<_, Vec<u8>>(0)?)))?;
            let limit = total_max(entity.kind);
            match lengths.into_iter().sum::<usize>() > limit {
                true => Err(IdentityError::Limit("characters of inline policies", limit)),
                false => Ok(()),
            }
        })
        .await
    }

    /// An inline policy's document. `NoSuch`.
    pub async fn inline_find(
        &self,
        named: &EntityRef,
        policy: &str,
    ) -> Result<Vec<u8>, IdentityError> {
        let entity = self.entity_find(named).await?;
        let entity =
            entity.ok_or_else(|| IdentityError::NoSuch(named.kind.name(), named.name.clone()))?;
        let sql = "SELECT document FROM inline_policy WHERE entity = ?1 AND name = ?2";
        let found =
            self.read(|tx| tx.find(sql, params![entity.id, policy], |row| Ok(row.get(0)?)))?;
        found.ok_or_else(|| IdentityError::NoSuch("policy", policy.to_owned()))
    }

    /// Removes an inline policy. `NoSuch`.
    pub async fn inline_delete(&self, named: EntityRef, policy: &str) -> Result<(), IdentityError> {
        let policy = policy.to_owned();
        self.write(move |tx| {
            let entity = require(tx, &named)?;
            touch(tx, &entity.account_id)?;
            let sql = "DELETE FROM inline_policy WHERE entity = ?1 AND name = ?2";
            match tx.execute(sql, params![entity.id, policy])? {
                0 => Err(IdentityError::NoSuch("policy", policy)),
                _ => Ok(()),
            }
        })
        .await
    }

    /// Names of the inline policies of the entity with this id, in order.
    pub async fn inline_list(&self, entity_id: &str) -> Result<Vec<String>, CatalogError> {
        let sql = "SELECT name FROM inline_policy WHERE entity = ?1 ORDER BY name";
        self.read(|tx| tx.list(sql, params![entity_id], |row| Ok(row.get(0)?)))
    }
}

/// The length of a document as IAM counts it: without white space.
fn characters(document: &[u8]) -> usize {
    document.iter().filter(|byte| !byte.is_ascii_whitespace()).count()
}
