//! What operators ask about keys: freezing their accounts, protection, impact.

use kms_core::key::KeyId;
use kms_core::kms::KmsError;

use crate::catalog::CatalogError;
use crate::context::Gateway;
use crate::control::protocol::{
    AccountFreeze, KeyImpact, KeyNamed, KeyProtect, Refusal, UseShown, VersionShown,
};

/// Freezes or thaws an account. Errors: 404, 503.
pub(super) async fn account_freeze(gateway: &Gateway, asked: AccountFreeze) -> Result<(), Refusal> {
    let id = account_id(gateway, &asked.account).await.map_err(catalog_refusal)?;
    let id = id.ok_or_else(|| Refusal::new(404, format!("no account {}", asked.account)))?;
    gateway.kms.freeze_account(&id, asked.frozen).await.map_err(refusal)?;
    tracing::info!(account.id = %id, frozen = asked.frozen, "account frozen or thawed");
    Ok(())
}

/// Switches deletion protection. Errors: 400, 404, 503.
pub(super) async fn key_protect(gateway: &Gateway, asked: KeyProtect) -> Result<(), Refusal> {
    gateway.kms.protect_key(key_id(&asked.key)?, asked.on).await.map_err(refusal)
}

/// What depends on a key. Errors: 400, 404, 503.
pub(super) async fn key_impact(gateway: &Gateway, asked: KeyNamed) -> Result<KeyImpact, Refusal> {
    let impact = gateway.kms.key_impact(key_id(&asked.key)?).await.map_err(refusal)?;
    let versions = impact.versions.iter().map(|version| VersionShown {
        version: version.number,
        created_ms: version.created_ms,
        api_used_ms: version.api_used_ms,
    });
    let uses = impact.uses.iter().map(|used| UseShown {
        version: used.version,
        bucket: used.bucket.clone(),
        objects: used.objects,
        uploads: used.uploads,
        bytes: used.bytes,
    });
    Ok(KeyImpact {
        key: impact.key.id.to_string(),
        state: impact.key.state.name().to_owned(),
        versions: versions.collect(),
        uses: uses.collect(),
    })
}

async fn account_id(gateway: &Gateway, name: &str) -> Result<Option<String>, CatalogError> {
    let catalog = &gateway.catalog;
    let mut found = catalog.account_find(name).await?;
    if found.is_none() {
        found = catalog.account_find_by_domain(name).await?;
    }
    if found.is_none() {
        found = catalog.account_find_by_name(name).await?;
    }
    Ok(found.map(|account| account.id.clone()))
}

fn key_id(text: &str) -> Result<KeyId, Refusal> {
    text.parse().map_err(|_| Refusal::new(400, "name the key by its id of 36 characters"))
}

fn refusal(error: KmsError) -> Refusal {
    let status = match error {
        KmsError::NotFound(_) => 404,
        KmsError::Unavailable(_) | KmsError::Audit(_) | KmsError::Conflict(_) => 503,
        _ => 400,
    };
    Refusal::new(status, error.to_string())
}

fn catalog_refusal(error: CatalogError) -> Refusal {
    Refusal::new(503, error.to_string())
}
