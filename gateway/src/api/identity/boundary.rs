//! Permission boundaries of users and roles (IAM API reference,
//! "PutUserPermissionsBoundary" and its kin).

use std::marker::PhantomData;

use policy::Attribute;

use super::call::{Answer, Call};
use super::check::{entity_ref, name, policy_arn};
use super::kind::Person;
use crate::api::need::{Need, On};
use crate::api::work::Work;
use crate::catalog::identity::Entity;
use crate::http::Fault;
use crate::http::form::Form;

/// Bounds what a `K` can be allowed.
pub struct PutBoundary<K> {
    name: String,
    arn: String,
    kind: PhantomData<K>,
}

/// Takes the boundary of a `K` away.
pub struct DeleteBoundary<K> {
    name: String,
    kind: PhantomData<K>,
}

impl<K: Person> Call for PutBoundary<K> {
    const NAME: &'static str = K::PUT_BOUNDARY.0;

    fn read(form: &Form) -> Result<Self, Fault> {
        let arn = policy_arn(form, "PermissionsBoundary")?;
        Ok(Self { name: name(form, K::NAME)?, arn, kind: PhantomData })
    }

    fn needs(&self) -> Vec<Need> {
        let need = Need::new(K::PUT_BOUNDARY.1, On::Entity(K::KIND, self.name.clone()));
        vec![need.when(Attribute::IamPermissionsBoundary, Some(&self.arn))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        check_exists(work, Some(&self.arn)).await?;
        let named = entity_ref(work, K::KIND, &self.name)?;
        let arn = self.arn;
        let change = move |entity: &mut Entity| {
            entity.boundary = Some(arn);
            Ok(())
        };
        work.gateway.catalog.entity_update(named, change).await?;
        Ok(None)
    }
}

impl<K: Person> Call for DeleteBoundary<K> {
    const NAME: &'static str = K::DELETE_BOUNDARY.0;

    fn read(form: &Form) -> Result<Self, Fault> {
        Ok(Self { name: name(form, K::NAME)?, kind: PhantomData })
    }

    /// The boundary that would go is a condition: who may take away only some.
    fn needs(&self) -> Vec<Need> {
        vec![Need::new(K::DELETE_BOUNDARY.1, On::Entity(K::KIND, self.name.clone()))]
    }

    async fn run(self, work: &Work) -> Result<Answer, Fault> {
        let named = entity_ref(work, K::KIND, &self.name)?;
        let change = |entity: &mut Entity| {
            entity.boundary = None;
            Ok(())
        };
        work.gateway.catalog.entity_update(named, change).await?;
        Ok(None)
    }
}

/// A boundary must be a policy of the account or a built-in one. Errors:
/// `NoSuchEntity`.
pub(super) async fn check_exists(work: &Work, arn: Option<&str>) -> Result<(), Fault> {
    match arn {
        Some(arn) => super::managed_policy::check_exists(work, arn).await,
        None => Ok(()),
    }
}
