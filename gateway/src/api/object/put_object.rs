//! PutObject (S3 API reference; OBS "Uploading Objects - PUT").
//!
//! The plain case of a write, and the file to read first: the others differ from
//! it in where the bytes come from and which row they become.

use crate::api::acl::AskedAcl;
use crate::api::customer_key::announced as announced_to;
use crate::api::faults::object_fault;
use crate::api::operation::{Need, On, Operation};
use crate::api::sse::{self, SseRequest};
use crate::api::work::Work;
use crate::api::{condition, object, tags};
use crate::catalog::model::{Metadata, Precondition, Versioning};
use crate::dialect::Dialect;
use crate::http::{Code, Fault, Incoming, Reply};
use crate::object::encryption::Place;
use crate::object::put::{Put, Written};
use crate::object::write::Payload;
use crate::stream::announced::Announced;
use policy::Action;

/// Most bytes of a single PUT or part: 5 GiB.
pub const PUT_LIMIT: u64 = 5 * 1024 * 1024 * 1024;

/// Writes an object.
pub struct PutObject {
    bucket: String,
    key: String,
    sse: SseRequest,
    acl: AskedAcl,
    metadata: Metadata,
    precondition: Precondition,
    payload: Payload,
    dialect: &'static Dialect,
}

impl Operation for PutObject {
    const NAME: &'static str = "PutObject";
    type Output = Written;

    fn parse(request: &mut Incoming, dialect: &'static Dialect) -> Result<Self, Fault> {
        let (bucket, key) = object::target(request)?;
        Ok(Self {
            bucket,
            key,
            sse: SseRequest::parse(request)?,
            acl: AskedAcl::of_headers(request)?,
            metadata: object::parse_metadata(request)?,
            precondition: condition::of_write(request)?,
            payload: payload(request)?,
            dialect,
        })
    }

    fn needs(&self) -> Vec<Need> {
        let on = On::Object(self.bucket.clone(), self.key.clone());
        tags::write_needs(
            self.acl.conditions(self.sse.conditions(Need::new(Action::PutObject, on))),
            &self.metadata.tags,
        )
    }

    async fn run(mut self, work: &Work) -> Result<Written, Fault> {
        let facts = work.bucket(0)?;
        let encryption = self.sse.effective(facts)?;
        sse::require_tls(encryption.mode, work)?;
        self.sse.note(&encryption, &mut self.metadata)?;
        let settled = self.acl.settle_write(work, facts).await?;
        self.metadata.acl = settled.acl;
        let put = Put {
            etag_over: sse::etag_over(encryption.mode, self.dialect),
            encryption,
            payload: self.payload,
            metadata: self.metadata,
            precondition: self.precondition,
            owner_id: settled.owner_id,
            now_ms: work.request.received_ms(),
        };
        let place = Place { facts, key: self.key.as_bytes() };
        let caller = work.kms_caller(Some("s3"));
        let written = work.gateway.objects.put(&caller, place, put).await.map_err(object_fault)?;
        Ok(Written {
            announcement: announced_to(written.announcement, self.sse.customer.as_ref()),
            ..written
        })
    }

    fn render(written: Written, dialect: &'static Dialect) -> Reply {
        wrote(Reply::ok(), dialect, &written).with("etag", format!("\"{}\"", written.etag))
    }
}

/// The body of a write with what was announced about it. Errors:
/// `EntityTooLarge`, and `InvalidDigest` or `InvalidRequest` for announcements
/// that cannot be understood.
pub fn payload(request: &mut Incoming) -> Result<Payload, Fault> {
    let announced = announced(request)?;
    let body = request.take_body();
    if body.len().is_some_and(|len| len > PUT_LIMIT) {
        return Err(Fault::new(Code::EntityTooLarge)
            .detail("ProposedSize", body.len().unwrap_or(0))
            .detail("MaxSizeAllowed", PUT_LIMIT));
    }
    let trailers = request.trailers.clone();
    Ok(Payload { body, trailers, announced, compute: None, limit: PUT_LIMIT })
}

/// What a request announces about its body.
pub fn announced(request: &Incoming) -> Result<Announced, Fault> {
    Ok(Announced::from_headers(&request.headers)?)
}

/// What every answer to a finished write says: version, encryption, checksum.
pub fn wrote(reply: Reply, dialect: &'static Dialect, written: &Written) -> Reply {
    let version = match written.committed.versioning {
        Versioning::Off => None,
        _ => Some(written.committed.version_id.as_str()),
    };
    let reply = reply.with_some(&dialect.header("version-id"), version);
    let reply = sse::announce(reply, dialect, &written.announcement);
    match &written.checksum {
        Some(checksum) => super::describe::checksum(reply, dialect, checksum),
        None => reply,
    }
}
