//! CreateBucket (S3 API reference; OBS "Creating a Bucket").

use policy::Action;
use uuid::Uuid;

use super::named;
use crate::api::acl::AskedAcl;
use crate::api::faults::bucket_exists;
use crate::api::operation::{Need, On, Operation};
use crate::api::setting::{BucketEncryption, BucketSetting, OwnershipControls};
use crate::api::work::Work;
use crate::catalog::model::{Bucket, BucketFacts, Versioning};
use crate::dialect::Dialect;
use crate::grants::{ACL, OWNERSHIP, Ownership};
use crate::http::xml::Element;
use crate::http::{Code, Fault, Incoming, Reply};

/// Makes a bucket of the caller's account in this gateway's region.
pub struct CreateBucket {
    bucket: String,
    region: Option<String>,
    encryption: Option<BucketEncryption>,
    acl: AskedAcl,
    ownership: Option<Ownership>,
    dialect: &'static Dialect,
}

impl Operation for CreateBucket {
    const NAME: &'static str = "CreateBucket";
    type Output = String;

    fn parse(request: &mut Incoming, dialect: &'static Dialect) -> Result<Self, Fault> {
        let bucket = named(request)?;
        if request.vendor("bucket-object-lock-enabled")?.is_some_and(|value| value == "true") {
            return Err(Fault::new(Code::NotImplemented)
                .message("Object Lock is not implemented; the bucket was not created."));
        }
        refuse_other_kinds(request)?;
        Ok(Self {
            bucket,
            region: wanted_region(&request.document)?,
            encryption: BucketEncryption::of_headers(request)?,
            acl: AskedAcl::of_headers(request)?,
            ownership: request
                .vendor("object-ownership")?
                .map(OwnershipControls::named)
                .transpose()?,
            dialect,
        })
    }

    fn needs(&self) -> Vec<Need> {
        let need = |action| Need::new(action, On::NewBucket(self.bucket.clone()));
        let encrypt = self.encryption.as_ref().map(|_| need(Action::PutEncryptionConfiguration));
        let create = self.acl.conditions(need(Action::CreateBucket));
        std::iter::once(create).chain(encrypt).collect()
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
        // Again, but otherwise, is not the bucket that there is.
        let repeatable = self.dialect.recreates_buckets && self.encryption.is_none();
        let mut settings = Vec::new();
        if let Some(encryption) = self.encryption {
            encryption.check_for(work, &bucket, account).await?;
            settings.push((BucketEncryption::KEYWORD, encryption.store()?));
        }
        if let Some(ownership) = self.ownership {
            settings.push((OWNERSHIP, serde_json::to_vec(&ownership).map_err(Fault::internal)?));
        }
        let pairs = settings.iter().map(|(name, text)| ((*name).into(), text.as_slice().into()));
        let facts = BucketFacts {
            settings: pairs.collect(),
            owner: account.clone(),
            bucket: bucket.clone(),
        };
        if let Some(acl) = self.acl.settle(work, &facts, account).await? {
            settings.push((ACL, serde_json::to_vec(&acl).map_err(Fault::internal)?));
        }
        let name = bucket.name.clone();
        match work.gateway.catalog.bucket_create_with(bucket, settings).await {
            Ok(_) => Ok(name),
            Err(error) => match bucket_exists(error, &account.id) {
                fault if fault.code != Code::BucketAlreadyOwnedByYou => Err(fault),
                _ if repeatable => Ok(name),
                fault => Err(fault),
            },
        }
    }

    fn render(bucket: String, _: &'static Dialect) -> Reply {
        Reply::ok().with("location", format!("/{bucket}"))
    }
}

/// Kinds of buckets that there are not, so that nobody believes to have one.
fn refuse_other_kinds(request: &Incoming) -> Result<(), Fault> {
    let class = request.vendor("storage-class")?;
    let class = class.or(request.header("x-default-storage-class")?);
    if class.is_some_and(|class| class != "STANDARD") {
        return Err(Fault::new(Code::NotImplemented)
            .message("Storage classes other than STANDARD are not implemented."));
    }
    let interface = request.vendor("fs-file-interface")?;
    match interface.is_some() || request.vendor("bucket-type")? == Some("POSIX") {
        true => {
            Err(Fault::new(Code::NotImplemented)
                .message("Parallel file systems are not implemented."))
        }
        false => Ok(()),
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
