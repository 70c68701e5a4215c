//! Grants, policies and tags in memory.

use async_trait::async_trait;

use super::MemoryStore;
use crate::audit::AuditEvent;
use crate::key::{Grant, GrantId, KeyId, KeyRights};
use crate::store::{RightsStore, StoreError, Tag};

#[async_trait]
impl RightsStore for MemoryStore {
    async fn rights_find(&self, key: KeyId) -> Result<KeyRights, StoreError> {
        let tables = self.lock();
        let policy = tables.policies.get(&key).cloned();
        let grants = tables.grants.values().filter(|grant| grant.key == key).cloned().collect();
        Ok(KeyRights { policy, grants })
    }

    async fn grant_create(
        &self,
        grant: Grant,
        limit: usize,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut tables = self.lock();
        if tables.grants.values().filter(|other| other.key == grant.key).count() >= limit {
            return Err(StoreError::LimitExceeded("grants of the key"));
        }
        tables.keys.get_mut(&grant.key).ok_or(StoreError::NotFound)?.guarded = true;
        tables.grants.insert((grant.key, grant.id), grant);
        tables.keep(event);
        Ok(())
    }

    async fn grant_delete(
        &self,
        key: KeyId,
        id: GrantId,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut tables = self.lock();
        tables.grants.remove(&(key, id)).ok_or(StoreError::NotFound)?;
        tables.keep(event);
        Ok(())
    }

    async fn grant_list_retirable(
        &self,
        names: &[String],
        after: Option<GrantId>,
        limit: usize,
    ) -> Result<Vec<Grant>, StoreError> {
        let tables = self.lock();
        let named = |grant: &&Grant| {
            let retiring = grant.retiring.as_ref().map(|retiring| retiring.name());
            retiring.is_some_and(|name| names.iter().any(|wanted| wanted == name))
        };
        let mut listed: Vec<_> = tables.grants.values().filter(named).cloned().collect();
        listed.retain(|grant| after.is_none_or(|after| grant.id > after));
        listed.sort_by_key(|grant| grant.id);
        listed.truncate(limit);
        Ok(listed)
    }

    async fn policy_put(
        &self,
        key: KeyId,
        document: Vec<u8>,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut tables = self.lock();
        tables.keys.get_mut(&key).ok_or(StoreError::NotFound)?.guarded = true;
        tables.policies.insert(key, document);
        tables.keep(event);
        Ok(())
    }

    async fn tag_put(
        &self,
        key: KeyId,
        tags: &[Tag],
        limit: usize,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut tables = self.lock();
        let mut changed = tables.tags.clone();
        changed.extend(tags.iter().map(|(name, value)| ((key, name.clone()), value.clone())));
        if changed.keys().filter(|(of, _)| *of == key).count() > limit {
            return Err(StoreError::LimitExceeded("tags of the key"));
        }
        tables.tags = changed;
        tables.keep(event);
        Ok(())
    }

    async fn tag_delete(
        &self,
        key: KeyId,
        names: &[String],
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        let mut tables = self.lock();
        tables.tags.retain(|(of, name), _| *of != key || !names.contains(name));
        tables.keep(event);
        Ok(())
    }

    async fn tag_list(&self, key: KeyId) -> Result<Vec<Tag>, StoreError> {
        let tables = self.lock();
        let of_key = tables.tags.iter().filter(|((of, _), _)| *of == key);
        Ok(of_key.map(|((_, name), value)| (name.clone(), value.clone())).collect())
    }

    async fn tag_list_all(
        &self,
        account: &str,
        region: &str,
    ) -> Result<Vec<(KeyId, Tag)>, StoreError> {
        let tables = self.lock();
        let own = |key: &KeyId| {
            let key = tables.keys.get(key);
            key.is_some_and(|key| key.account_id == account && key.region == region)
        };
        let listed = tables.tags.iter().filter(|((key, _), _)| own(key));
        Ok(listed.map(|((key, name), value)| (*key, (name.clone(), value.clone()))).collect())
    }
}
