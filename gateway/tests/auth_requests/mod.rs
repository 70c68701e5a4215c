//! Requests for the authentication tests: built, signed by `aws-sigv4` as the
//! AWS SDKs sign, and judged as the gateway judges.
#![allow(dead_code, reason = "each test file uses a part")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use gateway::auth::{Authenticated, Credential, Identity, Rules, Secrets, authenticate};
use gateway::catalog::model::Account;
use gateway::http::{Fault, Incoming, Query, Target};
use gateway::stream::{Body, BodyError, Trailers};
use http::{HeaderMap, HeaderName, HeaderValue};
use kms_core::base::SecretBytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

pub const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub const REGION: &str = "us-east-1";
/// Friday, 24 May 2013 00:00:00 GMT.
pub const SIGNED_AT: Duration = Duration::from_secs(1_369_353_600);

/// Knows one access key.
pub struct OneKey;

#[async_trait]
impl Secrets for OneKey {
    async fn credential(&self, access_key_id: &str) -> Result<Option<Credential>, Fault> {
        let known = access_key_id == ACCESS_KEY;
        let secret = SecretBytes::copy_from(SECRET.as_bytes());
        Ok(known.then(|| Credential { secret, identity: Identity::root(Arc::new(account())) }))
    }
}

fn account() -> Account {
    Account {
        id: "123456789012".into(),
        domain_id: "d".repeat(32),
        project_id: "e".repeat(32),
        canonical_id: "f".repeat(64),
        name: "example".into(),
        email: None,
        created_ms: 0,
    }
}

pub fn signing_time() -> SystemTime {
    SystemTime::UNIX_EPOCH + SIGNED_AT
}

pub fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

/// Judges at the signing time.
pub fn judge(request: &mut Incoming) -> Result<Authenticated, Fault> {
    judge_at(request, signing_time())
}

pub fn judge_at(request: &mut Incoming, now: SystemTime) -> Result<Authenticated, Fault> {
    let rules = Rules { region: REGION, skew: Duration::from_secs(900), now };
    wait(authenticate(request, &OneKey, &rules))
}

/// The code that a refused request gets.
pub fn refusal(mut request: Incoming) -> &'static str {
    judge(&mut request).expect_err("must be refused").code.name()
}

/// The whole decoded body.
pub fn drained(request: &mut Incoming) -> Result<Bytes, BodyError> {
    wait(request.take_body().collect(1 << 20))
}

/// A request for the path and query of `uri`.
pub fn incoming(method: &str, uri: &str, headers: &[(&str, &str)], body: &[u8]) -> Incoming {
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    Incoming {
        method: method.parse().expect("a method"),
        target: Target::Service,
        raw_path: path.into(),
        raw_query: query.into(),
        query: Query::parse(query).expect("UTF-8"),
        headers: headers.iter().map(|(name, value)| header(name, value)).collect::<HeaderMap>(),
        body: if body.is_empty() { Body::empty() } else { Body::full(body.to_vec()) },
        document: Bytes::new(),
        trailers: Trailers::default(),
        secure: true,
        remote: IpAddr::V4(Ipv4Addr::LOCALHOST),
        request_id: "0".repeat(32),
        received: signing_time(),
    }
}

pub fn header(name: &str, value: &str) -> (HeaderName, HeaderValue) {
    let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
    (name, HeaderValue::from_bytes(value.as_bytes()).expect("a value"))
}

/// What to sign and how.
pub struct Plan<'a> {
    pub method: &'a str,
    /// Path and query.
    pub uri: &'a str,
    pub headers: Vec<(&'a str, &'a str)>,
    /// The payload mode, or the hash of the body when `None`.
    pub mode: Option<&'a str>,
    pub body: &'a [u8],
    pub service: &'a str,
    /// Life of a presigned URL; `None` signs in the header.
    pub expires: Option<u64>,
}

impl Default for Plan<'_> {
    fn default() -> Self {
        Self {
            method: "GET",
            uri: "/bucket/key",
            headers: Vec::new(),
            mode: None,
            body: b"",
            service: "s3",
            expires: None,
        }
    }
}

impl Plan<'_> {
    /// The request as an AWS SDK sends it.
    pub fn signed(&self) -> Incoming {
        let identity = Credentials::new(ACCESS_KEY, SECRET, None, None, "tests").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name(self.service)
            .time(signing_time())
            .settings(self.settings())
            .build()
            .expect("parameters");
        let body = match self.mode {
            Some("UNSIGNED-PAYLOAD") => SignableBody::UnsignedPayload,
            Some(mode) => SignableBody::Precomputed(mode.into()),
            None if self.expires.is_some() => SignableBody::UnsignedPayload,
            None => SignableBody::Bytes(self.body),
        };
        let uri = format!("https://gateway.example{}", self.uri);
        let mut headers = vec![("host", "gateway.example")];
        headers.extend(self.headers.iter().copied());
        if let (Some(mode), Some(_)) = (self.mode, self.expires) {
            headers.push(("x-amz-content-sha256", mode));
        }
        let request = SignableRequest::new(self.method, &uri, headers.iter().copied(), body);
        let output = sign(request.expect("signable"), &params.into()).expect("signed");
        let (instructions, _) = output.into_parts();
        let (added, parameters) = instructions.into_parts();
        let mut request =
            incoming(self.method, &with_parameters(self.uri, &parameters), &headers, self.body);
        for field in added {
            let (name, value) = header(field.name(), field.value());
            request.headers.insert(name, value);
        }
        request
    }

    fn settings(&self) -> SigningSettings {
        let mut settings = SigningSettings::default();
        if self.service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        if let Some(expires) = self.expires {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(Duration::from_secs(expires));
        }
        settings
    }
}

fn with_parameters(uri: &str, parameters: &[(&str, std::borrow::Cow<'_, str>)]) -> String {
    let mut uri = uri.to_owned();
    for (name, value) in parameters {
        uri.push(if uri.contains('?') { '&' } else { '?' });
        uri.push_str(&format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
    }
    uri
}
