//! PutBucketVersioning (S3 API reference; OBS "Configuring Versioning for a
//! Bucket").

use policy::Action;

use super::named;
use crate::api::operation::{Need, On, Operation};
use crate::api::work::Work;
use crate::catalog::model::Versioning;
use crate::dialect::Dialect;
use crate::http::xml::{Element, malformed};
use crate::http::{Code, Fault, Incoming, Reply};

/// Enables or suspends versioning.
pub struct PutBucketVersioning {
    bucket: String,
    versioning: Versioning,
}

impl Operation for PutBucketVersioning {
    const NAME: &'static str = "PutBucketVersioning";
    type Output = ();

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let root = Element::parse(&request.document, "VersioningConfiguration")?;
        if root.child_text("MfaDelete")? == Some("Enabled") {
            return Err(Fault::new(Code::NotImplemented).message("MFA Delete is not implemented."));
        }
        let versioning = match root.child_text("Status")? {
            Some("Enabled") => Versioning::Enabled,
            Some("Suspended") => Versioning::Suspended,
            Some(_) => return Err(malformed("unknown status")),
            None => return Err(Code::IllegalVersioningConfigurationException.into()),
        };
        Ok(Self { bucket: named(request)?, versioning })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::PutBucketVersioning, On::Bucket(self.bucket.clone()))]
    }

    async fn run(self, work: &Work) -> Result<(), Fault> {
        let row = work.bucket(0)?.bucket.row;
        Ok(work.gateway.catalog.bucket_versioning_put(row, self.versioning).await?)
    }

    fn render((): (), _: &'static Dialect) -> Reply {
        Reply::ok()
    }
}
