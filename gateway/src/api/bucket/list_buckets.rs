//! ListBuckets (S3 API reference).

use policy::Action;
use std::sync::Arc;

use crate::api::operation::{Need, On, Operation};
use crate::api::work::Work;
use crate::catalog::model::{Account, Bucket};
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply, xml};

/// Most buckets on a page, and the page without `max-buckets`.
const PAGE: usize = 10_000;

/// Lists the buckets of the caller's account, by name.
pub struct ListBuckets {
    prefix: String,
    after: String,
    limit: usize,
}

/// A page of buckets.
pub struct Buckets {
    owner: Arc<Account>,
    buckets: Vec<Bucket>,
    prefix: String,
    next: Option<String>,
}

impl Operation for ListBuckets {
    const NAME: &'static str = "ListBuckets";
    type Output = Buckets;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let limit = match request.query.nonempty("max-buckets") {
            None => PAGE,
            Some(text) => {
                text.parse().ok().filter(|n| (1..=PAGE).contains(n)).ok_or_else(|| {
                    Fault::argument("max-buckets", text, "max-buckets must be between 1 and 10000.")
                })?
            }
        };
        Ok(Self {
            prefix: request.query.value("prefix").unwrap_or_default().to_owned(),
            after: request.query.value("continuation-token").unwrap_or_default().to_owned(),
            limit,
        })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::ListAllMyBuckets, On::Service)]
    }

    async fn run(self, work: &Work) -> Result<Buckets, Fault> {
        let owner = work.account()?.clone();
        let catalog = &work.gateway.catalog;
        let mut buckets =
            catalog.bucket_list(&owner.id, &self.prefix, &self.after, self.limit + 1).await?;
        let more = buckets.len() > self.limit;
        buckets.truncate(self.limit);
        let next = buckets.last().filter(|_| more).map(|last| last.name.clone());
        Ok(Buckets { owner, buckets, prefix: self.prefix, next })
    }

    fn render(page: Buckets, dialect: &'static Dialect) -> Reply {
        let document = xml::document("ListAllMyBucketsResult", Some(dialect.namespace), |root| {
            dialect.owner(root, "Owner", &page.owner);
            root.element("Buckets", |list| {
                for bucket in &page.buckets {
                    list.element("Bucket", |entry| {
                        entry.text("Name", &bucket.name);
                        entry.text("CreationDate", xml::date(bucket.created_ms));
                        entry.text("BucketRegion", &bucket.region);
                    });
                }
            });
            root.some("ContinuationToken", page.next.as_deref());
            root.some("Prefix", Some(&page.prefix).filter(|prefix| !prefix.is_empty()));
        });
        Reply::xml(document)
    }
}
