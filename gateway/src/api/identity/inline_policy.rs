//! Inline policies of users, groups and roles: Put, Get, Delete, List (IAM API
//! reference, for example "PutUserPolicy").

use std::marker::PhantomData;

use policy::Action;

use super::call::{Answer, Call, answer};
use super::check::{entity_ref, found, name, policy_document};
use super::kind::Kind;
use super::shape;
use crate::api::need::{Need, On};
use crate::api::work::Work;
use crate::catalog::identity::EntityKind;
use crate::http::Fault;
use crate::http::form::Form;
use crate::http::xml::Writer;

/// Stores an inline policy of a `K`.
pub struct PutInlinePolicy<K>(Inline<K>, Vec<u8>);
/// Shows an inline policy of a `K`.
pub struct GetInlinePolicy<K>(Inline<K>);
/// Removes an inline policy of a `K`.
pub struct DeleteInlinePolicy<K>(Inline<K>);
/// Lists the names of the inline policies of a `K`.
pub struct ListInlinePolicies<K> {
    name: String,
    kind: PhantomData<K>,
}

/// An entity and the name of a policy of it.
struct Inline<K> {
    name: String,
    policy: String,
    kind: PhantomData<K>,
}

impl<K: Kind> Inline<K> {
    fn read(form: &Form) -> Result<Self, Fault> {
        let policy = name(form, "PolicyName")?;
        Ok(Self { name: name(form, K::NAME)?, policy, kind: PhantomData })
    }

    fn needs(&self, action: Action) -> Vec<Need> {
        needs(action, K::KIND, &self.name)
    }
}

fn needs(action: Action, kind: EntityKind, name: &str) -> Vec<Need> {
    vec![Need::new(action, On::Entity(kind, name.to_owned()))]
}

impl<K: Kind> Call for PutInlinePolicy<K> {
    const NAME: &'static str = K::PUT_POLICY.0;

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self(Inline::read(form)?, policy_document(form, "PolicyDocument")?))
    }

    fn needs(&self) -> Vec<Need> {
        self.0.needs(K::PUT_POLICY.1)
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let named = entity_ref(work, K::KIND, &self.0.name)?;
        work.gateway.catalog.inline_put(named, &self.0.policy, self.1).await?;
        Ok(None)
    }
}

impl<K: Kind> Call for GetInlinePolicy<K> {
    const NAME: &'static str = K::GET_POLICY.0;

    fn read(form: &Form) -> Result<Self, Fault> {
        Inline::read(form).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        self.0.needs(K::GET_POLICY.1)
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let Inline { name, policy, .. } = self.0;
        let named = entity_ref(work, K::KIND, &name)?;
        let document = work.gateway.catalog.inline_find(&named, &policy).await?;
        answer(move |result| {
            result.text(K::NAME, name);
            result.text("PolicyName", policy);
            shape::document(result, "PolicyDocument", &document);
        })
    }
}

impl<K: Kind> Call for DeleteInlinePolicy<K> {
    const NAME: &'static str = K::DELETE_POLICY.0;

    fn read(form: &Form) -> Result<Self, Fault> {
        Inline::read(form).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        self.0.needs(K::DELETE_POLICY.1)
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let named = entity_ref(work, K::KIND, &self.0.name)?;
        work.gateway.catalog.inline_delete(named, &self.0.policy).await?;
        Ok(None)
    }
}

impl<K: Kind> Call for ListInlinePolicies<K> {
    const NAME: &'static str = K::LIST_POLICIES.0;

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { name: name(form, K::NAME)?, kind: PhantomData })
    }

    fn needs(&self) -> Vec<Need> {
        needs(K::LIST_POLICIES.1, K::KIND, &self.name)
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let entity = found(work, K::KIND, &self.name)?;
        let names = work.gateway.catalog.inline_list(&entity.id).await?;
        answer(move |result| {
            shape::list(result, "PolicyNames", &names, |member: &mut Writer, name: &String| {
                member.content(name);
            });
            shape::page_end(result, None);
        })
    }
}
