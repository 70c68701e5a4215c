//! GetBucketLocation (S3 API reference; OBS "Obtaining Bucket Location").

use super::named;
use crate::api::operation::{Need, On, Operation};
use crate::api::work::Work;
use crate::dialect::{Dialect, S3};
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

    /// The root element itself holds the region, and S3 writes `us-east-1` as
    /// an empty one.
    fn render(region: String, dialect: &'static Dialect) -> Reply {
        let hidden = dialect.location_root == S3.location_root && region == "us-east-1";
        let text = if hidden { "" } else { region.as_str() };
        let document = xml::document(dialect.location_root, Some(dialect.namespace), |root| {
            root.content(text);
        });
        Reply::xml(document)
    }
}
