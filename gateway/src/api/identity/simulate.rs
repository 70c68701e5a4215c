//! SimulatePrincipalPolicy and SimulateCustomPolicy (IAM API reference): what
//! the gate would decide, and by which statement.

use std::sync::Arc;

use kms_core::kms::Rights;
use policy::{Action, ConditionKey};

use super::call::{Answer, Call, answer};
use super::check::{invalid, malformed};
use crate::api::need::{Need, On};
use crate::api::work::Work;
use crate::authorize::{self, Caller, Case, Verdict, read_policies};
use crate::catalog::identity::{EntityKind, EntityRef, IdentityError};
use crate::http::Fault;
use crate::http::form::Form;
use crate::http::xml::Writer;
use crate::iam::principal_of;

/// Most combinations of action and resource in one simulation.
const CASES_MAX: usize = 1000;

/// What is simulated, beside whose policies.
struct Simulation {
    actions: Vec<String>,
    resources: Vec<String>,
    context: Vec<(ConditionKey, String)>,
}

impl Simulation {
    fn read(form: &Form) -> Result<Self, Fault> {
        for unknown in ["ResourcePolicy", "CallerArn", "ResourceHandlingOption"] {
            if form.value(unknown).is_some() {
                return Err(invalid(format!("{unknown} is not supported.")));
            }
        }
        let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let (actions, mut resources) =
            (owned(form.list("ActionNames")), owned(form.list("ResourceArns")));
        if resources.is_empty() {
            resources.push("*".to_owned());
        }
        if actions.is_empty() || actions.len() * resources.len() > CASES_MAX {
            return Err(invalid("ActionNames must be given, and not too many."));
        }
        let mut context = Vec::new();
        for member in form.members("ContextEntries") {
            let name = form.required(&format!("{member}.ContextKeyName"))?;
            let key = ConditionKey::spelled(name)
                .ok_or_else(|| invalid(format!("The condition key {name} is not known.")))?;
            for value in form.list(&format!("{member}.ContextKeyValues")) {
                context.push((key.clone(), value.to_owned()));
            }
        }
        Ok(Self { actions, resources, context })
    }

    /// Each combination with the cases it stands for: a spelling may name several
    /// actions, and all of them must be allowed.
    fn cases(&self) -> Result<Vec<(String, String, Vec<Case>)>, Fault> {
        let mut cases = Vec::new();
        for name in &self.actions {
            let actions: Vec<Action> = Action::spelled(name).iter().collect();
            if actions.is_empty() || name.contains('*') {
                return Err(invalid(format!("The action {name} is not known.")));
            }
            for resource in &self.resources {
                let case = |action: &Action| Case {
                    action: *action,
                    resource: resource.clone(),
                    context: self.context.clone(),
                    identity_only: true,
                };
                let list = actions.iter().map(case).collect();
                cases.push((name.clone(), resource.clone(), list));
            }
        }
        Ok(cases)
    }
}

/// Simulates with the policies of a user, group or role of the account.
pub struct SimulatePrincipalPolicy {
    simulation: Simulation,
    arn: String,
    extra: Vec<String>,
}

impl SimulatePrincipalPolicy {
    fn entity(&self) -> Result<(EntityKind, &str), Fault> {
        let wrong = || invalid("PolicySourceArn must be the ARN of a user or role.");
        let path = self.arn.splitn(6, ':').nth(5).ok_or_else(wrong)?;
        let name = path.rsplit('/').next().unwrap_or_default();
        match path.split('/').next() {
            Some("user") => Ok((EntityKind::User, name)),
            Some("role") => Ok((EntityKind::Role, name)),
            _ => Err(wrong()),
        }
    }
}

impl Call for SimulatePrincipalPolicy {
    const NAME: &'static str = "SimulatePrincipalPolicy";

    fn read(form: &Form) -> Result<Self, Fault> {
        let read = Self {
            simulation: Simulation::read(form)?,
            arn: form.required("PolicySourceArn")?.to_owned(),
            extra: form.list("PolicyInputList").into_iter().map(str::to_owned).collect(),
        };
        read.entity()?;
        match read.extra.is_empty() {
            true => Ok(read),
            false => Err(invalid("PolicyInputList: use SimulateCustomPolicy.")),
        }
    }

