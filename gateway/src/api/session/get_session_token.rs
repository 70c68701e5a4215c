//! GetSessionToken (STS API reference): the caller himself, for a while.

use super::parts::{SessionPolicies, credentials, duration};
use crate::api::identity::{Answer, Call};
use crate::api::need::Need;
use crate::api::work::Work;
use crate::authorize::denied;
use crate::http::Fault;
use crate::http::form::Form;
use crate::iam::token::{Claims, Kind};

/// Seconds: longest session, what is given without a wish, and the root's longest.
const LONGEST: u32 = 129_600;
const USUAL: u32 = 43_200;
const ROOT_LONGEST: u32 = 3600;

/// Issues credentials of the caller himself. It needs no right, but a long-term
/// key: a session cannot prolong itself.
pub struct GetSessionToken {
    duration: Option<u32>,
}

impl Call for GetSessionToken {
    const NAME: &'static str = "GetSessionToken";

    fn read(form: &Form) -> Result<Self, Fault> {
        SessionPolicies::read(form)?;
        Ok(Self { duration: duration(form, LONGEST)? })
    }

    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        if work.caller.session.is_some() {
            return Err(denied("a session asked for a session"));
        }
        let longest = if work.caller.is_root() { ROOT_LONGEST } else { LONGEST };
        let issued_s = work.request.received_ms() / 1000;
        let expires_s = issued_s + i64::from(self.duration.unwrap_or(USUAL).min(longest));
        let claims = Claims {
            account_id: work.account()?.id.clone(),
            entity_id: work.caller.entity_id.clone(),
            kind: Kind::Own,
            issued_s,
            expires_s,
            policies: Vec::new(),
        };
        let issued = work.gateway.iam.session_issue(claims).await?;
        Ok(Some(Box::new(move |result| credentials(result, &issued, expires_s))))
    }
}
