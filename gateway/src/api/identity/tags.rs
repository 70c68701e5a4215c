//! Tags of users and roles (IAM API reference, "TagUser" and its kin).

use std::collections::BTreeMap;
use std::marker::PhantomData;

use super::call::{Answer, Call, answer};
use super::check::{check_tag_count, entity_ref, found, name, tags};
use super::kind::Person;
use super::shape;
use crate::api::need::{Need, On};
use crate::api::work::Work;
use crate::catalog::identity::Entity;
use crate::http::Fault;
use crate::http::form::Form;

/// Adds tags to a `K`.
pub struct Tag<K> {
    name: String,
    tags: BTreeMap<String, String>,
    kind: PhantomData<K>,
}

/// Takes tags of a `K` away.
pub struct Untag<K> {
    name: String,
    keys: Vec<String>,
    kind: PhantomData<K>,
}

/// Lists the tags of a `K`.
pub struct ListTags<K> {
    name: String,
    kind: PhantomData<K>,
}

impl<K: Person> Call for Tag<K> {
    const NAME: &'static str = K::TAG.0;

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { name: name(form, K::NAME)?, tags: tags(form, "Tags")?, kind: PhantomData })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(K::TAG.1, On::Entity(K::KIND, self.name.clone()))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let named = entity_ref(work, K::KIND, &self.name)?;
        let tags = self.tags;
        let change = move |entity: &mut Entity| {
            entity.tags.extend(tags);
            check_tag_count(entity.tags.len())
        };
        work.gateway.catalog.entity_update(named, change).await?;
        Ok(None)
    }
}

impl<K: Person> Call for Untag<K> {
    const NAME: &'static str = K::UNTAG.0;

    fn read(form: &Form) -> Result<Self, Fault> {
        let keys = form.list("TagKeys").into_iter().map(str::to_owned).collect();
        Ok(Self { name: name(form, K::NAME)?, keys, kind: PhantomData })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(K::UNTAG.1, On::Entity(K::KIND, self.name.clone()))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let named = entity_ref(work, K::KIND, &self.name)?;
        let keys = self.keys;
        let change = move |entity: &mut Entity| {
            entity.tags.retain(|key, _| !keys.contains(key));
            Ok(())
        };
        work.gateway.catalog.entity_update(named, change).await?;
        Ok(None)
    }
}

impl<K: Person> Call for ListTags<K> {
    const NAME: &'static str = K::LIST_TAGS.0;

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { name: name(form, K::NAME)?, kind: PhantomData })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(K::LIST_TAGS.1, On::Entity(K::KIND, self.name.clone()))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let tags = found(work, K::KIND, &self.name)?.tags.clone();
        answer(move |result| {
            match tags.is_empty() {
                true => result.element("Tags", |_| {}),
                false => shape::tags(result, &tags),
            }
            shape::page_end(result, None);
        })
    }
}
