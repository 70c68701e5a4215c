//! CopyObject (S3 API reference; OBS "Copying an Object").
//!
//! A read and a write in one request, each with its own need, key and record;
//! the copy is sealed anew, so that the two objects share neither key nor blob.

use kms_core::sealed::Mode;
use policy::{Action, Attribute};

use super::put_object::PUT_LIMIT;
use crate::api::acl::AskedAcl;
use crate::api::condition::{self, ReadConditions};
use crate::api::customer_key::{self, Customer};
use crate::api::faults::object_fault;
use crate::api::object::{self, CopySource, wrote};
use crate::api::operation::{Need, On, Operation};
use crate::api::setting::encryption_default;
use crate::api::sse::{self, SseRequest};
use crate::api::tags::{self, Tags};
use crate::api::work::Work;
use crate::authorize::denied;
use crate::catalog::model::{
    APPENDABLE, Metadata, Precondition, StoredObject, VersionRef, Versioning,
};
use crate::dialect::Dialect;
use crate::http::{Code, Fault, Incoming, Reply, xml};
use crate::object::encryption::{Encryption, Place};
use crate::object::put::{Put, Written};
use crate::object::read::ENCRYPTION_CONTEXT;
use crate::object::write::Payload;
use crate::stream::Trailers;
use crate::stream::announced::Announced;
use crate::stream::checksum::ChecksumAlgorithm;
use crate::stream::range::Span;

/// Copies an object under a fresh data key, whatever the encryption of source
/// and destination.
pub struct CopyObject {
    bucket: String,
    key: String,
    source: CopySource,
    sse: SseRequest,
    acl: AskedAcl,
    /// The request's metadata when it replaces the source's.
    replaced: Option<Metadata>,
    /// The request's tags when they replace the source's.
    tags: Option<Tags>,
    source_conditions: ReadConditions,
    source_customer: Option<Customer>,
    precondition: Precondition,
    checksum: Option<ChecksumAlgorithm>,
    dialect: &'static Dialect,
}

/// A finished copy.
pub struct Copied {
    written: Written,
    source_version: Option<String>,
}

impl Operation for CopyObject {
    const NAME: &'static str = "CopyObject";
    type Output = Copied;

    fn parse(request: &mut Incoming, dialect: &'static Dialect) -> Result<Self, Fault> {
        let (bucket, key) = object::target(request)?;
        let metadata = object::parse_metadata(request)?;
        let replaced = match request.vendor("metadata-directive")? {
            None | Some("COPY") => None,
            Some("REPLACE") => Some(metadata),
            Some(other) => {
                return Err(Fault::argument(
                    "x-amz-metadata-directive",
                    other,
                    "Unknown metadata directive.",
                ));
            }
        };
        let tags = match request.vendor("tagging-directive")? {
            None | Some("COPY") => None,
            Some("REPLACE") => Some(tags::of_header(request)?.unwrap_or_default()),
            Some(other) => {
                return Err(Fault::argument(
                    "x-amz-tagging-directive",
                    other,
                    "Unknown tagging directive.",
                ));
            }
        };
        let checksum = request.vendor("checksum-algorithm")?.map(|name| {
            ChecksumAlgorithm::parse(name).ok_or_else(|| {
                Fault::argument(
                    "x-amz-checksum-algorithm",
                    name,
                    "Checksum algorithm provided is unsupported.",
                )
            })
        });
        Ok(Self {
            bucket,
            key,
            source: CopySource::parse(request)?,
            sse: SseRequest::parse(request)?,
            acl: AskedAcl::of_headers(request)?,
            replaced,
            tags,
            source_conditions: ReadConditions::of_copy_source(request)?,
            source_customer: customer_key::parse_copy_source(request)?,
            precondition: condition::of_write(request)?,
            checksum: checksum.transpose()?,
            dialect,
        })
    }

    fn needs(&self) -> Vec<Need> {
        let on = On::Object(self.bucket.clone(), self.key.clone());
        let write = self.acl.conditions(self.sse.conditions(Need::new(Action::PutObject, on)));
        let write = write.when(Attribute::CopySource, Some(self.source.condition()));
        let tag_rights = self.tag_rights(&write.on);
        let mut needs = vec![tags::conditions(write, self.tags.as_ref().unwrap_or(&Tags::new()))];
        needs.push(self.source.need());
        needs.extend(tag_rights);
        needs
    }

