//! OBS's signature in the header, for paths whose sub-resources stand in their order.
//!
//! Source: "Authentication of Signature in a Header" (OBS API reference).

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::Identity;
use crate::chunked::calendar;

/// Parameters that are signed, of those that tests use.
const SUB_RESOURCES: [&str; 12] = [
    "append",
    "encryption",
    "metadata",
    "policy",
    "position",
    "quota",
    "storageClass",
    "storagePolicy",
    "storageinfo",
    "uploadId",
    "uploads",
    "partNumber",
];

/// Adds the date, which alone tells the dialect, and the signature if there is
/// somebody to sign.
pub(crate) fn sign(
    method: &str,
    path: &str,
    headers: &mut Vec<(String, String)>,
    identity: Option<&Identity>,
    at: SystemTime,
) {
    headers.push(("x-obs-date".to_owned(), date(at)));
    let Some(identity) = identity else { return };
    let value = |name: &str| {
        let found = headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let mut vendor: Vec<_> =
        headers.iter().filter(|(name, _)| name.starts_with("x-obs-")).collect();
    vendor.sort();
    let vendor: String = vendor.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let text = format!(
        "{method}\n{}\n{}\n\n{vendor}{}",
        value("content-md5"),
        value("content-type"),
        resource(path)
    );
    let mut mac =
        Hmac::<Sha1>::new_from_slice(identity.secret_access_key.as_bytes()).expect("a key");
    mac.update(text.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let value = format!("OBS {}:{signature}", identity.access_key_id);
    headers.push(("authorization".to_owned(), value));
}

/// The raw path and the signed parameters, sorted.
fn resource(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let is_signed =
        |pair: &&str| SUB_RESOURCES.contains(&pair.split('=').next().unwrap_or_default());
    let mut signed: Vec<_> = query.split('&').filter(is_signed).collect();
    signed.sort_unstable();
    match signed.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", signed.join("&")),
    }
}

/// `Thu, 01 Jan 1970 00:00:00 GMT`.
fn date(at: SystemTime) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let seconds = at.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
    let (date, time) = calendar(seconds);
    let month: usize = date[4..6].parse().expect("a month");
    format!(
        "{}, {} {} {} {}:{}:{} GMT",
        DAYS[(seconds / 86_400 % 7) as usize],
        &date[6..],
        MONTHS[month - 1],
        &date[..4],
        &time[..2],
        &time[2..4],
        &time[4..]
    )
}
