//! AppendObject (OBS "Appending an Object"): `POST /key?append&position=N`.
//!
//! Each append is one more part under the object's data key and a salt of its
//! own, so that no segment is ever sealed twice under one salt. The first one
//! makes the object and decides its encryption. The position is judged in the
//! commit: of appends that race, one wins and the others are told so.

use policy::Action;

use crate::api::acl::AskedAcl;
use crate::api::customer_key;
use crate::api::faults::object_fault;
use crate::api::object::{self, payload, wrote};
use crate::api::operation::{Need, On, Operation};
use crate::api::sse::{self, SseRequest};
use crate::api::tags;
use crate::api::work::Work;
use crate::catalog::CatalogError;
use crate::catalog::model::{APPENDABLE, Metadata, Precondition, StoredObject, VersionRef};
use crate::dialect::Dialect;
use crate::http::{Code, Fault, Incoming, Reply};
use crate::object::append::{APPENDS_MAX, Append};
use crate::object::encryption::{Encryption, Place};
use crate::object::put::{Put, Written};
use crate::object::write::Payload;
use crate::object::{ObjectError, append};

/// Adds bytes to the end of an object.
pub struct AppendObject {
    bucket: String,
    key: String,
    position: u64,
    sse: SseRequest,
    acl: AskedAcl,
    metadata: Metadata,
    payload: Payload,
    dialect: &'static Dialect,
}

impl Operation for AppendObject {
    const NAME: &'static str = "AppendObject";
    type Output = Written;

    fn parse(request: &mut Incoming, dialect: &'static Dialect) -> Result<Self, Fault> {
        let (bucket, key) = object::target(request)?;
        let text = request.query.value("position").unwrap_or_default();
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        let position = text.parse().ok().filter(|_| is_number).ok_or_else(|| {
            Fault::argument("position", text, "The position must be a number of bytes.")
        })?;
        Ok(Self {
            bucket,
            key,
            position,
            sse: SseRequest::parse(request)?,
            acl: AskedAcl::of_headers(request)?,
            metadata: object::parse_metadata(request)?,
            payload: payload(request)?,
            dialect,
        })
    }

    fn needs(&self) -> Vec<Need> {
        let on = On::Version(self.bucket.clone(), self.key.clone(), VersionRef::Latest);
        let write = self.acl.conditions(self.sse.conditions(Need::new(Action::PutObject, on)));
        tags::write_needs(write, &self.metadata.tags)
    }

    async fn run(self, work: &Work) -> Result<Written, Fault> {
        let stored = work.version(0).and_then(|version| version.object.as_ref());
        let outcome = match stored {
            None => self.first(work).await,
            Some(stored) => self.next(work, stored).await,
        };
        outcome.map_err(|error| match error {
            Stopped::Fault(fault) => *fault,
            // The object is another one by now: somebody else appended or wrote.
            Stopped::Object(ObjectError::Catalog(
                CatalogError::PreconditionFailed | CatalogError::NoSuchKey,
            )) => misplaced(None),
            Stopped::Object(error) => object_fault(error),
        })
    }

    fn render(written: Written, dialect: &'static Dialect) -> Reply {
        wrote(Reply::ok(), dialect, &written)
            .with("etag", format!("\"{}\"", written.etag))
            .with(append::NEXT_POSITION, written.size.to_string())
    }
}

/// Why an append stopped.
enum Stopped {
    Fault(Box<Fault>),
    Object(ObjectError),
}

impl AppendObject {
    /// Makes the object.
    async fn first(mut self, work: &Work) -> Result<Written, Stopped> {
        if self.position != 0 {
            return Err(misplaced(Some(0)).into());
        }
        let facts = work.bucket(0)?;
        let encryption = self.sse.effective(facts)?;
        sse::require_tls(encryption.mode, work)?;
        self.sse.note(&encryption, &mut self.metadata)?;
        let settled = self.acl.settle_write(work, facts).await?;
        self.metadata.acl = settled.acl;
        self.metadata.vendor.insert(APPENDABLE.to_owned(), "true".to_owned());
        let put = Put {
            etag_over: sse::etag_over(encryption.mode, self.dialect),
            encryption,
            payload: self.payload,
            metadata: self.metadata,
            precondition: Precondition::Absent,
            owner_id: settled.owner_id,
            now_ms: work.request.received_ms(),
        };
        let place = Place { facts, key: self.key.as_bytes() };
        let caller = work.kms_caller(Some("s3"));
        let mut written = work.gateway.objects.put(&caller, place, put).await?;
        written.announcement =
            customer_key::announced(written.announcement, self.sse.customer.as_ref());
        Ok(written)
    }

    /// Adds to it.
    async fn next(self, work: &Work, stored: &StoredObject) -> Result<Written, Stopped> {
        if !stored.metadata.vendor.contains_key(APPENDABLE) {
            return Err(Fault::new(Code::ObjectNotAppendable).into());
        }
        if self.position != stored.size {
            return Err(misplaced(Some(stored.size)).into());
        }
        let facts = work.bucket(0)?;
        refuse_other_encryption(self.sse.asked.as_ref(), stored)?;
        sse::require_tls(stored.body.mode, work)?;
        let append = Append {
            payload: self.payload,
            etag_over: sse::etag_over(stored.body.mode, self.dialect),
            now_ms: work.request.received_ms(),
        };
        let place = Place { facts, key: self.key.as_bytes() };
        let caller = work.kms_caller(Some("s3"));
        let bearer = customer_key::bearer(work, &caller, self.sse.customer.as_ref())?;
        match work.gateway.objects.append(bearer, place, stored, append).await? {
            Some(mut written) => {
                written.announcement =
                    customer_key::announced(written.announcement, self.sse.customer.as_ref());
                Ok(written)
            }
            None => Err(Fault::new(Code::TooManyParts)
                .message(format!("An object takes at most {APPENDS_MAX} appends."))
                .into()),
        }
    }
}

/// The encryption is the object's; a header that says otherwise is no wish that
/// can be fulfilled.
fn refuse_other_encryption(asked: Option<&Encryption>, stored: &StoredObject) -> Result<(), Fault> {
    match asked {
        Some(asked) if asked.mode != stored.body.mode => Err(Fault::new(Code::InvalidArgument)
            .message("The object was created with another encryption.")),
        _ => Ok(()),
    }
}

fn misplaced(length: Option<u64>) -> Fault {
    let fault = Fault::new(Code::PositionNotEqualToLength);
    match length {
        None => fault,
        Some(length) => fault.header(append::NEXT_POSITION, length),
    }
}

impl From<Fault> for Stopped {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

impl From<ObjectError> for Stopped {
    fn from(error: ObjectError) -> Self {
        Self::Object(error)
    }
}
