//! May this caller do this with this key?
//!
//! Gathers what speaks for a caller (his own policies, the key policy, the
//! key's grants) and asks [`policy::evaluate`], here and nowhere else. Not here:
//! whether the key's state allows it, and every right that is not about keys.
//!
//! Invariant: whoever does not belong to the owning account and holds no grant
//! gets the same answer, [`Denied::foreign`], whether a key exists or not.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use policy::{
    Account, Action, Attribute, Because, ConditionKey, Decision, Delegation, Effect, Policies,
    Policy, Principal, Request, Resource, ResourcePattern, Service, Source, Statement, evaluate,
};

use crate::key::{Grant, Key, KeyRef, KeyRights, NamedBy};

/// An authenticated caller of the key service, as the edge established it. The
/// core trusts it entirely: building one is the gateway's authentication.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The request that the gateway's own gate judged: its principal, and all
    /// that conditions may test. The right to a key is judged in the same
    /// context. Anonymous callers may use no key.
    pub request: Request,
    /// The caller's own policies; the root of an account needs none.
    pub rights: Rights,
    /// The region that the request addresses; on the object path the bucket's
    /// region counts instead.
    pub region: String,
    /// From where, for the record.
    pub source_ip: Option<IpAddr>,
    /// The id that answer and audit record carry.
    pub request_id: String,
    /// The service through which keys are used (`s3`), none for the KMS API itself.
    pub via: Option<&'static str>,
}

/// The policies that a caller brings along.
#[derive(Clone, Debug, Default)]
pub struct Rights {
    /// Inline, attached and through groups.
    pub identity: Arc<[Arc<Policy>]>,
    /// The permission boundary.
    pub boundary: Option<Arc<Policy>>,
    /// Session policies.
    pub session: Arc<[Arc<Policy>]>,
}

/// What allowed an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// A policy, or being the owner's root.
    ByPolicy,
    /// A grant alone: what is passed on may not exceed it.
    ByGrant,
}

/// Refused. The text is for the log, never for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Denied(pub String);

impl Caller {
    /// The caller's account, none for anonymous callers and services.
    pub fn account(&self) -> Option<&Arc<Account>> {
        self.request.principal().account()
    }

    /// Who it is, as audit records name it: an ARN, `anonymous` or `service:<name>`.
    pub fn name(&self) -> String {
        match self.request.principal() {
            Principal::Anonymous => "anonymous".to_owned(),
            Principal::Service(name) => format!("service:{name}"),
            principal @ Principal::Caller { .. } => principal.arn().unwrap_or_default(),
        }
    }

    /// Whether `owner` is an id of the caller's account.
    pub fn belongs_to(&self, owner: &str) -> bool {
        self.account().is_some_and(|account| account.is(owner))
    }

    /// Judges `action` on an existing key with the rights that were given on
    /// it; `context` is the encryption context of a cryptographic operation.
    /// Says whether a grant was what allowed it.
    pub fn check_key(
        &self,
        action: Action,
        key: &Key,
        rights: &KeyRights,
        context: Option<&BTreeMap<String, String>>,
    ) -> Result<Allowed, Denied> {
        let owner = match self.account().filter(|account| account.is(&key.account_id)) {
            Some(account) => Arc::clone(account),
            None if rights.grants.is_empty() && rights.policy.is_none() => {
                return Err(Denied::foreign());
            }
            None => Arc::new(Account {
                id: key.account_id.clone(),
                domain: key.domain_id.clone(),
                canonical: String::new(),
            }),
        };
        let is_foreign = !self.belongs_to(&key.account_id);
        let document = rights.policy.as_deref().map(Policy::key).transpose();
        // A policy that cannot be read might have denied.
        let document = document.map_err(|error| Denied(format!("the key policy: {error}")))?;
        let grants = granted(&rights.grants, context);
        let policies = Policies {
            identity: &self.rights.identity,
            boundary: self.rights.boundary.as_deref(),
            session: &self.rights.session,
            resource: document.as_ref(),
            grants: Some(&grants),
            delegation: match document {
                Some(_) => Delegation::Explicit,
                None => Delegation::Implied,
            },
        };
        let resource = Resource::key(owner, &key.region, &key.id.to_string());
        let request = self.request.also(action, resource);
        let request = with_key_facts(request, self.via, key, context);
        let Decision { effect, because } = evaluate(&request, &policies);
        match effect {
            Effect::Allow => Ok(Allowed::by(&because)),
            Effect::Deny if is_foreign => Err(Denied::foreign()),
            Effect::Deny => Err(Denied(format!("{}: {because}", action.name()))),
        }
    }

