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
use crate::principal::{Identity, Named, Principal};
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
    let found = match Findings::gather(request, policies) {
        Ok(found) => found,
        Err(place) => return deny(Because::Statement(place)),
    };
    let decided = match &request.principal {
        Principal::Anonymous if request.resource.is_key() => Err(Missing::Signature),
        Principal::Anonymous | Principal::Service(_) => match found.resource {
            Some((place, _)) => Ok(Because::Statement(place)),
            None => Err(Missing::ResourceAllow),
        },
        Principal::Caller { account, identity } => {
            let owner = request.resource.owner();
            let same_account = owner.is_none_or(|owner| owner.id == account.id);
            match same_account {
                true => found.decide_within_account(identity, policies.delegation),
                false => found.decide_across_accounts(),
            }
        }
    };
    match decided {
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

/// What the policies say to a request that none of them denies.
struct Findings {
    /// The Allow of the caller's own policies.
    identity: Option<Because>,
    /// The Allow of the resource's policies that names the caller most closely.
    resource: Option<(Place, Named)>,
    /// The boundary allows it, or there is none.
    within_boundary: bool,
    /// A session policy allows it, or there is none.
    within_session: bool,
    /// The resource's policy denies it, but cannot to the owner's root.
    overruled: bool,
}

impl Findings {
    /// Asks every policy once. Errors: the statement that denies.
    fn gather(request: &Request, policies: &Policies<'_>) -> Result<Self, Place> {
        let mut found = Self {
            identity: None,
            resource: None,
            within_boundary: true,
            within_session: policies.session.is_empty(),
            overruled: false,
        };
        for (index, policy) in policies.identity.iter().enumerate() {
            let allow = ask(request, Source::Identity(index), policy)?;
            let because = allow.map(|(place, _)| Because::Statement(place));
            found.identity = found.identity.or(because);
        }
        if let Some(policy) = policies.boundary {
            found.within_boundary = ask(request, Source::Boundary, policy)?.is_some();
        }
        for (index, policy) in policies.session.iter().enumerate() {
            found.within_session |= ask(request, Source::Session(index), policy)?.is_some();
        }
        if let Some(policy) = policies.resource {
            found.resource = match ask(request, Source::Resource, policy) {
                Err(_) if always_reaches_policy(request) => {
                    found.overruled = true;
                    None
                }
                answer => answer?,
            };
        }
        if let Some(policy) = policies.grants {
            let granted = ask(request, Source::Grants, policy)?;
            let closest = |allow: &(Place, Named)| allow.1;
            found.resource = found.resource.into_iter().chain(granted).max_by_key(closest);
        }
        // Root needs no policy of its own; what it may do in other accounts is
        // for their resources' policies to say.
        if is_root(&request.principal) {
            let overruled = found.overruled.then_some(Because::NeverLockedOut);
            found.identity = Some(overruled.unwrap_or(Because::OwnerRoot));
        }
        Ok(found)
    }

    /// Rules 2 to 4 where the resource is the caller's own account's.
    fn decide_within_account(
        self,
        identity: &Identity,
        delegation: Delegation,
    ) -> Result<Because, Missing> {
        if let Some((place, named)) = &self.resource
            && *named > Named::Account
        {
            let (boundary, session) = limits_of(identity, *named);
            self.check_limits(boundary, session)?;
            return Ok(Because::Statement(place.clone()));
        }
        if self.identity.is_none() {
            return Err(Missing::Allow);
        }
        if delegation == Delegation::Explicit && self.resource.is_none() {
            return Err(Missing::Delegation);
        }
        self.check_limits(true, true)?;
        self.identity.ok_or(Missing::Allow)
    }

    /// Rule 2 where the resource is another account's: both sides must allow.
    fn decide_across_accounts(self) -> Result<Because, Missing> {
        match (&self.identity, &self.resource) {
            (None, None) => return Err(Missing::Allow),
            (None, Some(_)) => return Err(Missing::IdentityAllow),
            (Some(_), None) => return Err(Missing::ResourceAllow),
            (Some(_), Some(_)) => self.check_limits(true, true)?,
        }
        let place = self.resource.map(|(place, _)| Because::Statement(place));
        place.ok_or(Missing::ResourceAllow)
    }

    /// Errors: a limit that applies has no Allow.
    fn check_limits(&self, boundary: bool, session: bool) -> Result<(), Missing> {
        if boundary && !self.within_boundary {
            return Err(Missing::BoundaryAllow);
        }
        if session && !self.within_session {
            return Err(Missing::SessionAllow);
        }
        Ok(())
    }
}

/// The Allow of one policy that names the caller most closely, the first of
/// those. Errors: the first Deny that applies.
fn ask(
    request: &Request,
    source: Source,
    policy: &Policy,
) -> Result<Option<(Place, Named)>, Place> {
    let mut best: Option<(usize, Named)> = None;
    let place = |statement: usize| Place {
        policy: source,
        statement,
        sid: policy.statements.get(statement).and_then(|statement| statement.sid.clone()),
    };
    for (index, statement) in policy.statements.iter().enumerate() {
        let is_allow = statement.effect == Effect::Allow;
        if is_allow && best.is_some_and(|(_, named)| named == Named::Personal) {
            continue;
        }
        let Some(named) = statement.concerns(request) else {
            continue;
        };
        if !is_allow {
            return Err(place(index));
        }
        if best.is_none_or(|(_, best)| named > best) {
            best = Some((index, named));
        }
    }
    Ok(best.map(|(index, named)| (place(index), named)))
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

fn is_root(principal: &Principal) -> bool {
    matches!(principal, Principal::Caller { identity: Identity::Root, .. })
}

/// True for the root of a bucket's owner that reads or replaces its policy.
fn always_reaches_policy(request: &Request) -> bool {
    let owner = request.resource.owner();
    is_root(&request.principal)
        && POLICY_ACTIONS.contains(&request.action)
        && owner.is_some_and(|owner| {
            request.principal.account().is_some_and(|account| account.id == owner.id)
        })
}
