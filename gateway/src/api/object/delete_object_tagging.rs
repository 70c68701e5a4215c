//! DeleteObjectTagging (S3 API reference; OBS "Deleting Object Tags").

use policy::Action;

use super::named_version::NamedVersion;
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply};

/// Removes the tags of a version.
pub struct DeleteObjectTagging(NamedVersion);

impl Operation for DeleteObjectTagging {
    const NAME: &'static str = "DeleteObjectTagging";
    type Output = Option<String>;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        NamedVersion::parse(request).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        vec![self.0.need(Action::DeleteObjectTagging, Action::DeleteObjectVersionTagging)]
    }

    async fn run(self, work: &Work) -> Result<Option<String>, Fault> {
        self.0
            .change(work, |metadata| {
                metadata.tags.clear();
                Ok(())
            })
            .await
    }

    fn render(version: Option<String>, dialect: &'static Dialect) -> Reply {
        Reply::no_content().with_some(&dialect.header("version-id"), version)
    }
}