    /// Judges `action` on what would be the key of `key_ref` in the account
    /// `owner`, to decide who may learn that there is none.
    pub fn check_absent_key(
        &self,
        action: Action,
        key_ref: &KeyRef,
        owner: &str,
    ) -> Result<(), Denied> {
        let account = self.own_account(owner)?;
        let region = key_ref.region.as_ref().unwrap_or(&self.region);
        let resource = match &key_ref.name {
            NamedBy::Id(id) => Resource::key(account, region, &id.to_string()),
            NamedBy::Alias(name) => Resource::alias(account, region, name.as_str()),
        };
        self.ask(action, resource)
    }

    /// Judges `action` on the caller's account as a whole, and gives the account.
    pub fn check_account(&self, action: Action) -> Result<&Arc<Account>, Denied> {
        let account = self.account().ok_or_else(Denied::foreign)?;
        self.ask(action, Resource::service(Service::Keys))?;
        Ok(account)
    }

    fn own_account(&self, owner: &str) -> Result<Arc<Account>, Denied> {
        let account = self.account().filter(|account| account.is(owner));
        account.cloned().ok_or_else(Denied::foreign)
    }

    fn ask(&self, action: Action, resource: Resource) -> Result<(), Denied> {
        let policies = Policies {
            identity: &self.rights.identity,
            boundary: self.rights.boundary.as_deref(),
            session: &self.rights.session,
            ..Policies::default()
        };
        let Decision { effect, because } =
            evaluate(&self.request.also(action, resource), &policies);
        match effect {
            Effect::Allow => Ok(()),
            Effect::Deny => Err(Denied(format!("{}: {because}", action.name()))),
        }
    }
}

impl Allowed {
    fn by(because: &Because) -> Self {
        match because {
            Because::Statement(place) if place.policy == Source::Grants => Self::ByGrant,
            _ => Self::ByPolicy,
        }
    }
}

/// The grants that cover an operation in `context`, as statements.
fn granted(grants: &[Grant], context: Option<&BTreeMap<String, String>>) -> Policy {
    let statement = |grant: &Grant| {
        let actions: Vec<Action> =
            grant.operations.iter().flat_map(|operation| operation.actions()).copied().collect();
        let sid = format!("grant {}", grant.id);
        Some(Statement::allow(&sid, grant.grantee.pattern()?, &actions, ResourcePattern::any()))
    };
    Policy::of(grants.iter().filter(|grant| grant.covers(context)).filter_map(statement).collect())
}

/// Adds what conditions of key policies may test (AWS KMS condition keys).
fn with_key_facts(
    request: Request,
    via: Option<&str>,
    key: &Key,
    context: Option<&BTreeMap<String, String>>,
) -> Request {
    let mut request = request
        .with(Attribute::KmsKeyOrigin, key.origin.name())
        .with(Attribute::KmsKeyUsage, key.usage.name())
        .with_some(Attribute::KmsViaService, via.map(|via| service_host(via, key)).as_deref());
    for (name, value) in context.into_iter().flatten() {
        request = request
            .with(ConditionKey::of(Attribute::KmsEncryptionContext, name), value)
            .with(Attribute::KmsEncryptionContextKeys, name);
    }
    request
}

fn service_host(via: &str, key: &Key) -> String {
    format!("{via}.{}.amazonaws.com", key.region)
}

impl Denied {
    /// What everyone hears of keys that are not of their account.
    pub fn foreign() -> Self {
        Self("no key of the caller's account, and no grant".to_owned())
    }
}
