//! HeadBucket (S3 API reference; OBS "Obtaining Bucket Metadata").

use super::named;
use crate::api::operation::{Need, On, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply};
use policy::Action;

/// Says whether a bucket exists and may be listed, and its region.
pub struct HeadBucket {
    bucket: String,
}

impl Operation for HeadBucket {
    const NAME: &'static str = "HeadBucket";
    type Output = String;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        Ok(Self { bucket: named(request)? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::ListBucket, On::Bucket(self.bucket.clone()))]
    }

    async fn run(self, work: &Work) -> Result<String, Fault> {
        Ok(work.bucket(0)?.bucket.region.clone())
    }

    fn render(region: String, dialect: &'static Dialect) -> Reply {
        let reply = Reply::ok().with(&dialect.header(dialect.bucket_region_header), region);
        let class = dialect.bucket_class_header.map(|name| (name, "STANDARD"));
        let version = dialect.bucket_version_header.map(|name| (name, "3.0"));
        let more = class.into_iter().chain(version);
        more.fold(reply, |reply, (name, value)| reply.with(name, value))
    }
}
