//! Signature V4, once a request's claim has been read: rules of scope and
//! time, the string to sign, keys, and the chain of chunk signatures.
//!
//! Key derivation and MAC are `aws-sigv4`'s; comparisons take constant time.

use std::time::{Duration, SystemTime};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use kms_core::base::SecretBytes;
use subtle::ConstantTimeEq;

use super::canonical::CanonicalRequest;
use super::payload::Payload;
use super::refusal::Refusal;
use super::scheme::service_of;
use super::{Rules, Scheme, Service};
use crate::http::message::VENDOR_PREFIXES;
use crate::http::{Fault, Incoming};

/// The region of services that belong to none.
const GLOBAL_REGION: &str = "us-east-1";
/// What the SDKs of OBS sign for when nobody told them a region. It is as good
/// as none, and this gateway has one region only.
const UNSET_REGION: &str = "region";

/// What a request claims: who signed what, when and for where. Not verified.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) scheme: Scheme,
    pub(super) access_key_id: String,
    /// `YYYYMMDD` of the credential scope.
    pub(super) date: String,
    pub(super) region: String,
    pub(super) service: Service,
    /// The signing time.
    pub(super) at: SystemTime,
    /// The same as `YYYYMMDDTHHMMSSZ`, as it is signed.
    pub(super) timestamp: String,
    /// How long a presigned URL is valid, in seconds.
    pub(super) expires: Option<u64>,
    pub(super) signed_headers: Vec<String>,
    pub(super) signature: String,
}

impl Claim {
    /// Everything that can be judged without the secret: service, region, date,
    /// time and that each vendor header is signed.
    pub(super) fn check(&self, request: &Incoming, rules: &Rules<'_>) -> Result<(), Refusal> {
        let expected = service_of(request);
        if self.service != expected {
            let name = expected.name();
            return Err(self.malformed(format!("the service is wrong; expecting '{name}'")));
        }
        let is_ours = self.region == rules.region || self.region == UNSET_REGION;
        if !is_ours && !self.is_global() {
            return Err(Refusal::Region {
                scheme: self.scheme,
                given: self.region.clone(),
                expected: rules.region.to_owned(),
            });
        }
        if self.timestamp.get(..8) != Some(self.date.as_str()) {
            return Err(self.malformed("the date of the credential is not that of the request"));
        }
        self.check_time(rules)?;
        self.check_signed_headers(request)
    }

    /// Identities belong to no region; some SDKs sign for them in this one.
    fn is_global(&self) -> bool {
        matches!(self.service, Service::Iam | Service::Sts) && self.region == GLOBAL_REGION
    }

    fn check_time(&self, rules: &Rules<'_>) -> Result<(), Refusal> {
        let from_future = self.at > rules.now + rules.skew;
        match self.expires {
            Some(_) if from_future => Err(Refusal::NotYetValid),
            Some(expires) if rules.now > self.at + Duration::from_secs(expires) => {
                Err(Refusal::Expired { expires, now: rules.now })
            }
            None if from_future || rules.now > self.at + rules.skew => Err(Refusal::Skewed {
                given: self.timestamp.clone(),
                now: rules.now,
                skew: rules.skew,
            }),
            _ => Ok(()),
        }
    }

    /// A vendor header changes what a request does, so that one added to a
    /// signed request by somebody else must not count.
    fn check_signed_headers(&self, request: &Incoming) -> Result<(), Refusal> {
        let is_signed = |name: &str| self.signed_headers.iter().any(|signed| signed == name);
        if !is_signed("host") {
            return Err(self.malformed("the signed headers must include 'host'"));
        }
        let names = request.headers.keys().map(|name| name.as_str());
        let vendors = names.filter(|name| VENDOR_PREFIXES.iter().any(|p| name.starts_with(p)));
        let unsigned: Vec<&str> = vendors.filter(|name| !is_signed(name)).collect();
        match unsigned.is_empty() {
            true => Ok(()),
            false => Err(Refusal::UnsignedHeaders(unsigned.join(", "))),
        }
    }

    /// Derives the key that signs on this day, in this region, for this service.
    pub(super) fn signing_key(&self, secret: &SecretBytes) -> Result<SigningKey, Refusal> {
        let secret = std::str::from_utf8(secret.expose())
            .map_err(|_| Fault::internal("a secret access key is not UTF-8"))?;
        let key = generate_signing_key(secret, self.at, &self.region, self.service.name());
        Ok(SigningKey(SecretBytes::copy_from(key.as_ref())))
    }

    /// Compares the signature. Errors: [`Refusal::Mismatch`].
    pub(super) fn verify(
        &self,
        request: &Incoming,
        payload: &Payload,
        key: &SigningKey,
    ) -> Result<(), Refusal> {
        let canonical = CanonicalRequest::new(
            request,
            self.service,
            &self.signed_headers,
            &payload.signed_hash(),
        );
        let string_to_sign =
            format!("AWS4-HMAC-SHA256\n{}\n{}\n{}", self.timestamp, self.scope(), canonical.hash());
        if key.has_signed(&string_to_sign, &self.signature) {
            return Ok(());
        }
        Err(Refusal::Mismatch { string_to_sign, canonical_request: canonical.shown() })
    }

    /// The chain whose first link is this request's signature. Call it after
    /// [`Claim::verify`].
    pub(super) fn chunk_chain(&self, key: SigningKey) -> ChunkChain {
        let prefix = format!("{}\n{}", self.timestamp, self.scope());
        ChunkChain { key, prefix, previous: self.signature.clone() }
    }

    /// `Refusal::Malformed` in this claim's form.
    pub(super) fn malformed(&self, what: impl Into<String>) -> Refusal {
        Refusal::Malformed(self.scheme, what.into())
    }

    fn scope(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.date, self.region, self.service.name())
    }
}

/// A derived key; good for one day, region and service.
#[derive(Debug)]
pub(super) struct SigningKey(SecretBytes);

impl SigningKey {
    fn has_signed(&self, string_to_sign: &str, signature: &str) -> bool {
        let computed = calculate_signature(self.0.expose(), string_to_sign.as_bytes());
        computed.as_bytes().ct_eq(signature.as_bytes()).into()
    }
}

/// The chain of chunk signatures: each signs the one before.
///
/// Source: "Signature Calculations: Transferring a Payload in Multiple Chunks"
/// and "... Including Trailing Headers" (S3 API reference).
#[derive(Debug)]
pub(super) struct ChunkChain {
    key: SigningKey,
    prefix: String,
    previous: String,
}

/// SHA-256 of nothing: the place of a chunk's headers, which there are none.
const NOTHING_HASHED: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

impl ChunkChain {
    /// True when `signature` is right for the next chunk, whose SHA-256 is
    /// `hash` in hex. The chain moves on.
    pub(super) fn has_signed_chunk(&mut self, hash: &str, signature: String) -> bool {
        let Self { prefix, previous, .. } = &self;
        let text =
            format!("AWS4-HMAC-SHA256-PAYLOAD\n{prefix}\n{previous}\n{NOTHING_HASHED}\n{hash}");
        let is_right = self.key.has_signed(&text, &signature);
        self.previous = signature;
        is_right
    }

    /// True when `signature` is right for the trailer, whose canonical form has
    /// the SHA-256 `hash` in hex.
    pub(super) fn has_signed_trailer(&self, hash: &str, signature: &str) -> bool {
        let Self { prefix, previous, .. } = self;
        let text = format!("AWS4-HMAC-SHA256-TRAILER\n{prefix}\n{previous}\n{hash}");
        self.key.has_signed(&text, signature)
    }
}
