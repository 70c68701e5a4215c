//! GetObject (S3 API reference; OBS "Downloading Objects").

use super::select::{Select, SelectAnswer, Selected};
use crate::api::customer_key;
use crate::api::faults::object_fault;
use crate::api::operation::{Need, Operation};
use crate::api::sse;
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply};
use crate::object::encryption::Place;
use crate::stream::Body;

/// Reads an object or a part of it.
pub struct GetObject(Select);

impl Operation for GetObject {
    const NAME: &'static str = "GetObject";
    type Output = (SelectAnswer, Body);

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        Select::parse(request).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        vec![self.0.need()]
    }

    async fn run(self, work: &Work) -> Result<Self::Output, Fault> {
        let key = self.0.key().as_bytes().to_vec();
        let customer = self.0.customer().cloned();
        let selected = self.0.choose(work)?;
        let object = selected.object()?;
        sse::require_tls(object.body.mode, work)?;
        let caller = work.kms_caller(Some("s3"));
        let bearer = customer_key::bearer(work, &caller, customer.as_ref())?;
        let place = Place { facts: &selected.facts, key: &key };
        let reading = work.gateway.objects.read(bearer, place, object, selected.span).await;
        let body = reading.map_err(object_fault)?;
        let Selected { answer, .. } = selected;
        Ok((answer.announced_to(customer.as_ref()), body))
    }

    fn render((answer, body): Self::Output, dialect: &'static Dialect) -> Reply {
        answer.render(dialect).body(body)
    }
}
