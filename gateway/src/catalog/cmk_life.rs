//! Versions, ends and frozen accounts: the catalog as [`LifeStore`].

use async_trait::async_trait;
use kms_core::audit::AuditEvent;
use kms_core::key::{Key, KeyId, KeyState, KeyVersion};
use kms_core::store::{LifeStore, StoreError, VersionImpact};

use super::driver::params;
use super::{Catalog, cmk, outbox};

/// What goes with a key.
const WITH_THE_KEY: [&str; 4] = [
    "DELETE FROM alias WHERE cmk = ?1",
    "DELETE FROM cmk_grant WHERE cmk = ?1",
    "DELETE FROM cmk_policy WHERE cmk = ?1",
    "DELETE FROM cmk_tag WHERE cmk = ?1",
];

#[async_trait]
impl LifeStore for Catalog {
    async fn version_put(
        &self,
        key: &Key,
        version: KeyVersion,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        let key = key.clone();
        self.write(move |tx| {
            cmk::update(tx, &key)?;
            cmk::version_insert(tx, &version)?;
            outbox::keep(tx, &event)
        })
        .await
    }

    async fn version_list(&self, key: KeyId) -> Result<Vec<KeyVersion>, StoreError> {
        Ok(self.read(|tx| cmk::version_list(tx, key))?)
    }

    async fn key_destroy(
        &self,
        key: &Key,
        now_ms: u64,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        let ended =
            Key { state: KeyState::Deleted, rotation: None, expires_ms: None, ..key.clone() };
        self.write(move |tx| {
            cmk::update(tx, &ended)?;
            let id = cmk::bytes(ended.id);
            let sql = "UPDATE cmk SET deleted_ms = ?2 WHERE id = ?1";
            tx.execute(sql, params![id, now_ms.cast_signed()])?;
            let sql = "UPDATE cmk_version SET wrapped = NULL, import_check = NULL WHERE cmk = ?1";
            tx.execute(sql, params![id])?;
            for sql in WITH_THE_KEY {
                tx.execute(sql, params![id])?;
            }
            outbox::keep(tx, &event)
        })
        .await
    }

    async fn token_forget(&self, key: KeyId) -> Result<(), StoreError> {
        let sql = "UPDATE cmk_version SET token = NULL WHERE cmk = ?1";
        self.write(move |tx| Ok(tx.execute(sql, params![cmk::bytes(key)]).map(drop)?)).await
    }

    async fn key_due(&self, now_ms: u64, limit: usize) -> Result<Vec<Key>, StoreError> {
        Ok(self.read_long(move |tx| cmk::due(tx, now_ms, limit)).await?)
    }

    async fn key_count(&self, account: &str, region: &str) -> Result<u64, StoreError> {
        Ok(self.read(|tx| cmk::count(tx, account, region))?)
    }

    async fn key_impact(&self, key: KeyId) -> Result<Vec<VersionImpact>, StoreError> {
        let objects = "SELECT d.kms_version, b.name, COUNT(*), SUM(v.size) FROM detail d \
             JOIN version v ON v.bucket = d.bucket AND v.key = d.key AND v.detail = d.id \
             JOIN bucket b ON b.row = d.bucket WHERE d.kms_key = ?1 \
             GROUP BY d.kms_version, b.name ORDER BY d.kms_version, b.name";
        let uploads = "SELECT u.kms_version, b.name, COUNT(*) FROM upload u \
             JOIN bucket b ON b.row = u.bucket WHERE u.kms_key = ?1 \
             GROUP BY u.kms_version, b.name ORDER BY u.kms_version, b.name";
        let id = cmk::bytes(key);
        let listed = self.read_long(move |tx| {
            let mut uses = tx.list(objects, params![id], |row| {
                Ok(VersionImpact {
                    version: row.get(0)?,
                    bucket: row.get(1)?,
                    objects: row.get::<_, i64>(2)?.cast_unsigned(),
                    uploads: 0,
                    bytes: row.get::<_, i64>(3)?.cast_unsigned(),
                })
            })?;
            uses.extend(tx.list(uploads, params![id], |row| {
                Ok(VersionImpact {
                    version: row.get(0)?,
                    bucket: row.get(1)?,
                    uploads: row.get::<_, i64>(2)?.cast_unsigned(),
                    ..VersionImpact::default()
                })
            })?);
            Ok(uses)
        });
        Ok(listed.await?)
    }

    async fn account_freeze(
        &self,
        account: &str,
        frozen: bool,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        let account = account.to_owned();
        self.write(move |tx| {
            match frozen {
                true => tx.execute(
                    "INSERT INTO frozen (account) VALUES (?1) ON CONFLICT DO NOTHING",
                    params![account],
                )?,
                false => tx.execute("DELETE FROM frozen WHERE account = ?1", params![account])?,
            };
            outbox::keep(tx, &event)
        })
        .await
    }

    async fn account_frozen(&self, account: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM frozen WHERE account = ?1";
        Ok(self.read(|tx| Ok(tx.find(sql, params![account], |_| Ok(()))?.is_some()))?)
    }
}
