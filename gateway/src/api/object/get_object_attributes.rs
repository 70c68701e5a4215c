//! GetObjectAttributes (S3 API reference).

use kms_core::sealed::Manifest;
use policy::Action;

use super::describe::http_date;
use super::named_version::NamedVersion;
use crate::api::bucket::page_size;
use crate::api::customer_key::{self, Customer};
use crate::api::faults::object_fault;
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::catalog::model::StoredObject;
use crate::dialect::Dialect;
use crate::http::xml::{self, Writer};
use crate::http::{Fault, Incoming, Reply};
use crate::object::encryption::Place;
use crate::stream::checksum::{ChecksumAlgorithm, ChecksumValue};

const NAMES: [&str; 5] = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"];

/// Tells the attributes of a version that the client lists.
pub struct GetObjectAttributes {
    named: NamedVersion,
    wanted: Vec<String>,
    parts_limit: usize,
    parts_after: u32,
    customer: Option<Customer>,
}

/// What there is to tell.
pub struct Attributes {
    asked: GetObjectAttributes,
    object: StoredObject,
    parts: Vec<PartLine>,
    modified_ms: i64,
    version: Option<String>,
}

/// A part with its checksum.
struct PartLine {
    number: u32,
    size: u64,
    checksum: Option<ChecksumValue>,
}

impl Operation for GetObjectAttributes {
    const NAME: &'static str = "GetObjectAttributes";
    type Output = Attributes;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let values = request.headers.get_all("x-amz-object-attributes").iter();
        let lists = values.filter_map(|value| value.to_str().ok());
        let wanted: Vec<String> =
            lists.flat_map(|list| list.split(',')).map(|name| name.trim().to_owned()).collect();
        let known = wanted.iter().all(|name| NAMES.contains(&name.as_str()));
        if wanted.is_empty() || !known {
            return Err(Fault::argument(
                "x-amz-object-attributes",
                &wanted.join(","),
                "Invalid attribute name specified.",
            ));
        }
        let after = request.vendor("part-number-marker")?.unwrap_or("0");
        let parts_after = after.parse().map_err(|_| {
            Fault::argument("x-amz-part-number-marker", after, "Invalid part number marker")
        })?;
        Ok(Self {
            named: NamedVersion::parse(request)?,
            wanted,
            parts_limit: page_size("x-amz-max-parts", request.vendor("max-parts")?)?,
            parts_after,
            customer: customer_key::parse(request)?,
        })
    }

    fn needs(&self) -> Vec<Need> {
        vec![
            self.named.need(Action::GetObject, Action::GetObjectVersion),
            self.named.need(Action::GetObjectAttributes, Action::GetObjectVersionAttributes),
        ]
    }

    async fn run(self, work: &Work) -> Result<Attributes, Fault> {
        let present = self.named.find(work)?;
        let caller = work.kms_caller(Some("s3"));
        let bearer = customer_key::bearer(work, &caller, self.customer.as_ref())?;
        let place = Place { facts: work.bucket(0)?, key: self.named.key.as_bytes() };
        let objects = &work.gateway.objects;
        let checked = objects.check_customer_key(bearer, place, present.object).await;
        checked.map_err(object_fault)?;
        let parts = match present.object.body.parts_count {
            Some(_) => parts_of(present.object)?,
            None => Vec::new(),
        };
        Ok(Attributes {
            object: present.object.clone(),
            parts,
            modified_ms: present.version.modified_ms,
            version: present.shown,
            asked: self,
        })
    }

    fn render(told: Attributes, dialect: &'static Dialect) -> Reply {
        let root = "GetObjectAttributesResponse";
        let document = xml::document(root, Some(dialect.namespace), |root| told.write(root));
        Reply::xml(document)
            .with("last-modified", http_date(told.modified_ms))
            .with_some(&dialect.header("version-id"), told.version)
    }
}

impl Attributes {
    fn write(&self, root: &mut Writer) {
        let wants = |name: &str| self.asked.wanted.iter().any(|wanted| wanted == name);
        let object = &self.object;
        if wants("ETag") {
            root.text("ETag", &object.etag);
        }
        if wants("Checksum")
            && let Some(stored) = &object.metadata.checksum
            && let Some(algorithm) = ChecksumAlgorithm::parse(&stored.algorithm)
        {
            // The number of parts stands in ObjectParts.
            let value = stored.value.split('-').next().unwrap_or_default();
            root.element("Checksum", |checksum| {
                checksum.text(algorithm.element(), value);
                let kind = if stored.composite { "COMPOSITE" } else { "FULL_OBJECT" };
                checksum.text("ChecksumType", kind);
            });
        }
        if wants("ObjectParts")
            && let Some(count) = object.body.parts_count
        {
            root.element("ObjectParts", |list| self.write_parts(list, count));
        }
        if wants("StorageClass") {
            root.text("StorageClass", "STANDARD");
        }
        if wants("ObjectSize") {
            root.value("ObjectSize", object.size);
        }
    }

    /// S3 lists the parts themselves only where they have checksums.
    fn write_parts(&self, list: &mut Writer, count: u32) {
        list.value("PartsCount", count);
        let (after, limit) = (self.asked.parts_after, self.asked.parts_limit);
        let rest: Vec<_> = self.parts.iter().filter(|part| part.number > after).collect();
        let shown = rest.get(..limit.min(rest.len())).unwrap_or_default();
        if shown.iter().all(|part| part.checksum.is_none()) {
            return;
        }
        list.value("PartNumberMarker", after);
        list.value("NextPartNumberMarker", shown.last().map_or(0, |part| part.number));
        list.value("MaxParts", limit);
        list.value("IsTruncated", shown.len() < rest.len());
        for part in shown {
            list.element("Part", |entry| {
                entry.value("PartNumber", part.number);
                entry.value("Size", part.size);
                if let Some(checksum) = &part.checksum {
                    entry.text(checksum.algorithm().element(), checksum.to_base64());
                }
            });
        }
    }
}

fn parts_of(object: &StoredObject) -> Result<Vec<PartLine>, Fault> {
    let manifest = Manifest::decode(&object.body.manifest).map_err(Fault::internal)?;
    let line = |part: &kms_core::sealed::Part| {
        let checksum = part.checksum.as_ref().and_then(|checksum| {
            let kinds = ChecksumAlgorithm::ALL.into_iter();
            let algorithm = kinds.into_iter().find(|kind| kind.number() == checksum.kind())?;
            ChecksumValue::from_bytes(algorithm, checksum.value())
        });
        PartLine { number: part.number, size: part.plain_len, checksum }
    };
    Ok(manifest.parts().iter().map(line).collect())
}
