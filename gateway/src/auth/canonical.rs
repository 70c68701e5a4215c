//! The canonical request of Signature V4: the text that client and server must
//! agree on, built from path and query as they were on the wire.
//!
//! Source: "Create a signed AWS API request" (IAM user guide), and for S3's
//! exceptions "Authenticating Requests: Using the Authorization Header".

use http::HeaderMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use sha2::{Digest, Sha256};

use super::Service;
use crate::http::Incoming;

/// All but the unreserved characters of RFC 3986, section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same for a path, whose slashes stay.
const RESERVED_IN_PATH: &AsciiSet = &RESERVED.remove(b'/');

/// A canonical request. Bytes, since header values need not be UTF-8.
pub(super) struct CanonicalRequest(Vec<u8>);

impl CanonicalRequest {
    /// Builds it. `signed_headers` are lower case, in the order of the claim;
    /// one that the request lacks counts as empty. `payload_hash` is the last
    /// line: a hex digest or the name of a payload mode.
    pub(super) fn new(
        request: &Incoming,
        service: Service,
        signed_headers: &[String],
        payload_hash: &str,
    ) -> Self {
        let mut text = Vec::with_capacity(1024);
        push_line(&mut text, request.method.as_str());
        push_line(&mut text, &canonical_path(&request.raw_path, service));
        push_line(&mut text, &canonical_query(&request.raw_query));
        for name in signed_headers {
            text.extend_from_slice(name.as_bytes());
            text.push(b':');
            push_header_values(&mut text, &request.headers, name);
            text.push(b'\n');
        }
        text.push(b'\n');
        push_line(&mut text, &signed_headers.join(";"));
        text.extend_from_slice(payload_hash.as_bytes());
        Self(text)
    }

    /// SHA-256 in hex, for the string to sign.
    pub(super) fn hash(&self) -> String {
        hex::encode(Sha256::digest(&self.0))
    }

    /// The text that a refused client may read. Keys of SSE-C stand among the
    /// signed headers and are left out: faults may be logged on the way.
    pub(super) fn shown(&self) -> String {
        let text = String::from_utf8_lossy(&self.0);
        let lines = text.lines().map(|line| match line.split_once(':') {
            Some((name, _)) if name.ends_with("-customer-key") => format!("{name}:(not shown)"),
            _ => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn push_line(text: &mut Vec<u8>, line: &str) {
    text.extend_from_slice(line.as_bytes());
    text.push(b'\n');
}

/// S3 signs the path as it is on the wire, also with `..` and `//`. The other
/// services normalise it (RFC 3986, section 5.2.4) and encode it once more.
fn canonical_path(raw: &str, service: Service) -> String {
    match service {
        Service::S3 if raw.is_empty() => "/".to_owned(),
        Service::S3 => raw.to_owned(),
        Service::Kms | Service::Iam | Service::Sts => {
            percent_encode(normalized(raw).as_bytes(), RESERVED_IN_PATH).to_string()
        }
    }
}

fn normalized(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            other => kept.push(other),
        }
    }
    let mut whole = format!("/{}", kept.join("/"));
    let is_directory = ["/", "/.", "/.."].iter().any(|end| path.ends_with(end));
    if is_directory && !whole.ends_with('/') {
        whole.push('/');
    }
    whole
}

/// Decoded, encoded strictly, sorted by the encoded pairs; without the
/// signature itself.
fn canonical_query(raw: &str) -> String {
    let pairs = raw.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<(String, String)> = pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (encoded_strictly(name), encoded_strictly(value))
        })
        .filter(|(name, _)| name != "X-Amz-Signature")
        .collect();
    pairs.sort_unstable();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| name + "=" + &value).collect();
    pairs.join("&")
}

fn encoded_strictly(text: &str) -> String {
    let decoded: Vec<u8> = percent_decode_str(text).collect();
    percent_encode(&decoded, RESERVED).to_string()
}

/// Every value of a header, trimmed, runs of spaces folded, joined by commas.
fn push_header_values(text: &mut Vec<u8>, headers: &HeaderMap, name: &str) {
    for (index, value) in headers.get_all(name).iter().enumerate() {
        if index > 0 {
            text.push(b',');
        }
        let mut last = None;
        for byte in value.as_bytes().trim_ascii() {
            if !(*byte == b' ' && last == Some(b' ')) {
                text.push(*byte);
            }
            last = Some(*byte);
        }
    }
}
