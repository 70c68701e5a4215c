//! GetCallerIdentity and GetAccessKeyInfo (STS API reference).

use policy::{Action, Identity, Principal};

use crate::api::identity::{Answer, Call};
use crate::api::need::{Need, On};
use crate::api::work::Work;
use crate::authorize::denied;
use crate::catalog::identity::IdentityError;
use crate::http::Fault;
use crate::http::form::Form;

/// Tells the caller who he is. It needs no right.
pub struct GetCallerIdentity;

impl Call for GetCallerIdentity {
    const NAME: &'static str = "GetCallerIdentity";

    fn read(_: &Form) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let account = work.account()?.id.clone();
        let (arn, user_id) = names(&work.caller.principal)
            .ok_or_else(|| denied("the caller belongs to no account"))?;
        Ok(Some(Box::new(move |result| {
            result.text("UserId", user_id);
            result.text("Account", account);
            result.text("Arn", arn);
        })))
    }
}

/// The ARN and the unique id of a caller; a session of a role goes by its own.
pub(super) fn names(principal: &Principal) -> Option<(String, String)> {
    let Principal::Caller { account, identity } = principal else {
        return None;
    };
    let id = &account.id;
    Some(match identity {
        Identity::Session { role, role_id, session, .. } => (
            format!("arn:aws:sts::{id}:assumed-role/{role}/{session}"),
            format!("{role_id}:{session}"),
        ),
        Identity::Root => (principal.arn()?, id.clone()),
        Identity::User { id, .. } => (principal.arn()?, id.clone()),
        Identity::FederatedUser { name } => (principal.arn()?, format!("{id}:{name}")),
    })
}

/// Tells which account an access key of the caller's own account belongs to.
pub struct GetAccessKeyInfo {
    id: String,
}

impl Call for GetAccessKeyInfo {
    const NAME: &'static str = "GetAccessKeyInfo";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { id: form.required("AccessKeyId")?.to_owned() })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::StsGetAccessKeyInfo, On::Identities)]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let held = work.gateway.catalog.access_key_find(&self.id).await?;
        let account = &work.account()?.id;
        let held = held.filter(|held| held.account.id == *account);
        let held = held.ok_or_else(|| IdentityError::NoSuch("access key", self.id.clone()))?;
        Ok(Some(Box::new(move |result| result.text("Account", &held.account.id))))
    }
}
