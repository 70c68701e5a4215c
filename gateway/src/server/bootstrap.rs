//! Builds the components in their order, each from those before it.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use kms_core::base::SecretBytes;
use kms_core::root::Root;

use super::vault::{self, FirstStart, Vault};
use super::{Refusal, unix_ms};
use crate::catalog::Catalog;
use crate::config::Settings;
use crate::context::{Clock, Gateway};
use crate::iam::{GivenRoot, Iam, KeyPair};
use crate::telemetry::Metrics;

/// A gateway, and the parts of it that operations do not see.
pub(super) struct Built {
    pub gateway: Arc<Gateway>,
    pub root: Arc<Root>,
}

/// Builds the gateway of `data_dir`, which this process has locked.
pub(super) async fn build(settings: Arc<Settings>, data_dir: &Path) -> Result<Built, Refusal> {
    let clock: Clock = Arc::new(SystemTime::now);
    let catalog = open_catalog(data_dir)?;
    let vault = vault::open(&settings.hsm, data_dir, &catalog, FirstStart::Allowed).await?;
    let Vault { root, service_keys } = vault;
    let iam = Iam::new(catalog.clone(), service_keys.clone());
    let now_ms = unix_ms(clock());
    let account = iam.root_bootstrap(given_root(&settings), data_dir, now_ms).await;
    let account = account.map_err(Refusal::because)?;
    tracing::info!(account.id = %account.id, "the root account is there");
    let gateway = Gateway { settings, catalog, service_keys, iam, metrics: Metrics::new(), clock };
    Ok(Built { gateway: Arc::new(gateway), root })
}

/// Opens the catalog in `data_dir`.
pub(super) fn open_catalog(data_dir: &Path) -> Result<Catalog, Refusal> {
    let clock = Arc::new(|| unix_ms(SystemTime::now()));
    Catalog::open(data_dir, clock).map_err(Refusal::because)
}

fn given_root(settings: &Settings) -> GivenRoot {
    let (id, secret) = (settings.root_access_key.as_ref()?, settings.root_secret_key.as_ref()?);
    Some(KeyPair { id: id.clone(), secret: SecretBytes::copy_from(secret.expose()) })
}
