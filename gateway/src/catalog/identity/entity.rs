//! Users, groups and roles: created, found, listed, changed, deleted.

use super::error::IdentityError;
use super::model::{Entity, EntityKind, EntityRef};
use super::touch;
use crate::catalog::driver::{Row, Tx, limit_rows, params};
use crate::catalog::stored::{from_json, json};
use crate::catalog::{Catalog, CatalogError};

macro_rules! entity_sql {
    ($tail:literal) => {
        concat!(
            "SELECT id, account, kind, name, path, created_ms, boundary, description, trust, \
             session_max_s, tags FROM entity ",
            $tail
        )
    };
}

impl Catalog {
    /// Creates an entity. `Exists` when its name is taken.
    pub async fn entity_create(&self, entity: Entity) -> Result<(), IdentityError> {
        self.write(move |tx| {
            touch(tx, &entity.account_id)?;
            insert(tx, &entity)
        })
        .await
    }

    /// An entity by name.
    pub async fn entity_find(&self, named: &EntityRef) -> Result<Option<Entity>, CatalogError> {
        self.read(|tx| find(tx, named))
    }

    /// An entity by its unique id.
    pub async fn entity_find_by_id(&self, id: &str) -> Result<Option<Entity>, CatalogError> {
        self.read(|tx| tx.find(entity_sql!("WHERE id = ?1"), params![id], map))
    }

    /// At most `limit` entities of a kind whose paths start with `path` and whose
    /// names come after `after`, in order of name.
    pub async fn entity_list(
        &self,
        account_id: &str,
        kind: EntityKind,
        path: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Entity>, CatalogError> {
        let (account, path, after) = (account_id.to_owned(), path.to_owned(), after.to_lowercase());
        let sql = entity_sql!(
            "WHERE account = ?1 AND kind = ?2 AND folded > ?4 \
             AND substr(path, 1, length(?3)) = ?3 ORDER BY folded LIMIT ?5"
        );
        self.read_long(move |tx| {
            tx.list(sql, params![account, kind.code(), path, after, limit_rows(limit)], map)
        })
        .await
    }

    /// How many entities of each kind an account has.
    pub async fn entity_count(
        &self,
        account_id: &str,
        kind: EntityKind,
    ) -> Result<u64, CatalogError> {
        let account = account_id.to_owned();
        let sql = "SELECT count(*) FROM entity WHERE account = ?1 AND kind = ?2";
        let count = move |tx: &Tx<'_>| {
            tx.find(sql, params![account, kind.code()], |row| Ok(row.get::<_, i64>(0)?))
        };
        Ok(self.read_long(count).await?.unwrap_or_default().cast_unsigned())
    }

    /// Changes an entity by what `change` does to its row; account, kind and id
    /// stay. `NoSuch`, `Exists` when the new name is taken, and what `change` says.
    pub async fn entity_update(
        &self,
        named: EntityRef,
        change: impl FnOnce(&mut Entity) -> Result<(), IdentityError> + Send + 'static,
    ) -> Result<Entity, IdentityError> {
        self.write(move |tx| {
            let mut entity = require(tx, &named)?;
            change(&mut entity)?;
            touch(tx, &entity.account_id)?;
            update(tx, &entity)?;
            Ok(entity)
        })
        .await
    }

    /// Deletes an entity. `NoSuch`, `InUse` while it has keys, policies, members
    /// or groups.
    pub async fn entity_delete(&self, named: EntityRef) -> Result<(), IdentityError> {
        self.write(move |tx| {
            let entity = require(tx, &named)?;
            refuse_used(tx, &entity.id)?;
            touch(tx, &entity.account_id)?;
            tx.execute("DELETE FROM entity WHERE id = ?1", params![entity.id])?;
            Ok(())
        })
        .await
    }
}

/// The entity of this name, as this transaction sees it.
pub(in crate::catalog) fn find(
    tx: &Tx<'_>,
    named: &EntityRef,
) -> Result<Option<Entity>, CatalogError> {
    let sql = entity_sql!("WHERE account = ?1 AND kind = ?2 AND folded = ?3");
    tx.find(sql, params![named.account_id, named.kind.code(), named.name.to_lowercase()], map)
}

