//! The rows of identities as the rest of the gateway sees them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// AWS-style id: 12 digits.
    pub id: String,
    /// Huawei domain id: 32 hex digits.
    pub domain_id: String,
    /// Huawei project id in this region: 32 hex digits.
    pub project_id: String,
    /// S3 canonical user id: 64 hex digits.
    pub canonical_id: String,
    /// Display name, unique.
    pub name: String,
    /// Contact, if given.
    pub email: Option<String>,
    /// When it was created.
    pub created_ms: i64,
}

/// An access key; its secret is sealed under the service key `secret`.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// The public id, 16 to 128 characters.
    pub id: String,
    /// The account that it belongs to.
    pub account_id: String,
    /// Unique id of the user whose key it is; `None` for the account's root.
    pub entity_id: Option<String>,
    /// Sealed secret (wrapped-key format, context `Secret`).
    pub sealed_secret: Vec<u8>,
    /// False refuses every use.
    pub active: bool,
    /// When it was created.
    pub created_ms: i64,
}

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntityKind {
    /// Somebody, or an application, with keys of its own.
    User,
    /// Users who share policies.
    Group,
    /// What a caller can become for a while.
    Role,
}

impl EntityKind {
    /// `user`, `group` or `role`, as in ARNs and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
        }
    }

    pub(super) fn code(self) -> i64 {
        match self {
            Self::User => 0,
            Self::Group => 1,
            Self::Role => 2,
        }
    }
}

/// An entity by name, as requests name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityRef {
    /// The account that it belongs to.
    pub account_id: String,
    /// Its kind.
    pub kind: EntityKind,
    /// Its name, in any case.
    pub name: String,
}

/// A user, group or role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Unique id for ever: `AIDA`, `AGPA` or `AROA` and 17 characters.
    pub id: String,
    /// The account that it belongs to.
    pub account_id: String,
    /// What it is.
    pub kind: EntityKind,
    /// Name, unique among its kind in the account without case.
    pub name: String,
    /// `/`, or a path that starts and ends with `/`.
    pub path: String,
    /// When it was created.
    pub created_ms: i64,
    /// ARN of the policy that bounds its permissions.
    pub boundary: Option<String>,
    /// Description; roles only.
    pub description: Option<String>,
    /// Who may assume it; roles only.
    pub trust: Option<Vec<u8>>,
    /// Longest session in seconds; roles only.
    pub session_max_s: Option<u32>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

impl Entity {
    /// `user/division/bob`: the end of its ARN, which policies match.
    pub fn resource(&self) -> String {
        format!("{}{}{}", self.kind.name(), self.path, self.name)
    }

    /// `arn:aws:iam::ACCOUNT:user/division/bob`.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:{}", self.account_id, self.resource())
    }

    /// How a request would name it.
    pub fn reference(&self) -> EntityRef {
        let Self { account_id, kind, name, .. } = self;
        EntityRef { account_id: account_id.clone(), kind: *kind, name: name.clone() }
    }
}

/// A managed policy of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// `arn:aws:iam::ACCOUNT:policy/path/name`.
    pub arn: String,
    /// Unique id for ever: `ANPA` and 17 characters.
    pub id: String,
    /// The account that it belongs to.
    pub account_id: String,
    /// Name, unique in the account without case.
    pub name: String,
    /// `/`, or a path that starts and ends with `/`.
    pub path: String,
    /// Description.
    pub description: Option<String>,
    /// When it was created.
    pub created_ms: i64,
    /// When its default version last changed.
    pub updated_ms: i64,
    /// The version that is in force.
    pub default_version: u32,
    /// How many entities it is attached to.
    pub attached: u32,
    /// How many entities it bounds.
    pub bounding: u32,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// A version of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyVersion {
    /// From 1; numbers are never given again.
    pub number: u32,
    /// The document as it was accepted.
    pub document: Vec<u8>,
    /// When it was created.
    pub created_ms: i64,
    /// True for the version that is in force.
    pub is_default: bool,
}

/// When and where an access key was last used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// When.
    pub at_ms: i64,
    /// The service that was called, for example `s3`.
    pub service: String,
}
