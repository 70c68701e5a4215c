//! CreateGroup, GetGroup, UpdateGroup, DeleteGroup, ListGroups, and who is in
//! them (IAM API reference).

use std::collections::BTreeMap;

use policy::Action;

use super::call::{Answer, Call, answer};
use super::check::{Page, entity_ref, found, name, optional_name, path, path_prefix};
use super::shape;
use crate::api::need::{Need, On};
use crate::api::work::Work;
use crate::catalog::identity::{Entity, EntityKind};
use crate::http::Fault;
use crate::http::form::Form;

/// Makes a group.
pub struct CreateGroup {
    name: String,
    path: String,
}

impl Call for CreateGroup {
    const NAME: &'static str = "CreateGroup";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { name: name(form, "GroupName")?, path: path(form, "Path")? })
    }

    fn needs(&self) -> Vec<Need> {
        let on = On::Identity(String::new(), format!("group{}{}", self.path, self.name));
        vec![Need::new(Action::IamCreateGroup, on)]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let group = Entity {
            id: work.gateway.iam.unique_id_draw("AGPA")?,
            account_id: work.account()?.id.clone(),
            kind: EntityKind::Group,
            name: self.name,
            path: self.path,
            created_ms: work.request.received_ms(),
            boundary: None,
            description: None,
            trust: None,
            session_max_s: None,
            tags: BTreeMap::new(),
        };
        work.gateway.catalog.entity_create(group.clone()).await?;
        answer(move |result| result.element("Group", |element| shape::group(element, &group)))
    }
}

/// Shows a group and its users.
pub struct GetGroup {
    name: String,
    page: Page,
}

impl Call for GetGroup {
    const NAME: &'static str = "GetGroup";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { name: name(form, "GroupName")?, page: Page::read(form)? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamGetGroup, On::Entity(EntityKind::Group, self.name.clone()))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let Self { name, page } = self;
        let group = found(work, EntityKind::Group, &name)?.clone();
        let catalog = &work.gateway.catalog;
        let mut users = catalog.membership_list(&group.id, &page.after, page.limit + 1).await?;
        let next = page.cut(&mut users, |user| &user.name);
        answer(move |result| {
            result.element("Group", |element| shape::group(element, &group));
            shape::list(result, "Users", &users, shape::user);
            shape::page_end(result, next);
        })
    }
}

/// Renames a group or moves it to another path.
pub struct UpdateGroup {
    name: String,
    new_name: Option<String>,
    new_path: Option<String>,
}

impl Call for UpdateGroup {
    const NAME: &'static str = "UpdateGroup";

    fn read(form: &Form) -> Result<Self, Fault> {
        let new_path = form.value("NewPath");
        Ok(Self {
            name: name(form, "GroupName")?,
            new_name: optional_name(form, "NewGroupName")?,
            new_path: new_path.map(|_| path(form, "NewPath")).transpose()?,
        })
    }

    /// Under both names, as for users.
    fn needs(&self) -> Vec<Need> {
        let old = On::Entity(EntityKind::Group, self.name.clone());
        let name = self.new_name.as_ref().unwrap_or(&self.name);
        let path = self.new_path.as_deref().unwrap_or("/");
        let new = On::Identity(String::new(), format!("group{path}{name}"));
        vec![Need::new(Action::IamUpdateGroup, old), Need::new(Action::IamUpdateGroup, new)]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let named = entity_ref(work, EntityKind::Group, &self.name)?;
        let Self { new_name, new_path, .. } = self;
        let change = move |group: &mut Entity| {
            group.name = new_name.unwrap_or_else(|| group.name.clone());
            group.path = new_path.unwrap_or_else(|| group.path.clone());
            Ok(())
        };
        work.gateway.catalog.entity_update(named, change).await?;
        Ok(None)
    }
}

/// Deletes a group that has neither users nor policies.
pub struct DeleteGroup {
    name: String,
}

impl Call for DeleteGroup {
    const NAME: &'static str = "DeleteGroup";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { name: name(form, "GroupName")? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamDeleteGroup, On::Entity(EntityKind::Group, self.name.clone()))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let named = entity_ref(work, EntityKind::Group, &self.name)?;
        work.gateway.catalog.entity_delete(named).await?;
        Ok(None)
    }
}

/// Lists groups by path.
pub struct ListGroups {
    prefix: String,
    page: Page,
}

impl Call for ListGroups {
    const NAME: &'static str = "ListGroups";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { prefix: path_prefix(form)?, page: Page::read(form)? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamListGroups, On::Identities)]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let Self { prefix, page } = self;
        let account = &work.account()?.id;
        let (kind, limit) = (EntityKind::Group, page.limit + 1);
        let catalog = &work.gateway.catalog;
        let mut groups = catalog.entity_list(account, kind, &prefix, &page.after, limit).await?;
        let next = page.cut(&mut groups, |group| &group.name);
        answer(move |result| {
            shape::list(result, "Groups", &groups, shape::group);
            shape::page_end(result, next);
        })
    }
}

/// Lists the groups of a user.
pub struct ListGroupsForUser {
    user: String,
}

impl Call for ListGroupsForUser {
    const NAME: &'static str = "ListGroupsForUser";

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { user: name(form, "UserName")? })
    }

    fn needs(&self) -> Vec<Need> {
        let on = On::Entity(EntityKind::User, self.user.clone());
        vec![Need::new(Action::IamListGroupsForUser, on)]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let user = found(work, EntityKind::User, &self.user)?;
        let groups = work.gateway.catalog.membership_groups(&user.id).await?;
        answer(move |result| {
            shape::list(result, "Groups", &groups, shape::group);
            shape::page_end(result, None);
        })
    }
}

/// Puts a user into a group.
pub struct AddUserToGroup(Membership);

/// Takes a user out of a group.
pub struct RemoveUserFromGroup(Membership);

struct Membership {
    user: String,
    group: String,
}

impl Membership {
    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { user: name(form, "UserName")?, group: name(form, "GroupName")? })
    }

    fn needs(&self, action: Action) -> Vec<Need> {
        vec![Need::new(action, On::Entity(EntityKind::Group, self.group.clone()))]
    }
}

impl Call for AddUserToGroup {
    const NAME: &'static str = "AddUserToGroup";

    fn read(form: &Form) -> Result<Self, Fault> {
        Membership::read(form).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        self.0.needs(Action::IamAddUserToGroup)
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let (account, Membership { user, group }) = (&work.account()?.id, self.0);
        work.gateway.catalog.membership_add(account, &user, &group).await?;
        Ok(None)
    }
}

impl Call for RemoveUserFromGroup {
    const NAME: &'static str = "RemoveUserFromGroup";

    fn read(form: &Form) -> Result<Self, Fault> {
        Membership::read(form).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        self.0.needs(Action::IamRemoveUserFromGroup)
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let (account, Membership { user, group }) = (&work.account()?.id, self.0);
        work.gateway.catalog.membership_remove(account, &user, &group).await?;
        Ok(None)
    }
}
