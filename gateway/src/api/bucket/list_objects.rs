//! ListObjects, version 1 (S3 API reference; OBS "Listing Objects").

use std::sync::Arc;

use policy::Action;

use super::listing::{Parameters, entries};
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::catalog::model::{BucketFacts, ListPage};
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply, xml};

/// Lists current objects from a marker on.
pub struct ListObjects {
    parameters: Parameters,
    marker: String,
}

/// A page of objects.
pub struct Page {
    asked: ListObjects,
    facts: Arc<BucketFacts>,
    page: ListPage,
}

impl Operation for ListObjects {
    const NAME: &'static str = "ListObjects";
    type Output = Page;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let marker = request.query.value("marker").unwrap_or_default().to_owned();
        Ok(Self { parameters: Parameters::parse(request)?, marker })
    }

    fn needs(&self) -> Vec<Need> {
        vec![self.parameters.need(Action::ListBucket)]
    }

    async fn run(self, work: &Work) -> Result<Page, Fault> {
        let facts = work.bucket(0)?.clone();
        let query = self.parameters.query(self.marker.clone().into_bytes());
        let page = work.gateway.catalog.version_list(facts.bucket.row, query).await?;
        Ok(Page { asked: self, facts, page })
    }

    fn render(Page { asked, facts, page }: Page, dialect: &'static Dialect) -> Reply {
        let parameters = &asked.parameters;
        let document = xml::document("ListBucketResult", Some(dialect.namespace), |root| {
            root.text("Name", &parameters.bucket);
            root.text("Prefix", parameters.text(parameters.prefix.as_bytes()));
            root.text("Marker", parameters.text(asked.marker.as_bytes()));
            // S3 promises NextMarker with a delimiter only; it helps always.
            root.some("NextMarker", page.next.as_ref().map(|next| parameters.text(next)));
            root.value("MaxKeys", parameters.limit);
            if !parameters.delimiter.is_empty() {
                root.text("Delimiter", parameters.text(parameters.delimiter.as_bytes()));
            }
            root.value("IsTruncated", page.next.is_some());
            root.some("EncodingType", parameters.encoded.then_some("url"));
            entries(root, dialect, parameters, &page, Some(&facts.owner));
        });
        let region = dialect.header(dialect.bucket_region_header);
        Reply::xml(document).with(&region, &facts.bucket.region)
    }
}
