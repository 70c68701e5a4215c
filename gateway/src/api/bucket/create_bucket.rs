//! CreateBucket (S3 API reference; OBS "Creating a Bucket").

use policy::Action;
use uuid::Uuid;

use super::named;
use crate::api::faults::bucket_exists;
use crate::api::operation::{Need, On, Operation};
use crate::api::work::Work;
use crate::catalog::model::{Bucket, Versioning};
use crate::dialect::Dialect;
use crate::http::xml::Element;
use crate::http::{Code, Fault, Incoming, Reply};

/// Makes a bucket of the caller's account in this gateway's region.
pub struct CreateBucket {
    bucket: String,
    region: Option<String>,
}

impl Operation for CreateBucket {
    const NAME: &'static str = "CreateBucket";
    type Output = String;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let bucket = named(request)?;
        if request.vendor("bucket-object-lock-enabled")?.is_some_and(|value| value == "true") {
            return Err(Fault::new(Code::NotImplemented)
                .message("Object Lock is not implemented; the bucket was not created."));
        }
        Ok(Self { bucket, region: wanted_region(&request.document)? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::CreateBucket, On::NewBucket(self.bucket.clone()))]
    }

    async fn run(self, work: &Work) -> Result<String, Fault> {
        let region = &work.gateway.settings.region;
        if self.region.as_ref().is_some_and(|wanted| wanted != region) {
            return Err(Fault::new(Code::IllegalLocationConstraintException)
                .message(format!("This endpoint serves the region {region} only.")));
        }
        let account = work.account()?;
        let bucket = Bucket {
            row: 0,
            id: Uuid::new_v4(),
            name: self.bucket,
            account_id: account.id.clone(),
            region: region.clone(),
            created_ms: work.request.received_ms(),
            versioning: Versioning::Off,
        };
        match work.gateway.catalog.bucket_create(bucket).await {
            Ok(created) => Ok(created.name),
            Err(error) => Err(bucket_exists(error, &account.id)),
        }
    }

    fn render(bucket: String, _: &'static Dialect) -> Reply {
        Reply::ok().with("location", format!("/{bucket}"))
    }
}

/// `LocationConstraint` (S3) or `Location` (OBS) of the optional document.
fn wanted_region(document: &[u8]) -> Result<Option<String>, Fault> {
    if document.is_empty() {
        return Ok(None);
    }
    let configuration = Element::parse(document, "CreateBucketConfiguration")?;
    let region = match configuration.child_text("LocationConstraint")? {
        Some(region) => Some(region),
        None => configuration.child_text("Location")?,
    };
    Ok(region.filter(|region| !region.is_empty()).map(str::to_owned))
}
