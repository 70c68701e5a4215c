//! PutObjectTagging (S3 API reference; OBS "Configuring Object Tags").

use policy::Action;

use super::named_version::NamedVersion;
use crate::api::operation::{Need, Operation};
use crate::api::tags::{self, OBJECT_LIMIT, Tags};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply};

/// Replaces the tags of a version.
pub struct PutObjectTagging {
    named: NamedVersion,
    tags: Tags,
}

impl Operation for PutObjectTagging {
    const NAME: &'static str = "PutObjectTagging";
    type Output = Option<String>;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let tags = tags::parse(&request.document, OBJECT_LIMIT)?;
        Ok(Self { named: NamedVersion::parse(request)?, tags })
    }

    fn needs(&self) -> Vec<Need> {
        let need = self.named.need(Action::PutObjectTagging, Action::PutObjectVersionTagging);
        vec![tags::conditions(need, &self.tags)]
    }

    async fn run(self, work: &Work) -> Result<Option<String>, Fault> {
        let tags = self.tags;
        self.named
            .change(work, move |metadata| {
                metadata.tags = tags;
                Ok(())
            })
            .await
    }

    fn render(version: Option<String>, dialect: &'static Dialect) -> Reply {
        Reply::ok().with_some(&dialect.header("version-id"), version)
    }
}
