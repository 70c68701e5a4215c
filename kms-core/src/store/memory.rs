//! Key records in memory: for tests, and the reference that the conformance
//! suite is read against. Nothing survives the process.

mod life;
mod rights;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{AliasQuery, KeyLimits, KeyLookup, KeyPage, KeyStore, NewKey, StoreError};
use crate::audit::AuditEvent;
use crate::key::{Alias, AliasName, Grant, GrantId, Key, KeyId, KeyOrigin, KeyState, KeyVersion};

/// A [`KeyStore`] in memory.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Tables>);

#[derive(Debug, Default)]
struct Tables {
    keys: BTreeMap<KeyId, Key>,
    versions: BTreeMap<(KeyId, u32), KeyVersion>,
    /// By account, region and name.
    aliases: BTreeMap<(String, String, AliasName), Alias>,
    outbox: VecDeque<AuditEvent>,
    grants: BTreeMap<(KeyId, GrantId), Grant>,
    policies: BTreeMap<KeyId, Vec<u8>>,
    tags: BTreeMap<(KeyId, String), String>,
    frozen: BTreeSet<String>,
}

impl MemoryStore {
    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl KeyStore for MemoryStore {
    async fn key_find(&self, lookup: KeyLookup<'_>) -> Result<Option<Key>, StoreError> {
        let tables = self.lock();
        let mut keys = tables.keys.values();
        Ok(match lookup {
            KeyLookup::Id(id) => tables.keys.get(&id).cloned(),
            KeyLookup::Default { owner, service } => keys
                .find(|key| owns(owner, key) && key.default_for.as_deref() == Some(service))
                .cloned(),
            KeyLookup::Alias { owner, region, name } => tables
                .aliases
                .values()
                .filter(|alias| alias.region == region && alias.name == *name)
                .filter_map(|alias| tables.keys.get(&alias.key))
                .find(|key| owns(owner, key))
                .cloned(),
        })
    }

    async fn key_list(
        &self,
        account: &str,
        region: &str,
        after: Option<KeyId>,
        limit: usize,
    ) -> Result<KeyPage, StoreError> {
        let tables = self.lock();
        let listed = tables.keys.values().filter(|key| {
            key.account_id == account
                && key.serves(region)
                && key.state != KeyState::Deleted
                && after.is_none_or(|id| key.id > id)
        });
        let mut keys: Vec<_> = listed.take(limit.saturating_add(1)).cloned().collect();
        let more = keys.len() > limit;
        keys.truncate(limit);
        Ok(KeyPage { keys, more })
    }

    async fn key_create(&self, new: NewKey, event: AuditEvent) -> Result<(), StoreError> {
        let mut tables = self.lock();
        let NewKey { key, version, alias, limits } = new;
        let same_default = |other: &Key| {
            key.default_for.is_some()
                && other.account_id == key.account_id
                && other.default_for == key.default_for
        };
        if tables.keys.contains_key(&key.id) || tables.keys.values().any(same_default) {
            return Err(StoreError::Exists);
        }
        tables.check_limits(&key, limits)?;
        if let Some(name) = alias {
            let place = (key.account_id.clone(), key.region.clone(), name.clone());
            if tables.aliases.contains_key(&place) {
                return Err(StoreError::Exists);
            }
            let alias = Alias {
                account_id: key.account_id.clone(),
                region: key.region.clone(),
                name,
                key: key.id,
                created_ms: key.created_ms,
                updated_ms: key.created_ms,
            };
            tables.aliases.insert(place, alias);
        }
        tables.versions.insert((key.id, version.number), version);
        tables.keys.insert(key.id, key);
        tables.keep(event);
        Ok(())
    }

    async fn key_update(&self, key: &Key, event: AuditEvent) -> Result<(), StoreError> {
        let mut tables = self.lock();
        tables.update(key)?;
        tables.keep(event);
        Ok(())
    }

    async fn version_find(
        &self,
        key: KeyId,
        number: u32,
    ) -> Result<Option<KeyVersion>, StoreError> {
        Ok(self.lock().versions.get(&(key, number)).cloned())
    }

    async fn version_mark_used(
        &self,
        key: KeyId,
        number: u32,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let mut tables = self.lock();
        let version = tables.versions.get_mut(&(key, number)).ok_or(StoreError::NotFound)?;
        version.api_used_ms = version.api_used_ms.max(Some(now_ms));
        Ok(())
    }

    async fn alias_create(
        &self,
        alias: Alias,
        limit: usize,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut tables = self.lock();
        let place = place(&alias);
        if tables.aliases.contains_key(&place) {
            return Err(StoreError::Exists);
        }
        tables.check_target(&alias, limit)?;
        tables.aliases.insert(place, alias);
        tables.keep(event);
        Ok(())
    }

    async fn alias_update(
        &self,
        alias: Alias,
        limit: usize,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut tables = self.lock();
        let place = place(&alias);
        let stored = tables.aliases.get(&place).ok_or(StoreError::NotFound)?;
        let created_ms = stored.created_ms;
        if stored.key != alias.key {
            tables.check_target(&alias, limit)?;
        }
        tables.aliases.insert(place, Alias { created_ms, ..alias });
        tables.keep(event);
        Ok(())
    }

    async fn alias_delete(
        &self,
        account: &str,
        region: &str,
        name: &AliasName,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut tables = self.lock();
        let place = (account.to_owned(), region.to_owned(), name.clone());
        tables.aliases.remove(&place).ok_or(StoreError::NotFound)?;
        tables.keep(event);
        Ok(())
    }

    async fn alias_list(&self, query: AliasQuery<'_>) -> Result<Vec<Alias>, StoreError> {
        let tables = self.lock();
        let mut listed: Vec<_> = tables
            .aliases
            .values()
            .filter(|alias| alias.account_id == query.account)
            .filter(|alias| match tables.keys.get(&alias.key) {
                Some(key) => alias.region == query.region || key.is_default(),
                None => false,
            })
            .filter(|alias| query.key.is_none_or(|key| alias.key == key))
            .filter(|alias| query.after.is_none_or(|after| alias.name > *after))
            .cloned()
            .collect();
        listed.sort_by(|one, two| one.name.cmp(&two.name));
        listed.truncate(query.limit);
        Ok(listed)
    }

    async fn outbox_list(&self, limit: usize) -> Result<Vec<AuditEvent>, StoreError> {
        Ok(self.lock().outbox.iter().take(limit).cloned().collect())
    }

    async fn outbox_clear(&self, change: &str) -> Result<(), StoreError> {
        self.lock().outbox.retain(|event| event.change.as_deref() != Some(change));
        Ok(())
    }
}

impl Tables {
    fn update(&mut self, key: &Key) -> Result<(), StoreError> {
        let stored = self.keys.get_mut(&key.id).ok_or(StoreError::NotFound)?;
        if stored.revision != key.revision {
            return Err(StoreError::Conflict);
        }
        stored.state = key.state;
        stored.description.clone_from(&key.description);
        stored.version = key.version;
        stored.rotation = key.rotation;
        stored.expires_ms = key.expires_ms;
        stored.revision = key.revision.saturating_add(1);
        Ok(())
    }

