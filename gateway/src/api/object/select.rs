//! What a GET or HEAD asks for: which version, under which conditions, which
//! of its bytes.

use policy::{Action, Attribute};
use std::sync::Arc;

use http::StatusCode;
use kms_core::sealed::Manifest;

use super::describe::{Description, http_date};
use crate::api::condition::ReadConditions;
use crate::api::customer_key::{self, Customer};
use crate::api::operation::{Need, On};
use crate::api::sse;
use crate::api::work::Work;
use crate::catalog::model::{BucketFacts, StoredObject, Version, VersionRef};
use crate::dialect::Dialect;
use crate::http::{Code, Fault, Incoming, Reply};
use crate::stream::range::{RangeSpec, Span};

/// The query parameters that rewrite headers of an answer, and the headers.
const OVERRIDES: [(&str, &str); 6] = [
    ("response-cache-control", "cache-control"),
    ("response-content-disposition", "content-disposition"),
    ("response-content-encoding", "content-encoding"),
    ("response-content-language", "content-language"),
    ("response-content-type", "content-type"),
    ("response-expires", "expires"),
];

/// A parsed GET or HEAD.
pub struct Select {
    bucket: String,
    key: String,
    version: VersionRef,
    conditions: ReadConditions,
    range: Option<RangeSpec>,
    part: Option<u32>,
    with_checksum: bool,
    customer: Option<Customer>,
    overrides: Vec<(&'static str, String)>,
}

/// A version that may be answered.
pub struct Selected {
    /// The bucket.
    pub facts: Arc<BucketFacts>,
    /// The version.
    version: Arc<Version>,
    /// Which bytes.
    pub span: Span,
    /// What the answer says.
    pub answer: SelectAnswer,
}

/// Status and headers of the answer.
pub struct SelectAnswer {
    description: Description,
    partial: Option<String>,
    parts_count: Option<u32>,
    overrides: Vec<(&'static str, String)>,
    len: u64,
}

impl Select {
    pub fn parse(request: &Incoming) -> Result<Self, Fault> {
        let (bucket, key) = super::target(request)?;
        sse::refuse_on_read(request)?;
        let range = request.header("range")?.and_then(RangeSpec::parse);
        let part = match request.query.nonempty("partNumber") {
            None => None,
            Some(text) => Some(part_number(text)?),
        };
        if part.is_some() && range.is_some() {
            return Err(Fault::new(Code::InvalidRequest)
                .message("Cannot specify both Range header and partNumber query parameter"));
        }
        let rewrite = |(parameter, header)| {
            request.query.value(parameter).map(|value| (header, value.to_owned()))
        };
        Ok(Self {
            bucket,
            key,
            version: super::version(request)?,
            conditions: ReadConditions::of_read(request)?,
            range,
            part,
            with_checksum: request
                .vendor("checksum-mode")?
                .is_some_and(|mode| mode.eq_ignore_ascii_case("enabled")),
            customer: customer_key::parse(request)?,
            overrides: OVERRIDES.into_iter().filter_map(rewrite).collect(),
        })
    }

    /// The right to read this version.
    pub fn need(&self) -> Need {
        let action = match &self.version {
            VersionRef::Latest => Action::GetObject,
            VersionRef::Exact(_) => Action::GetObjectVersion,
        };
        let version = match &self.version {
            VersionRef::Latest => None,
            VersionRef::Exact(id) => Some(id.as_str()),
        };
        let on = On::Version(self.bucket.clone(), self.key.clone(), self.version.clone());
        Need::new(action, on).when(Attribute::VersionId, version)
    }

    /// The customer's key that came along.
    pub fn customer(&self) -> Option<&Customer> {
        self.customer.as_ref()
    }

