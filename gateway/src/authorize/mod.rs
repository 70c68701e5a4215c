//! May the caller do what the operation needs? The only place that says
//! AccessDenied for S3, OBS, IAM and STS.
//!
//! Reads the catalog once for all needs of a request and for what speaks for
//! the caller, builds the question for each, and asks [`policy::evaluate`] at
//! one place. Preconditions and the operation then work with the same snapshot.
//! Rights to keys are judged by the key service itself, with the same policies
//! and in the same context ([`Admitted::base`], [`Admitted::standing`]).

mod caller;
mod explain;

use std::sync::Arc;

use policy::{
    Account as PolicyAccount, Action, Attribute, Because, ConditionKey, Decision, Delegation,
    Effect, Policies, Policy, Principal, Request, Resource, Service, Source, evaluate,
};

use crate::catalog::Wants;
use crate::catalog::identity::EntityRef;
use crate::catalog::model::{BucketFacts, Found, Want};
use crate::context::Gateway;
use crate::facts::RequestFacts;
use crate::grants;
use crate::http::{Code, Fault};
use crate::iam::policy_account;
use kms_core::sealed::Mode;

pub use caller::{Caller, Standing};
pub use explain::{Case, Verdict, explain, explain_custom, read_policies};

/// The question about one need.
pub struct Question {
    /// What is to be done.
    pub action: Action,
    /// On what.
    pub on: Subject,
    /// Condition keys that the operation knows.
    pub conditions: Vec<(ConditionKey, String)>,
    /// True when a refusal is left to the operation.
    pub soft: bool,
}

/// On what something is to be done.
pub enum Subject {
    /// A service as a whole.
    Service(Service),
    /// A bucket of the caller's that does not exist yet.
    NewBucket(String),
    /// A bucket, or an object in it, and the rows that are wanted.
    Stored {
        /// The rows.
        want: Want,
        /// The object's key; `None` for the bucket itself.
        key: Option<String>,
    },
    /// A user, group, role or policy of the account with this id, by the end of
    /// its ARN: `policy/division/name`. Nothing is read.
    Identity {
        /// The account; empty for the caller's own.
        account_id: String,
        /// `user/division/bob`.
        path: String,
    },
    /// A user, group or role, as the snapshot finds it.
    Entity(EntityRef),
    /// A role that the caller wants to become: its trust policy counts.
    Role(EntityRef),
}

/// A request that was let in.
pub struct Admitted {
    /// What the snapshot found, one for each question.
    pub found: Vec<Found>,
    /// Whether each question was answered with yes; false only for soft ones.
    pub allowed: Vec<bool>,
    /// Principal and context, for the key service to judge by.
    pub base: Request,
    /// What speaks for the caller, for the key service to judge by.
    pub standing: Standing,
}

/// Judges all questions of a request on one snapshot. Errors: `AccessDenied`,
/// `NoSuchBucket`, `ServiceUnavailable`.
pub async fn admit(
    gateway: &Gateway,
    caller: &Caller,
    facts: &RequestFacts,
    questions: Vec<Question>,
) -> Result<Admitted, Fault> {
    let (found, standing) = snapshot(gateway, caller, &questions).await?;
    let base = standing.describe(base(gateway, caller, facts));
    let judge = Judge { gateway, standing: &standing };
    let mut allowed = Vec::with_capacity(questions.len());
    for (question, found) in questions.iter().zip(&found) {
        match judge.judge(&base, question, found) {
            Ok(()) => allowed.push(true),
            Err(fault) if question.soft && fault.code == Code::AccessDenied => allowed.push(false),
            Err(fault) => return Err(fault),
        }
    }
    Ok(Admitted { found, allowed, base, standing })
}

/// The refusal that clients see; `because` is for the log.
pub fn denied(because: impl ToString) -> Fault {
    Fault::new(Code::AccessDenied).cause(because)
}

/// Reads the rows of all questions and what speaks for the caller; equal wants
/// are read once.
async fn snapshot(
    gateway: &Gateway,
    caller: &Caller,
    questions: &[Question],
) -> Result<(Vec<Found>, Standing), Fault> {
    let mut wants = Wants { rows: Vec::new(), bearer: caller.bearer() };
    let mut places = Vec::with_capacity(questions.len());
    for question in questions {
        let want = match &question.on {
            Subject::Stored { want, .. } => want.clone(),
            Subject::Entity(named) | Subject::Role(named) => Want::Entity(named.clone()),
            Subject::Service(_) | Subject::NewBucket(_) | Subject::Identity { .. } => {
                places.push(None);
                continue;
            }
        };
        // A thousand keys of one bucket want the same row one after the other.
        if wants.rows.last() != Some(&want) {
            wants.rows.push(want);
        }
        places.push(Some(wants.rows.len() - 1));
    }
    let read = match wants.rows.is_empty() && wants.bearer.is_none() {
        true => crate::catalog::Snapshot::default(),
        false => gateway.catalog.snapshot_for(&wants).await?,
    };
    let standing = Standing::of(&gateway.iam, caller, read.bearer.as_deref())?;
    let place = |place: Option<usize>| place.and_then(|index| read.found.get(index)).cloned();
    let found = places.into_iter().map(|index| place(index).unwrap_or_default()).collect();
    Ok((found, standing))
}

