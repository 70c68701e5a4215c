//! The text that an OBS or AWS V2 signature signs, built from path and query as
//! they were on the wire.
//!
//! Source: OBS API reference, "User Signature Authentication": StringToSign,
//! CanonicalizedHeaders, CanonicalizedResource.

use percent_encoding::percent_decode_str;

use super::obs::Flavour;
use crate::http::{Incoming, Target};

/// Parameters that are part of the signed resource, in lower case: the union of
/// what the documentation and the SDKs list. Their own case is kept.
const SIGNED_PARAMETERS: &[&str] = &[
    "acl",
    "append",
    "attname",
    "backtosource",
    "bucketstatus",
    "cdnnotifyconfiguration",
    "cors",
    "customdomain",
    "delete",
    "deletebucket",
    "directcoldaccess",
    "dispolicy",
    "encryption",
    "fileinterface",
    "inventory",
    "length",
    "lifecycle",
    "location",
    "logging",
    "metadata",
    "mirrorbacktosource",
    "modify",
    "name",
    "notification",
    "object-lock",
    "obsalias",
    "obsbucketalias",
    "obscompresspolicy",
    "obsworkflowtriggerpolicy",
    "partnumber",
    "policy",
    "policystatus",
    "position",
    "publicaccessblock",
    "quota",
    "rename",
    "replication",
    "requestpayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "retention",
    "storageclass",
    "storageinfo",
    "storagepolicy",
    "tagging",
    "torrent",
    "truncate",
    "uploadid",
    "uploads",
    "versionid",
    "versioning",
    "versions",
    "website",
    "x-image-process",
    "x-image-save-bucket",
    "x-image-save-object",
    "x-oss-process",
];

/// Signed by some SDKs and not by others.
pub(super) const NOT_SIGNED_BY_ALL: &[&str] = &["attname", "customdomain", "mirrorbacktosource"];

/// Whether the signature of `flavour` covers a parameter.
pub(super) fn is_signed_parameter(name: &str, flavour: &Flavour) -> bool {
    let lower = name.to_ascii_lowercase();
    SIGNED_PARAMETERS.contains(&lower.as_str())
        || lower.starts_with(flavour.dialect.prefix)
        || lower.starts_with("x-workflow-")
}

/// A string to sign. Bytes, since header values need not be UTF-8.
pub(super) struct Canonical(Vec<u8>);

impl Canonical {
    /// Everything before the resource, which a shared folder leaves out.
    /// `date_line` stands in the place of the date.
    pub(super) fn start(request: &Incoming, flavour: &Flavour, date_line: &str) -> Self {
        let mut text = Vec::with_capacity(512);
        push_line(&mut text, request.method.as_str().as_bytes());
        for name in ["content-md5", "content-type"] {
            let value = request.headers.get(name);
            push_line(&mut text, value.map(|value| value.as_bytes()).unwrap_or_default());
        }
        push_line(&mut text, date_line.as_bytes());
        push_headers(&mut text, request, flavour.dialect.prefix);
        Self(text)
    }

    /// Adds the resource; the parameters `without` (lower case) are left out.
    pub(super) fn resource(
        mut self,
        request: &Incoming,
        flavour: &Flavour,
        without: &[&str],
    ) -> Self {
        self.0.extend_from_slice(resource(request).as_bytes());
        push_parameters(&mut self.0, request, flavour, without);
        self
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text that a refused client may read: without the keys of SSE-C,
    /// since faults may be logged on the way.
    pub(super) fn shown(&self) -> String {
        let text = String::from_utf8_lossy(&self.0);
        let lines = text.split('\n').map(|line| match line.split_once(':') {
            Some((name, _)) if name.ends_with("-customer-key") => format!("{name}:(not shown)"),
            _ => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn push_line(text: &mut Vec<u8>, line: &[u8]) {
    text.extend_from_slice(line);
    text.push(b'\n');
}

/// The vendor's headers by name, values of one name joined by commas.
fn push_headers(text: &mut Vec<u8>, request: &Incoming, prefix: &str) {
    let names = request.headers.keys().map(|name| name.as_str());
    let mut names: Vec<&str> = names.filter(|name| name.starts_with(prefix)).collect();
    names.sort_unstable();
    for name in names {
        let values = request.headers.get_all(name).iter();
        let values: Vec<&[u8]> = values.map(|value| value.as_bytes().trim_ascii()).collect();
        text.extend_from_slice(name.as_bytes());
        text.push(b':');
        push_line(text, &values.join(&b','));
    }
}

/// The path as it is on the wire, behind the bucket when the host names that.
fn resource(request: &Incoming) -> String {
    let path = if request.raw_path.is_empty() { "/" } else { request.raw_path.as_str() };
    match &request.target {
        Target::Bucket(bucket) if path == "/" => format!("/{bucket}/"),
        // A path that names the bucket too is longer than slash and key.
        Target::Object(bucket, key) if percent_decode_str(path).count() == key.len() + 1 => {
            format!("/{bucket}{path}")
        }
        _ => path.to_owned(),
    }
}

/// `?name=value&name`, decoded and sorted by name.
fn push_parameters(text: &mut Vec<u8>, request: &Incoming, flavour: &Flavour, without: &[&str]) {
    let is_signed = |name: &str| {
        is_signed_parameter(name, flavour)
            && !without.iter().any(|other| other.eq_ignore_ascii_case(name))
    };
    let mut signed: Vec<(&str, &str)> =
        request.query.iter().filter(|(name, _)| is_signed(name)).collect();
    signed.sort_by_key(|(name, _)| *name);
    for (index, (name, value)) in signed.into_iter().enumerate() {
        text.push(if index == 0 { b'?' } else { b'&' });
        text.extend_from_slice(name.as_bytes());
        if !value.is_empty() {
            text.push(b'=');
            text.extend_from_slice(value.as_bytes());
        }
    }
}
