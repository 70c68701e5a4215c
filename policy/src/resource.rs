//! What is asked for.
//!
//! Typed, with the account that owns it: nothing is parsed from an ARN of the
//! request. How policies name resources is in `arn.rs`.

use std::sync::Arc;

use crate::context::Context;
use crate::pattern::Pattern;
use crate::principal::Account;

/// What is asked for, with the account that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    pub(crate) thing: Thing,
    pub(crate) owner: Option<Arc<Account>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    Service(Service),
    Bucket(String),
    /// `bucket/key`
    Object(String),
    /// `path` is `key/ID` or `alias/NAME`.
    Key {
        region: String,
        path: String,
    },
    /// `user/path/name`, `role/…`, `policy/…`
    Identity(String),
}

/// A service, as the resource of actions that have no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Object storage: ListAllMyBuckets.
    Storage,
    /// Keys: CreateKey, ListKeys, GenerateRandom.
    Keys,
    /// Identities: ListUsers, GetCallerIdentity.
    Identities,
}

impl Resource {
    /// No resource of its own; the action counts as within the caller's account.
    pub fn service(service: Service) -> Self {
        Self { thing: Thing::Service(service), owner: None }
    }

    /// A bucket. For CreateBucket the owner is the caller's account.
    pub fn bucket(owner: Arc<Account>, bucket: &str) -> Self {
        Self { thing: Thing::Bucket(bucket.to_owned()), owner: Some(owner) }
    }

    /// An object in a bucket of `owner`.
    pub fn object(owner: Arc<Account>, bucket: &str, key: &str) -> Self {
        Self { thing: Thing::Object(format!("{bucket}/{key}")), owner: Some(owner) }
    }

    /// A KMS key.
    pub fn key(owner: Arc<Account>, region: &str, id: &str) -> Self {
        let thing = Thing::Key { region: region.to_owned(), path: format!("key/{id}") };
        Self { thing, owner: Some(owner) }
    }

    /// An alias of a KMS key, `name` without `alias/`.
    pub fn alias(owner: Arc<Account>, region: &str, name: &str) -> Self {
        let thing = Thing::Key { region: region.to_owned(), path: format!("alias/{name}") };
        Self { thing, owner: Some(owner) }
    }

    /// A user, role, group or policy: `user/division/bob`.
    pub fn identity(owner: Arc<Account>, path: &str) -> Self {
        Self { thing: Thing::Identity(path.to_owned()), owner: Some(owner) }
    }

    /// The account that the resource belongs to; none for a whole service.
    pub fn owner(&self) -> Option<&Arc<Account>> {
        self.owner.as_ref()
    }

    /// True for KMS keys and their aliases.
    pub(crate) fn is_key(&self) -> bool {
        matches!(self.thing, Thing::Key { .. })
    }

    /// True if the pattern of an account's id is met by the owner's.
    pub(crate) fn is_owned_by(&self, account: &Pattern, context: &Context) -> bool {
        let Some(owner) = &self.owner else {
            return account.matches("", context);
        };
        [&owner.id, &owner.domain].into_iter().any(|id| account.matches(id, context))
    }
}