/// The entity of this id, as this transaction sees it.
pub(super) fn find_by_id(tx: &Tx<'_>, id: &str) -> Result<Option<Entity>, CatalogError> {
    tx.find(entity_sql!("WHERE id = ?1"), params![id], map)
}

/// The entity of this name. `NoSuch`.
pub(super) fn require(tx: &Tx<'_>, named: &EntityRef) -> Result<Entity, IdentityError> {
    let found = find(tx, named)?;
    found.ok_or_else(|| IdentityError::NoSuch(named.kind.name(), named.name.clone()))
}

/// What must be gone before an entity is: a question for its id, and the advice.
const USES: [(&str, &str); 5] = [
    ("SELECT 1 FROM access_key WHERE entity = ?1 LIMIT 1", "delete its access keys"),
    ("SELECT 1 FROM attachment WHERE entity = ?1 LIMIT 1", "detach all its policies"),
    ("SELECT 1 FROM inline_policy WHERE entity = ?1 LIMIT 1", "delete its inline policies"),
    ("SELECT 1 FROM membership WHERE member = ?1 LIMIT 1", "remove it from all groups"),
    ("SELECT 1 FROM membership WHERE grp = ?1 LIMIT 1", "remove the users from the group"),
];

fn refuse_used(tx: &Tx<'_>, id: &str) -> Result<(), IdentityError> {
    for (question, advice) in USES {
        if tx.find(question, params![id], |_| Ok(()))?.is_some() {
            return Err(IdentityError::InUse(advice));
        }
    }
    Ok(())
}

fn insert(tx: &Tx<'_>, entity: &Entity) -> Result<(), IdentityError> {
    let sql = "INSERT INTO entity (id, account, kind, folded, name, path, created_ms, boundary, \
               description, trust, session_max_s, tags) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING";
    let Entity { id, account_id, kind, name, path, created_ms, .. } = entity;
    let Entity { boundary, description, trust, session_max_s, .. } = entity;
    let (folded, tags) = (name.to_lowercase(), json(&entity.tags)?);
    let values = params![
        id,
        account_id,
        kind.code(),
        folded,
        name,
        path,
        created_ms,
        boundary,
        description,
        trust,
        session_max_s,
        tags
    ];
    match tx.execute(sql, values)? {
        0 => Err(IdentityError::Exists(kind.name(), name.clone())),
        _ => Ok(()),
    }
}

fn update(tx: &Tx<'_>, entity: &Entity) -> Result<(), IdentityError> {
    let sql = "UPDATE OR IGNORE entity SET folded = ?2, name = ?3, path = ?4, boundary = ?5, \
               description = ?6, trust = ?7, session_max_s = ?8, tags = ?9 WHERE id = ?1";
    let Entity { id, name, path, boundary, description, trust, session_max_s, .. } = entity;
    let (folded, tags) = (name.to_lowercase(), json(&entity.tags)?);
    let values = params![id, folded, name, path, boundary, description, trust, session_max_s, tags];
    match tx.execute(sql, values)? {
        0 => Err(IdentityError::Exists(entity.kind.name(), name.clone())),
        _ => Ok(()),
    }
}

/// Reads the columns of `entity_sql!`.
pub(super) fn map(row: &Row<'_>) -> Result<Entity, CatalogError> {
    let kind = match row.get(2)? {
        0_i64 => EntityKind::User,
        1 => EntityKind::Group,
        2 => EntityKind::Role,
        other => return Err(CatalogError::Damaged(format!("entity.kind is {other}"))),
    };
    Ok(Entity {
        id: row.get(0)?,
        account_id: row.get(1)?,
        kind,
        name: row.get(3)?,
        path: row.get(4)?,
        created_ms: row.get(5)?,
        boundary: row.get(6)?,
        description: row.get(7)?,
        trust: row.get(8)?,
        session_max_s: row.get(9)?,
        tags: from_json(&row.get::<_, Vec<u8>>(10)?)?,
    })
}
