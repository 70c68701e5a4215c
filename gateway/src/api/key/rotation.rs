//! EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus,
//! RotateKeyOnDemand and ListKeyRotations (KMS API reference).

use kms_core::key::VersionCause;
use kms_core::kms::RotationChange;
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{AwsCall, Service};
use super::metadata::{arn, seconds};
use super::{key_ref, limit, nothing};
use crate::api::faults::aws_key_fault;
use crate::http::{Code, Fault, Reply};

/// Days without `RotationPeriodInDays`.
const DAYS: u32 = 365;

/// Turns automatic rotation on.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EnableKeyRotation {
    key_id: String,
    rotation_period_in_days: Option<u32>,
}

/// Turns automatic rotation off.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DisableKeyRotation {
    key_id: String,
}

/// Tells how a key is rotated.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetKeyRotationStatus {
    key_id: String,
}

/// Rotates a key now.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RotateKeyOnDemand {
    key_id: String,
}

/// Lists when a key was rotated.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListKeyRotations {
    key_id: String,
    limit: Option<usize>,
    marker: Option<String>,
}

impl AwsCall for EnableKeyRotation {
    const NAME: &'static str = "EnableKeyRotation";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        let days = self.rotation_period_in_days.unwrap_or(DAYS);
        if !(90..=2560).contains(&days) {
            return Err(Fault::new(Code::ValidationException)
                .message("RotationPeriodInDays must be between 90 and 2560."));
        }
        let (key, change) = (key_ref(&self.key_id)?, RotationChange::On(days));
        let changed = service.kms.set_key_rotation(&service.caller, &key, change).await;
        changed.map(|_| nothing()).map_err(aws_key_fault)
    }
}

impl AwsCall for DisableKeyRotation {
    const NAME: &'static str = "DisableKeyRotation";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        let (key, change) = (key_ref(&self.key_id)?, RotationChange::Off);
        let changed = service.kms.set_key_rotation(&service.caller, &key, change).await;
        changed.map(|_| nothing()).map_err(aws_key_fault)
    }
}

impl AwsCall for GetKeyRotationStatus {
    const NAME: &'static str = "GetKeyRotationStatus";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        let key = key_ref(&self.key_id)?;
        let status = service.kms.rotation_status(&service.caller, &key).await;
        let status = status.map_err(aws_key_fault)?;
        let mut document = json!({
            "KeyId": arn(&status.key),
            "KeyRotationEnabled": status.key.rotation.is_some(),
        });
        if let (Some(rotation), Some(fields)) = (status.key.rotation, document.as_object_mut()) {
            fields.insert("RotationPeriodInDays".to_owned(), rotation.days.into());
            fields.insert("NextRotationDate".to_owned(), seconds(rotation.next_ms).into());
        }
        Ok(super::json(&document))
    }
}

impl AwsCall for RotateKeyOnDemand {
    const NAME: &'static str = "RotateKeyOnDemand";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        let key = key_ref(&self.key_id)?;
        let rotated = service.kms.rotate_key(&service.caller, &key).await;
        let key = rotated.map_err(aws_key_fault)?;
        Ok(super::json(&json!({ "KeyId": arn(&key) })))
    }
}

impl AwsCall for ListKeyRotations {
    const NAME: &'static str = "ListKeyRotations";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        let (key, limit) = (key_ref(&self.key_id)?, limit(self.limit)?);
        let after = self.marker.as_deref().map_or(Ok(0), str::parse::<u32>);
        let after = after.map_err(|_| Fault::new(Code::InvalidMarkerException))?;
        let status = service.kms.rotation_status(&service.caller, &key).await;
        let status = status.map_err(aws_key_fault)?;
        let mut rest = status
            .versions
            .iter()
            .filter(|version| version.cause != VersionCause::Created && version.number > after);
        let page: Vec<_> = rest.by_ref().take(limit).collect();
        let truncated = rest.next().is_some();
        let rotations = page.iter().map(|version| {
            json!({
                "KeyId": arn(&status.key),
                "RotationDate": seconds(version.created_ms),
                "RotationType": version.cause.name(),
            })
        });
        let rotations: Vec<Value> = rotations.collect();
        let mut document = json!({ "Rotations": rotations, "Truncated": truncated });
        let last = page.last().filter(|_| truncated);
        if let (Some(last), Some(fields)) = (last, document.as_object_mut()) {
            fields.insert("NextMarker".to_owned(), last.number.to_string().into());
        }
        Ok(super::json(&document))
    }
}
