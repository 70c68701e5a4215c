//! What happens to a key between its making and its end: versions, what is
//! due, and the end itself.

use async_trait::async_trait;

use super::StoreError;
use crate::audit::AuditEvent;
use crate::key::{Key, KeyId, KeyVersion};

/// What a version of a key protects, as the object path knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionImpact {
    /// The version.
    pub version: u32,
    /// The bucket.
    pub bucket: String,
    /// Versions of objects.
    pub objects: u64,
    /// Open uploads.
    pub uploads: u64,
    /// Bytes of the objects.
    pub bytes: u64,
}

/// Keeps versions and ends keys. As [`super::KeyStore`]: a change and its
/// event are one transaction, every method may answer [`StoreError::Unavailable`].
#[async_trait]
pub trait LifeStore: Send + Sync + 'static {
    /// As [`super::KeyStore::key_update`], and adds `version`, or replaces the
    /// material, digest and time of the one with its number. Errors:
    /// `NotFound`, `Conflict`.
    async fn version_put(
        &self,
        key: &Key,
        version: KeyVersion,
        event: AuditEvent,
    ) -> Result<(), StoreError>;

    /// All versions of a key, oldest first.
    async fn version_list(&self, key: KeyId) -> Result<Vec<KeyVersion>, StoreError>;

    /// Ends a key: its state becomes [`crate::key::KeyState::Deleted`], wrapped
    /// material goes, and with it aliases, grants, policy and tags. Labels of
    /// secrets in the token stay until [`LifeStore::token_forget`]. Errors:
    /// `NotFound`, `Conflict`.
    async fn key_destroy(
        &self,
        key: &Key,
        now_ms: u64,
        event: AuditEvent,
    ) -> Result<(), StoreError>;

    /// Forgets the labels of a key whose secrets were destroyed in the token.
    async fn token_forget(&self, key: KeyId) -> Result<(), StoreError>;

    /// Keys for which something is due: deletion, expiry of imported material,
    /// rotation of an enabled key, or secrets of a deleted key in the token.
    async fn key_due(&self, now_ms: u64, limit: usize) -> Result<Vec<Key>, StoreError>;

    /// How many custom keys the account has in the region; those pending
    /// deletion count.
    async fn key_count(&self, account: &str, region: &str) -> Result<u64, StoreError>;

    /// What objects and uploads depend on the key, by version and bucket.
    async fn key_impact(&self, key: KeyId) -> Result<Vec<VersionImpact>, StoreError>;

    /// Freezes or thaws an account: [`Key::frozen`] of all its keys.
    async fn account_freeze(
        &self,
        account: &str,
        frozen: bool,
        event: AuditEvent,
    ) -> Result<(), StoreError>;

    /// Whether the account is frozen.
    async fn account_frozen(&self, account: &str) -> Result<bool, StoreError>;
}
