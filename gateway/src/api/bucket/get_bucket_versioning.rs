//! GetBucketVersioning (S3 API reference; OBS "Obtaining Bucket Versioning
//! Status").

use policy::Action;

use super::named;
use crate::api::operation::{Need, On, Operation};
use crate::api::work::Work;
use crate::catalog::model::Versioning;
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply, xml};

/// Says whether a bucket keeps old versions.
pub struct GetBucketVersioning {
    bucket: String,
}

impl Operation for GetBucketVersioning {
    const NAME: &'static str = "GetBucketVersioning";
    type Output = Versioning;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        Ok(Self { bucket: named(request)? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::GetBucketVersioning, On::Bucket(self.bucket.clone()))]
    }

    async fn run(self, work: &Work) -> Result<Versioning, Fault> {
        Ok(work.bucket(0)?.bucket.versioning)
    }

    /// A bucket that never was versioned has no status at all.
    fn render(versioning: Versioning, dialect: &'static Dialect) -> Reply {
        let status = match versioning {
            Versioning::Off => None,
            Versioning::Enabled => Some("Enabled"),
            Versioning::Suspended => Some("Suspended"),
        };
        let root = "VersioningConfiguration";
        Reply::xml(xml::document(root, Some(dialect.namespace), |root| root.some("Status", status)))
    }
}
