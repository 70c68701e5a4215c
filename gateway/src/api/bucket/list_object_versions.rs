//! ListObjectVersions (S3 API reference; OBS "Listing Objects in a Bucket",
//! `versions`).

use std::sync::Arc;

use policy::Action;

use super::listing::Parameters;
use crate::api::object::version_named;
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::catalog::model::{BucketFacts, ListedVersion, VersionId, VersionPage, VersionQuery};
use crate::dialect::Dialect;
use crate::http::xml::{self, Writer};
use crate::http::{Fault, Incoming, Reply};

/// Lists all versions and delete markers from a key, or a version of it, on.
pub struct ListObjectVersions {
    parameters: Parameters,
    key_marker: String,
    version_marker: Option<VersionId>,
}

/// A page of versions.
pub struct Page {
    asked: ListObjectVersions,
    facts: Arc<BucketFacts>,
    page: VersionPage,
}

impl Operation for ListObjectVersions {
    const NAME: &'static str = "ListObjectVersions";
    type Output = Page;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let key_marker = request.query.value("key-marker").unwrap_or_default().to_owned();
        let version_marker = match request.query.nonempty("version-id-marker") {
            None => None,
            Some(text) if key_marker.is_empty() => {
                return Err(Fault::argument(
                    "version-id-marker",
                    text,
                    "A version-id marker cannot be specified without a key marker.",
                ));
            }
            Some(text) => Some(version_named(text)?),
        };
        Ok(Self { parameters: Parameters::parse(request)?, key_marker, version_marker })
    }

    fn needs(&self) -> Vec<Need> {
        vec![self.parameters.need(Action::ListBucketVersions)]
    }

    async fn run(self, work: &Work) -> Result<Page, Fault> {
        let facts = work.bucket(0)?.clone();
        let marker = self.key_marker.as_bytes().to_vec();
        let after = Some((marker, self.version_marker.clone())).filter(|(key, _)| !key.is_empty());
        let query = VersionQuery {
            prefix: self.parameters.prefix.clone().into_bytes(),
            delimiter: self.parameters.delimiter.clone().into_bytes(),
            after,
            limit: self.parameters.limit,
        };
        let page = work.gateway.catalog.version_list_all(facts.bucket.row, query).await?;
        Ok(Page { asked: self, facts, page })
    }

    fn render(Page { asked, facts, page }: Page, dialect: &'static Dialect) -> Reply {
        let parameters = &asked.parameters;
        let document = xml::document("ListVersionsResult", Some(dialect.namespace), |root| {
            root.text("Name", &parameters.bucket);
            root.text("Prefix", parameters.text(parameters.prefix.as_bytes()));
            root.text("KeyMarker", parameters.text(asked.key_marker.as_bytes()));
            let marker = asked.version_marker.as_ref().map(VersionId::as_str);
            root.text("VersionIdMarker", marker.unwrap_or_default());
            if let Some((key, version)) = &page.next {
                root.text("NextKeyMarker", parameters.text(key));
                root.some("NextVersionIdMarker", version.as_ref().map(VersionId::as_str));
            }
            root.value("MaxKeys", parameters.limit);
            if !parameters.delimiter.is_empty() {
                root.text("Delimiter", parameters.text(parameters.delimiter.as_bytes()));
            }
            root.value("IsTruncated", page.next.is_some());
            root.some("EncodingType", parameters.encoded.then_some("url"));
            for version in &page.versions {
                let name = if version.is_marker { "DeleteMarker" } else { "Version" };
                root.element(name, |entry| {
                    write(entry, dialect, parameters, &facts, version);
                });
            }
            for prefix in &page.prefixes {
                let text = parameters.text(prefix);
                root.element("CommonPrefixes", |entry| entry.text("Prefix", text));
            }
        });
        Reply::xml(document)
    }
}

fn write(
    entry: &mut Writer,
    dialect: &Dialect,
    parameters: &Parameters,
    facts: &BucketFacts,
    version: &ListedVersion,
) {
    let listed = &version.entry;
    entry.text("Key", parameters.text(&listed.key));
    entry.text("VersionId", version.version_id.as_str());
    entry.value("IsLatest", version.is_latest);
    entry.text("LastModified", xml::date(listed.modified_ms));
    if !version.is_marker {
        entry.text("ETag", format!("\"{}\"", listed.etag));
        entry.some("ChecksumAlgorithm", listed.checksum_algorithm.as_deref());
        entry.value("Size", listed.size);
    }
    dialect.owner(entry, "Owner", &facts.owner);
    if !version.is_marker {
        entry.text("StorageClass", "STANDARD");
        entry.some("Type", listed.appendable.then_some("Appendable"));
    }
}
