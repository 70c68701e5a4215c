//! The answer of the evaluator and its reason.
//!
//! The reason is for explanations and logs; an answer to a client never has it.

use std::fmt;
use std::sync::Arc;

use crate::statement::Effect;

/// The answer, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Allow or deny.
    pub effect: Effect,
    /// For explanations and logs; never for the answer to the client.
    pub because: Because,
}

/// Why a decision fell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// This statement allows or explicitly denies it.
    Statement(Place),
    /// The caller is the root of the account that owns the resource.
    OwnerRoot,
    /// A Deny of the bucket policy applies, but the owner's root can always
    /// read and replace that policy.
    NeverLockedOut,
    /// Nothing denies it, but this is missing.
    Missing(Missing),
}

/// What would have to be there for the request to be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missing {
    /// An Allow in the caller's or in the resource's policies.
    Allow,
    /// An Allow in the caller's policies; the resource's already allow it.
    IdentityAllow,
    /// An Allow in the resource's policies.
    ResourceAllow,
    /// An Allow in the permission boundary.
    BoundaryAllow,
    /// An Allow in a session policy.
    SessionAllow,
    /// A statement of the key policy that leaves the decision to the account.
    Delegation,
    /// A caller: keys are never for anonymous requests.
    Signature,
}

/// Which statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which policy.
    pub policy: Source,
    /// The statement's index in its policy, from 0.
    pub statement: usize,
    /// The statement's Sid.
    pub sid: Option<Arc<str>>,
}

/// Which of the [`Policies`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The caller's policy of this index.
    Identity(usize),
    /// The permission boundary.
    Boundary,
    /// The session policy of this index.
    Session(usize),
    /// The bucket's or key's policy.
    Resource,
    /// The ACL or the grants.
    Grants,
}

impl fmt::Display for Because {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Statement(place) => place.fmt(out),
            Self::OwnerRoot => out.write_str("the caller is the root of its own account"),
            Self::NeverLockedOut => {
                out.write_str("the owner's root can always reach the bucket policy")
            }
            Self::Missing(missing) => write!(out, "missing: {missing}"),
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Allow => "an Allow in a policy of the caller or of the resource",
            Self::IdentityAllow => "an Allow in a policy of the caller, beside the resource's",
            Self::ResourceAllow => "an Allow in the resource's policy, ACL or grants",
            Self::BoundaryAllow => "an Allow in the permission boundary",
            Self::SessionAllow => "an Allow in the session policy",
            Self::Signature => "a signed request: keys are not for anonymous callers",
            Self::Delegation => "a statement of the key policy that names the account",
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "statement {}", self.statement)?;
        if let Some(sid) = &self.sid {
            write!(out, " ({sid:?})")?;
        }
        match self.policy {
            Source::Identity(index) => write!(out, " of identity policy {index}"),
            Source::Boundary => out.write_str(" of the permission boundary"),
            Source::Session(index) => write!(out, " of session policy {index}"),
            Source::Resource => out.write_str(" of the resource policy"),
            Source::Grants => out.write_str(" of the grants"),
        }
    }
}
