//! Opens the catalog, and the backing store that the settings name.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use zeroize::Zeroizing;

use super::{Refusal, unix_ms};
use crate::backing::{Backing, S3Location};
use crate::catalog::Catalog;
use crate::config::{BackingSettings, secret_file};

/// Opens the store; that it answers is for readiness to find out.
pub(super) fn open(settings: &BackingSettings, data_dir: &Path) -> Result<Backing, Refusal> {
    if let Some(path) = settings.url.strip_prefix("file://") {
        return Backing::local(Path::new(path)).map_err(Refusal::because);
    }
    match settings.url.strip_prefix("s3://") {
        Some(place) => Backing::s3(&location(settings, place)?).map_err(Refusal::because),
        None => Backing::local(&data_dir.join("blobs")).map_err(Refusal::because),
    }
}

/// Opens the catalog in `data_dir`.
pub(super) fn open_catalog(data_dir: &Path) -> Result<Catalog, Refusal> {
    let clock = Arc::new(|| unix_ms(SystemTime::now()));
    Catalog::open(data_dir, clock).map_err(Refusal::because)
}

fn location(settings: &BackingSettings, place: &str) -> Result<S3Location, Refusal> {
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    let secret = match &settings.secret_access_key_file {
        Some(path) => Some(secret_text(path)?),
        None => None,
    };
    Ok(S3Location {
        bucket: bucket.to_owned(),
        prefix: prefix.trim_matches('/').to_owned(),
        endpoint: settings.endpoint.clone(),
        region: Some(settings.region.clone()),
        access_key_id: settings.access_key_id.clone(),
        secret_access_key: secret,
        allow_http: settings.allow_http,
        ca_file: settings.ca_file.clone(),
    })
}

fn secret_text(path: &Path) -> Result<Zeroizing<String>, Refusal> {
    let secret = secret_file::read(path).map_err(Refusal::because)?;
    match std::str::from_utf8(secret.expose()) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err(Refusal::because(format!("{} is not UTF-8 text", path.display()))),
    }
}
