//! UploadPartCopy (S3 API reference; OBS "Copying a Part").
//!
//! No byte of the object crosses the client's connection, so the transport
//! table leaves HTTP free here, also for a part of an SSE-KMS upload; a customer's
//! key may still not come over it.

use super::{UploadName, checksum, part_number};
use crate::api::condition::ReadConditions;
use crate::api::customer_key::{self, Customer};
use crate::api::faults::{object_fault, part_fault};
use crate::api::object::{CopySource, PUT_LIMIT};
use crate::api::operation::{Need, Operation};
use crate::api::sse;
use crate::api::work::Work;
use crate::catalog::model::{UploadPart as Part, Versioning};
use crate::dialect::Dialect;
use crate::http::{Code, Fault, Incoming, Reply, xml};
use crate::object::encryption::{Announcement, Place};
use crate::object::write::Payload;
use crate::stream::Trailers;
use crate::stream::announced::Announced;
use crate::stream::checksum::ChecksumAlgorithm;
use crate::stream::range::{RangeSpec, Span};
use policy::{Action, Attribute};

/// Writes a part from another object, or a range of it.
pub struct UploadPartCopy {
    upload: UploadName,
    number: u32,
    source: CopySource,
    range: Option<(RangeSpec, String)>,
    conditions: ReadConditions,
    source_customer: Option<Customer>,
    customer: Option<Customer>,
}

/// A copied part.
pub struct CopiedPart {
    part: Part,
    announcement: Announcement,
    source_version: Option<String>,
}

impl Operation for UploadPartCopy {
    const NAME: &'static str = "UploadPartCopy";
    type Output = CopiedPart;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        sse::refuse_on_read(request)?;
        let range = match request.vendor("copy-source-range")? {
            None => None,
            Some(text) => match RangeSpec::parse(text) {
                Some(spec @ RangeSpec::From { last: Some(_), .. }) => Some((spec, text.to_owned())),
                _ => return Err(bad_range(text)),
            },
        };
        Ok(Self {
            upload: UploadName::parse(request)?,
            number: part_number(request)?,
            source: CopySource::parse(request)?,
            range,
            conditions: ReadConditions::of_copy_source(request)?,
            source_customer: customer_key::parse_copy_source(request)?,
            customer: customer_key::parse(request)?,
        })
    }

    fn needs(&self) -> Vec<Need> {
        let write = self.upload.need(Action::PutObject);
        vec![write.when(Attribute::CopySource, Some(self.source.condition())), self.source.need()]
    }

    async fn run(self, work: &Work) -> Result<CopiedPart, Fault> {
        let (facts, upload) = (work.bucket(0)?, work.upload(0)?);
        let source_facts = work.bucket(1)?;
        let (version, object) = self.source.object(work, 1)?;
        self.conditions.check_copy_source(&object.etag, version.modified_ms)?;
        let span = self.span(object.size)?;
        let caller = work.kms_caller(Some("s3"));
        let objects = &work.gateway.objects;
        let from = Place { facts: source_facts, key: self.source.key.as_bytes() };
        let reader = customer_key::bearer(work, &caller, self.source_customer.as_ref())?;
        let writer = customer_key::bearer(work, &caller, self.customer.as_ref())?;
        let body = objects.read(reader, from, object, span).await.map_err(object_fault)?;
        let payload = Payload {
            body,
            trailers: Trailers::default(),
            announced: Announced::default(),
            compute: checksum::algorithm(upload),
            limit: PUT_LIMIT,
        };
        let to = Place { facts, key: self.upload.key.as_bytes() };
        let now_ms = work.request.received_ms();
        let copied = objects.upload_part(writer, to, upload, self.number, payload, now_ms).await;
        let (part, announcement) = copied.map_err(part_fault)?;
        let announcement = customer_key::announced(announcement, self.customer.as_ref());
        let shown = source_facts.bucket.versioning != Versioning::Off;
        let source_version = shown.then(|| version.version_id.as_str().to_owned());
        Ok(CopiedPart { part, announcement, source_version })
    }

    fn render(copied: CopiedPart, dialect: &'static Dialect) -> Reply {
        let CopiedPart { part, announcement, source_version } = copied;
        let document = xml::document("CopyPartResult", Some(dialect.namespace), |root| {
            root.text("ETag", format!("\"{}\"", part.etag));
            root.text("LastModified", xml::date(part.modified_ms));
            if let Some(checksum) = &part.checksum
                && let Some(algorithm) = ChecksumAlgorithm::parse(&checksum.algorithm)
            {
                root.text(algorithm.element(), &checksum.value);
            }
        });
        sse::announce(Reply::xml(document), dialect, &announcement)
            .with_some(&dialect.header("copy-source-version-id"), source_version)
    }
}

impl UploadPartCopy {
    /// The bytes of the source. A range must lie within it: a copy that came
    /// out shorter than asked would not be noticed.
    fn span(&self, size: u64) -> Result<Span, Fault> {
        let span = match &self.range {
            None => Span { start: 0, end: size },
            Some((spec, text)) => match (*spec, spec.within(size)) {
                (RangeSpec::From { last: Some(last), .. }, Some(span)) if last < size => span,
                _ => return Err(bad_range(text)),
            },
        };
        match span.len() > PUT_LIMIT {
            false => Ok(span),
            true => Err(Fault::new(Code::InvalidRequest)
                .message("The specified copy source is larger than the maximum allowable size for a copy source: 5368709120")),
        }
    }
}

fn bad_range(text: &str) -> Fault {
    Fault::argument(
        "x-amz-copy-source-range",
        text,
        "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
    )
}
