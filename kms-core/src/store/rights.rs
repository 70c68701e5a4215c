//! Who else may use a key, and what people say of it: grants, the key policy
//! and tags.

use async_trait::async_trait;

use super::StoreError;
use crate::audit::AuditEvent;
use crate::key::{Grant, GrantId, KeyId, KeyRights};

/// A tag: name and value.
pub type Tag = (String, String);

/// Keeps grants, key policies and tags. As [`super::KeyStore`]: a change and
/// its event are one transaction, every method may answer
/// [`StoreError::Unavailable`].
#[async_trait]
pub trait RightsStore: Send + Sync + 'static {
    /// Policy and grants of a key; nothing for a key that has neither.
    async fn rights_find(&self, key: KeyId) -> Result<KeyRights, StoreError>;

    /// Adds a grant, if its key has fewer than `limit`, and marks the key as
    /// guarded. Errors: `LimitExceeded`, `NotFound` (the key).
    async fn grant_create(
        &self,
        grant: Grant,
        limit: usize,
        event: AuditEvent,
    ) -> Result<(), StoreError>;

    /// Removes a grant. Errors: `NotFound`.
    async fn grant_delete(
        &self,
        key: KeyId,
        id: GrantId,
        event: AuditEvent,
    ) -> Result<(), StoreError>;

    /// Grants whose retiring principal has one of these names, with ids after
    /// `after`, in order of id.
    async fn grant_list_retirable(
        &self,
        names: &[String],
        after: Option<GrantId>,
        limit: usize,
    ) -> Result<Vec<Grant>, StoreError>;

    /// Sets the key policy, and marks the key as guarded. Errors: `NotFound`.
    async fn policy_put(
        &self,
        key: KeyId,
        document: Vec<u8>,
        event: AuditEvent,
    ) -> Result<(), StoreError>;

    /// Sets tags, replacing those of the same names. Errors: `LimitExceeded`
    /// when the key would have more than `limit`.
    async fn tag_put(
        &self,
        key: KeyId,
        tags: &[Tag],
        limit: usize,
        event: AuditEvent,
    ) -> Result<(), StoreError>;

    /// Removes tags; absent ones are fine.
    async fn tag_delete(
        &self,
        key: KeyId,
        names: &[String],
        event: AuditEvent,
    ) -> Result<(), StoreError>;

    /// The tags of a key, in order of name.
    async fn tag_list(&self, key: KeyId) -> Result<Vec<Tag>, StoreError>;

    /// All tags of the account's keys in the region, by key.
    async fn tag_list_all(
        &self,
        account: &str,
        region: &str,
    ) -> Result<Vec<(KeyId, Tag)>, StoreError>;
}
