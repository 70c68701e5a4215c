//! ListObjectsV2 (S3 API reference).

use std::sync::Arc;

use policy::Action;

use super::listing::{Parameters, entries};
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::catalog::model::{BucketFacts, ListPage};
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply, xml};

/// Lists current objects from a continuation token, or after a key.
pub struct ListObjectsV2 {
    parameters: Parameters,
    token: Option<Token>,
    start_after: String,
    fetch_owner: bool,
}

/// Where a page starts: an opaque text for clients, hex of the last entry here.
struct Token {
    text: String,
    after: Vec<u8>,
}

/// A page of objects.
pub struct Page {
    asked: ListObjectsV2,
    facts: Arc<BucketFacts>,
    page: ListPage,
}

impl Operation for ListObjectsV2 {
    const NAME: &'static str = "ListObjectsV2";
    type Output = Page;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let token = match request.query.value("continuation-token") {
            None => None,
            Some(text) => Some(Token::parse(text)?),
        };
        Ok(Self {
            parameters: Parameters::parse(request)?,
            token,
            start_after: request.query.value("start-after").unwrap_or_default().to_owned(),
            fetch_owner: request.query.value("fetch-owner") == Some("true"),
        })
    }

    fn needs(&self) -> Vec<Need> {
        vec![self.parameters.need(Action::ListBucket)]
    }

    async fn run(self, work: &Work) -> Result<Page, Fault> {
        let facts = work.bucket(0)?.clone();
        let after = match &self.token {
            Some(token) => token.after.clone(),
            None => self.start_after.clone().into_bytes(),
        };
        let query = self.parameters.query(after);
        let page = work.gateway.catalog.version_list(facts.bucket.row, query).await?;
        Ok(Page { asked: self, facts, page })
    }

    fn render(Page { asked, facts, page }: Page, dialect: &'static Dialect) -> Reply {
        let parameters = &asked.parameters;
        let owner = asked.fetch_owner.then_some(&*facts.owner);
        let document = xml::document("ListBucketResult", Some(dialect.namespace), |root| {
            root.text("Name", &parameters.bucket);
            root.text("Prefix", parameters.text(parameters.prefix.as_bytes()));
            root.some("ContinuationToken", asked.token.as_ref().map(|token| &token.text));
            root.some("NextContinuationToken", page.next.as_ref().map(hex::encode));
            if !asked.start_after.is_empty() {
                root.text("StartAfter", parameters.text(asked.start_after.as_bytes()));
            }
            root.value("KeyCount", page.objects.len() + page.prefixes.len());
            root.value("MaxKeys", parameters.limit);
            if !parameters.delimiter.is_empty() {
                root.text("Delimiter", parameters.text(parameters.delimiter.as_bytes()));
            }
            root.value("IsTruncated", page.next.is_some());
            root.some("EncodingType", parameters.encoded.then_some("url"));
            entries(root, dialect, parameters, &page, owner);
        });
        let region = dialect.header(dialect.bucket_region_header);
        Reply::xml(document).with(&region, &facts.bucket.region)
    }
}

impl Token {
    fn parse(text: &str) -> Result<Self, Fault> {
        let after = hex::decode(text).ok().filter(|after| !after.is_empty());
        let after = after.ok_or_else(|| {
            Fault::argument(
                "continuation-token",
                text,
                "The continuation token provided is incorrect",
            )
        })?;
        Ok(Self { text: text.to_owned(), after })
    }
}
