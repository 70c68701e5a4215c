//! The decision. Denied unless allowed, and an explicit deny always wins.
//!
//! AWS's published order (IAM: policy evaluation logic), in short:
//! 1. A Deny that applies, in any policy, ends it.
//! 2. Within one account, an Allow of the caller's own policies *or* of the
//!    resource's is enough; between accounts both are needed.
//! 3. A permission boundary and a session policy limit what the caller's own
//!    policies give. They do not limit what the resource's policy gives to this
//!    very user (boundary) or session (both); they do limit what it gives to the
//!    role or to everybody.
//! 4. The root of an account may do everything in it.
//! 5. A key is never for anonymous callers, whatever its policy says.
//!
//! What differs from AWS on purpose: a session policy limits a session also
//! where a resource's policy lets everybody in, so a child credential never has
//! more than its session policy says unless it is itself named.
//!
//! Pure: no clock, no I/O, and no allocation unless a policy has variables or
//! compares ARNs or without case.

use std::sync::Arc;

use crate::action::Action;
use crate::decision::{Because, Decision, Missing, Place, Source};
use crate::document::Policy;
use crate::principal::{Account, Identity, Named, Principal};
use crate::request::Request;
use crate::statement::Effect;

/// All policies that concern one request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policies<'a> {
    /// Of the caller: inline, attached and through groups.
    pub identity: &'a [Arc<Policy>],
    /// The caller's permission boundary, if it has one.
    pub boundary: Option<&'a Policy>,
    /// Session policies; none limits nothing.
    pub session: &'a [Arc<Policy>],
    /// The bucket's or the key's policy.
    pub resource: Option<&'a Policy>,
    /// ACL entries or KMS grants, translated ([`crate::Statement::allow`]).
    pub grants: Option<&'a Policy>,
    /// Whether the account's own policies speak for the resource.
    pub delegation: Delegation,
}

/// Whether the policies of the owner's own users are enough for a resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delegation {
    /// Yes: buckets, and keys without a key policy.
    #[default]
    Implied,
    /// Only if the resource's policy names the account: KMS key policies.
    Explicit,
}

/// Decides one request.
///
/// Example: what a gateway's one call site does.
///
/// ```
/// use policy::{Action, Account, Decision, Effect, Policies, Policy, Principal, Request, Resource};
/// # use std::sync::Arc;
/// # let owner = Arc::new(Account { id: "111111111111".into(), ..Account::default() });
/// let bucket_policy = Policy::bucket(
///     br#"{"Statement": [{"Sid": "public", "Effect": "Allow", "Principal": "*",
///          "Action": "GetObject", "Resource": "photos/*"}]}"#,
///     "photos",
/// )?;
/// let request = Request::new(
///     Principal::Anonymous,
///     Action::GetObject,
///     Resource::object(owner, "photos", "cat.jpg"),
/// );
/// let policies = Policies { resource: Some(&bucket_policy), ..Policies::default() };
/// let Decision { effect, because } = policy::evaluate(&request, &policies);
/// assert_eq!(effect, Effect::Allow);
/// assert_eq!(because.to_string(), "statement 0 (\"public\") of the resource policy");
/// # Ok::<(), policy::Error>(())
/// ```
pub fn evaluate(request: &Request, policies: &Policies<'_>) -> Decision {
    let own_root = is_own_root(request);
    let keeps_policy_access = own_root && POLICY_ACTIONS.contains(&request.action);
    let mut overruled = false;
    for (source, policy) in policies.all() {
        let Some((place, _)) = find(request, source, policy, Effect::Deny) else {
            continue;
        };
        if source == Source::Resource && keeps_policy_access {
            overruled = true;
            continue;
        }
        return deny(Because::Statement(place));
    }
    let decided = match &request.principal {
        Principal::Anonymous if request.resource.is_key() => Err(Missing::Signature),
        Principal::Anonymous | Principal::Service(_) => match policies.resource_allow(request) {
            Some((place, _)) => Ok(Because::Statement(place)),
            None => Err(Missing::ResourceAllow),
        },
        Principal::Caller { account, identity } => decide(request, policies, account, identity),
    };
    match decided {
        Ok(_) if overruled => Decision { effect: Effect::Allow, because: Because::NeverLockedOut },
        Ok(because) => Decision { effect: Effect::Allow, because },
        Err(missing) => deny(Because::Missing(missing)),
    }
}

/// What the root of a bucket's owner can always do (S3: PutBucketPolicy).
const POLICY_ACTIONS: [Action; 3] =
    [Action::GetBucketPolicy, Action::PutBucketPolicy, Action::DeleteBucketPolicy];

fn deny(because: Because) -> Decision {
    Decision { effect: Effect::Deny, because }
}

