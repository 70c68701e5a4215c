//! CreateRole, GetRole, UpdateRole, UpdateRoleDescription,
//! UpdateAssumeRolePolicy, DeleteRole, ListRoles (IAM API reference).

use std::collections::BTreeMap;

use policy::{Action, Attribute};

use super::call::{Answer, Call, answer};
use super::check::{
    Page, entity_ref, found, invalid, name, path, path_prefix, policy_arn, tags, trust_document,
};
use super::shape;
use crate::api::need::{Need, On};
use crate::api::work::Work;
use crate::catalog::identity::{Entity, EntityKind};
use crate::http::Fault;
use crate::http::form::Form;

/// Makes a role.
pub struct CreateRole {
    name: String,
    path: String,
    trust: Vec<u8>,
    boundary: Option<String>,
    details: Details,
    tags: BTreeMap<String, String>,
}

/// What UpdateRole can change.
struct Details {
    description: Option<String>,
    session_max_s: Option<u32>,
}

impl Details {
    fn read(form: &Form) -> Result<Self, Fault> {
        let description = form.value("Description");
        if description.is_some_and(|text| text.chars().count() > 1000) {
            return Err(invalid("Description must have at most 1000 characters."));
        }
        let session_max_s = match form.value("MaxSessionDuration").map(str::parse) {
            None => None,
            Some(Ok(seconds @ 3600..=43_200)) => Some(seconds),
            Some(_) => {
                return Err(invalid("MaxSessionDuration must be between 3600 and 43200 seconds."));
            }
        };
        Ok(Self { description: description.map(str::to_owned), session_max_s })
    }
}

fn on_role(action: Action, name: &str) -> Vec<Need> {
    vec![Need::new(action, On::Entity(EntityKind::Role, name.to_owned()))]
}

impl Call for CreateRole {
    const NAME: &'static str = "CreateRole";

    fn read(form: &Form) -> Result<Self, Fault> {
        let boundary = form.value("PermissionsBoundary");
        Ok(Self {
            name: name(form, "RoleName")?,
            path: path(form, "Path")?,
            trust: trust_document(form, "AssumeRolePolicyDocument")?,
            boundary: boundary.map(|_| policy_arn(form, "PermissionsBoundary")).transpose()?,
            details: Details::read(form)?,
            tags: tags(form, "Tags")?,
        })
    }

    fn needs(&self) -> Vec<Need> {
        let on = On::Identity(String::new(), format!("role{}{}", self.path, self.name));
        let need = Need::new(Action::IamCreateRole, on);
        vec![need.when(Attribute::IamPermissionsBoundary, self.boundary.clone())]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let role = Entity {
            id: work.gateway.iam.unique_id_draw("AROA")?,
            account_id: work.account()?.id.clone(),
            kind: EntityKind::Role,
            name: self.name,
            path: self.path,
            created_ms: work.request.received_ms(),
            boundary: self.boundary,
            description: self.details.description,
            trust: Some(self.trust),
            session_max_s: self.details.session_max_s,
            tags: self.tags,
        };
        super::boundary::check_exists(work, role.boundary.as_deref()).await?;
        work.gateway.catalog.entity_create(role.clone()).await?;
        answer(move |result| result.element("Role", |element| shape::role(element, &role)))
    }
}

/// Shows a role.
pub struct GetRole {
    name: String,
}

impl Call for GetRole {
    const NAME: &'static str = "GetRole";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { name: name(form, "RoleName")? })
    }

    fn needs(&self) -> Vec<Need> {
        on_role(Action::IamGetRole, &self.name)
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let role = found(work, EntityKind::Role, &self.name)?.clone();
        answer(move |result| result.element("Role", |element| shape::role(element, &role)))
    }
}

/// Changes a role's description and longest session.
pub struct UpdateRole {
    name: String,
    details: Details,
}

impl Call for UpdateRole {
    const NAME: &'static str = "UpdateRole";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { name: name(form, "RoleName")?, details: Details::read(form)? })
    }

    fn needs(&self) -> Vec<Need> {
        on_role(Action::IamUpdateRole, &self.name)
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let named = entity_ref(work, EntityKind::Role, &self.name)?;
        let Details { description, session_max_s } = self.details;
        let change = move |role: &mut Entity| {
            role.description = description.or_else(|| role.description.take());
            role.session_max_s = session_max_s.or(role.session_max_s);
            Ok(())
        };
        work.gateway.catalog.entity_update(named, change).await?;
        answer(|_| {})
    }
}

/// Changes a role's description.
pub struct UpdateRoleDescription {
    name: String,
    description: String,
}

impl Call for UpdateRoleDescription {
    const NAME: &'static str = "UpdateRoleDescription";

    fn read(form: &Form) -> Result<Self, Fault> {
        let description = Details::read(form)?.description.unwrap_or_default();
        Ok(Self { name: name(form, "RoleName")?, description })
    }

    fn needs(&self) -> Vec<Need> {
        on_role(Action::IamUpdateRoleDescription, &self.name)
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let named = entity_ref(work, EntityKind::Role, &self.name)?;
        let description = self.description;
        let change = move |role: &mut Entity| {
            role.description = Some(description);
            Ok(())
        };
        let role = work.gateway.catalog.entity_update(named, change).await?;
        answer(move |result| result.element("Role", |element| shape::role(element, &role)))
    }
}

/// Changes who may assume a role.
pub struct UpdateAssumeRolePolicy {
    name: String,
    trust: Vec<u8>,
}

impl Call for UpdateAssumeRolePolicy {
    const NAME: &'static str = "UpdateAssumeRolePolicy";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { name: name(form, "RoleName")?, trust: trust_document(form, "PolicyDocument")? })
    }

    fn needs(&self) -> Vec<Need> {
        on_role(Action::IamUpdateAssumeRolePolicy, &self.name)
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let named = entity_ref(work, EntityKind::Role, &self.name)?;
        let trust = self.trust;
        let change = move |role: &mut Entity| {
            role.trust = Some(trust);
            Ok(())
        };
        work.gateway.catalog.entity_update(named, change).await?;
        Ok(None)
    }
}

/// Deletes a role that has no policies left.
pub struct DeleteRole {
    name: String,
}

impl Call for DeleteRole {
    const NAME: &'static str = "DeleteRole";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { name: name(form, "RoleName")? })
    }

    fn needs(&self) -> Vec<Need> {
        on_role(Action::IamDeleteRole, &self.name)
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let named = entity_ref(work, EntityKind::Role, &self.name)?;
        work.gateway.catalog.entity_delete(named).await?;
        Ok(None)
    }
}

/// Lists roles by path.
pub struct ListRoles {
    prefix: String,
    page: Page,
}

impl Call for ListRoles {
    const NAME: &'static str = "ListRoles";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { prefix: path_prefix(form)?, page: Page::read(form)? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamListRoles, On::Identities)]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let Self { prefix, page } = self;
        let account = &work.account()?.id;
        let (kind, limit) = (EntityKind::Role, page.limit + 1);
        let catalog = &work.gateway.catalog;
        let mut roles = catalog.entity_list(account, kind, &prefix, &page.after, limit).await?;
        let next = page.cut(&mut roles, |role| &role.name);
        answer(move |result| {
            shape::list(result, "Roles", &roles, shape::role);
            shape::page_end(result, next);
        })
    }
}