    fn needs(&self) -> Vec<Need> {
        let (kind, name) = self.entity().unwrap_or((EntityKind::User, ""));
        let on = On::Entity(kind, name.to_owned());
        vec![Need::new(Action::IamSimulatePrincipalPolicy, on)]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let (kind, name) = self.entity()?;
        let account = work.account()?.clone();
        let named = EntityRef { account_id: account.id.clone(), kind, name: name.to_owned() };
        let missing = || IdentityError::NoSuch(kind.name(), named.name.clone());
        let entity = work.entity(0).filter(|entity| entity.arn() == self.arn);
        let entity = entity.ok_or_else(missing)?;
        let bearer = work.gateway.catalog.bearer_find(&account.id, &entity.id).await?;
        let bearer = bearer.ok_or_else(missing)?;
        let principal = principal_of(&account, &bearer).ok_or_else(missing)?;
        let entity_id = Some(entity.id.clone());
        let caller = Caller { account: Some(account), principal, entity_id, session: None };
        let mut shown = Vec::new();
        for (action, resource, cases) in self.simulation.cases()? {
            let verdicts = authorize::explain(&work.gateway, &caller, &cases).await?;
            shown.push(Shown { action, resource, verdict: strictest(verdicts) });
        }
        results(shown)
    }
}

/// Simulates with policies that come with the request.
pub struct SimulateCustomPolicy {
    simulation: Simulation,
    policies: Vec<String>,
    boundary: Vec<String>,
}

impl Call for SimulateCustomPolicy {
    const NAME: &'static str = "SimulateCustomPolicy";

    fn read(form: &Form) -> Result<Self, Fault> {
        let owned = |name| form.list(name).into_iter().map(str::to_owned).collect::<Vec<_>>();
        let boundary = owned("PermissionsBoundaryPolicyInputList");
        if boundary.len() > 1 {
            return Err(invalid("There can be one permissions boundary."));
        }
        let policies = owned("PolicyInputList");
        Ok(Self { simulation: Simulation::read(form)?, policies, boundary })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamSimulateCustomPolicy, On::Identities)]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let rights = Rights {
            identity: read_policies(&self.policies).map_err(malformed)?,
            boundary: read_policies(&self.boundary).map_err(malformed)?.first().cloned(),
            session: Arc::default(),
        };
        let account = work.account()?;
        let mut shown = Vec::new();
        for (action, resource, cases) in self.simulation.cases()? {
            let verdicts =
                authorize::explain_custom(&work.gateway, account, rights.clone(), &cases)?;
            shown.push(Shown { action, resource, verdict: strictest(verdicts) });
        }
        results(shown)
    }
}

struct Shown {
    action: String,
    resource: String,
    verdict: Option<Verdict>,
}

/// The first that refuses, or else the first.
fn strictest(verdicts: Vec<Verdict>) -> Option<Verdict> {
    verdicts.into_iter().min_by_key(|verdict| verdict.allowed)
}

fn results(shown: Vec<Shown>) -> Result<Answer, Fault> {
    answer(move |result| {
        super::shape::list(result, "EvaluationResults", &shown, |member, shown: &Shown| {
            let verdict = shown.verdict.as_ref();
            member.text("EvalActionName", &shown.action);
            member.text("EvalResourceName", &shown.resource);
            member.text("EvalDecision", verdict.map_or("implicitDeny", decision));
            member.element("MatchedStatements", |matched: &mut Writer| {
                if let Some(verdict) = verdict.filter(|verdict| verdict.explicit) {
                    matched.element("member", |statement| {
                        statement.text("SourcePolicyId", &verdict.reason);
                        statement.text("SourcePolicyType", "IAM Policy");
                    });
                }
            });
            member.element("MissingContextValues", |_| {});
        });
        result.value("IsTruncated", false);
    })
}

fn decision(verdict: &Verdict) -> &'static str {
    match (verdict.allowed, verdict.explicit) {
        (true, _) => "allowed",
        (false, true) => "explicitDeny",
        (false, false) => "implicitDeny",
    }
}