    async fn run(self, work: &Work) -> Result<Copied, Fault> {
        let (facts, source_facts) = (work.bucket(0)?, work.bucket(1)?);
        let (version, object) = self.source.object(work, 1)?;
        self.source_conditions.check_copy_source(&object.etag, version.modified_ms)?;
        if object.size > PUT_LIMIT {
            return Err(Fault::new(Code::InvalidRequest).message(
                "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120",
            ));
        }
        self.refuse_no_change(object)?;
        self.check_tag_rights(work, object)?;
        let encryption = self.encryption(work)?;
        sse::require_tls(encryption.mode, work)?;
        let mut metadata = self.metadata(object);
        self.sse.note(&encryption, &mut metadata)?;
        let settled = self.acl.settle_write(work, facts).await?;
        metadata.acl = settled.acl;
        let caller = work.kms_caller(Some("s3"));
        let objects = &work.gateway.objects;
        let from = Place { facts: source_facts, key: self.source.key.as_bytes() };
        let whole = Span { start: 0, end: object.size };
        let bearer = customer_key::bearer(work, &caller, self.source_customer.as_ref())?;
        let body = objects.read(bearer, from, object, whole).await.map_err(object_fault)?;
        let put = Put {
            etag_over: sse::etag_over(encryption.mode, self.dialect),
            encryption,
            payload: Payload {
                body,
                trailers: Trailers::default(),
                announced: Announced::default(),
                compute: self.checksum.or_else(|| stored_algorithm(object)),
                limit: PUT_LIMIT,
            },
            metadata,
            precondition: self.precondition,
            owner_id: settled.owner_id,
            now_ms: work.request.received_ms(),
        };
        let to = Place { facts, key: self.key.as_bytes() };
        let mut written = objects.put(&caller, to, put).await.map_err(object_fault)?;
        written.announcement =
            customer_key::announced(written.announcement, self.sse.customer.as_ref());
        let shown = source_facts.bucket.versioning != Versioning::Off;
        let source_version = shown.then(|| version.version_id.as_str().to_owned());
        Ok(Copied { written, source_version })
    }

    fn render(Copied { written, source_version }: Copied, dialect: &'static Dialect) -> Reply {
        let document = xml::document("CopyObjectResult", Some(dialect.namespace), |root| {
            root.text("ETag", format!("\"{}\"", written.etag));
            root.text("LastModified", xml::date(written.modified_ms));
            if let Some(checksum) = &written.checksum
                && let Some(algorithm) = ChecksumAlgorithm::parse(&checksum.algorithm)
            {
                root.text(algorithm.element(), &checksum.value);
                root.text("ChecksumType", "FULL_OBJECT");
            }
        });
        wrote(Reply::xml(document), dialect, &written)
            .with_some(&dialect.header("copy-source-version-id"), source_version)
    }
}

impl CopyObject {
    /// A copy onto itself must change something.
    fn refuse_no_change(&self, source: &StoredObject) -> Result<(), Fault> {
        let itself = self.source.bucket == self.bucket
            && self.source.key == self.key
            && self.source.version == VersionRef::Latest;
        let changes = self.replaced.is_some()
            || self.checksum.is_some()
            || self.sse.asked.is_some()
            || source.body.mode == Mode::SseC
            || source.metadata.vendor.contains_key("website-redirect-location");
        match itself && !changes {
            false => Ok(()),
            true => Err(Fault::new(Code::InvalidRequest).message(
                "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
            )),
        }
    }

    /// The headers' encryption; else the destination bucket's default; else the
    /// source bucket's; else a service key's.
    fn encryption(&self, work: &Work) -> Result<Encryption, Fault> {
        if let Some(asked) = &self.sse.asked {
            return Ok(asked.clone());
        }
        for index in [0, 1] {
            if let Some(default) = encryption_default(work.bucket(index)?)? {
                return Ok(default);
            }
        }
        Ok(Encryption::by_service(Mode::None))
    }

    /// To copy tags takes the right to read them and the right to write them,
    /// which only matter when the source has some.
    fn tag_rights(&self, target: &On) -> Vec<Need> {
        let Some(tags) = &self.tags else {
            let read =
                self.source.need_of(Action::GetObjectTagging, Action::GetObjectVersionTagging);
            let write = Need::new(Action::PutObjectTagging, target.clone());
            return vec![read.soft(), write.soft()];
        };
        if tags.is_empty() {
            return Vec::new();
        }
        vec![tags::conditions(Need::new(Action::PutObjectTagging, target.clone()), tags)]
    }

    fn check_tag_rights(&self, work: &Work, source: &StoredObject) -> Result<(), Fault> {
        let copies = self.tags.is_none() && !source.metadata.tags.is_empty();
        match copies && work.allowed.iter().any(|allowed| !allowed) {
            true => Err(denied("the right to copy the source's tags")),
            false => Ok(()),
        }
    }

    fn metadata(&self, source: &StoredObject) -> Metadata {
        let tags = self.tags.as_ref().unwrap_or(&source.metadata.tags).clone();
        match &self.replaced {
            Some(replaced) => Metadata { tags, ..replaced.clone() },
            None => {
                let mut copied = source.metadata.clone();
                copied.checksum = None;
                copied.tags = tags;
                // What belongs to the source's encryption stays with the source.
                copied.vendor.remove(ENCRYPTION_CONTEXT);
                copied.vendor.remove(sse::BUCKET_KEY);
                copied.vendor.remove("website-redirect-location");
                copied.vendor.remove(APPENDABLE);
                copied
            }
        }
    }
}

/// A copy keeps the source's checksum algorithm, computed anew.
fn stored_algorithm(source: &StoredObject) -> Option<ChecksumAlgorithm> {
    let stored = source.metadata.checksum.as_ref()?;
    ChecksumAlgorithm::parse(&stored.algorithm)
}
