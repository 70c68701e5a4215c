//! Where key records live.
//!
//! [`KeyStore`] is implemented by the gateway's catalog (objects and keys then
//! share one backup and one transaction) and by [`memory`]; both pass
//! [`conformance`]. The store keeps and finds; who may do what, and which state
//! allows it, is decided above in [`crate::kms`].
//!
//! Invariants: every mutation carries its precondition and is atomic together
//! with its outbox event; a failed mutation leaves no trace; what a method
//! answered is durable.

pub mod conformance;
mod life;
mod memory;
mod rights;

use async_trait::async_trait;

use crate::audit::AuditEvent;
use crate::key::{Alias, AliasName, Key, KeyId, KeyVersion};

pub use life::{LifeStore, VersionImpact};
pub use memory::MemoryStore;
pub use rights::{RightsStore, Tag};

/// Why the store did not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The thing the mutation is about is not there.
    #[error("no such record")]
    NotFound,
    /// An alias of this name in its account and region, a default key of this
    /// account and service, or this id, exists.
    #[error("exists already")]
    Exists,
    /// The record is no longer at the revision that the change was decided on:
    /// read it again and decide again.
    #[error("changed meanwhile")]
    Conflict,
    /// The named quota would be passed; nothing was written.
    #[error("limit exceeded: {0}")]
    LimitExceeded(&'static str),
    /// The store cannot answer now; retry later.
    #[error("key store unavailable: {0}")]
    Unavailable(String),
}

/// How a key is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyLookup<'a> {
    /// By its id, in whatever account.
    Id(KeyId),
    /// By an alias, which is unique in an account and region. Either id of the
    /// account (12 digits or domain) will do.
    Alias {
        /// Account id or domain id.
        owner: &'a str,
        /// The region.
        region: &'a str,
        /// The name.
        name: &'a AliasName,
    },
    /// The default key of an account for a service; at most one in all regions.
    Default {
        /// Account id or domain id.
        owner: &'a str,
        /// `obs`.
        service: &'a str,
    },
}

/// A new key with all that is created together with it.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The record, at revision 1.
    pub key: Key,
    /// Its first version.
    pub version: KeyVersion,
    /// An alias for it, or none.
    pub alias: Option<AliasName>,
    /// Quotas that must hold after it was created.
    pub limits: KeyLimits,
}

/// Quotas on the number of keys, counted inside the creating transaction.
/// Keys pending deletion count; default keys do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLimits {
    /// Custom keys of the account in the key's region.
    pub account: u32,
    /// Hardware keys of all accounts together; judged for a hardware key only.
    pub hardware: u32,
}

/// One page of keys of an account and region, in order of id, default keys included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPage {
    /// The keys.
    pub keys: Vec<Key>,
    /// Whether more follow after the last.
    pub more: bool,
}

/// Which aliases to list, in order of name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasQuery<'a> {
    /// The account id.
    pub account: &'a str,
    /// The region.
    pub region: &'a str,
    /// Only those of this key.
    pub key: Option<KeyId>,
    /// Only names after this one, bytewise.
    pub after: Option<&'a AliasName>,
    /// At most so many.
    pub limit: usize,
}

/// Keeps keys, versions and aliases, and the outbox of their audit events;
/// with [`RightsStore`] and [`LifeStore`] all of a key.
///
/// Each `event` is stored in the outbox in the same transaction as the change
/// it tells of, under its `change` id (an event without one is not kept).
/// All methods may answer [`StoreError::Unavailable`].
#[async_trait]
pub trait KeyStore: RightsStore + LifeStore {
    /// The key, or none.
    async fn key_find(&self, lookup: KeyLookup<'_>) -> Result<Option<Key>, StoreError>;

    /// At most `limit` keys of the account and region with ids after `after`,
    /// but no deleted ones.
    /// A default key of the account is in every region's list.
    async fn key_list(
        &self,
        account: &str,
        region: &str,
        after: Option<KeyId>,
        limit: usize,
    ) -> Result<KeyPage, StoreError>;

    /// Creates key, version and alias together. Errors: `Exists` (id, alias, or
    /// a second default key of account and service), `LimitExceeded`.
    async fn key_create(&self, new: NewKey, event: AuditEvent) -> Result<(), StoreError>;

    /// Replaces state, description, current version, rotation and expiry of the
    /// key by those of `key`, if it is still at `key.revision`, and counts the revision up.
    /// Errors: `NotFound`, `Conflict`.
    async fn key_update(&self, key: &Key, event: AuditEvent) -> Result<(), StoreError>;

    /// A version of a key, or none.
    async fn version_find(&self, key: KeyId, number: u32)
    -> Result<Option<KeyVersion>, StoreError>;

    /// Records that the public API wrapped with this version at `now_ms`; an
    /// earlier time than the recorded one changes nothing. Errors: `NotFound`.
    async fn version_mark_used(
        &self,
        key: KeyId,
        number: u32,
        now_ms: u64,
    ) -> Result<(), StoreError>;

    /// Creates an alias, if its name is free and its key, which must be of the
    /// same account and region, has fewer than `limit`. Errors: `Exists`,
    /// `NotFound` (the key), `LimitExceeded`.
    async fn alias_create(
        &self,
        alias: Alias,
        limit: usize,
        event: AuditEvent,
    ) -> Result<(), StoreError>;

    /// Points the alias of this name, account and region at `alias.key`,
    /// keeping `created_ms`. Conditions and errors as for
    /// [`KeyStore::alias_create`], but `NotFound` also when there is no such alias.
    async fn alias_update(
        &self,
        alias: Alias,
        limit: usize,
        event: AuditEvent,
    ) -> Result<(), StoreError>;

    /// Removes an alias. Errors: `NotFound`.
    async fn alias_delete(
        &self,
        account: &str,
        region: &str,
        name: &AliasName,
        event: AuditEvent,
    ) -> Result<(), StoreError>;

    /// The aliases that the query wants; those of the account's default keys are
    /// in every region's list.
    async fn alias_list(&self, query: AliasQuery<'_>) -> Result<Vec<Alias>, StoreError>;

    /// The oldest events of the outbox, at most `limit`.
    async fn outbox_list(&self, limit: usize) -> Result<Vec<AuditEvent>, StoreError>;

    /// Forgets the event of this change, which is now durable in the chain;
    /// an absent one is fine.
    async fn outbox_clear(&self, change: &str) -> Result<(), StoreError>;
}