/// What is true of every question of this request.
fn base(gateway: &Gateway, caller: &Caller, facts: &RequestFacts) -> Request {
    let nothing = Resource::service(Service::Storage);
    Request::new(caller.principal.clone(), Action::ListAllMyBuckets, nothing)
        .from_address(facts.remote, facts.secure)
        .at(facts.received.into())
        .with(Attribute::RequestedRegion, &gateway.settings.region)
        .with_some(Attribute::UserAgent, facts.user_agent.as_deref())
        .with_some(Attribute::Referer, facts.referer.as_deref())
}

/// The gate with what it judges by.
struct Judge<'a> {
    gateway: &'a Gateway,
    standing: &'a Standing,
}

/// The policy of what is asked for, its lists, and whether the account's own
/// policies speak for it.
#[derive(Default)]
struct ResourceSide {
    policy: Option<Arc<Policy>>,
    grants: Option<Policy>,
    delegation: Delegation,
}

impl Judge<'_> {
    fn judge(&self, base: &Request, question: &Question, found: &Found) -> Result<(), Fault> {
        let (resource, side) = match &question.on {
            Subject::Stored { want, key } => {
                let facts = found.bucket.as_ref().ok_or_else(|| no_such_bucket(want))?;
                let key = key.as_deref();
                (stored(facts, key), self.bucket_side(base.principal(), facts, key, found)?)
            }
            Subject::Role(_) => self.role_side(found)?,
            on => (self.unowned(base.principal(), on, found)?, ResourceSide::default()),
        };
        let mut request = base.also(question.action, resource);
        for (key, value) in &question.conditions {
            request = request.with(key.clone(), value);
        }
        for (key, value) in stored_tags(found) {
            request = request.with(ConditionKey::of(Attribute::ExistingObjectTag, key), value);
        }
        if let Some(named) = &found.entity {
            for (name, value) in &named.0.tags {
                request = request.with(ConditionKey::of(Attribute::ResourceTag, name), value);
            }
        }
        if question.action == Action::PutObject
            && let Some(mode) = continued(found)
        {
            request = with_encryption(request, mode);
        }
        self.ask(&request, &side)?;
        self.reveal_absence(&request, question, found)
    }

    /// The resource of a question that has no policy of its own.
    fn unowned(
        &self,
        principal: &Principal,
        on: &Subject,
        found: &Found,
    ) -> Result<Resource, Fault> {
        let own = || {
            let account = principal.account().cloned();
            account.ok_or_else(|| denied("anonymous callers have no account"))
        };
        Ok(match on {
            Subject::NewBucket(name) => Resource::bucket(own()?, name),
            Subject::Identity { account_id, path } if account_id.is_empty() => {
                Resource::identity(own()?, path)
            }
            Subject::Identity { account_id, path } => {
                let own = own()?;
                let is_own = own.is(account_id);
                let stranger =
                    || Arc::new(PolicyAccount { id: account_id.clone(), ..Default::default() });
                Resource::identity(if is_own { own } else { stranger() }, path)
            }
            Subject::Entity(named) => match &found.entity {
                Some(found) => Resource::identity(policy_account(&found.1), &found.0.resource()),
                None => {
                    Resource::identity(own()?, &format!("{}/{}", named.kind.name(), named.name))
                }
            },
            Subject::Service(service) => Resource::service(*service),
            Subject::Stored { .. } | Subject::Role(_) => {
                return Err(denied("a resource with a policy was asked without it"));
            }
        })
    }

    /// The bucket's policy and the lists of bucket and object. Errors: a refusal
    /// when one cannot be read, since it might have denied, and for strangers
    /// whom only a public policy lets in where the bucket restricts that.
    fn bucket_side(
        &self,
        principal: &Principal,
        facts: &BucketFacts,
        key: Option<&str>,
        found: &Found,
    ) -> Result<ResourceSide, Fault> {
        let text = facts.settings.get("policy");
        let read = text.map(|text| self.gateway.policies.bucket(text, &facts.bucket.name));
        let policy = read.transpose().map_err(denied)?;
        if let Some(policy) = &policy {
            refuse_strangers(principal, facts, policy)?;
        }
        let grants = grants::lists(facts, key, found).map_err(denied)?;
        Ok(ResourceSide { policy, grants, ..Default::default() })
    }

    /// A role and its trust policy, without which nobody gets in: the account's
    /// own policies alone are never enough.
    fn role_side(&self, found: &Found) -> Result<(Resource, ResourceSide), Fault> {
        let missing = || denied("there is no such role");
        let (role, account) = found.entity.as_deref().ok_or_else(missing)?;
        let trust = role.trust.as_deref().ok_or_else(missing)?;
        let policy = self.gateway.policies.trust(trust).map_err(denied)?;
        let delegation = Delegation::Explicit;
        let side = ResourceSide { policy: Some(policy), grants: None, delegation };
        Ok((Resource::identity(policy_account(account), &role.resource()), side))
    }

    fn ask(&self, request: &Request, side: &ResourceSide) -> Result<(), Fault> {
        let Decision { effect, because } = self.decide(request, side);
        match effect {
            Effect::Allow => Ok(()),
            Effect::Deny => {
                let action = request.action().name();
                Err(denied(format!("{action}: {}", self.reason(&because))))
            }
        }
    }

    /// The one question of the gateway.
    fn decide(&self, request: &Request, side: &ResourceSide) -> Decision {
        let rights = &self.standing.rights;
        let policies = Policies {
            identity: &rights.identity,
            boundary: rights.boundary.as_deref(),
            session: &rights.session,
            resource: side.policy.as_deref(),
            grants: side.grants.as_ref(),
            delegation: side.delegation,
        };
        evaluate(request, &policies)
    }

    /// A decision's reason, with the name of the caller's policy it lies in.
    fn reason(&self, because: &Because) -> String {
        let name = match because {
            Because::Statement(place) => match place.policy {
                Source::Identity(index) => self.standing.policy_name(index),
                _ => None,
            },
            _ => None,
        };
        match name {
            Some(name) => format!("{because} ({name})"),
            None => because.to_string(),
        }
    }

    /// Only who may list a bucket learns that a key is not in it.
    fn reveal_absence(
        &self,
        request: &Request,
        question: &Question,
        found: &Found,
    ) -> Result<(), Fault> {
        let Subject::Stored { want: Want::Version(..), .. } = &question.on else { return Ok(()) };
        let (None, Some(facts)) = (&found.version, &found.bucket) else { return Ok(()) };
        // Who may write a key makes the object that is not there.
        if question.action == Action::PutObject {
            return Ok(());
        }
        let request = request.also(Action::ListBucket, stored(facts, None));
        let side = self.bucket_side(request.principal(), facts, None, &Found::default())?;
        self.ask(&request, &side)
    }
}