/// Rules 2 to 4, once it is known that nothing denies.
fn decide(
    request: &Request,
    policies: &Policies<'_>,
    account: &Account,
    identity: &Identity,
) -> Result<Because, Missing> {
    let resource = policies.resource_allow(request);
    let same_account = request.resource.owner().is_none_or(|owner| owner.id == account.id);
    let own = policies.identity_allow(request, identity);
    if !same_account {
        let Some((place, _)) = resource else {
            return Err(if own.is_some() { Missing::ResourceAllow } else { Missing::Allow });
        };
        own.ok_or(Missing::IdentityAllow)?;
        policies.check_limits(request, true, true)?;
        return Ok(Because::Statement(place));
    }
    if let Some((place, named)) = &resource
        && *named > Named::Account
    {
        let (boundary, session) = limits_of(identity, *named);
        policies.check_limits(request, boundary, session)?;
        return Ok(Because::Statement(place.clone()));
    }
    let because = own.ok_or(Missing::Allow)?;
    if policies.delegation == Delegation::Explicit && resource.is_none() {
        return Err(Missing::Delegation);
    }
    policies.check_limits(request, true, true)?;
    Ok(because)
}

/// Whether boundary and session policies limit what a resource's policy gives
/// to a caller whom it names so.
fn limits_of(identity: &Identity, named: Named) -> (bool, bool) {
    match identity {
        Identity::Root | Identity::User { .. } => (false, true),
        Identity::Session { .. } | Identity::FederatedUser { .. } => {
            let limited = named != Named::Personal;
            (limited, limited)
        }
    }
}

fn is_own_root(request: &Request) -> bool {
    let Principal::Caller { account, identity: Identity::Root } = &request.principal else {
        return false;
    };
    request.resource.owner().is_some_and(|owner| owner.id == account.id)
}

impl<'a> Policies<'a> {
    fn all(&self) -> impl Iterator<Item = (Source, &'a Policy)> {
        indexed(self.identity, Source::Identity)
            .chain(self.boundary.map(|policy| (Source::Boundary, policy)))
            .chain(indexed(self.session, Source::Session))
            .chain(self.of_resource())
    }

    fn of_resource(&self) -> impl Iterator<Item = (Source, &'a Policy)> {
        let policy = self.resource.map(|policy| (Source::Resource, policy));
        policy.into_iter().chain(self.grants.map(|policy| (Source::Grants, policy)))
    }

    /// The Allow of the caller's policies. Root needs none; what it may do in
    /// other accounts is for their resources' policies to say.
    fn identity_allow(&self, request: &Request, identity: &Identity) -> Option<Because> {
        if *identity == Identity::Root {
            return Some(Because::OwnerRoot);
        }
        indexed(self.identity, Source::Identity)
            .find_map(|(source, policy)| find(request, source, policy, Effect::Allow))
            .map(|(place, _)| Because::Statement(place))
    }

    /// The Allow of the resource's policies that names the caller most closely.
    fn resource_allow(&self, request: &Request) -> Option<(Place, Named)> {
        self.of_resource()
            .filter_map(|(source, policy)| find(request, source, policy, Effect::Allow))
            .max_by_key(|(_, named)| *named)
    }

    /// Errors: a limit that applies does not have an Allow.
    fn check_limits(
        &self,
        request: &Request,
        boundary: bool,
        session: bool,
    ) -> Result<(), Missing> {
        if boundary && self.boundary.is_some_and(|policy| !allows(request, policy)) {
            return Err(Missing::BoundaryAllow);
        }
        let has_session = session && !self.session.is_empty();
        if has_session && !self.session.iter().any(|policy| allows(request, policy)) {
            return Err(Missing::SessionAllow);
        }
        Ok(())
    }
}

fn indexed(
    policies: &[Arc<Policy>],
    source: fn(usize) -> Source,
) -> impl Iterator<Item = (Source, &Policy)> {
    policies.iter().enumerate().map(move |(index, policy)| (source(index), policy.as_ref()))
}

fn allows(request: &Request, policy: &Policy) -> bool {
    find(request, Source::Boundary, policy, Effect::Allow).is_some()
}

/// The statement of this effect that names the caller most closely, the first
/// of those.
fn find(
    request: &Request,
    source: Source,
    policy: &Policy,
    effect: Effect,
) -> Option<(Place, Named)> {
    let mut best: Option<(usize, Named)> = None;
    for (index, statement) in policy.statements.iter().enumerate() {
        if statement.effect != effect {
            continue;
        }
        let Some(named) = statement.concerns(request) else {
            continue;
        };
        if best.is_none_or(|(_, best)| named > best) {
            best = Some((index, named));
        }
        if named == Named::Personal {
            break;
        }
    }
    let (index, named) = best?;
    let sid = policy.statements.get(index).and_then(|statement| statement.sid.clone());
    Some((Place { policy: source, statement: index, sid }, named))
}
