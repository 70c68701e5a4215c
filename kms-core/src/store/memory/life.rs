//! Versions and ends of keys in memory.

use async_trait::async_trait;

use super::MemoryStore;
use crate::audit::AuditEvent;
use crate::key::{Key, KeyId, KeyState, KeyVersion, VersionMaterial};
use crate::store::{LifeStore, StoreError, VersionImpact};

#[async_trait]
impl LifeStore for MemoryStore {
    async fn version_put(
        &self,
        key: &Key,
        version: KeyVersion,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut tables = self.lock();
        tables.update(key)?;
        tables.versions.insert((key.id, version.number), version);
        tables.keep(event);
        Ok(())
    }

    async fn version_list(&self, key: KeyId) -> Result<Vec<KeyVersion>, StoreError> {
        let tables = self.lock();
        Ok(tables.versions.values().filter(|version| version.key == key).cloned().collect())
    }

    async fn key_destroy(
        &self,
        key: &Key,
        _now_ms: u64,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut tables = self.lock();
        let ended =
            Key { state: KeyState::Deleted, rotation: None, expires_ms: None, ..key.clone() };
        tables.update(&ended)?;
        for version in tables.versions.values_mut().filter(|version| version.key == key.id) {
            version.check = None;
            if matches!(version.material, VersionMaterial::Wrapped(_)) {
                version.material = VersionMaterial::Absent;
            }
        }
        tables.aliases.retain(|_, alias| alias.key != key.id);
        tables.grants.retain(|_, grant| grant.key != key.id);
        tables.policies.remove(&key.id);
        tables.tags.retain(|(of, _), _| *of != key.id);
        tables.keep(event);
        Ok(())
    }

    async fn token_forget(&self, key: KeyId) -> Result<(), StoreError> {
        let mut tables = self.lock();
        for version in tables.versions.values_mut().filter(|version| version.key == key) {
            version.material = VersionMaterial::Absent;
        }
        Ok(())
    }

    async fn key_due(&self, now_ms: u64, limit: usize) -> Result<Vec<Key>, StoreError> {
        let tables = self.lock();
        let in_token = |key: &Key| {
            let mut versions = tables.versions.values().filter(|version| version.key == key.id);
            versions.any(|version| matches!(version.material, VersionMaterial::Token(_)))
        };
        let due = |key: &&Key| match key.state {
            KeyState::PendingDeletion { due_ms } => due_ms <= now_ms,
            KeyState::Deleted => in_token(key),
            _ if key.expires_ms.is_some_and(|at| at <= now_ms) => true,
            KeyState::Enabled => key.rotation.is_some_and(|rotation| rotation.next_ms <= now_ms),
            _ => false,
        };
        Ok(tables.keys.values().filter(due).take(limit).cloned().collect())
    }

    async fn key_count(&self, account: &str, region: &str) -> Result<u64, StoreError> {
        Ok(self.lock().count(account, region) as u64)
    }

    /// Nothing: there are no objects here.
    async fn key_impact(&self, _key: KeyId) -> Result<Vec<VersionImpact>, StoreError> {
        Ok(Vec::new())
    }

    async fn account_freeze(
        &self,
        account: &str,
        frozen: bool,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut tables = self.lock();
        match frozen {
            true => tables.frozen.insert(account.to_owned()),
            false => tables.frozen.remove(account),
        };
        for key in tables.keys.values_mut().filter(|key| key.account_id == account) {
            key.frozen = frozen;
        }
        tables.keep(event);
        Ok(())
    }

    async fn account_frozen(&self, account: &str) -> Result<bool, StoreError> {
        Ok(self.lock().frozen.contains(account))
    }
}
