//! What a client says about an object it writes.
//!
//! Kept as it was given: stored headers are echoed, user metadata never
//! interpreted. Invariant: a header that would be ignored is refused, and no
//! header reaches the vendor settings under which the gateway keeps its own.

use std::collections::BTreeMap;

use crate::api::tags;
use crate::catalog::model::Metadata;
use crate::http::message::VENDOR_PREFIXES;
use crate::http::{Code, Fault, Incoming};

/// Most bytes of user metadata, names and values together (S3 and OBS).
const USER_LIMIT: usize = 2048;

/// Standard headers that are stored and come back with reads.
const HEADERS: [&str; 6] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
];

/// Settings that need capabilities which are not there yet: refused, so that
/// nobody believes them in force.
const REFUSED: [&str; 4] =
    ["expires", "object-lock-mode", "object-lock-retain-until-date", "object-lock-legal-hold"];

/// Reads the metadata of a write. Errors: `MetadataTooLarge`,
/// `InvalidStorageClass`, `NotImplemented` for settings that would be ignored.
pub fn parse(request: &Incoming) -> Result<Metadata, Fault> {
    refuse_unknown(request)?;
    let mut headers = BTreeMap::new();
    for name in HEADERS {
        if let Some(value) = request.header(name)?.filter(|value| !value.is_empty()) {
            headers.insert(name.to_owned(), value.to_owned());
        }
    }
    let mut vendor = BTreeMap::new();
    if let Some(location) = request.vendor("website-redirect-location")? {
        vendor.insert("website-redirect-location".to_owned(), location.to_owned());
    }
    let tags = tags::of_header(request)?.unwrap_or_default();
    Ok(Metadata { headers, user: user(request)?, vendor, tags, acl: None, checksum: None })
}

/// `x-amz-meta-*` and `x-obs-meta-*`; a name that comes twice has its values
/// joined by commas, as HTTP says.
fn user(request: &Incoming) -> Result<BTreeMap<String, String>, Fault> {
    let mut user: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in &request.headers {
        let name = name.as_str();
        let plain = VENDOR_PREFIXES
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix)?.strip_prefix("meta-"));
        let Some(plain) = plain else { continue };
        let value = String::from_utf8_lossy(value.as_bytes());
        user.entry(plain.to_owned())
            .and_modify(|joined| {
                joined.push(',');
                joined.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    let size: usize = user.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > USER_LIMIT {
        return Err(Fault::new(Code::MetadataTooLarge)
            .detail("Size", size)
            .detail("MaxSizeAllowed", USER_LIMIT));
    }
    Ok(user)
}

fn refuse_unknown(request: &Incoming) -> Result<(), Fault> {
    for name in REFUSED {
        if request.vendor(name)?.is_some() {
            return Err(Fault::new(Code::NotImplemented)
                .message(format!("The header x-amz-{name} is not implemented.")));
        }
    }
    match request.vendor("storage-class")? {
        None | Some("STANDARD") => Ok(()),
        Some(_) => Err(Code::InvalidStorageClass.into()),
    }
}
