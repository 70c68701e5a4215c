//! Grants, key policies and tags: the catalog as [`RightsStore`].

use async_trait::async_trait;
use kms_core::audit::AuditEvent;
use kms_core::key::{Grant, GrantId, KeyId, KeyRights};
use kms_core::store::{RightsStore, StoreError, Tag};

use super::driver::{limit_rows, params};
use super::{Catalog, cmk, grant, outbox};

#[async_trait]
impl RightsStore for Catalog {
    async fn rights_find(&self, key: KeyId) -> Result<KeyRights, StoreError> {
        Ok(self.read(|tx| {
            let sql = "SELECT document FROM cmk_policy WHERE cmk = ?1";
            let policy = tx.find(sql, params![cmk::bytes(key)], |row| Ok(row.get(0)?))?;
            Ok(KeyRights { policy, grants: grant::list(tx, key)? })
        })?)
    }

    async fn grant_create(
        &self,
        grant: Grant,
        limit: usize,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            grant::create(tx, &grant, limit)?;
            outbox::keep(tx, &event)
        })
        .await
    }

    async fn grant_delete(
        &self,
        key: KeyId,
        id: GrantId,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            grant::delete(tx, key, id)?;
            outbox::keep(tx, &event)
        })
        .await
    }

    async fn grant_list_retirable(
        &self,
        names: &[String],
        after: Option<GrantId>,
        limit: usize,
    ) -> Result<Vec<Grant>, StoreError> {
        Ok(self.read(|tx| {
            let mut listed = Vec::new();
            for name in names {
                listed.extend(grant::list_retirable(tx, name, after, limit)?);
            }
            listed.sort_by_key(|grant| grant.id);
            listed.truncate(limit);
            Ok(listed)
        })?)
    }

    async fn policy_put(
        &self,
        key: KeyId,
        document: Vec<u8>,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            cmk::guard(tx, key)?;
            let sql = "INSERT INTO cmk_policy (cmk, document) VALUES (?1, ?2) \
                       ON CONFLICT (cmk) DO UPDATE SET document = excluded.document";
            tx.execute(sql, params![cmk::bytes(key), document])?;
            outbox::keep(tx, &event)
        })
        .await
    }

    async fn tag_put(
        &self,
        key: KeyId,
        tags: &[Tag],
        limit: usize,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        let tags = tags.to_vec();
        self.write(move |tx| {
            let sql = "INSERT INTO cmk_tag (cmk, name, value) VALUES (?1, ?2, ?3) \
                       ON CONFLICT (cmk, name) DO UPDATE SET value = excluded.value";
            for (name, value) in &tags {
                tx.execute(sql, params![cmk::bytes(key), name, value])?;
            }
            let sql = "SELECT COUNT(*) FROM cmk_tag WHERE cmk = ?1";
            let count = tx.find(sql, params![cmk::bytes(key)], |row| Ok(row.get(0)?))?;
            if count.unwrap_or(i64::MAX) > limit_rows(limit) {
                return Err(StoreError::LimitExceeded("tags of the key"));
            }
            outbox::keep(tx, &event)
        })
        .await
    }

    async fn tag_delete(
        &self,
        key: KeyId,
        names: &[String],
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        let names = names.to_vec();
        self.write(move |tx| {
            let sql = "DELETE FROM cmk_tag WHERE cmk = ?1 AND name = ?2";
            for name in &names {
                tx.execute(sql, params![cmk::bytes(key), name])?;
            }
            outbox::keep(tx, &event)
        })
        .await
    }

    async fn tag_list(&self, key: KeyId) -> Result<Vec<Tag>, StoreError> {
        let sql = "SELECT name, value FROM cmk_tag WHERE cmk = ?1 ORDER BY name";
        Ok(self.read(|tx| {
            tx.list(sql, params![cmk::bytes(key)], |row| Ok((row.get(0)?, row.get(1)?)))
        })?)
    }

    async fn tag_list_all(
        &self,
        account: &str,
        region: &str,
    ) -> Result<Vec<(KeyId, Tag)>, StoreError> {
        let (account, region) = (account.to_owned(), region.to_owned());
        let sql = "SELECT t.cmk, t.name, t.value FROM cmk k JOIN cmk_tag t ON t.cmk = k.id \
                   WHERE k.account = ?1 AND k.region = ?2 ORDER BY t.cmk, t.name";
        let listed = self.read_long(move |tx| {
            tx.list(sql, params![account, region], |row| {
                Ok((cmk::id(row, 0)?, (row.get(1)?, row.get(2)?)))
            })
        });
        Ok(listed.await?)
    }
}
