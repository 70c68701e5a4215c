//! What an operation needs to be allowed, and on what.

use policy::{Action, Attribute, ConditionKey};

use crate::catalog::identity::EntityKind;
use crate::catalog::model::VersionRef;

/// One thing that must be allowed.
#[derive(Clone, Debug)]
pub struct Need {
    /// What is to be done.
    pub action: Action,
    /// On what.
    pub on: On,
    /// Condition keys that this operation knows, with their values.
    pub conditions: Vec<(ConditionKey, String)>,
    /// True when a refusal is for the operation to handle (one key of a
    /// DeleteObjects, or the question whether the caller may list).
    pub soft: bool,
}

/// The resource of a need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// The service as a whole.
    Service,
    /// Identities of the caller's account as a whole.
    Identities,
    /// A user, group or role of the caller's account that should exist.
    Entity(EntityKind, String),
    /// The caller himself.
    Caller,
    /// A user, group, role or policy by account, which is empty for the caller's,
    /// and the end of its ARN (`user/division/bob`): nothing is read.
    Identity(String, String),
    /// A role that the caller wants to become: account and name.
    Role(String, String),
    /// A bucket that is about to exist: nothing is read.
    NewBucket(String),
    /// A bucket that should exist.
    Bucket(String),
    /// An object; no version row is read (a write that replaces it).
    Object(String, String),
    /// A version of an object.
    Version(String, String, VersionRef),
    /// An upload: bucket, key, upload id.
    Upload(String, String, String),
}

impl Need {
    /// `action` on `on`, without conditions, and a refusal ends the request.
    pub fn new(action: Action, on: On) -> Self {
        Self { action, on, conditions: Vec::new(), soft: false }
    }

    /// Adds a condition key when there is a value.
    #[must_use]
    pub fn when(mut self, key: Attribute, value: Option<impl Into<String>>) -> Self {
        if let Some(value) = value {
            self.conditions.push((key.into(), value.into()));
        }
        self
    }

    /// Leaves a refusal to the operation.
    #[must_use]
    pub fn soft(mut self) -> Self {
        self.soft = true;
        self
    }
}
