//! What would be decided, and why: for `sealgate policy explain` and IAM's
//! simulation. Nothing is done and nothing is let in.

use policy::{
    Account as PolicyAccount, Action, Attribute, ConditionKey, Effect, Policy, Principal, Request,
    Resource, Service,
};
use std::sync::Arc;

use super::{Caller, Judge, ResourceSide, Standing, stored};
use crate::catalog::Wants;
use crate::catalog::model::{Account, Found, Want};
use crate::context::Gateway;
use crate::http::Fault;
use crate::iam::policy_account;
use kms_core::kms::Rights;

/// A case to judge: what is asked, on what, in which context.
#[derive(Clone, Debug)]
pub struct Case {
    /// What is asked.
    pub action: Action,
    /// `*`, or an ARN of a bucket, object, key, alias or identity.
    pub resource: String,
    /// Condition keys and values, beyond what follows from principal and resource.
    pub context: Vec<(ConditionKey, String)>,
    /// True to leave the resource's own policy out.
    pub identity_only: bool,
}

/// What would be decided.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Allow or deny.
    pub allowed: bool,
    /// True when a statement denies it, false when nothing allows it.
    pub explicit: bool,
    /// By which statement of which policy, or what is missing.
    pub reason: String,
}

/// Judges `cases` for `caller` as of now. Errors: `AccessDenied` when his
/// policies cannot be read, `ServiceUnavailable`.
pub async fn explain(
    gateway: &Gateway,
    caller: &Caller,
    cases: &[Case],
) -> Result<Vec<Verdict>, Fault> {
    let rows = cases.iter().map(|case| Want::Bucket(bucket_of(&case.resource).to_owned()));
    let wants = Wants { rows: rows.collect(), bearer: caller.bearer() };
    let read = gateway.catalog.snapshot_for(&wants).await?;
    let standing = Standing::of(&gateway.iam, caller, read.bearer.as_deref())?;
    let judge = Judge { gateway, standing: &standing };
    let verdict = |(case, found)| judge.verdict(&caller.principal, case, found);
    cases.iter().zip(&read.found).map(verdict).collect()
}

/// Judges `cases` for somebody of `account` who has exactly these policies.
pub fn explain_custom(
    gateway: &Gateway,
    account: &Account,
    rights: Rights,
    cases: &[Case],
) -> Result<Vec<Verdict>, Fault> {
    let standing = Standing::with(rights);
    let judge = Judge { gateway, standing: &standing };
    let identity = policy::Identity::User {
        name: "simulated".to_owned(),
        id: "AIDASIMULATED".to_owned(),
        path: "/".to_owned(),
    };
    let principal = Principal::Caller { account: policy_account(account), identity };
    let nothing = Found::default();
    cases.iter().map(|case| judge.verdict(&principal, case, &nothing)).collect()
}

impl Judge<'_> {
    fn verdict(&self, principal: &Principal, case: &Case, found: &Found) -> Result<Verdict, Fault> {
        let mut side = ResourceSide::default();
        let resource = match &found.bucket {
            Some(facts) if !case.identity_only => {
                let key = case.resource.split_once('/').map(|(_, key)| key);
                side = self.bucket_side(principal, facts, key, found)?;
                stored(facts, key)
            }
            _ => named(&case.resource, principal, case.action),
        };
        let now = (self.gateway.clock)();
        let base = Request::new(principal.clone(), case.action, resource)
            .at(now.into())
            .with(Attribute::RequestedRegion, &self.gateway.settings.region);
        let mut request = self.standing.describe(base);
        for (key, value) in &case.context {
            request = request.with(key.clone(), value);
        }
        let decision = self.decide(&request, &side);
        Ok(Verdict {
            allowed: decision.effect == Effect::Allow,
            explicit: matches!(decision.because, policy::Because::Statement(_)),
            reason: self.reason(&decision.because),
        })
    }
}

/// The bucket of `arn:aws:s3:::bucket/key`; nothing for other resources.
fn bucket_of(resource: &str) -> &str {
    let path = resource.strip_prefix("arn:aws:s3:::").unwrap_or_default();
    path.split('/').next().unwrap_or_default()
}

/// The resource of an ARN that no row is read for. It belongs to the account in
/// the ARN, or to the caller's where the ARN has none.
fn named(resource: &str, principal: &Principal, action: Action) -> Resource {
    let own = principal.account().cloned().unwrap_or_default();
    let fields: Vec<&str> = resource.splitn(6, ':').collect();
    let [_, _, service, region, account, path] = fields[..] else {
        return Resource::service(service_of(action));
    };
    let owner = match account.is_empty() || own.is(account) {
        true => own,
        false => Arc::new(PolicyAccount { id: account.to_owned(), ..Default::default() }),
    };
    match (service, path.split_once('/')) {
        ("s3", Some((bucket, key))) => Resource::object(owner, bucket, key),
        ("s3", None) => Resource::bucket(owner, path),
        ("kms", Some(("alias", name))) => Resource::alias(owner, region, name),
        ("kms", Some((_, id))) => Resource::key(owner, region, id),
        _ => Resource::identity(owner, path),
    }
}

fn service_of(action: Action) -> Service {
    match action.name().split(':').next() {
        Some("kms") => Service::Keys,
        Some("iam" | "sts") => Service::Identities,
        _ => Service::Storage,
    }
}

/// Reads policies that a simulation brings. Errors: the first that cannot be read.
pub fn read_policies(documents: &[String]) -> Result<Arc<[Arc<Policy>]>, policy::Error> {
    documents.iter().map(|text| Policy::identity(text.as_bytes()).map(Arc::new)).collect()
}
