//! GetFederationToken (STS API reference): somebody below the caller, who has
//! what the caller and the session policies both allow.

use policy::Action;

use super::parts::{SessionPolicies, credentials, duration, invalid};
use crate::api::identity::{Answer, Call, is_session_name};
use crate::api::need::{Need, On};
use crate::api::work::Work;
use crate::authorize::denied;
use crate::http::Fault;
use crate::http::form::Form;
use crate::iam::token::{Claims, Kind};

/// Seconds: longest session, what is given without a wish, and the root's longest.
const LONGEST: u32 = 129_600;
const USUAL: u32 = 43_200;
const ROOT_LONGEST: u32 = 3600;

/// Longest name of a federated user.
const NAME_MAX: usize = 32;

/// Issues credentials of a federated user.
pub struct GetFederationToken {
    name: String,
    policies: SessionPolicies,
    duration: Option<u32>,
}

impl Call for GetFederationToken {
    const NAME: &'static str = "GetFederationToken";

    fn read(form: &Form) -> Result<Self, Fault> {
        let name = form.required("Name")?;
        if !is_session_name(name) || name.len() > NAME_MAX {
            return Err(invalid("Name must be 2 to 32 letters, digits or +=,.@_-."));
        }
        let policies = SessionPolicies::read(form)?;
        Ok(Self { name: name.to_owned(), policies, duration: duration(form, LONGEST)? })
    }

    fn needs(&self) -> Vec<Need> {
        let on = On::Identity(String::new(), format!("federated-user/{}", self.name));
        vec![Need::new(Action::StsGetFederationToken, on)]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        if work.caller.session.is_some() {
            return Err(denied("a session asked for a federated user"));
        }
        let account = work.account()?.id.clone();
        let longest = if work.caller.is_root() { ROOT_LONGEST } else { LONGEST };
        let issued_s = work.request.received_ms() / 1000;
        let expires_s = issued_s + i64::from(self.duration.unwrap_or(USUAL).min(longest));
        let claims = Claims {
            account_id: account.clone(),
            entity_id: work.caller.entity_id.clone(),
            kind: Kind::Federated(self.name.clone()),
            issued_s,
            expires_s,
            policies: self.policies.documents(work, &account).await?,
        };
        let issued = work.gateway.iam.session_issue(claims).await?;
        let name = self.name;
        Ok(Some(Box::new(move |result| {
            credentials(result, &issued, expires_s);
            result.element("FederatedUser", |user| {
                user.text("FederatedUserId", format!("{account}:{name}"));
                user.text("Arn", format!("arn:aws:sts::{account}:federated-user/{name}"));
            });
        })))
    }
}
