//! GetBucketStorageInfo (OBS "Obtaining Storage Information of a Bucket").

use policy::Action;

use crate::api::bucket::named;
use crate::api::operation::{Need, On, Operation};
use crate::api::work::Work;
use crate::catalog::model::Usage;
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply, xml};

/// Says how many objects a bucket holds, all versions counted, and their size.
pub struct GetBucketStorageInfo {
    bucket: String,
}

impl Operation for GetBucketStorageInfo {
    const NAME: &'static str = "GetBucketStorageInfo";
    type Output = Usage;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        Ok(Self { bucket: named(request)? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::GetBucketStorage, On::Bucket(self.bucket.clone()))]
    }

    async fn run(self, work: &Work) -> Result<Usage, Fault> {
        Ok(work.gateway.catalog.bucket_usage(work.bucket(0)?.bucket.row).await?)
    }

    /// Every object is of the class STANDARD.
    fn render(usage: Usage, dialect: &'static Dialect) -> Reply {
        let root = "GetBucketStorageInfoResult";
        Reply::xml(xml::document(root, Some(dialect.namespace), |root| {
            root.value("Size", usage.bytes);
            root.value("ObjectNumber", usage.objects);
            root.value("StandardSize", usage.bytes);
            root.value("StandardObjectNumber", usage.objects);
        }))
    }
}
