//! Builds the components in their order, each from those before it.
//!
//! Settings are data, components are built from them once, here. Not here: what
//! has to be bound, locked or hardened before ([`super::serve`]).

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use kms_core::audit::FileAudit;
use kms_core::base::SecretBytes;
use kms_core::key::AliasName;
use kms_core::kms::{Kms, KmsParts, KmsSettings};
use kms_core::root::Root;

use super::vault::{self, FirstStart, Vault};
use super::{Refusal, audit, store, unix_ms};
use crate::config::Settings;
use crate::context::{Clock, Gateway};
use crate::iam::{GivenRoot, Iam, KeyPair};
use crate::object::Objects;
use crate::policy_cache::PolicyCache;
use crate::telemetry::Metrics;

/// A gateway, and the parts of it that operations do not see.
pub(super) struct Built {
    pub gateway: Arc<Gateway>,
    pub root: Arc<Root>,
    pub audit: Arc<FileAudit>,
}

/// Builds the gateway of `data_dir`, which this process has locked.
pub(super) async fn build(settings: Arc<Settings>, data_dir: &Path) -> Result<Built, Refusal> {
    let clock: Clock = Arc::new(SystemTime::now);
    let catalog = store::open_catalog(data_dir)?;
    let vault = vault::open(&settings.hsm, data_dir, &catalog, FirstStart::Allowed).await?;
    let Vault { root, service_keys } = vault;
    let now_ms = unix_ms(clock());
    let audit = audit::start(&catalog, &service_keys, data_dir, now_ms.unsigned_abs()).await?;
    let kms = Kms::new(KmsParts {
        root: root.clone(),
        service_keys: service_keys.clone(),
        store: Arc::new(catalog.clone()),
        audit: audit.clone(),
        clock: Arc::new(|| unix_ms(SystemTime::now()).unsigned_abs()),
        settings: kms_settings(&settings)?,
    });
    let chained = kms.chain_outbox().await.map_err(Refusal::because)?;
    if chained > 0 {
        tracing::info!(changes = chained, "key changes before the last stop were recorded");
    }
    let backing = store::open(&settings.backing, data_dir)?;
    let iam = Iam::new(catalog.clone(), service_keys.clone());
    let account = iam.root_bootstrap(given_root(&settings), data_dir, now_ms).await;
    let account = account.map_err(Refusal::because)?;
    tracing::info!(account.id = %account.id, "the root account is there");
    let kms = Arc::new(kms);
    let objects = Objects::new(catalog.clone(), backing, kms.clone(), service_keys.clone());
    let gateway = Gateway {
        settings,
        catalog,
        kms,
        objects,
        policies: PolicyCache::default(),
        iam,
        metrics: Metrics::new(),
        service_keys,
        clock,
    };
    Ok(Built { gateway: Arc::new(gateway), root, audit })
}

fn kms_settings(settings: &Settings) -> Result<KmsSettings, Refusal> {
    let alias = &settings.kms.default_key_alias;
    let default_alias = AliasName::parse(alias)
        .map_err(|error| Refusal::because(format!("kms.default_key_alias {alias}: {error}")))?;
    let quota = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    Ok(KmsSettings {
        region: settings.region.clone(),
        default_alias,
        keys_per_account: quota(settings.kms.keys_per_account),
        hardware_keys: quota(settings.kms.hardware_keys),
        requests_per_s: quota(settings.kms.requests_per_s),
        object_requests_per_s: quota(settings.kms.object_requests_per_s),
        refuse_deletion_in_use: settings.kms.refuse_deletion_in_use,
    })
}

fn given_root(settings: &Settings) -> GivenRoot {
    let (id, secret) = (settings.root_access_key.as_ref()?, settings.root_secret_key.as_ref()?);
    Some(KeyPair { id: id.clone(), secret: SecretBytes::copy_from(secret.expose()) })
}
