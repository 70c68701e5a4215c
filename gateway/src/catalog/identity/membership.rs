//! Which users are in which groups.

use super::entity::{map, require};
use super::error::IdentityError;
use super::model::{Entity, EntityKind, EntityRef};
use super::touch;
use crate::catalog::driver::{limit_rows, params};
use crate::catalog::{Catalog, CatalogError};

/// Groups that a user can be in (IAM quotas).
const GROUPS_MAX: usize = 10;

impl Catalog {
    /// Puts a user into a group; nothing happens when it is in it. `NoSuch`,
    /// `Limit` above 10 groups.
    pub async fn membership_add(
        &self,
        account_id: &str,
        user: &str,
        group: &str,
    ) -> Result<(), IdentityError> {
        let (user, group) = pair(account_id, user, group);
        self.write(move |tx| {
            let (user, group) = (require(tx, &user)?, require(tx, &group)?);
            touch(tx, &group.account_id)?;
            let sql = "INSERT INTO membership (member, grp) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
            tx.execute(sql, params![user.id, group.id])?;
            let sql = "SELECT grp FROM membership WHERE member = ?1";
            let groups = tx.list(sql, params![user.id], |_| Ok(()))?.len();
            match groups > GROUPS_MAX {
                true => Err(IdentityError::Limit("GroupsPerUser", GROUPS_MAX)),
                false => Ok(()),
            }
        })
        .await
    }

    /// Takes a user out of a group. `NoSuch` also when it was not in it.
    pub async fn membership_remove(
        &self,
        account_id: &str,
        user: &str,
        group: &str,
    ) -> Result<(), IdentityError> {
        let (user, group) = pair(account_id, user, group);
        self.write(move |tx| {
            let (user, group) = (require(tx, &user)?, require(tx, &group)?);
            touch(tx, &group.account_id)?;
            let sql = "DELETE FROM membership WHERE member = ?1 AND grp = ?2";
            match tx.execute(sql, params![user.id, group.id])? {
                0 => Err(IdentityError::NoSuch("member", user.name)),
                _ => Ok(()),
            }
        })
        .await
    }

    /// The users of the group with this id after the name `after`, in order of name.
    pub async fn membership_list(
        &self,
        group_id: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Entity>, CatalogError> {
        let sql = "SELECT e.id, e.account, e.kind, e.name, e.path, e.created_ms, e.boundary, \
                   e.description, e.trust, e.session_max_s, e.tags \
                   FROM membership m JOIN entity e ON e.id = m.member \
                   WHERE m.grp = ?1 AND e.folded > ?2 ORDER BY e.folded LIMIT ?3";
        let (group, after) = (group_id.to_owned(), after.to_lowercase());
        self.read_long(move |tx| tx.list(sql, params![group, after, limit_rows(limit)], map)).await
    }

    /// The groups of the user with this id, in order of name.
    pub async fn membership_groups(&self, user_id: &str) -> Result<Vec<Entity>, CatalogError> {
        let sql = "SELECT e.id, e.account, e.kind, e.name, e.path, e.created_ms, e.boundary, \
                   e.description, e.trust, e.session_max_s, e.tags \
                   FROM membership m JOIN entity e ON e.id = m.grp \
                   WHERE m.member = ?1 ORDER BY e.folded";
        self.read(|tx| tx.list(sql, params![user_id], map))
    }
}

fn pair(account_id: &str, user: &str, group: &str) -> (EntityRef, EntityRef) {
    let named = |kind, name: &str| EntityRef {
        account_id: account_id.to_owned(),
        kind,
        name: name.to_owned(),
    };
    (named(EntityKind::User, user), named(EntityKind::Group, group))
}
