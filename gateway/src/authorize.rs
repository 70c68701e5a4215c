//! May the caller do what the operation needs? The only place that says
//! AccessDenied for S3 and OBS.
//!
//! Reads the catalog once for all needs of a request, builds the question for
//! each, and asks [`policy::evaluate`]. Preconditions and the operation then
//! work with the same snapshot. Rights to keys are judged by the key service
//! itself, in the same context ([`Admitted::base`]).

use std::sync::Arc;

use policy::{
    Account as PolicyAccount, Action, Attribute, ConditionKey, Effect, Identity, Policies, Policy,
    Principal, Request, Resource, Service, evaluate,
};

use crate::auth::Authenticated;
use crate::catalog::model::{Account, BucketFacts, Found, Want};
use crate::context::Gateway;
use crate::facts::RequestFacts;
use crate::grants;
use crate::http::{Code, Fault};
use kms_core::sealed::Mode;

/// Who asks.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account; `None` for the anonymous.
    pub account: Option<Arc<Account>>,
    /// The principal as policies name it.
    pub principal: Principal,
}

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
    /// The storage service as a whole.
    Service,
    /// A bucket of the caller's that does not exist yet.
    NewBucket(String),
    /// A bucket, or an object in it, and the rows that are wanted.
    Stored {
        /// The rows.
        want: Want,
        /// The object's key; `None` for the bucket itself.
        key: Option<String>,
    },
}

/// A request that was let in.
pub struct Admitted {
    /// What the snapshot found, one for each question.
    pub found: Vec<Found>,
    /// Whether each question was answered with yes; false only for soft ones.
    pub allowed: Vec<bool>,
    /// Principal and context, for the key service to judge by.
    pub base: Request,
}

impl Caller {
    /// The caller that authentication established.
    pub fn new(authenticated: Authenticated) -> Self {
        let account = authenticated.identity;
        let principal = match &account {
            None => Principal::Anonymous,
            Some(account) => {
                Principal::Caller { account: policy_account(account), identity: Identity::Root }
            }
        };
        Self { account, principal }
    }
}

/// Judges all questions of a request on one snapshot. Errors: `AccessDenied`,
/// `NoSuchBucket`, `ServiceUnavailable`.
pub async fn admit(
    gateway: &Gateway,
    caller: &Caller,
    facts: &RequestFacts,
    questions: Vec<Question>,
) -> Result<Admitted, Fault> {
    let found = snapshot(gateway, &questions).await?;
    let base = base(caller, facts);
    let mut allowed = Vec::with_capacity(questions.len());
    for (question, found) in questions.iter().zip(&found) {
        let judged = judge(gateway, &base, question, found);
        match judged {
            Ok(()) => allowed.push(true),
            Err(fault) if question.soft && fault.code == Code::AccessDenied => allowed.push(false),
            Err(fault) => return Err(fault),
        }
    }
    Ok(Admitted { found, allowed, base })
}

/// The refusal that clients see; `because` is for the log.
pub fn denied(because: impl ToString) -> Fault {
    Fault::new(Code::AccessDenied).cause(because)
}

/// Reads the rows of all questions; equal wants are read once.
async fn snapshot(gateway: &Gateway, questions: &[Question]) -> Result<Vec<Found>, Fault> {
    let mut wants: Vec<Want> = Vec::new();
    let mut places = Vec::with_capacity(questions.len());
    for question in questions {
        let Subject::Stored { want, .. } = &question.on else {
            places.push(None);
            continue;
        };
        // A thousand keys of one bucket want the same row one after the other.
        if wants.last() != Some(want) {
            wants.push(want.clone());
        }
        places.push(Some(wants.len() - 1));
    }
    let read = match wants.is_empty() {
        true => Vec::new(),
        false => gateway.catalog.snapshot(&wants).await?,
    };
    let place = |place: Option<usize>| place.and_then(|index| read.get(index)).cloned();
    Ok(places.into_iter().map(|index| place(index).unwrap_or_default()).collect())
}

/// What is true of every question of this request.
fn base(caller: &Caller, facts: &RequestFacts) -> Request {
    let nothing = Resource::service(Service::Storage);
    Request::new(caller.principal.clone(), Action::ListAllMyBuckets, nothing)
        .from_address(facts.remote, facts.secure)
        .at(facts.received.into())
        .with_some(Attribute::UserAgent, facts.user_agent.as_deref())
        .with_some(Attribute::Referer, facts.referer.as_deref())
}