/// A bucket or an object in it, as policies match it.
fn stored(facts: &BucketFacts, key: Option<&str>) -> Resource {
    let owner = policy_account(&facts.owner);
    match key {
        None => Resource::bucket(owner, &facts.bucket.name),
        Some(key) => Resource::object(owner, &facts.bucket.name, key),
    }
}

/// A public policy lets in nobody but the owner's account where the bucket
/// restricts it so.
fn refuse_strangers(
    principal: &Principal,
    facts: &BucketFacts,
    policy: &Policy,
) -> Result<(), Fault> {
    let caller = principal.account().map(|account| account.id.as_str());
    if caller == Some(&facts.owner.id) || !policy.is_public() {
        return Ok(());
    }
    match grants::public_access(facts).map_err(denied)?.restrict_buckets {
        true => Err(denied("the bucket restricts public policies")),
        false => Ok(()),
    }
}

/// The tags of the version that a question is about.
fn stored_tags(found: &Found) -> &[(String, String)] {
    let object = found.version.as_ref().and_then(|version| version.object.as_ref());
    object.map(|object| object.metadata.tags.as_slice()).unwrap_or_default()
}

/// The mode of the upload or object that a write goes on with. A policy that
/// demands encryption speaks of headers; a part or an append has none and is
/// judged by what its upload or object was started with.
fn continued(found: &Found) -> Option<Mode> {
    let appended = || found.version.as_ref()?.object.as_ref().map(|object| object.body.mode);
    found.upload.as_ref().map(|upload| upload.mode).or_else(appended)
}

fn with_encryption(request: Request, mode: Mode) -> Request {
    let mode = match mode {
        Mode::Kms => Some("aws:kms"),
        Mode::Aes256 => Some("AES256"),
        Mode::None | Mode::SseC => None,
    };
    request.with_some(Attribute::ServerSideEncryption, mode)
}

fn no_such_bucket(want: &Want) -> Fault {
    match want {
        Want::Bucket(name) | Want::Version(name, ..) | Want::Upload(name, ..) => {
            Fault::new(Code::NoSuchBucket).detail("BucketName", name)
        }
        Want::Entity(_) => denied("an identity is no bucket"),
    }
}
