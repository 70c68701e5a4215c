//! Which managed policies are attached to whom, and which bound whom.

use super::error::IdentityError;
use super::model::{Entity, EntityRef};
use super::{entity, managed, touch};
use crate::catalog::driver::params;
use crate::catalog::{Catalog, CatalogError};

/// Managed policies that one entity can have (IAM quotas).
const ATTACHED_MAX: usize = 10;

impl Catalog {
    /// Attaches a policy; nothing happens when it is attached. A policy that is
    /// not `built_in` must be one of the entity's account. `NoSuch`, `Limit`.
    pub async fn attachment_add(
        &self,
        named: EntityRef,
        arn: &str,
        built_in: bool,
    ) -> Result<(), IdentityError> {
        let arn = arn.to_owned();
        self.write(move |tx| {
            let entity = entity::require(tx, &named)?;
            if !built_in && managed::require(tx, &arn)?.account_id != entity.account_id {
                return Err(IdentityError::NoSuch("policy", arn));
            }
            touch(tx, &entity.account_id)?;
            let sql =
                "INSERT INTO attachment (entity, policy) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
            tx.execute(sql, params![entity.id, arn])?;
            let sql = "SELECT 1 FROM attachment WHERE entity = ?1";
            match tx.list(sql, params![entity.id], |_| Ok(()))?.len() > ATTACHED_MAX {
                true => Err(IdentityError::Limit("attached managed policies", ATTACHED_MAX)),
                false => Ok(()),
            }
        })
        .await
    }

    /// Detaches a policy. `NoSuch` also when it was not attached.
    pub async fn attachment_remove(
        &self,
        named: EntityRef,
        arn: &str,
    ) -> Result<(), IdentityError> {
        let arn = arn.to_owned();
        self.write(move |tx| {
            let entity = entity::require(tx, &named)?;
            touch(tx, &entity.account_id)?;
            let sql = "DELETE FROM attachment WHERE entity = ?1 AND policy = ?2";
            match tx.execute(sql, params![entity.id, arn])? {
                0 => Err(IdentityError::NoSuch("attached policy", arn)),
                _ => Ok(()),
            }
        })
        .await
    }

    /// ARNs of the policies of the entity with this id, in order.
    pub async fn attachment_list(&self, entity_id: &str) -> Result<Vec<String>, CatalogError> {
        let sql = "SELECT policy FROM attachment WHERE entity = ?1 ORDER BY policy";
        self.read(|tx| tx.list(sql, params![entity_id], |row| Ok(row.get(0)?)))
    }

    /// The entities of an account that a policy is attached to, at most 1,000.
    pub async fn attachment_entities(
        &self,
        account_id: &str,
        arn: &str,
    ) -> Result<Vec<Entity>, CatalogError> {
        let (account, arn) = (account_id.to_owned(), arn.to_owned());
        let sql = "SELECT e.id, e.account, e.kind, e.name, e.path, e.created_ms, e.boundary, \
                   e.description, e.trust, e.session_max_s, e.tags \
                   FROM attachment t JOIN entity e ON e.id = t.entity \
                   WHERE t.policy = ?2 AND e.account = ?1 ORDER BY e.kind, e.folded LIMIT 1000";
        self.read_long(move |tx| tx.list(sql, params![account, arn], entity::map)).await
    }

    /// The entities of an account that a policy bounds, at most 1,000.
    pub async fn boundary_entities(
        &self,
        account_id: &str,
        arn: &str,
    ) -> Result<Vec<Entity>, CatalogError> {
        let (account, arn) = (account_id.to_owned(), arn.to_owned());
        let sql = "SELECT id, account, kind, name, path, created_ms, boundary, description, \
                   trust, session_max_s, tags FROM entity \
                   WHERE boundary = ?2 AND account = ?1 ORDER BY kind, folded LIMIT 1000";
        self.read_long(move |tx| tx.list(sql, params![account, arn], entity::map)).await
    }
}