fn judge(
    gateway: &Gateway,
    base: &Request,
    question: &Question,
    found: &Found,
) -> Result<(), Fault> {
    let (resource, facts) = match &question.on {
        Subject::Service => (Resource::service(Service::Storage), None),
        Subject::NewBucket(name) => {
            let owner = base.principal().account().cloned();
            let owner = owner.ok_or_else(|| denied("anonymous callers own no buckets"))?;
            (Resource::bucket(owner, name), None)
        }
        Subject::Stored { want, key } => {
            let facts = found.bucket.as_ref();
            let facts = facts.ok_or_else(|| no_such_bucket(want))?;
            let owner = policy_account(&facts.owner);
            let resource = match key {
                None => Resource::bucket(owner, &facts.bucket.name),
                Some(key) => Resource::object(owner, &facts.bucket.name, key),
            };
            (resource, Some(facts))
        }
    };
    let mut request = base.also(question.action, resource);
    for (key, value) in &question.conditions {
        request = request.with(key.clone(), value);
    }
    for (key, value) in stored_tags(found) {
        request = request.with(ConditionKey::of(Attribute::ExistingObjectTag, key), value);
    }
    if question.action == Action::PutObject
        && let Some(mode) = continued(found)
    {
        request = with_encryption(request, mode);
    }
    let key = match &question.on {
        Subject::Stored { key, .. } => key.as_deref(),
        Subject::Service | Subject::NewBucket(_) => None,
    };
    ask(gateway, &request, facts, key, found)?;
    match facts {
        Some(facts) => reveal_absence(gateway, &request, question, found, facts),
        None => Ok(()),
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

fn ask(
    gateway: &Gateway,
    request: &Request,
    facts: Option<&Arc<BucketFacts>>,
    key: Option<&str>,
    found: &Found,
) -> Result<(), Fault> {
    let document = facts.and_then(|facts| Some((facts, facts.settings.get("policy")?)));
    let policy = document.map(|(facts, text)| gateway.policies.bucket(text, &facts.bucket.name));
    // A policy that cannot be read might have denied.
    let policy = policy.transpose().map_err(denied)?;
    let lists = facts.map(|facts| grants::lists(facts, key, found)).transpose().map_err(denied)?;
    let lists = lists.flatten();
    if let (Some(facts), Some(policy)) = (facts, policy.as_deref()) {
        refuse_strangers(request, facts, policy)?;
    }
    let policies =
        Policies { resource: policy.as_deref(), grants: lists.as_ref(), ..Policies::default() };
    let decision = evaluate(request, &policies);
    match decision.effect {
        Effect::Allow => Ok(()),
        Effect::Deny => Err(denied(decision.because)),
    }
}

/// A public policy lets in nobody but the owner's account where the bucket
/// restricts it so.
fn refuse_strangers(request: &Request, facts: &BucketFacts, policy: &Policy) -> Result<(), Fault> {
    let caller = request.principal().account().map(|account| account.id.as_str());
    if caller == Some(&facts.owner.id) || !policy.is_public() {
        return Ok(());
    }
    match grants::public_access(facts).map_err(denied)?.restrict_buckets {
        true => Err(denied("the bucket restricts public policies")),
        false => Ok(()),
    }
}

/// Only who may list a bucket learns that a key is not in it.
fn reveal_absence(
    gateway: &Gateway,
    request: &Request,
    question: &Question,
    found: &Found,
    facts: &Arc<BucketFacts>,
) -> Result<(), Fault> {
    let Subject::Stored { want: Want::Version(..), .. } = &question.on else { return Ok(()) };
    // Who may write a key makes the object that is not there.
    if found.version.is_some() || question.action == Action::PutObject {
        return Ok(());
    }
    let bucket = Resource::bucket(policy_account(&facts.owner), &facts.bucket.name);
    let nothing = Found::default();
    ask(gateway, &request.also(Action::ListBucket, bucket), Some(facts), None, &nothing)
}

fn no_such_bucket(want: &Want) -> Fault {
    let (Want::Bucket(name) | Want::Version(name, ..) | Want::Upload(name, ..)) = want;
    Fault::new(Code::NoSuchBucket).detail("BucketName", name)
}

fn policy_account(account: &Account) -> Arc<PolicyAccount> {
    Arc::new(PolicyAccount {
        id: account.id.clone(),
        domain: account.domain_id.clone(),
        canonical: account.canonical_id.clone(),
    })
}
