//! DeleteBucket (S3 API reference).

use super::named;
use crate::api::operation::{Need, On, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply};
use policy::Action;

/// Removes an empty bucket.
pub struct DeleteBucket {
    bucket: String,
}

impl Operation for DeleteBucket {
    const NAME: &'static str = "DeleteBucket";
    type Output = ();

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        Ok(Self { bucket: named(request)? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::DeleteBucket, On::Bucket(self.bucket.clone()))]
    }

    async fn run(self, work: &Work) -> Result<(), Fault> {
        Ok(work.gateway.catalog.bucket_delete(work.bucket(0)?.bucket.row).await?)
    }

    fn render((): (), _: &'static Dialect) -> Reply {
        Reply::no_content()
    }
}