    /// Custom keys that are not deleted.
    fn count(&self, account: &str, region: &str) -> usize {
        let custom = |key: &&Key| {
            !key.is_default()
                && key.state != KeyState::Deleted
                && key.account_id == account
                && key.region == region
        };
        self.keys.values().filter(custom).count()
    }

    fn check_limits(&self, new: &Key, limits: KeyLimits) -> Result<(), StoreError> {
        if new.is_default() {
            return Ok(());
        }
        if self.count(&new.account_id, &new.region) >= limits.account as usize {
            return Err(StoreError::LimitExceeded("keys of the account"));
        }
        let hardware =
            |key: &&Key| key.origin == KeyOrigin::CloudHsm && key.state != KeyState::Deleted;
        let full = self.keys.values().filter(hardware).count() >= limits.hardware as usize;
        if new.origin == KeyOrigin::CloudHsm && full {
            return Err(StoreError::LimitExceeded("hardware keys"));
        }
        Ok(())
    }

    /// Whether one more alias may name the key of `alias`.
    fn check_target(&self, alias: &Alias, limit: usize) -> Result<(), StoreError> {
        let key = self.keys.get(&alias.key).ok_or(StoreError::NotFound)?;
        if key.account_id != alias.account_id || key.region != alias.region {
            return Err(StoreError::NotFound);
        }
        let count = self.aliases.values().filter(|other| other.key == alias.key).count();
        if count >= limit {
            return Err(StoreError::LimitExceeded("aliases of the key"));
        }
        Ok(())
    }

    fn keep(&mut self, event: AuditEvent) {
        if event.change.is_some() {
            self.outbox.push_back(event);
        }
    }
}

fn owns(owner: &str, key: &Key) -> bool {
    key.account_id == owner || key.domain_id == owner
}

fn place(alias: &Alias) -> (String, String, AliasName) {
    (alias.account_id.clone(), alias.region.clone(), alias.name.clone())
}
