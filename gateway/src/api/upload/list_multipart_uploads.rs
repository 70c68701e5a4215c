//! ListMultipartUploads (S3 API reference; OBS "Listing Initiated Multipart
//! Uploads in a Bucket").

use policy::{Action, Attribute};
use std::sync::Arc;

use crate::api::bucket::{encode, max_entries, named};
use crate::api::operation::{Need, On, Operation};
use crate::api::work::Work;
use crate::catalog::model::{BucketFacts, UploadPage, UploadQuery};
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply, xml};

/// Lists uploads in progress, by key and start.
pub struct ListMultipartUploads {
    bucket: String,
    prefix: String,
    delimiter: String,
    key_marker: String,
    upload_id_marker: String,
    limit: usize,
    encoded: bool,
}

/// A page of uploads.
pub struct Page {
    asked: ListMultipartUploads,
    facts: Arc<BucketFacts>,
    page: UploadPage,
}

impl Operation for ListMultipartUploads {
    const NAME: &'static str = "ListMultipartUploads";
    type Output = Page;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let text = |name| request.query.value(name).unwrap_or_default().to_owned();
        Ok(Self {
            bucket: named(request)?,
            prefix: text("prefix"),
            delimiter: text("delimiter"),
            key_marker: text("key-marker"),
            upload_id_marker: text("upload-id-marker"),
            limit: max_entries(request, "max-uploads")?,
            encoded: request.query.value("encoding-type") == Some("url"),
        })
    }

    fn needs(&self) -> Vec<Need> {
        let need = Need::new(Action::ListBucketMultipartUploads, On::Bucket(self.bucket.clone()));
        vec![
            need.when(Attribute::Prefix, Some(self.prefix.clone()).filter(|text| !text.is_empty())),
        ]
    }

    async fn run(self, work: &Work) -> Result<Page, Fault> {
        let facts = work.bucket(0)?.clone();
        let upload = Some(&self.upload_id_marker).filter(|id| !id.is_empty()).cloned();
        let after = Some(&self.key_marker).filter(|key| !key.is_empty());
        let query = UploadQuery {
            prefix: self.prefix.clone().into_bytes(),
            delimiter: self.delimiter.clone().into_bytes(),
            after: after.map(|key| (key.clone().into_bytes(), upload)),
            limit: self.limit,
        };
        let page = work.gateway.catalog.upload_list(facts.bucket.row, query).await?;
        Ok(Page { asked: self, facts, page })
    }

    fn render(Page { asked, facts, page }: Page, dialect: &'static Dialect) -> Reply {
        let text = |bytes: &[u8]| encode(asked.encoded, bytes);
        let root = "ListMultipartUploadsResult";
        let document = xml::document(root, Some(dialect.namespace), |root| {
            root.text("Bucket", &asked.bucket);
            root.text("KeyMarker", text(asked.key_marker.as_bytes()));
            root.text("UploadIdMarker", &asked.upload_id_marker);
            if page.truncated {
                let last = page.uploads.last();
                let last_key = last.map(|upload| &upload.key).max(page.prefixes.last());
                root.some("NextKeyMarker", last_key.map(|key| text(key)));
                root.some("NextUploadIdMarker", last.map(|upload| &upload.id));
            }
            root.text("Prefix", text(asked.prefix.as_bytes()));
            if !asked.delimiter.is_empty() {
                root.text("Delimiter", text(asked.delimiter.as_bytes()));
            }
            root.value("MaxUploads", asked.limit);
            root.value("IsTruncated", page.truncated);
            root.some("EncodingType", asked.encoded.then_some("url"));
            for upload in &page.uploads {
                root.element("Upload", |entry| {
                    entry.text("Key", text(&upload.key));
                    entry.text("UploadId", &upload.id);
                    dialect.owner(entry, "Initiator", &facts.owner);
                    dialect.owner(entry, "Owner", &facts.owner);
                    entry.text("StorageClass", "STANDARD");
                    entry.text("Initiated", xml::date(upload.started_ms));
                });
            }
            for prefix in &page.prefixes {
                root.element("CommonPrefixes", |entry| entry.text("Prefix", text(prefix)));
            }
        });
        Reply::xml(document)
    }
}
