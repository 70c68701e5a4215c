//! The request as an operation reads it, and the reply as it writes it.
//!
//! Plain values: how they came over a socket is the edge's, what they mean is the
//! operation's. Invariant: a setting that both vendors' headers give is one value
//! or a refusal, never a choice ([`Incoming::vendor`]).

use std::net::IpAddr;
use std::time::SystemTime;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Method, StatusCode};

use super::fault::{Code, Fault};
use super::query::Query;
use crate::stream::{Body, Trailers};

/// Both vendors' header prefixes; a setting may come under either.
pub const VENDOR_PREFIXES: [&str; 2] = ["x-amz-", "x-obs-"];

/// What a request is about, read from host and path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `/`: the service itself.
    Service,
    /// A bucket.
    Bucket(String),
    /// An object: bucket and key. Keys are 1 to 1024 bytes of UTF-8.
    Object(String, String),
}

impl Target {
    /// The bucket's name, where there is one.
    pub fn bucket(&self) -> Option<&str> {
        match self {
            Self::Service => None,
            Self::Bucket(bucket) | Self::Object(bucket, _) => Some(bucket),
        }
    }

    /// The object's key, where there is one.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Object(_, key) => Some(key),
            _ => None,
        }
    }
}

/// A request: parsed as far as every operation needs it, body untouched.
#[derive(Debug)]
pub struct Incoming {
    /// Method.
    pub method: Method,
    /// Bucket and key, decoded.
    pub target: Target,
    /// The path as on the wire, still percent-encoded, for signatures.
    pub raw_path: String,
    /// The query as on the wire, without `?`, for signatures.
    pub raw_query: String,
    /// The query, decoded.
    pub query: Query,
    /// Headers. HTTP/2's `:authority` stands here as `host`.
    pub headers: HeaderMap,
    /// The body. After authentication it is the decoded payload whose
    /// signatures and announced checksums fail the stream at its end.
    pub body: Body,
    /// The whole body of an operation that takes a document; empty for others.
    /// `dispatch` collects it within the route's limit.
    pub document: Bytes,
    /// What came behind an aws-chunked body, known once it has ended.
    pub trailers: Trailers,
    /// True when the client's connection is TLS (or a listed proxy vouches).
    pub secure: bool,
    /// The client's address.
    pub remote: IpAddr,
    /// Id in answers, logs and audit records: 32 hex digits, upper case.
    pub request_id: String,
    /// When the request arrived.
    pub received: SystemTime,
}

impl Incoming {
    /// A header's text; `None` when absent. Errors: 400 when it is no text or
    /// comes twice with different values.
    pub fn header(&self, name: &str) -> Result<Option<&str>, Fault> {
        let mut values = self.headers.get_all(name).iter();
        let Some(first) = values.next() else {
            return Ok(None);
        };
        if values.any(|other| other != first) {
            return Err(Fault::new(Code::InvalidArgument)
                .message(format!("The header {name} was given twice with different values.")));
        }
        text(name, first).map(Some)
    }

    /// A vendor setting by its name without prefix, for example
    /// `server-side-encryption`, under `x-amz-` or `x-obs-`. Errors: 400 when
    /// both are given and differ.
    pub fn vendor(&self, name: &str) -> Result<Option<&str>, Fault> {
        let [amz, obs] = VENDOR_PREFIXES.map(|prefix| self.header(&format!("{prefix}{name}")));
        match (amz?, obs?) {
            (Some(a), Some(b)) if a != b => Err(Fault::new(Code::InvalidArgument)
                .message(format!("x-amz-{name} and x-obs-{name} were given different values."))),
            (a, b) => Ok(a.or(b)),
        }
    }

    /// Takes the body out, leaving an empty one.
    pub fn take_body(&mut self) -> Body {
        std::mem::replace(&mut self.body, Body::empty())
    }
}

fn text<'a>(name: &str, value: &'a HeaderValue) -> Result<&'a str, Fault> {
    std::str::from_utf8(value.as_bytes()).map_err(|_| {
        Fault::new(Code::InvalidArgument).message(format!("The header {name} is not UTF-8 text."))
    })
}

/// An answer: status, headers and body. `edge` adds ids, date and server.
#[derive(Debug)]
pub struct Reply {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body; its length becomes `Content-Length` when known.
    pub body: Body,
}

impl Reply {
    /// An answer without a body.
    pub fn status(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: Body::empty() }
    }

    /// 200 without a body.
    pub fn ok() -> Self {
        Self::status(StatusCode::OK)
    }

    /// 204 without a body.
    pub fn no_content() -> Self {
        Self::status(StatusCode::NO_CONTENT)
    }

    /// 200 with an XML document.
    pub fn xml(document: String) -> Self {
        Self::ok().with("content-type", "application/xml").body(Body::full(document))
    }

    /// Sets the status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// Sets a header. A value that HTTP cannot carry (control characters) is
    /// dropped rather than sent broken: header injection ends here.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl AsRef<str>) -> Self {
        let name = HeaderName::try_from(name);
        let value = HeaderValue::from_bytes(value.as_ref().as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Sets a header when there is a value.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}
