//! A client that signs as the AWS SDKs do, and can be told to misbehave.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use reqwest::{Certificate, Method};
use serde_json::Value;

use crate::Reply;
use crate::chunked::{self, Chain};
use crate::obs;

/// An access key.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Access key id.
    pub access_key_id: String,
    /// Secret.
    pub secret_access_key: String,
}

/// How a body is vouched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Payload {
    /// Its SHA-256 is signed.
    #[default]
    Signed,
    /// `UNSIGNED-PAYLOAD`.
    Unsigned,
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`, in chunks of this length.
    Chunked(usize),
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER` with this trailing header.
    ChunkedTrailer(usize, String, String),
    /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER` with this trailing header.
    UnsignedTrailer(usize, String, String),
    /// Whatever this says, unverified.
    Claimed(String),
}

/// Speaks to one gateway as one account, or as nobody.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    region: String,
    identity: Option<Identity>,
}

impl Client {
    /// A client of `base`, which trusts `ca` alone.
    pub fn new(base: String, ca: Option<&[u8]>, region: String, identity: Identity) -> Self {
        let mut builder = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(120));
        if let Some(pem) = ca {
            builder = builder.tls_certs_only([Certificate::from_pem(pem).expect("a CA")]);
        }
        let http = builder.redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Self { http, base, region, identity: Some(identity) }
    }

    /// The same client as another account.
    #[must_use]
    pub fn signed_as(&self, identity: &Identity) -> Self {
        Self { identity: Some(identity.clone()), ..self.clone() }
    }

    /// The same client, which signs nothing.
    #[must_use]
    pub fn anonymous(&self) -> Self {
        Self { identity: None, ..self.clone() }
    }

    /// The same client, which believes to be in another region.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        Self { region: region.to_owned(), ..self.clone() }
    }

    /// `PUT`; paths are percent-encoded and carry their query.
    pub fn put(&self, path: &str) -> Request {
        self.request(Method::PUT, path)
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> Request {
        self.request(Method::GET, path)
    }

    /// `HEAD`.
    pub fn head(&self, path: &str) -> Request {
        self.request(Method::HEAD, path)
    }

    /// `POST`.
    pub fn post(&self, path: &str) -> Request {
        self.request(Method::POST, path)
    }

    /// `DELETE`.
    pub fn delete(&self, path: &str) -> Request {
        self.request(Method::DELETE, path)
    }

    /// An operation of AWS KMS.
    /// An operation of AWS KMS.
    pub async fn kms(&self, operation: &str, parameters: Value) -> Reply {
        self.kms_request(operation, parameters).send().await
    }

    /// The same, not yet sent.
    pub fn kms_request(&self, operation: &str, parameters: Value) -> Request {
        let mut request = self.post("/");
        request.service = "kms";
        let request = request
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", &format!("TrentService.{operation}"));
        request.body(parameters.to_string())
    }

    /// Makes a key and returns its id.
    pub async fn key(&self) -> String {
        let made = self.kms("CreateKey", Value::Object(Default::default())).await.expect(200);
        made.field("KeyMetadata/KeyId")
    }

    /// Starts an upload and returns its id.
    pub async fn initiate(&self, path: &str, headers: &[(&str, &str)]) -> String {
        let mut request = self.post(&format!("{path}?uploads"));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.send().await.expect(200).element("UploadId")
    }

    /// Sends a part and returns its ETag.
    pub async fn part(
        &self,
        path: &str,
        upload: &str,
        number: u32,
        body: impl Into<Vec<u8>>,
    ) -> String {
        let path = format!("{path}?partNumber={number}&uploadId={upload}");
        self.put(&path).body(body).send().await.expect(200).etag()
    }

    /// Completes an upload of these parts.
    pub async fn complete(&self, path: &str, upload: &str, parts: &[(u32, String)]) -> Reply {
        let part = |(number, etag): &(u32, String)| {
            format!("<Part><PartNumber>{number}</PartNumber><ETag>\"{etag}\"</ETag></Part>")
        };
        let list: String = parts.iter().map(part).collect();
        let document = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
        self.post(&format!("{path}?uploadId={upload}")).body(document).send().await
    }

    /// A URL, without its host, that allows one request for `expires` seconds.
    pub fn presign(&self, method: &str, path: &str, expires: u64) -> String {
        let mut request = self.request(method.parse().expect("a method"), path);
        request.expires = Some(expires);
        request.signed().path
    }

    /// The same as a whole URL.
    pub fn presigned_url(&self, method: &str, path: &str, expires: u64) -> String {
        format!("{}{}", self.base, self.presign(method, path, expires))
    }

    /// Who signs.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// Any method.
    pub fn request(&self, method: Method, path: &str) -> Request {
        Request {
            client: self.clone(),
            method,
            path: path.to_owned(),
            service: "s3",
            headers: Vec::new(),
            unsigned: Vec::new(),
            body: Bytes::new(),
            payload: Payload::Signed,
            at: SystemTime::now(),
            expires: None,
            spoil: None,
        }
    }
}

/// A request in the making.
pub struct Request {
    client: Client,
    method: Method,
    path: String,
    service: &'static str,
    headers: Vec<(String, String)>,
    unsigned: Vec<(String, String)>,
    body: Bytes,
    payload: Payload,
    at: SystemTime,
    expires: Option<u64>,
    spoil: Option<fn(&mut Vec<u8>)>,
}

impl Request {
    /// Adds a header, which is signed.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a header after signing.
    #[must_use]
    pub fn unsigned_header(mut self, name: &str, value: &str) -> Self {
        self.unsigned.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Asks for SSE-KMS, under this key or the default one.
    #[must_use]
    pub fn sse_kms(self, key: Option<&str>) -> Self {
        let request = self.header("x-amz-server-side-encryption", "aws:kms");
        match key {
            Some(key) => request.header("x-amz-server-side-encryption-aws-kms-key-id", key),
            None => request,
        }
    }

    /// Signs as OBS's SDKs do, which makes it a request in OBS's dialect.
    #[must_use]
    pub fn obs(mut self) -> Self {
        self.service = "obs";
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        self.shared_body(body.into().into())
    }

    /// Sets the body without a copy.
    #[must_use]
    pub fn shared_body(mut self, body: Bytes) -> Self {
        self.body = body;
        self
    }

    /// Sets how the body is vouched for.
    #[must_use]
    pub fn payload(mut self, payload: Payload) -> Self {
        self.payload = payload;
        self
    }

    /// Signs as if it were this time.
    #[must_use]
    pub fn at(mut self, at: SystemTime) -> Self {
        self.at = at;
        self
    }

    /// Changes the bytes on the wire after signing.
    #[must_use]
    pub fn spoil(mut self, spoil: fn(&mut Vec<u8>)) -> Self {
        self.spoil = Some(spoil);
        self
    }

    /// Sends it and reads the answer to its end. A connection that broke before
    /// any answer is a reply with status 0.
    pub async fn send(self) -> Reply {
        let response = match self.try_send().await {
            Ok(response) => response,
            Err(error) => {
                let outcome = Err(format!("{error:?}"));
                return Reply { status: 0, headers: Default::default(), outcome };
            }
        };
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let outcome = response.bytes().await.map_err(|error| format!("{error:?}"));
        Reply { status, headers, outcome }
    }

    /// Sends it; the body is the caller's to read. Errors: no answer came.
    pub async fn try_send(self) -> Result<reqwest::Response, reqwest::Error> {
        let wire = self.signed();
        let url = format!("{}{}", wire.client.base, wire.path);
        let mut request = wire.client.http.request(wire.method, url).body(wire.body);
        for (name, value) in wire.headers {
            request = request.header(name, value);
        }
        request.send().await
    }

    /// The signed request, for another HTTP client to send. A body that is not
    /// in it ([`Payload::Unsigned`]) may be added.
    pub fn into_http(self) -> http::Request<Bytes> {
        let wire = self.signed();
        let mut request = http::Request::builder().method(wire.method.as_str()).uri(&wire.path);
        request = request.header("host", wire.host());
        for (name, value) in &wire.headers {
            request = request.header(name, value);
        }
        request.body(wire.body).expect("a request")
    }

    /// Everything as it goes over the wire: path, headers and body.
    pub(crate) fn signed(mut self) -> Wire {
        let mode = self.announce_payload();
        let client = self.client.clone();
        let signer = client.identity.as_ref().filter(|_| self.service != "obs");
        if self.service == "obs" {
            let identity = client.identity.as_ref();
            obs::sign(self.method.as_str(), &self.path, &mut self.headers, identity, self.at);
        }
        if let Some(identity) = signer {
            let chain = self.sign(identity, mode);
            self.body = chunked::encode(&self.payload, &self.body, Some(&chain));
        } else {
            self.body = chunked::encode(&self.payload, &self.body, None);
        }
        if let Some(spoil) = self.spoil {
            let mut body = self.body.to_vec();
            spoil(&mut body);
            self.body = body.into();
        }
        self.headers.append(&mut self.unsigned);
        Wire {
            client,
            method: self.method,
            path: self.path,
            headers: self.headers,
            body: self.body,
        }
    }

    /// Adds the headers of a streaming mode; what is signed for the payload.
    fn announce_payload(&mut self) -> SignableBody<'static> {
        let length = self.body.len().to_string();
        let (mode, trailer) = match &self.payload {
            Payload::Signed if self.expires.is_some() => return SignableBody::UnsignedPayload,
            Payload::Signed => return SignableBody::Precomputed(chunked::sha256(&self.body)),
            Payload::Unsigned => return SignableBody::UnsignedPayload,
            Payload::Claimed(mode) => return SignableBody::Precomputed(mode.clone()),
            Payload::Chunked(_) => ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", None),
            Payload::ChunkedTrailer(_, name, _) => {
                ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", Some(name.clone()))
            }
            Payload::UnsignedTrailer(_, name, _) => {
                ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", Some(name.clone()))
            }
        };
        self.headers.push(("x-amz-decoded-content-length".to_owned(), length));
        self.headers.push(("content-encoding".to_owned(), "aws-chunked".to_owned()));
        if let Some(name) = trailer {
            self.headers.push(("x-amz-trailer".to_owned(), name));
        }
        SignableBody::Precomputed(mode.to_owned())
    }

    fn sign(&mut self, identity: &Identity, body: SignableBody<'_>) -> Chain {
        let (id, secret) = (&identity.access_key_id, &identity.secret_access_key);
        let signer = Credentials::new(id, secret, None, None, "tests").into();
        let params = v4::SigningParams::builder()
            .identity(&signer)
            .region(&self.client.region)
            .name(self.service)
            .time(self.at)
            .settings(self.settings())
            .build()
            .expect("parameters");
        let url = format!("{}{}", self.client.base, self.path);
        let host = url.split('/').nth(2).expect("a host").to_owned();
        let mut signed = vec![("host", host.as_str())];
        signed.extend(self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let request = SignableRequest::new(self.method.as_str(), &url, signed.into_iter(), body);
        let output = sign(request.expect("signable"), &params.into()).expect("signed");
        let (instructions, signature) = output.into_parts();
        let (headers, parameters) = instructions.into_parts();
        for field in headers {
            self.headers.push((field.name().to_owned(), field.value().to_owned()));
        }
        for (name, value) in parameters {
            self.path.push(if self.path.contains('?') { '&' } else { '?' });
            self.path.push_str(&format!("{name}={}", percent_encoded(&value)));
        }
        Chain { secret: secret.clone(), region: self.client.region.clone(), at: self.at, signature }
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
            settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        }
        settings
    }
}

/// A request as it goes over the wire.
pub(crate) struct Wire {
    client: Client,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Wire {
    /// `HOST:PORT`.
    pub(crate) fn host(&self) -> String {
        self.client.base.split('/').nth(2).expect("a host").to_owned()
    }
}

/// Text as it may stand in a path segment or query value.
pub fn percent_encoded(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    let encoded = |byte: u8| match plain(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(encoded).collect()
}
