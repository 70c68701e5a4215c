//! Opens the HSM, the root and the service keys.
//!
//! What the catalog keeps of them is one value, so that a root is never
//! recorded without the service keys under it. Invariant: they are made only
//! when the catalog has no such value; the data directory's lock keeps a second
//! process away, and of two that try, one creates the value.

use std::path::Path;
use std::sync::Arc;

use kms_core::hsm::Hsm;
use kms_core::hsm::pkcs11::{self, Pkcs11Hsm};
use kms_core::hsm::software::SoftwareHsm;
use kms_core::root::{Outcome, Root, RootRecord, ServiceKeyRecord, ServiceKeys, ServicePurpose};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Refusal;
use crate::catalog::Catalog;
use crate::config::{HsmSettings, Provider, secret_file};

/// The name of the value in the catalog.
const RECORD: &str = "vault";

/// The software provider's file in the data directory.
const ROOT_FILE: &str = "root.key";

/// The proved root and the unwrapped service keys.
pub(super) struct Vault {
    pub root: Arc<Root>,
    pub service_keys: Arc<ServiceKeys>,
}

/// May a root be made when the catalog has none?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FirstStart {
    /// Only a server that holds the data directory's lock.
    Allowed,
    /// Readers such as `audit verify`.
    Refused,
}

/// Opens the vault of `catalog`, or makes it where that is allowed.
pub(super) async fn open(
    settings: &HsmSettings,
    data_dir: &Path,
    catalog: &Catalog,
    first_start: FirstStart,
) -> Result<Vault, Refusal> {
    let recorded = catalog.meta_find(RECORD).await.map_err(Refusal::because)?;
    if recorded.is_none() && first_start == FirstStart::Refused {
        return Err(Refusal::because("the catalog holds no root; no server was ever started here"));
    }
    let hsm = provider(settings, data_dir).await?;
    let (root, records) = match recorded {
        Some(bytes) => open_recorded(hsm, &bytes).await?,
        None => create(hsm, catalog).await?,
    };
    let service_keys = ServiceKeys::open(&root, &records).await.map_err(Refusal::because)?;
    Ok(Vault { root: Arc::new(root), service_keys: Arc::new(service_keys) })
}

async fn provider(settings: &HsmSettings, data_dir: &Path) -> Result<Arc<dyn Hsm>, Refusal> {
    if settings.provider == Provider::Software {
        let hsm = SoftwareHsm::open(data_dir.join(ROOT_FILE)).map_err(Refusal::because)?;
        return Ok(Arc::new(hsm));
    }
    let (Some(module), Some(label), Some(pin_file)) =
        (&settings.module, &settings.token_label, &settings.pin_file)
    else {
        return Err(Refusal::because("hsm.module, hsm.token_label and hsm.pin_file are needed"));
    };
    let pin = secret_file::read(pin_file).map_err(Refusal::because)?;
    let mut token = pkcs11::Settings::new(module.clone(), label.clone(), pin);
    token.threads = usize::try_from(settings.threads).unwrap_or(1);
    token.token_dir = settings.token_dir.clone();
    Ok(Arc::new(Pkcs11Hsm::open(token).await.map_err(Refusal::because)?))
}

async fn open_recorded(
    hsm: Arc<dyn Hsm>,
    bytes: &[u8],
) -> Result<(Root, Vec<ServiceKeyRecord>), Refusal> {
    let record: Record = serde_json::from_slice(bytes).map_err(|error| {
        Refusal::because(format!("the catalog's record of the root is damaged: {error}"))
    })?;
    let keys: Option<Vec<_>> = record.service_keys.into_iter().map(StoredKey::read).collect();
    let keys = keys.ok_or_else(|| {
        Refusal::because(
            "the catalog's record of the service keys is damaged or of a newer release",
        )
    })?;
    let (root, _) = Root::open(hsm, Some(record.root)).await.map_err(Refusal::because)?;
    Ok((root, keys))
}

async fn create(
    hsm: Arc<dyn Hsm>,
    catalog: &Catalog,
) -> Result<(Root, Vec<ServiceKeyRecord>), Refusal> {
    let (root, outcome) = Root::open(hsm, None).await.map_err(Refusal::because)?;
    let Outcome::Created(record) = outcome else {
        return Err(Refusal::because("the HSM opened a root that nobody asked for"));
    };
    let keys = ServiceKeys::generate(&root).await.map_err(Refusal::because)?;
    let value =
        Record { format: 1, root: record, service_keys: keys.iter().map(StoredKey::of).collect() };
    let bytes = serde_json::to_vec(&value).map_err(Refusal::because)?;
    catalog.meta_create(RECORD, bytes).await.map_err(|error| {
        Refusal::because(format!("the new root could not be recorded: {error}; start again"))
    })?;
    tracing::info!(root.id = %value.root.id, "the root and the service keys were made");
    Ok((root, keys))
}

/// The value as it is stored, JSON. No secret: the keys open under the root alone.
#[derive(Deserialize, Serialize)]
struct Record {
    format: u32,
    root: RootRecord,
    service_keys: Vec<StoredKey>,
}

#[derive(Deserialize, Serialize)]
struct StoredKey {
    id: String,
    purpose: String,
    version: u32,
    /// Hex digits.
    wrapped: String,
}

impl StoredKey {
    fn of(key: &ServiceKeyRecord) -> Self {
        Self {
            id: key.id.to_string(),
            purpose: key.purpose.as_str().to_owned(),
            version: key.version,
            wrapped: hex::encode(&key.wrapped),
        }
    }

    fn read(self) -> Option<ServiceKeyRecord> {
        Some(ServiceKeyRecord {
            id: Uuid::try_parse(&self.id).ok()?,
            purpose: ServicePurpose::parse(&self.purpose)?,
            version: self.version,
            wrapped: hex::decode(self.wrapped).ok()?,
        })
    }
}
