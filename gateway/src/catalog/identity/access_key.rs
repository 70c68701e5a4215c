//! Access keys of users: two each, active or not.

use super::entity::require;
use super::error::IdentityError;
use super::model::{EntityRef, KeyUse};
use super::touch;
use crate::catalog::account::{key_create, key_map};
use crate::catalog::driver::{Tx, params};
use crate::catalog::model::AccessKey;
use crate::catalog::{Catalog, CatalogError};

/// Access keys that a user, or the root through this API, can have (IAM quotas).
const KEYS_MAX: usize = 2;

impl Catalog {
    /// Adds a key to a user, or to the account's root where `user` is `None`;
    /// `key.entity_id` is filled in. `NoSuch`, `Limit`.
    pub async fn entity_key_create(
        &self,
        mut key: AccessKey,
        user: Option<EntityRef>,
    ) -> Result<(), IdentityError> {
        self.write(move |tx| {
            key.entity_id = owner(tx, user)?;
            let own = list(tx, &key.account_id, key.entity_id.as_deref())?;
            if own.len() >= KEYS_MAX {
                return Err(IdentityError::Limit("AccessKeysPerUser", KEYS_MAX));
            }
            Ok(key_create(tx, &key)?)
        })
        .await
    }

    /// The keys of a user, or of the account's root, in order of id.
    pub async fn entity_key_list(
        &self,
        account_id: &str,
        entity_id: Option<&str>,
    ) -> Result<Vec<AccessKey>, CatalogError> {
        self.read(|tx| list(tx, account_id, entity_id))
    }

    /// Activates or deactivates a key of the user, or of the root. `NoSuch`.
    pub async fn entity_key_update(
        &self,
        account_id: &str,
        user: Option<EntityRef>,
        key_id: &str,
        active: bool,
    ) -> Result<(), IdentityError> {
        let (account, key_id) = (account_id.to_owned(), key_id.to_owned());
        self.write(move |tx| {
            let entity = owner(tx, user)?;
            let sql = "UPDATE access_key SET active = ?4 \
                       WHERE id = ?1 AND account = ?2 AND entity IS ?3";
            match tx.execute(sql, params![key_id, account, entity, active])? {
                0 => Err(IdentityError::NoSuch("access key", key_id)),
                _ => Ok(touch(tx, &account)?),
            }
        })
        .await
    }

    /// Deletes a key of the user, or of the root. `NoSuch`.
    pub async fn entity_key_delete(
        &self,
        account_id: &str,
        user: Option<EntityRef>,
        key_id: &str,
    ) -> Result<(), IdentityError> {
        let (account, key_id) = (account_id.to_owned(), key_id.to_owned());
        self.write(move |tx| {
            let entity = owner(tx, user)?;
            let sql = "DELETE FROM access_key WHERE id = ?1 AND account = ?2 AND entity IS ?3";
            match tx.execute(sql, params![key_id, account, entity])? {
                0 => Err(IdentityError::NoSuch("access key", key_id)),
                _ => Ok(touch(tx, &account)?),
            }
        })
        .await
    }

    /// When a key was last used; `None` when it never was.
    pub async fn access_key_use_find(&self, key_id: &str) -> Result<Option<KeyUse>, CatalogError> {
        let sql = "SELECT used_ms, used_service FROM access_key \
                   WHERE id = ?1 AND used_ms IS NOT NULL AND used_service IS NOT NULL";
        self.read(|tx| {
            tx.find(sql, params![key_id], |row| {
                Ok(KeyUse { at_ms: row.get(0)?, service: row.get(1)? })
            })
        })
    }

    /// Records uses of keys; those that are gone are passed over.
    pub async fn access_key_use_put(
        &self,
        uses: Vec<(String, KeyUse)>,
    ) -> Result<(), CatalogError> {
        self.write(move |tx| {
            let sql = "UPDATE access_key SET used_ms = ?2, used_service = ?3 WHERE id = ?1";
            for (id, KeyUse { at_ms, service }) in uses {
                tx.execute(sql, params![id, at_ms, service])?;
            }
            Ok(())
        })
        .await
    }
}

/// The id of the user that a request names; `None` for the account's root.
fn owner(tx: &Tx<'_>, user: Option<EntityRef>) -> Result<Option<String>, IdentityError> {
    user.map(|named| Ok(require(tx, &named)?.id)).transpose()
}

fn list(
    tx: &Tx<'_>,
    account_id: &str,
    entity_id: Option<&str>,
) -> Result<Vec<AccessKey>, CatalogError> {
    let sql = "SELECT id, account, sealed_secret, active, created_ms, entity \
               FROM access_key WHERE account = ?1 AND entity IS ?2 ORDER BY id LIMIT 1000";
    tx.list(sql, params![account_id, entity_id], key_map)
}
