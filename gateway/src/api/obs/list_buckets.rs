//! ListBuckets as OBS pages and filters it ("Listing Buckets").

use std::sync::Arc;

use policy::Action;

use crate::api::operation::{Need, On, Operation};
use crate::api::work::Work;
use crate::catalog::model::{Account, Bucket};
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply, xml};

/// Most buckets on a page, and the page without `max-keys`.
const PAGE: usize = 1000;

/// Lists the buckets of the caller's account, by name.
pub struct ListBuckets {
    marker: String,
    limit: usize,
    /// False when only parallel file systems are wanted, which there are none of.
    objects: bool,
}

/// A page of buckets.
pub struct Buckets {
    asked: ListBuckets,
    owner: Arc<Account>,
    buckets: Vec<Bucket>,
    truncated: bool,
}

impl Operation for ListBuckets {
    const NAME: &'static str = "ListBuckets";
    type Output = Buckets;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let limit = match request.query.nonempty("max-keys") {
            None => PAGE,
            Some(text) => {
                text.parse().ok().filter(|n| (1..=PAGE).contains(n)).ok_or_else(|| {
                    Fault::argument("max-keys", text, "max-keys must be between 1 and 1000.")
                })?
            }
        };
        let objects = match request.vendor("bucket-type")? {
            None | Some("OBJECT") => true,
            Some("POSIX") => false,
            Some(other) => {
                let why = "The bucket type must be OBJECT or POSIX.";
                return Err(Fault::argument("x-obs-bucket-type", other, why));
            }
        };
        Ok(Self {
            marker: request.query.value("marker").unwrap_or_default().to_owned(),
            limit,
            objects,
        })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::ListAllMyBuckets, On::Service)]
    }

    async fn run(self, work: &Work) -> Result<Buckets, Fault> {
        let owner = work.account()?.clone();
        let catalog = &work.gateway.catalog;
        let mut buckets = match self.objects {
            true => catalog.bucket_list(&owner.id, "", &self.marker, self.limit + 1).await?,
            false => Vec::new(),
        };
        let truncated = buckets.len() > self.limit;
        buckets.truncate(self.limit);
        Ok(Buckets { asked: self, owner, buckets, truncated })
    }

    fn render(page: Buckets, dialect: &'static Dialect) -> Reply {
        let Buckets { asked, owner, buckets, truncated } = page;
        let next = buckets.last().filter(|_| truncated).map(|last| &last.name);
        Reply::xml(xml::document("ListAllMyBucketsResult", Some(dialect.namespace), |root| {
            dialect.owner(root, "Owner", &owner);
            root.element("Buckets", |list| {
                for bucket in &buckets {
                    list.element("Bucket", |entry| {
                        entry.text("Name", &bucket.name);
                        entry.text("CreationDate", xml::date(bucket.created_ms));
                        // Shown also to who does not ask: one SDK never does.
                        entry.text("Location", &bucket.region);
                        entry.text("BucketType", "OBJECT");
                    });
                }
            });
            root.text("Marker", &asked.marker);
            root.value("MaxKeys", asked.limit);
            root.value("IsTruncated", truncated);
            root.some("NextMarker", next);
        }))
    }
}
