//! `KeyMetadata` as AWS writes it.

use kms_core::key::{Key, KeyOrigin, KeySpec, KeyState};
use serde::Serialize;

/// The custom key store that holds hardware keys.
pub const HARDWARE_STORE: &str = "hsm";

/// Describes a key.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeyMetadata {
    #[serde(rename = "AWSAccountId")]
    account_id: String,
    key_id: String,
    arn: String,
    creation_date: f64,
    enabled: bool,
    description: String,
    key_usage: &'static str,
    key_state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion_date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_model: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_to: Option<f64>,
    origin: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_key_store_id: Option<&'static str>,
    key_manager: &'static str,
    key_spec: &'static str,
    customer_master_key_spec: &'static str,
    encryption_algorithms: [&'static str; 1],
    multi_region: bool,
}

impl KeyMetadata {
    /// Describes `key`.
    pub fn of(key: &Key) -> Self {
        let spec = spec_name(key.spec);
        Self {
            account_id: key.account_id.clone(),
            key_id: key.id.to_string(),
            arn: arn(key),
            creation_date: seconds(key.created_ms),
            enabled: key.state == KeyState::Enabled,
            description: key.description.clone(),
            key_usage: "ENCRYPT_DECRYPT",
            key_state: state_name(key.state),
            deletion_date: key.state.deletion_due_ms().map(seconds),
            expiration_model: expiration_model(key),
            valid_to: key.expires_ms.map(seconds),
            origin: origin_name(key.origin),
            custom_key_store_id: (key.origin == KeyOrigin::CloudHsm).then_some(HARDWARE_STORE),
            key_manager: if key.is_default() { "AWS" } else { "CUSTOMER" },
            key_spec: spec,
            customer_master_key_spec: spec,
            encryption_algorithms: ["SYMMETRIC_DEFAULT"],
            multi_region: false,
        }
    }
}

/// A key's ARN.
pub fn arn(key: &Key) -> String {
    format!("arn:aws:kms:{}:{}:key/{}", key.region, key.account_id, key.id)
}

/// AWS times are seconds with a fraction.
pub fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}

/// Known only while there is material.
fn expiration_model(key: &Key) -> Option<&'static str> {
    let filled = key.origin == KeyOrigin::External && key.state != KeyState::PendingImport;
    match key.expires_ms {
        _ if !filled => None,
        Some(_) => Some("KEY_MATERIAL_EXPIRES"),
        None => Some("KEY_MATERIAL_DOES_NOT_EXPIRE"),
    }
}

fn state_name(state: KeyState) -> &'static str {
    match state {
        KeyState::Enabled => "Enabled",
        KeyState::Disabled => "Disabled",
        KeyState::PendingDeletion { .. } => "PendingDeletion",
        KeyState::PendingImport => "PendingImport",
        // Nobody finds such a key.
        KeyState::Deleted => "PendingDeletion",
    }
}

fn spec_name(spec: KeySpec) -> &'static str {
    match spec {
        KeySpec::Aes256 => "SYMMETRIC_DEFAULT",
        KeySpec::Sm4 => "SM4",
    }
}

fn origin_name(origin: KeyOrigin) -> &'static str {
    match origin {
        KeyOrigin::AwsKms => "AWS_KMS",
        KeyOrigin::External => "EXTERNAL",
        KeyOrigin::CloudHsm => "AWS_CLOUDHSM",
    }
}

/// A spec by either vendor's word.
pub fn spec_named(name: &str) -> Option<KeySpec> {
    match name {
        "SYMMETRIC_DEFAULT" | "AES_256" => Some(KeySpec::Aes256),
        "SM4" => Some(KeySpec::Sm4),
        _ => None,
    }
}
