//! HeadObject (S3 API reference; OBS "Querying Object Metadata"). It asks no
//! key of the service and may come over plain HTTP, unless the object is under
//! a customer's key, which must come along.

use super::select::{Select, SelectAnswer};
use crate::api::customer_key;
use crate::api::faults::object_fault;
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply};
use crate::object::encryption::Place;

/// Describes an object.
pub struct HeadObject(Select);

impl Operation for HeadObject {
    const NAME: &'static str = "HeadObject";
    type Output = SelectAnswer;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        Select::parse(request).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        vec![self.0.need()]
    }

    async fn run(self, work: &Work) -> Result<SelectAnswer, Fault> {
        let (key, customer) = (self.0.key().as_bytes().to_vec(), self.0.customer().cloned());
        let selected = self.0.choose(work)?;
        let caller = work.kms_caller(Some("s3"));
        let bearer = customer_key::bearer(work, &caller, customer.as_ref())?;
        let place = Place { facts: &selected.facts, key: &key };
        let objects = &work.gateway.objects;
        let checked = objects.check_customer_key(bearer, place, selected.object()?).await;
        checked.map_err(object_fault)?;
        Ok(selected.answer.announced_to(customer.as_ref()))
    }

    fn render(answer: SelectAnswer, dialect: &'static Dialect) -> Reply {
        answer.render(dialect)
    }
}
