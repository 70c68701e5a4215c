//! ListParts (S3 API reference; OBS "Listing Uploaded Parts").

use policy::Action;
use std::sync::Arc;

use super::UploadName;
use crate::api::bucket::max_entries;
use crate::api::faults::object_fault;
use crate::api::operation::{Need, Operation};
use crate::api::sse;
use crate::api::work::Work;
use crate::catalog::model::{BucketFacts, Upload, UploadPart};
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply, xml};
use crate::object::encryption::Announcement;
use crate::object::multipart::announcement;
use crate::stream::checksum::ChecksumAlgorithm;

/// Lists the parts of an upload by number.
pub struct ListParts {
    upload: UploadName,
    after: u32,
    limit: usize,
}

/// A page of parts.
pub struct Page {
    asked: ListParts,
    facts: Arc<BucketFacts>,
    upload: Arc<Upload>,
    announcement: Announcement,
    parts: Vec<UploadPart>,
    truncated: bool,
}

impl Operation for ListParts {
    const NAME: &'static str = "ListParts";
    type Output = Page;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let after = match request.query.nonempty("part-number-marker") {
            None => 0,
            Some(text) => text.parse().map_err(|_| {
                Fault::argument(
                    "part-number-marker",
                    text,
                    "Argument part-number-marker must be an integer between 0 and 2147483647",
                )
            })?,
        };
        let limit = max_entries(request, "max-parts")?;
        Ok(Self { upload: UploadName::parse(request)?, after, limit })
    }

    fn needs(&self) -> Vec<Need> {
        vec![self.upload.need(Action::ListMultipartUploadParts)]
    }

    async fn run(self, work: &Work) -> Result<Page, Fault> {
        let (facts, upload) = (work.bucket(0)?.clone(), work.upload(0)?.clone());
        let announcement = announcement(&upload).map_err(object_fault)?;
        let catalog = &work.gateway.catalog;
        let mut parts =
            catalog.part_list(upload.bucket, &upload.id, self.after, self.limit + 1).await?;
        let truncated = parts.len() > self.limit;
        parts.truncate(self.limit);
        Ok(Page { asked: self, facts, upload, announcement, parts, truncated })
    }

    fn render(page: Page, dialect: &'static Dialect) -> Reply {
        let Page { asked, facts, upload, announcement, parts, truncated } = page;
        let document = xml::document("ListPartsResult", Some(dialect.namespace), |root| {
            root.text("Bucket", &asked.upload.bucket);
            root.text("Key", &asked.upload.key);
            root.text("UploadId", &upload.id);
            dialect.owner(root, "Initiator", &facts.owner);
            dialect.owner(root, "Owner", &facts.owner);
            root.text("StorageClass", "STANDARD");
            root.value("PartNumberMarker", asked.after);
            root.value("NextPartNumberMarker", parts.last().map_or(0, |part| part.number));
            root.value("MaxParts", asked.limit);
            root.value("IsTruncated", truncated);
            if let Some((algorithm, composite)) = &upload.checksum {
                root.text("ChecksumAlgorithm", algorithm);
                root.text("ChecksumType", if *composite { "COMPOSITE" } else { "FULL_OBJECT" });
            }
            for part in &parts {
                root.element("Part", |entry| {
                    entry.value("PartNumber", part.number);
                    entry.text("LastModified", xml::date(part.modified_ms));
                    entry.text("ETag", format!("\"{}\"", part.etag));
                    entry.value("Size", part.size);
                    if let Some(checksum) = &part.checksum
                        && let Some(algorithm) = ChecksumAlgorithm::parse(&checksum.algorithm)
                    {
                        entry.text(algorithm.element(), &checksum.value);
                    }
                });
            }
        });
        sse::announce(Reply::xml(document), dialect, &announcement)
    }
}
