//! Answers `sealgate policy explain`.

use policy::{Action, ConditionKey};

use crate::authorize::{self, Caller, Case};
use crate::catalog::identity::{EntityKind, EntityRef};
use crate::context::Gateway;
use crate::control::protocol::{Explain, Explained, Refusal};
use crate::iam::{Identity, principal_of};

/// What the gate would decide, for each action that the spelling stands for.
pub(super) async fn explain(gateway: &Gateway, asked: &Explain) -> Result<Vec<Explained>, Refusal> {
    let caller = caller(gateway, &asked.principal).await?;
    let actions: Vec<Action> = Action::spelled(&asked.action).iter().collect();
    if actions.is_empty() {
        return Err(Refusal::new(400, format!("the action {} is not known", asked.action)));
    }
    let mut context = Vec::with_capacity(asked.context.len());
    for (key, value) in &asked.context {
        let unknown = || Refusal::new(400, format!("the condition key {key} is not known"));
        context.push((ConditionKey::spelled(key).ok_or_else(unknown)?, value.clone()));
    }
    let case = |action: &Action| Case {
        action: *action,
        resource: asked.resource.clone(),
        context: context.clone(),
        identity_only: false,
    };
    let cases: Vec<Case> = actions.iter().map(case).collect();
    let verdicts = authorize::explain(gateway, &caller, &cases).await;
    let verdicts = verdicts.map_err(|fault| {
        Refusal::new(503, fault.cause.unwrap_or_else(|| fault.message.into_owned()))
    })?;
    let told = actions.iter().zip(verdicts).map(|(action, verdict)| Explained {
        action: action.name().to_owned(),
        allowed: verdict.allowed,
        because: verdict.reason,
    });
    Ok(told.collect())
}

/// The user, role or root that an ARN names.
async fn caller(gateway: &Gateway, arn: &str) -> Result<Caller, Refusal> {
    let wrong = || {
        Refusal::new(
            400,
            "the principal must be arn:aws:iam::ACCOUNT:root, :user/NAME or :role/NAME",
        )
    };
    let missing = || Refusal::new(404, format!("there is no {arn}"));
    let failed = |error| Refusal::new(503, format!("{error}"));
    let rest = arn.strip_prefix("arn:aws:iam::").ok_or_else(wrong)?;
    let (account_id, path) = rest.split_once(':').ok_or_else(wrong)?;
    let account = gateway.catalog.account_shared(account_id).await.map_err(failed)?;
    let account = account.ok_or_else(missing)?;
    let kind = match path.split('/').next() {
        Some("root") => {
            let identity = Identity::root(account);
            return Ok(Caller {
                account: Some(identity.account),
                principal: identity.principal,
                entity_id: None,
                session: None,
            });
        }
        Some("user") => EntityKind::User,
        Some("role") => EntityKind::Role,
        _ => return Err(wrong()),
    };
    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
    let named = EntityRef { account_id: account.id.clone(), kind, name };
    let entity = gateway.catalog.entity_find(&named).await.map_err(failed)?;
    let entity = entity.filter(|entity| entity.arn() == arn).ok_or_else(missing)?;
    let bearer = gateway.catalog.bearer_find(&account.id, &entity.id).await.map_err(failed)?;
    let bearer = bearer.ok_or_else(missing)?;
    let principal = principal_of(&account, &bearer).ok_or_else(wrong)?;
    Ok(Caller { account: Some(account), principal, entity_id: Some(entity.id), session: None })
}
