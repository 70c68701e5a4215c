//! AssumeRole (STS API reference): the rights of a role for a while.

use policy::{Action, Attribute};

use super::parts::{DURATION_MIN, SessionPolicies, credentials, duration, invalid};
use crate::api::identity::{Answer, Call, is_session_name};
use crate::api::need::{Need, On};
use crate::api::work::Work;
use crate::authorize::denied;
use crate::http::Fault;
use crate::http::form::Form;
use crate::iam::token::{Claims, Kind};

/// Seconds: longest session of any role, and of one whose owner set nothing or
/// that a session assumes.
const LONGEST: u32 = 43_200;
const USUAL: u32 = 3600;

/// Issues credentials of a role whose trust policy lets the caller in.
pub struct AssumeRole {
    account: String,
    path: String,
    session: String,
    external_id: Option<String>,
    policies: SessionPolicies,
    duration: Option<u32>,
}

impl Call for AssumeRole {
    const NAME: &'static str = "AssumeRole";

    fn read(form: &Form) -> Result<Self, Fault> {
        let arn = form.required("RoleArn")?;
        let rest = arn.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(":role/"));
        let (account, path) = rest.ok_or_else(|| invalid(format!("{arn} is invalid")))?;
        let session = form.required("RoleSessionName")?;
        if !is_session_name(session) {
            return Err(invalid("RoleSessionName must be 2 to 64 letters, digits or +=,.@_-."));
        }
        let external_id = form.value("ExternalId");
        if external_id.is_some_and(|id| !(2..=1224).contains(&id.len())) {
            return Err(invalid("ExternalId must have 2 to 1224 characters."));
        }
        Ok(Self {
            account: account.to_owned(),
            path: path.to_owned(),
            session: session.to_owned(),
            external_id: external_id.map(str::to_owned),
            policies: SessionPolicies::read(form)?,
            duration: duration(form, LONGEST)?,
        })
    }

    fn needs(&self) -> Vec<Need> {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        let need =
            Need::new(Action::StsAssumeRole, On::Role(self.account.clone(), name.to_owned()));
        let need = need.when(Attribute::StsExternalId, self.external_id.clone());
        vec![need.when(Attribute::StsRoleSessionName, Some(&self.session))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        if work.caller.is_root() {
            return Err(denied("roles may not be assumed by root accounts"));
        }
        let role = work.entity(0).ok_or_else(|| denied("there is no such role"))?;
        if role.resource() != format!("role/{}", self.path) {
            return Err(denied("the role has another path"));
        }
        let longest = match work.caller.session {
            Some(_) => USUAL,
            None => role.session_max_s.unwrap_or(USUAL),
        };
        let seconds = self.duration.unwrap_or(USUAL.min(longest)).max(DURATION_MIN);
        if seconds > longest {
            return Err(invalid(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role, \
                 or the hour that a session of a session has.",
            ));
        }
        let issued_s = work.request.received_ms() / 1000;
        let expires_s = issued_s + i64::from(seconds);
        let claims = Claims {
            account_id: role.account_id.clone(),
            entity_id: Some(role.id.clone()),
            kind: Kind::Role(self.session.clone()),
            issued_s,
            expires_s,
            policies: self.policies.documents(work, &role.account_id).await?,
        };
        let issued = work.gateway.iam.session_issue(claims).await?;
        let session = self.session;
        let arn = format!("arn:aws:sts::{}:assumed-role/{}/{session}", role.account_id, role.name);
        let id = format!("{}:{session}", role.id);
        Ok(Some(Box::new(move |result| {
            credentials(result, &issued, expires_s);
            result.element("AssumedRoleUser", |user| {
                user.text("AssumedRoleId", id);
                user.text("Arn", arn);
            });
        })))
    }
}
