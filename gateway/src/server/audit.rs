//! The audit log of this process, its checkpoints in the catalog, and its
//! verification.
//!
//! A checkpoint says how far a chain has come; kept apart from the log, it shows
//! when a log's tail was cut off. One is kept for each boot.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kms_core::audit::{AuditKey, Checkpoint, FileAudit, FileAuditSettings, Report, verify};
use kms_core::base::SecretBytes;
use kms_core::root::{ServiceKeys, ServicePurpose};
use tokio::time::{MissedTickBehavior, interval};

use super::store::open_catalog;
use super::vault::{self, FirstStart};
use super::{Refusal, data_dir};
use crate::catalog::{Catalog, CatalogError};
use crate::config::Settings;
use crate::edge::Shutdown;

/// What the catalog's names of checkpoints start with.
const CHECKPOINT: &str = "audit/checkpoint/";

/// How often a checkpoint is kept.
const KEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Starts this boot's log, whose first record is durable when this returns.
pub(super) async fn start(
    catalog: &Catalog,
    keys: &ServiceKeys,
    data_dir: &Path,
    now_ms: u64,
) -> Result<Arc<FileAudit>, Refusal> {
    let node = data_dir::node(data_dir).map_err(Refusal::because)?;
    let known = checkpoints(catalog).await?;
    let known = known.into_iter().filter(|point| point.node == node).max_by_key(|p| p.boot);
    let current = keys.current(ServicePurpose::Audit).version();
    let key = key(keys, current).ok_or_else(|| Refusal::because("there is no audit key"))?;
    let directory = data_dir::make_closed(&data_dir.join("audit")).map_err(Refusal::because)?;
    let settings = FileAuditSettings::new(directory, node, key, known);
    let started = tokio::task::spawn_blocking(move || FileAudit::start(settings, now_ms));
    let started = started.await.map_err(Refusal::because)?;
    started.map(Arc::new).map_err(Refusal::because)
}

/// Keeps checkpoints until `shutdown`, then the last one.
pub(super) async fn keep_checkpoints(audit: Arc<FileAudit>, catalog: Catalog, shutdown: Shutdown) {
    let mut changed = audit.checkpoints();
    let mut tick = interval(KEEP_INTERVAL);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut kept = None;
    let mut stopping = false;
    while !stopping {
        tokio::select! {
            _ = tick.tick() => {}
            () = shutdown.requested() => stopping = true,
        }
        let latest = changed.borrow_and_update().clone();
        keep(&catalog, &mut kept, latest).await;
    }
}

/// Closes the log when nothing more can come, and keeps its end.
pub(super) async fn stop(audit: &FileAudit, catalog: &Catalog) {
    let last = audit.stop().await;
    let name = name(&last);
    let kept = match catalog.meta_find(&name).await {
        Ok(bytes) => bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()),
        Err(_) => None,
    };
    keep(catalog, &mut { kept }, last).await;
}

/// Verifies the logs of the data directory, also beside a running server.
/// Errors: the catalog, the HSM or the logs cannot be read.
pub fn verify_logs(settings: &Settings) -> Result<Report, Refusal> {
    let data_dir = &settings.data_dir;
    if !data_dir.join("catalog.sqlite").exists() {
        return Err(Refusal::because(format!(
            "there is no catalog in {}; name the data directory with --data-dir",
            data_dir.display()
        )));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Refusal::because)?.block_on(async {
        let catalog = open_catalog(data_dir)?;
        let vault = vault::open(&settings.hsm, data_dir, &catalog, FirstStart::Refused).await?;
        let newest = vault.service_keys.current(ServicePurpose::Audit).version();
        let keys: Vec<_> =
            (1..=newest).filter_map(|version| key(&vault.service_keys, version)).collect();
        // Read before the logs: a running server may only have come further.
        let known = checkpoints(&catalog).await?;
        verify(&data_dir.join("audit"), &keys, &known).map_err(Refusal::because)
    })
}

fn key(keys: &ServiceKeys, version: u32) -> Option<AuditKey> {
    let key = keys.version(ServicePurpose::Audit, version)?;
    Some(AuditKey { version, material: SecretBytes::copy_from(key.material().expose()) })
}

async fn checkpoints(catalog: &Catalog) -> Result<Vec<Checkpoint>, Refusal> {
    let values = catalog.meta_list(CHECKPOINT).await.map_err(Refusal::because)?;
    let read = values.iter().map(|(name, bytes)| {
        serde_json::from_slice(bytes)
            .map_err(|error| Refusal::because(format!("the catalog's {name} is damaged: {error}")))
    });
    read.collect()
}

/// Replaces the checkpoint that was `kept`. A failure costs nothing but the
/// proof of these few seconds, and the next one makes up for it.
async fn keep(catalog: &Catalog, kept: &mut Option<Checkpoint>, latest: Checkpoint) {
    if kept.as_ref() == Some(&latest) {
        return;
    }
    let Ok(bytes) = serde_json::to_vec(&latest) else { return };
    let name = name(&latest);
    let done = match kept.as_ref().map(serde_json::to_vec) {
        Some(Ok(before)) => catalog.meta_update(&name, before, bytes).await,
        _ => catalog.meta_create(&name, bytes).await,
    };
    match done {
        Ok(()) => *kept = Some(latest),
        Err(CatalogError::Unavailable(reason)) => {
            tracing::warn!(%reason, "the audit checkpoint could not be kept; it is tried again");
        }
        Err(error) => tracing::error!(%error, "the audit checkpoint could not be kept"),
    }
}

fn name(checkpoint: &Checkpoint) -> String {
    format!("{CHECKPOINT}{}/{:08}", checkpoint.node, checkpoint.boot)
}
