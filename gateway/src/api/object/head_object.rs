//! HeadObject (S3 API reference; OBS "Querying Object Metadata"). It asks no
//! key and may come over plain HTTP.

use super::select::{Select, SelectAnswer};
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply};

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
        Ok(self.0.choose(work)?.answer)
    }

    fn render(answer: SelectAnswer, dialect: &'static Dialect) -> Reply {
        answer.render(dialect)
    }
}
