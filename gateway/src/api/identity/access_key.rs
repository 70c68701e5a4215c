//! CreateAccessKey, UpdateAccessKey, DeleteAccessKey, ListAccessKeys,
//! GetAccessKeyLastUsed (IAM API reference). Without a user name they are about
//! the caller himself; nobody but the root can name the root.

use policy::Action;

use super::call::{Answer, Call, answer};
use super::check::{found, invalid, on_user, optional_name, user_or_caller};
use super::shape;
use crate::api::need::{Need, On};
use crate::api::work::Work;
use crate::catalog::identity::{EntityKind, EntityRef, IdentityError};
use crate::catalog::model::AccessKey;
use crate::http::Fault;
use crate::http::form::Form;
use crate::http::xml::{Writer, date};

/// The name that answers give to the root.
const ROOT: &str = "root";

/// Draws a key; its secret is shown this once.
pub struct CreateAccessKey {
    user: Option<String>,
}

impl Call for CreateAccessKey {
    const NAME: &'static str = "CreateAccessKey";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { user: optional_name(form, "UserName")? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamCreateAccessKey, on_user(self.user.as_ref()))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let user = user_or_caller(work, self.user.as_deref())?;
        let name = shown_name(user.as_ref());
        let account = &work.account()?.id;
        let (key, pair) = work.gateway.iam.key_draw(account, work.request.received_ms()).await?;
        let created_ms = key.created_ms;
        work.gateway.catalog.entity_key_create(key, user).await?;
        answer(move |result| {
            result.element("AccessKey", |key| {
                key.text("UserName", name);
                key.text("AccessKeyId", &pair.id);
                key.text("Status", "Active");
                key.text("SecretAccessKey", String::from_utf8_lossy(pair.secret.expose()));
                key.text("CreateDate", date(created_ms));
            });
        })
    }
}

/// Activates or deactivates a key.
pub struct UpdateAccessKey {
    user: Option<String>,
    id: String,
    active: bool,
}

impl Call for UpdateAccessKey {
    const NAME: &'static str = "UpdateAccessKey";

    fn read(form: &Form) -> Result<Self, Fault> {
        let active = match form.required("Status")? {
            "Active" => true,
            "Inactive" => false,
            _ => return Err(invalid("Status must be Active or Inactive.")),
        };
        let id = form.required("AccessKeyId")?.to_owned();
        Ok(Self { user: optional_name(form, "UserName")?, id, active })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamUpdateAccessKey, on_user(self.user.as_ref()))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let user = user_or_caller(work, self.user.as_deref())?;
        let account = &work.account()?.id;
        work.gateway.catalog.entity_key_update(account, user, &self.id, self.active).await?;
        Ok(None)
    }
}

/// Deletes a key.
pub struct DeleteAccessKey {
    user: Option<String>,
    id: String,
}

impl Call for DeleteAccessKey {
    const NAME: &'static str = "DeleteAccessKey";

    fn read(form: &Form) -> Result<Self, Fault> {
        let id = form.required("AccessKeyId")?.to_owned();
        Ok(Self { user: optional_name(form, "UserName")?, id })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamDeleteAccessKey, on_user(self.user.as_ref()))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let user = user_or_caller(work, self.user.as_deref())?;
        let account = &work.account()?.id;
        work.gateway.catalog.entity_key_delete(account, user, &self.id).await?;
        Ok(None)
    }
}

/// Lists the keys of a user, without secrets.
pub struct ListAccessKeys {
    user: Option<String>,
}

impl Call for ListAccessKeys {
    const NAME: &'static str = "ListAccessKeys";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { user: optional_name(form, "UserName")? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamListAccessKeys, on_user(self.user.as_ref()))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let user = user_or_caller(work, self.user.as_deref())?;
        let name = shown_name(user.as_ref());
        let entity = match &user {
            Some(named) => Some(found(work, EntityKind::User, &named.name)?.id.as_str()),
            None => None,
        };
        let account = &work.account()?.id;
        let keys = work.gateway.catalog.entity_key_list(account, entity).await?;
        answer(move |result| {
            shape::list(
                result,
                "AccessKeyMetadata",
                &keys,
                |member: &mut Writer, key: &AccessKey| {
                    member.text("UserName", &name);
                    member.text("AccessKeyId", &key.id);
                    member.text("Status", if key.active { "Active" } else { "Inactive" });
                    member.text("CreateDate", date(key.created_ms));
                },
            );
            shape::page_end(result, None);
        })
    }
}

/// Tells when and where a key of the account was last used.
pub struct GetAccessKeyLastUsed {
    id: String,
}

impl Call for GetAccessKeyLastUsed {
    const NAME: &'static str = "GetAccessKeyLastUsed";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { id: form.required("AccessKeyId")?.to_owned() })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamGetAccessKeyLastUsed, On::Identities)]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let catalog = &work.gateway.catalog;
        let held = catalog.access_key_find(&self.id).await?;
        let account = &work.account()?.id;
        let held = held.filter(|held| held.account.id == *account);
        let held = held.ok_or_else(|| IdentityError::NoSuch("access key", self.id.clone()))?;
        let name = held.user.as_ref().map_or(ROOT.to_owned(), |user| user.entity.name.clone());
        let used = catalog.access_key_use_find(&self.id).await?;
        let region = work.gateway.settings.region.clone();
        answer(move |result| {
            result.text("UserName", name);
            result.element("AccessKeyLastUsed", |last| {
                let service = used.as_ref().map_or("N/A", |used| used.service.as_str());
                last.some("LastUsedDate", used.as_ref().map(|used| date(used.at_ms)));
                last.text("ServiceName", service);
                last.text("Region", if used.is_some() { region.as_str() } else { "N/A" });
            });
        })
    }
}

fn shown_name(user: Option<&EntityRef>) -> String {
    user.map_or(ROOT.to_owned(), |named| named.name.clone())
}
