//! Managed policies on users, groups and roles: Attach, Detach, ListAttached,
//! and ListEntitiesForPolicy (IAM API reference, for example "AttachUserPolicy").

use std::marker::PhantomData;

use policy::{Action, Attribute};

use super::call::{Answer, Call, answer};
use super::check::{entity_ref, found, name, on_policy, policy_arn};
use super::kind::Kind;
use super::shape;
use crate::api::need::{Need, On};
use crate::api::work::Work;
use crate::catalog::identity::{Entity, EntityKind};
use crate::http::Fault;
use crate::http::form::Form;
use crate::http::xml::Writer;
use crate::iam::builtin::BuiltIn;

/// Attaches a managed policy to a `K`.
pub struct AttachPolicy<K>(Attachment<K>);
/// Detaches a managed policy from a `K`.
pub struct DetachPolicy<K>(Attachment<K>);
/// Lists the managed policies of a `K`.
pub struct ListAttachedPolicies<K> {
    name: String,
    kind: PhantomData<K>,
}

struct Attachment<K> {
    name: String,
    arn: String,
    kind: PhantomData<K>,
}

impl<K: Kind> Attachment<K> {
    fn read(form: &Form) -> Result<Self, Fault> {
        let arn = policy_arn(form, "PolicyArn")?;
        Ok(Self { name: name(form, K::NAME)?, arn, kind: PhantomData })
    }

    fn needs(&self, action: Action) -> Vec<Need> {
        let need = Need::new(action, On::Entity(K::KIND, self.name.clone()));
        vec![need.when(Attribute::IamPolicyArn, Some(&self.arn))]
    }
}

impl<K: Kind> Call for AttachPolicy<K> {
    const NAME: &'static str = K::ATTACH.0;

    fn read(form: &Form) -> Result<Self, Fault> {
        Attachment::read(form).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        self.0.needs(K::ATTACH.1)
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let named = entity_ref(work, K::KIND, &self.0.name)?;
        let built_in = BuiltIn::find(&self.0.arn).is_some();
        work.gateway.catalog.attachment_add(named, &self.0.arn, built_in).await?;
        Ok(None)
    }
}

impl<K: Kind> Call for DetachPolicy<K> {
    const NAME: &'static str = K::DETACH.0;

    fn read(form: &Form) -> Result<Self, Fault> {
        Attachment::read(form).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        self.0.needs(K::DETACH.1)
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let named = entity_ref(work, K::KIND, &self.0.name)?;
        work.gateway.catalog.attachment_remove(named, &self.0.arn).await?;
        Ok(None)
    }
}

impl<K: Kind> Call for ListAttachedPolicies<K> {
    const NAME: &'static str = K::LIST_ATTACHED.0;

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { name: name(form, K::NAME)?, kind: PhantomData })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(K::LIST_ATTACHED.1, On::Entity(K::KIND, self.name.clone()))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let entity = found(work, K::KIND, &self.name)?;
        let arns = work.gateway.catalog.attachment_list(&entity.id).await?;
        answer(move |result| {
            shape::list(result, "AttachedPolicies", &arns, |member: &mut Writer, arn: &String| {
                let built_in = BuiltIn::find(arn).map(|policy| policy.name);
                let name = built_in.or_else(|| arn.rsplit('/').next()).unwrap_or_default();
                member.text("PolicyName", name);
                member.text("PolicyArn", arn);
            });
            shape::page_end(result, None);
        })
    }
}

/// Lists to whom a managed policy is attached, or whom it bounds.
pub struct ListEntitiesForPolicy {
    arn: String,
    bounds: bool,
}

impl Call for ListEntitiesForPolicy {
    const NAME: &'static str = "ListEntitiesForPolicy";

    fn read(form: &Form) -> Result<Self, Fault> {
        let bounds = form.value("PolicyUsageFilter") == Some("PermissionsBoundary");
        Ok(Self { arn: policy_arn(form, "PolicyArn")?, bounds })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::IamListEntitiesForPolicy, on_policy(&self.arn))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let (account, catalog) = (&work.account()?.id, &work.gateway.catalog);
        super::managed_policy::check_exists(work, &self.arn).await?;
        let entities = match self.bounds {
            true => catalog.boundary_entities(account, &self.arn).await?,
            false => catalog.attachment_entities(account, &self.arn).await?,
        };
        answer(move |result| {
            let kinds = [
                (EntityKind::Group, "PolicyGroups", "GroupName", "GroupId"),
                (EntityKind::User, "PolicyUsers", "UserName", "UserId"),
                (EntityKind::Role, "PolicyRoles", "RoleName", "RoleId"),
            ];
            for (kind, list, name, id) in kinds {
                let of_kind: Vec<&Entity> =
                    entities.iter().filter(|entity| entity.kind == kind).collect();
                shape::list(result, list, &of_kind, |member: &mut Writer, entity: &&Entity| {
                    member.text(name, &entity.name);
                    member.text(id, &entity.id);
                });
            }
            shape::page_end(result, None);
        })
    }
}
