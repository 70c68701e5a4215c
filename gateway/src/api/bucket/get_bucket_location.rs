//! GetBucketLocation (S3 API reference; OBS "Obtaining Bucket Location").

use super::named;
use crate::api::operation::{Need, On, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply, xml};
use policy::Action;

/// Says in which region a bucket lives.
pub struct GetBucketLocation {
    bucket: String,
}

impl Operation for GetBucketLocation {
    const NAME: &'static str = "GetBucketLocation";
    type Output = String;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        Ok(Self { bucket: named(request)? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::GetBucketLocation, On::Bucket(self.bucket.clone()))]
    }

    async fn run(self, work: &Work) -> Result<String, Fault> {
        Ok(work.bucket(0)?.bucket.region.clone())
    }

    fn render(region: String, dialect: &'static Dialect) -> Reply {
        let text = if dialect.unnamed_region == Some(&region) { "" } else { region.as_str() };
        let root = dialect.location_root;
        Reply::xml(xml::document(root, Some(dialect.namespace), |root| {
            match dialect.location_child {
                Some(child) => root.text(child, text),
                None => root.content(text),
            }
        }))
    }
}
