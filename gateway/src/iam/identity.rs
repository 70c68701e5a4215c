//! Whom an access key or a session token stands for.

use std::sync::Arc;

use policy::{Account as PolicyAccount, Identity as Who, Policy, Principal};

use crate::catalog::identity::{Bearer, EntityKind};
use crate::catalog::model::Account;

/// Somebody whose signature was verified.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The account.
    pub account: Arc<Account>,
    /// Who of the account, as policies name it.
    pub principal: Principal,
    /// Unique id of the user or role whose policies speak; `None` for the root.
    pub entity_id: Option<String>,
    /// What limits it, if it holds temporary credentials.
    pub session: Option<Arc<Session>>,
}

/// Limits of temporary credentials.
#[derive(Clone, Debug)]
pub struct Session {
    /// When it was issued, in seconds since the epoch.
    pub issued_s: i64,
    /// When it ends, in seconds since the epoch.
    pub expires_s: i64,
    /// Session policies; `None` limits nothing.
    pub policies: Option<Arc<[Arc<Policy>]>>,
    /// What no session of its kind may do, whatever its policies say.
    pub forbidden: Option<Arc<Policy>>,
}

impl Identity {
    /// The root of an account.
    pub fn root(account: Arc<Account>) -> Self {
        let principal =
            Principal::Caller { account: policy_account(&account), identity: Who::Root };
        Self { account, principal, entity_id: None, session: None }
    }

    /// A user of an account.
    pub fn user(account: Arc<Account>, user: &Bearer) -> Self {
        let who = Who::User {
            name: user.entity.name.clone(),
            id: user.entity.id.clone(),
            path: user.entity.path.clone(),
        };
        let principal = Principal::Caller { account: policy_account(&account), identity: who };
        Self { account, principal, entity_id: Some(user.entity.id.clone()), session: None }
    }

    /// A session of a role.
    pub fn role_session(account: Arc<Account>, role: &Bearer, session: &str) -> Self {
        let who = Who::Session {
            role: role.entity.name.clone(),
            role_id: role.entity.id.clone(),
            path: role.entity.path.clone(),
            session: session.to_owned(),
            federated: Vec::new(),
        };
        let principal = Principal::Caller { account: policy_account(&account), identity: who };
        Self { account, principal, entity_id: Some(role.entity.id.clone()), session: None }
    }

    /// A session of GetFederationToken, below a user or the root.
    pub fn federated(account: Arc<Account>, parent: Option<&Bearer>, name: &str) -> Self {
        let who = Who::FederatedUser { name: name.to_owned() };
        let principal = Principal::Caller { account: policy_account(&account), identity: who };
        Self {
            account,
            principal,
            entity_id: parent.map(|user| user.entity.id.clone()),
            session: None,
        }
    }
}

/// The principal that `entity` is when it asks with its own key; groups are none.
pub fn principal_of(account: &Account, bearer: &Bearer) -> Option<Principal> {
    let account = Arc::new(account.clone());
    match bearer.entity.kind {
        EntityKind::User => Some(Identity::user(account, bearer).principal),
        EntityKind::Role => Some(Identity::role_session(account, bearer, "session").principal),
        EntityKind::Group => None,
    }
}

/// An account under all ids by which policies name it.
pub fn policy_account(account: &Account) -> Arc<PolicyAccount> {
    Arc::new(PolicyAccount {
        id: account.id.clone(),
        domain: account.domain_id.clone(),
        canonical: account.canonical_id.clone(),
    })
}
