//! Who asks, and what speaks for him.

use std::sync::Arc;

use kms_core::kms::Rights;
use policy::{Attribute, ConditionKey, Identity as Who, Policy, Principal, Request};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::denied;
use crate::auth::Authenticated;
use crate::catalog::identity::Bearer;
use crate::catalog::model::Account;
use crate::http::Fault;
use crate::iam::builtin::{ARN_PREFIX, BuiltIn};
use crate::iam::{Iam, Session};

/// Who asks.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account; `None` for the anonymous.
    pub account: Option<Arc<Account>>,
    /// The principal as policies name it.
    pub principal: Principal,
    /// Unique id of the user or role whose policies speak for him; `None` for
    /// roots and the anonymous.
    pub entity_id: Option<String>,
    /// What limits him, if he holds temporary credentials.
    pub session: Option<Arc<Session>>,
}

/// What speaks for a caller, as one snapshot found it.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// His policies.
    pub rights: Rights,
    /// Names of his own policies, for explanations.
    names: Vec<String>,
    /// What his tags and his session add to the context.
    context: Vec<(ConditionKey, String)>,
}

impl Caller {
    /// The caller that authentication established.
    pub fn new(authenticated: Authenticated) -> Self {
        match authenticated.identity {
            None => Self {
                account: None,
                principal: Principal::Anonymous,
                entity_id: None,
                session: None,
            },
            Some(identity) => Self {
                account: Some(identity.account),
                principal: identity.principal,
                entity_id: identity.entity_id,
                session: identity.session,
            },
        }
    }

    /// Account and unique id of the user or role that the snapshot has to hold.
    pub(super) fn bearer(&self) -> Option<(String, String)> {
        Some((self.account.as_ref()?.id.clone(), self.entity_id.clone()?))
    }

    /// The account's id; empty for the anonymous.
    pub fn account_id(&self) -> String {
        self.account.as_ref().map(|account| account.id.clone()).unwrap_or_default()
    }

    /// The name of the user, if it is one and no session of a role.
    pub fn user_name(&self) -> Option<&str> {
        match &self.principal {
            Principal::Caller { identity: Who::User { name, .. }, .. } => Some(name),
            _ => None,
        }
    }

    /// True for the root of an account and for no one else.
    pub fn is_root(&self) -> bool {
        matches!(self.principal, Principal::Caller { identity: Who::Root, .. })
    }
}

impl Standing {
    /// Exactly these policies.
    pub(super) fn with(rights: Rights) -> Self {
        Self { rights, ..Self::default() }
    }

    /// What speaks for `caller`, whose user or role the snapshot found as
    /// `bearer`. Errors: a refusal when he is gone or a policy of his cannot be
    /// read, since it might have denied.
    pub(super) fn of(iam: &Iam, caller: &Caller, bearer: Option<&Bearer>) -> Result<Self, Fault> {
        let mut standing = match (&caller.entity_id, bearer) {
            (None, _) => Self::default(),
            (Some(_), None) => return Err(denied("the caller's user or role is gone")),
            (Some(_), Some(bearer)) => {
                let own = iam.rights(bearer).map_err(denied)?;
                Self {
                    rights: own.rights.clone(),
                    names: own.names.clone(),
                    context: own.tags.clone(),
                }
            }
        };
        if let Some(session) = &caller.session {
            standing.limit(caller, session)?;
        }
        Ok(standing)
    }

    /// Adds the limits of a session; they only ever take away.
    fn limit(&mut self, caller: &Caller, session: &Session) -> Result<(), Fault> {
        let mut identity: Vec<Arc<Policy>> = self.rights.identity.to_vec();
        // A federated user below the root has what the root has, so far as its
        // session policies let it through.
        if caller.entity_id.is_none() && !caller.is_root() {
            identity.push(everything()?);
            self.names.push("AdministratorAccess".to_owned());
        }
        identity.extend(session.forbidden.clone());
        self.names.push("what sessions of this kind may not do".to_owned());
        self.rights.identity = identity.into();
        if let Some(policies) = &session.policies {
            self.rights.session = policies.clone();
        }
        let issued = OffsetDateTime::from_unix_timestamp(session.issued_s).ok();
        if let Some(issued) = issued.and_then(|issued| issued.format(&Rfc3339).ok()) {
            self.context.push((Attribute::TokenIssueTime.into(), issued));
        }
        self.context.push((Attribute::MfaPresent.into(), "false".to_owned()));
        Ok(())
    }

    /// Adds to a request what its caller's tags and session say.
    pub(super) fn describe(&self, request: Request) -> Request {
        let add = |request: Request, (key, value): &(ConditionKey, String)| {
            request.with(key.clone(), value)
        };
        self.context.iter().fold(request, add)
    }

    /// The name of the caller's own policy of this index.
    pub(super) fn policy_name(&self, index: usize) -> Option<&str> {
        self.names.get(index).map(String::as_str)
    }
}

fn everything() -> Result<Arc<Policy>, Fault> {
    let arn = format!("{ARN_PREFIX}AdministratorAccess");
    let built_in = BuiltIn::find(&arn).ok_or_else(|| denied("no AdministratorAccess"))?;
    Policy::identity(built_in.document.as_bytes()).map(Arc::new).map_err(denied)
}