    /// The object's key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Chooses version and bytes. Errors: `NoSuchKey`, `NoSuchVersion`,
    /// `MethodNotAllowed` for a delete marker by name, `PreconditionFailed`,
    /// `NotModified`, `InvalidRange`, `InvalidPartNumber`.
    pub fn choose(self, work: &Work) -> Result<Selected, Fault> {
        if !self.overrides.is_empty() && work.caller.account.is_none() {
            return Err(Fault::new(Code::InvalidRequest).message(
                "Request specific response headers cannot be used for anonymous GET requests.",
            ));
        }
        let facts = work.bucket(0)?.clone();
        let version = work.version(0).cloned().ok_or_else(|| self.missing())?;
        let Some(object) = &version.object else { return Err(self.marker(&version)) };
        self.conditions.check_read(&object.etag, version.modified_ms)?;
        let (span, partial) = self.span(object)?;
        let mut description = Description::of(&facts, &version, object)?;
        description.with_checksum = self.with_checksum && span.len() == object.size;
        let partial = partial.then(|| {
            format!("bytes {}-{}/{}", span.start, span.end.saturating_sub(1), object.size)
        });
        let parts_count = object.body.parts_count.filter(|_| self.part.is_some());
        let answer = SelectAnswer {
            description,
            partial,
            parts_count,
            overrides: self.overrides,
            len: span.len(),
        };
        Ok(Selected { facts, version, span, answer })
    }

    fn missing(&self) -> Fault {
        match &self.version {
            VersionRef::Latest => Fault::new(Code::NoSuchKey).detail("Key", &self.key),
            VersionRef::Exact(id) => Fault::new(Code::NoSuchVersion)
                .detail("Key", &self.key)
                .detail("VersionId", id.as_str()),
        }
    }

    fn marker(&self, version: &Version) -> Fault {
        let fault = match &self.version {
            VersionRef::Latest => Fault::new(Code::NoSuchKey).detail("Key", &self.key),
            VersionRef::Exact(_) => Fault::new(Code::MethodNotAllowed)
                .detail("Method", "GET")
                .detail("ResourceType", "DeleteMarker")
                .header("allow", "DELETE")
                .header("last-modified", http_date(version.modified_ms)),
        };
        fault
            .header("x-amz-delete-marker", "true")
            .header("x-amz-version-id", version.version_id.as_str())
    }

    /// The bytes that were asked for, and whether that is a part of the whole.
    fn span(&self, object: &StoredObject) -> Result<(Span, bool), Fault> {
        if let Some(number) = self.part {
            return Ok((part_span(object, number)?, true));
        }
        match self.range {
            None => Ok((Span { start: 0, end: object.size }, false)),
            Some(range) => match range.within(object.size) {
                Some(span) => Ok((span, true)),
                None => Err(Fault::new(Code::InvalidRange)
                    .detail("ActualObjectSize", object.size)
                    .header("content-range", format!("bytes */{}", object.size))),
            },
        }
    }
}

impl Selected {
    /// The object; a selection never holds a delete marker.
    pub fn object(&self) -> Result<&StoredObject, Fault> {
        self.version.object.as_ref().ok_or_else(|| Code::NoSuchKey.into())
    }
}

impl SelectAnswer {
    /// The answer to one whose key was proved.
    pub fn announced_to(mut self, customer: Option<&Customer>) -> Self {
        self.description.announce_to(customer);
        self
    }

    /// Status and headers. A HEAD needs the length said, since it has no body.
    pub fn render(self, dialect: &'static Dialect) -> Reply {
        let status = match self.partial {
            Some(_) => StatusCode::PARTIAL_CONTENT,
            None => StatusCode::OK,
        };
        let mut reply = self.description.write(Reply::status(status), dialect);
        reply = reply
            .with("content-length", self.len.to_string())
            .with_some("content-range", self.partial)
            .with_some(
                &dialect.header("mp-parts-count"),
                self.parts_count.map(|count| count.to_string()),
            );
        self.overrides.into_iter().fold(reply, |reply, (name, value)| reply.with(name, value))
    }
}

fn part_number(text: &str) -> Result<u32, Fault> {
    text.parse().ok().filter(|number| (1..=10_000).contains(number)).ok_or_else(|| {
        Fault::argument(
            "partNumber",
            text,
            "Part number must be an integer between 1 and 10000, inclusive",
        )
    })
}

/// The bytes of one part; an object of a single PUT is its own part 1.
fn part_span(object: &StoredObject, number: u32) -> Result<Span, Fault> {
    let absent = || {
        Fault::new(Code::InvalidPartNumber)
            .detail("ActualPartCount", object.body.parts_count.unwrap_or(1))
    };
    let manifest = Manifest::decode(&object.body.manifest).map_err(Fault::internal)?;
    let mut start = 0;
    for part in manifest.parts() {
        let end = start + part.plain_len;
        if part.number == number {
            return Ok(Span { start, end });
        }
        start = end;
    }
    Err(absent())
}
