//! Who asks: accounts and the identities in them.

mod pattern;

pub(crate) use pattern::Named;
pub use pattern::PrincipalPattern;

use std::sync::Arc;

/// An account under all the ids that documents use for it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Account {
    /// The AWS-style id of 12 digits.
    pub id: String,
    /// The Huawei domain id.
    pub domain: String,
    /// The canonical id of ACLs and `CanonicalUser`.
    pub canonical: String,
}

impl Account {
    /// True if `text` is one of the account's ids.
    pub fn is(&self, text: &str) -> bool {
        !text.is_empty() && (text == self.id || text == self.domain || text == self.canonical)
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// Nobody: an unsigned request.
    Anonymous,
    /// Work without a caller, under a service's name (`logging.s3.amazonaws.com`).
    Service(String),
    /// Somebody of an account.
    Caller {
        /// The account.
        account: Arc<Account>,
        /// Who of the account.
        identity: Identity,
    },
}

/// Who of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The account itself.
    Root,
    /// A user.
    User {
        /// The name, case-sensitive.
        name: String,
        /// The unique id.
        id: String,
        /// `/`, or a path that starts and ends with `/`.
        path: String,
    },
    /// A session of a role (AWS) or agency (Huawei).
    Session {
        /// The role's name.
        role: String,
        /// The role's unique id.
        role_id: String,
        /// The role's path, as for users.
        path: String,
        /// The session's name.
        session: String,
        /// Names under which a provider vouched for the caller, as `Federated`
        /// principals spell them: the provider, a Huawei group.
        federated: Vec<String>,
    },
    /// A session of GetFederationToken.
    FederatedUser {
        /// The name given with the call.
        name: String,
    },
}

impl Principal {
    /// The account of the caller; none for anonymous and services.
    pub fn account(&self) -> Option<&Arc<Account>> {
        match self {
            Self::Caller { account, .. } => Some(account),
            Self::Anonymous | Self::Service(_) => None,
        }
    }

    /// The value of `aws:PrincipalArn`: that of the role, for its sessions.
    pub fn arn(&self) -> Option<String> {
        let Self::Caller { account, identity } = self else {
            return None;
        };
        let id = &account.id;
        Some(match identity {
            Identity::Root => format!("arn:aws:iam::{id}:root"),
            Identity::User { name, path, .. } => format!("arn:aws:iam::{id}:user{path}{name}"),
            Identity::Session { role, path, .. } => format!("arn:aws:iam::{id}:role{path}{role}"),
            Identity::FederatedUser { name } => format!("arn:aws:sts::{id}:federated-user/{name}"),
        })
    }
}
