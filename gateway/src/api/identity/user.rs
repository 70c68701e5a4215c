//! CreateUser, GetUser, UpdateUser, DeleteUser, ListUsers (IAM API reference).

use std::collections::BTreeMap;

use policy::{Action, Attribute};

use super::call::{Answer, Call, answer};
use super::check::{
    Page, entity_ref, found, invalid, name, on_user, optional_name, path, path_prefix, policy_arn,
    tags, user_or_caller,
};
use super::shape;
use crate::api::need::{Need, On};
use crate::api::work::Work;
use crate::catalog::identity::{Entity, EntityKind};
use crate::http::Fault;
use crate::http::form::Form;
use crate::http::xml::date;

/// Makes a user, who has no right and no key yet.
pub struct CreateUser {
    name: String,
    path: String,
    boundary: Option<String>,
    tags: BTreeMap<String, String>,
}

impl Call for CreateUser {
    const NAME: &'static str = "CreateUser";

    fn read(form: &Form) -> Result<Self, Fault> {
        let boundary = form.value("PermissionsBoundary");
        Ok(Self {
            name: name(form, "UserName")?,
            path: path(form, "Path")?,
            boundary: boundary.map(|_| policy_arn(form, "PermissionsBoundary")).transpose()?,
            tags: tags(form, "Tags")?,
        })
    }

    fn needs(&self) -> Vec<Need> {
        let on = On::Identity(String::new(), format!("user{}{}", self.path, self.name));
        let need = Need::new(Action::IamCreateUser, on);
        vec![need.when(Attribute::IamPermissionsBoundary, self.boundary.clone())]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let user = Entity {
            id: work.gateway.iam.unique_id_draw("AIDA")?,
            account_id: work.account()?.id.clone(),
            kind: EntityKind::User,
            name: self.name,
            path: self.path,
            created_ms: work.request.received_ms(),
            boundary: self.boundary,
            description: None,
            trust: None,
            session_max_s: None,
            tags: self.tags,
        };
        super::boundary::check_exists(work, user.boundary.as_deref()).await?;
        work.gateway.catalog.entity_create(user.clone()).await?;
        answer(move |result| result.element("User", |element| shape::user(element, &user)))
    }
}

/// Shows a user, or the caller himself.
pub struct GetUser {
    name: Option<String>,
}

impl Call for GetUser {
    const NAME: &'static str = "GetUser";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { name: optional_name(form, "UserName")? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamGetUser, on_user(self.name.as_ref()))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        match user_or_caller(work, self.name.as_deref())? {
            Some(named) => {
                let user = found(work, EntityKind::User, &named.name)?.clone();
                answer(move |result| result.element("User", |element| shape::user(element, &user)))
            }
            None => {
                let account = work.account()?.clone();
                answer(move |result| {
                    result.element("User", |user| {
                        user.text("Path", "/");
                        user.text("UserName", &account.name);
                        user.text("UserId", &account.id);
                        user.text("Arn", format!("arn:aws:iam::{}:root", account.id));
                        user.text("CreateDate", date(account.created_ms));
                    });
                })
            }
        }
    }
}

/// Renames a user or moves it to another path.
pub struct UpdateUser {
    name: String,
    new_name: Option<String>,
    new_path: Option<String>,
}

impl Call for UpdateUser {
    const NAME: &'static str = "UpdateUser";

    fn read(form: &Form) -> Result<Self, Fault> {
        let new_path = form.value("NewPath");
        Ok(Self {
            name: name(form, "UserName")?,
            new_name: optional_name(form, "NewUserName")?,
            new_path: new_path.map(|_| path(form, "NewPath")).transpose()?,
        })
    }

    /// The right is needed under the new name too: a rename must not lead into a
    /// name or path for which somebody else's rights were written.
    fn needs(&self) -> Vec<Need> {
        let old = Need::new(Action::IamUpdateUser, On::Entity(EntityKind::User, self.name.clone()));
        let name = self.new_name.as_ref().unwrap_or(&self.name);
        let path = self.new_path.as_deref().unwrap_or("/");
        let on = On::Identity(String::new(), format!("user{path}{name}"));
        vec![old, Need::new(Action::IamUpdateUser, on)]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let named = entity_ref(work, EntityKind::User, &self.name)?;
        let Self { new_name, new_path, .. } = self;
        let change = move |user: &mut Entity| {
            user.name = new_name.unwrap_or_else(|| user.name.clone());
            user.path = new_path.unwrap_or_else(|| user.path.clone());
            Ok(())
        };
        work.gateway.catalog.entity_update(named, change).await?;
        Ok(None)
    }
}

/// Deletes a user who has nothing left.
pub struct DeleteUser {
    name: String,
}

impl Call for DeleteUser {
    const NAME: &'static str = "DeleteUser";

    fn read(form: &Form) -> Result<Self, Fault> {
        match form.value("UserName") {
            Some(_) => Ok(Self { name: name(form, "UserName")? }),
            None => Err(invalid("UserName must be given.")),
        }
    }

    fn needs(&self) -> Vec<Need> {
        let on = On::Entity(EntityKind::User, self.name.clone());
        vec![Need::new(Action::IamDeleteUser, on)]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let named = entity_ref(work, EntityKind::User, &self.name)?;
        work.gateway.catalog.entity_delete(named).await?;
        Ok(None)
    }
}

/// Lists users by path.
pub struct ListUsers {
    prefix: String,
    page: Page,
}

impl Call for ListUsers {
    const NAME: &'static str = "ListUsers";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { prefix: path_prefix(form)?, page: Page::read(form)? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamListUsers, On::Identities)]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let Self { prefix, page } = self;
        let account = &work.account()?.id;
        let (kind, limit) = (EntityKind::User, page.limit + 1);
        let catalog = &work.gateway.catalog;
        let mut users = catalog.entity_list(account, kind, &prefix, &page.after, limit).await?;
        let next = page.cut(&mut users, |user| &user.name);
        answer(move |result| {
            shape::list(result, "Users", &users, shape::user);
            shape::page_end(result, next);
        })
    }
}
