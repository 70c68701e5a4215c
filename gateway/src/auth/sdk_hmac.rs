//! SDK-HMAC-SHA256, the signature of Huawei's SDKs in front of its REST APIs:
//! read and judged here.
//!
//! It resembles Signature V4 and is simpler: the secret itself signs, no scope
//! and no region; the path is signed with a slash at its end. Source: "API
//! request signing guide" (Huawei API Gateway), the SDK's `signer`.

use std::time::SystemTime;

use hmac::{Hmac, KeyInit, Mac};
use kms_core::base::SecretBytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::refusal::Refusal;
use super::sigv4::{signed_headers, timestamp};
use super::{Rules, Scheme};
use crate::http::Incoming;

/// The word before the signature in the `Authorization` header.
pub(super) const WORD: &str = "SDK-HMAC-SHA256";

/// All but the unreserved characters of RFC 3986, section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What a request claims. Not verified.
pub(super) struct Claim {
    pub(super) access_key_id: String,
    pub(super) signed_headers: Vec<String>,
    signature: String,
    timestamp: String,
    at: SystemTime,
}

impl Claim {
    /// Reads `Authorization: SDK-HMAC-SHA256 Access=.., SignedHeaders=..,
    /// Signature=..` and `X-Sdk-Date`. Errors: `Token` for a request with an IAM
    /// token in its place, `Malformed`.
    pub(super) fn read(request: &Incoming) -> Result<Self, Refusal> {
        let Some(header) = request.header("authorization")? else {
            return Err(Refusal::Token);
        };
        let fields = header.trim_start().strip_prefix(WORD).unwrap_or_default();
        let field = |name: &str| {
            let mut values = fields.split(',').filter_map(|field| {
                field.trim().strip_prefix(name).and_then(|rest| rest.strip_prefix('='))
            });
            values.next().filter(|_| values.next().is_none())
        };
        let (Some(access), Some(headers), Some(signature)) =
            (field("Access"), field("SignedHeaders"), field("Signature"))
        else {
            return Err(malformed("it needs Access, SignedHeaders and Signature."));
        };
        let text = request.header("x-sdk-date")?.unwrap_or_default();
        let at = timestamp(text)
            .ok_or_else(|| malformed("X-Sdk-Date must be formatted as YYYYMMDD'T'HHMMSS'Z'."))?;
        let signed_headers = signed_headers(Scheme::SdkHmac, headers)?;
        for needed in ["host", "x-sdk-date"] {
            if !signed_headers.iter().any(|name| name == needed) {
                return Err(malformed("host and x-sdk-date must be signed."));
            }
        }
        Ok(Self {
            access_key_id: access.to_owned(),
            signed_headers,
            signature: signature.to_owned(),
            timestamp: text.to_owned(),
            at,
        })
    }

    /// Errors: `Skewed`.
    pub(super) fn check_time(&self, rules: &Rules<'_>) -> Result<(), Refusal> {
        let is_near = self.at <= rules.now + rules.skew && rules.now <= self.at + rules.skew;
        if is_near {
            return Ok(());
        }
        Err(Refusal::Skewed { given: self.timestamp.clone(), now: rules.now, skew: rules.skew })
    }

    /// Compares the signature; the request's document must have been collected.
    /// Errors: `Mismatch`.
    pub(super) fn verify(&self, request: &Incoming, secret: &SecretBytes) -> Result<(), Refusal> {
        let canonical = self.canonical_request(request);
        let digest = hex::encode(Sha256::digest(&canonical));
        let text = format!("{WORD}\n{}\n{digest}", self.timestamp);
        let mac = Hmac::<Sha256>::new_from_slice(secret.expose());
        let mut mac = mac.map_err(|_| malformed("the secret is no key."))?;
        mac.update(text.as_bytes());
        let computed = hex::encode(mac.finalize().into_bytes());
        if computed.as_bytes().ct_eq(self.signature.as_bytes()).into() {
            return Ok(());
        }
        Err(Refusal::Mismatch {
            string_to_sign: text,
            canonical_request: String::from_utf8_lossy(&canonical).into_owned(),
        })
    }

    fn canonical_request(&self, request: &Incoming) -> Vec<u8> {
        let mut lines = Vec::with_capacity(1024);
        push(&mut lines, request.method.as_str());
        push(&mut lines, &canonical_path(&request.raw_path));
        push(&mut lines, &canonical_query(&request.raw_query));
        for name in &self.signed_headers {
            lines.extend_from_slice(name.as_bytes());
            lines.push(b':');
            let value = request.headers.get(name).map(|value| value.as_bytes());
            lines.extend_from_slice(value.unwrap_or_default().trim_ascii());
            lines.push(b'\n');
        }
        push(&mut lines, "");
        push(&mut lines, &self.signed_headers.join(";"));
        lines.extend_from_slice(hex::encode(Sha256::digest(&request.document)).as_bytes());
        lines
    }
}

fn push(lines: &mut Vec<u8>, line: &str) {
    lines.extend_from_slice(line.as_bytes());
    lines.push(b'\n');
}

fn canonical_path(raw: &str) -> String {
    let segments: Vec<_> = raw.split('/').map(encoded).collect();
    let path = segments.join("/");
    if path.ends_with('/') { path } else { path + "/" }
}

fn canonical_query(raw: &str) -> String {
    let pairs = raw.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<(String, String)> = pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (encoded(name), encoded(value))
        })
        .collect();
    pairs.sort_unstable();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| name + "=" + &value).collect();
    pairs.join("&")
}

/// Decoded and encoded again.
fn encoded(text: &str) -> String {
    let decoded: Vec<u8> = percent_decode_str(text).collect();
    percent_encode(&decoded, RESERVED).to_string()
}

fn malformed(what: &str) -> Refusal {
    Refusal::Malformed(Scheme::SdkHmac, what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_end_with_a_slash_and_are_encoded_anew() {
        assert_eq!(canonical_path("/v1.0/p/kms/create-key"), "/v1.0/p/kms/create-key/");
        assert_eq!(canonical_path("/v1.0/%7Bproject_id%7D/"), "/v1.0/%7Bproject_id%7D/");
        assert_eq!(canonical_path("/"), "/");
    }

    #[test]
    fn parameters_are_sorted() {
        assert_eq!(canonical_query("b=2&a=x+y&a="), "a=&a=x%2By&b=2");
    }
}
