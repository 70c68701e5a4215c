//! GetObjectTagging (S3 API reference; OBS "Obtaining Object Tags").

use policy::Action;

use super::named_version::NamedVersion;
use crate::api::operation::{Need, Operation};
use crate::api::tags::{self, Tags};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply};

/// Reads the tags of a version; one without tags has an empty set.
pub struct GetObjectTagging(NamedVersion);

impl Operation for GetObjectTagging {
    const NAME: &'static str = "GetObjectTagging";
    type Output = (Tags, Option<String>);

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        NamedVersion::parse(request).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        vec![self.0.need(Action::GetObjectTagging, Action::GetObjectVersionTagging)]
    }

    async fn run(self, work: &Work) -> Result<Self::Output, Fault> {
        let present = self.0.find(work)?;
        Ok((present.object.metadata.tags.clone(), present.shown))
    }

    fn render((tags, version): Self::Output, dialect: &'static Dialect) -> Reply {
        tags::render(&tags, dialect).with_some(&dialect.header("version-id"), version)
    }
}
