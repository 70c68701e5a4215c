//! Rotation ("Managing Key Rotation", Huawei KMS API reference).

use kms_core::key::VersionCause;
use kms_core::kms::RotationChange;
use serde_json::{Value, json};

use super::super::asked::{Asked, missing};
use super::super::call::{HuaweiCall, Service};
use super::{done, json_reply};
use crate::api::huawei_faults::huawei_key_fault;
use crate::http::{Code, Fault, Reply};

/// Days when none are given.
const DAYS: u32 = 365;

/// enable-key-rotation.
pub struct EnableKeyRotation;
/// disable-key-rotation.
pub struct DisableKeyRotation;
/// get-key-rotation-status.
pub struct GetKeyRotationStatus;
/// update-key-rotation-interval.
pub struct UpdateKeyRotationInterval;
/// rotate-on-demand.
pub struct RotateOnDemand;

impl HuaweiCall for EnableKeyRotation {
    const NAME: &'static str = "enable-key-rotation";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        change(asked, service, RotationChange::Enable(DAYS)).await
    }
}

impl HuaweiCall for DisableKeyRotation {
    const NAME: &'static str = "disable-key-rotation";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        change(asked, service, RotationChange::Off).await
    }
}

impl HuaweiCall for UpdateKeyRotationInterval {
    const NAME: &'static str = "update-key-rotation-interval";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let days = asked.number("rotation_interval", Code::Kms3001)?;
        let days = days.ok_or_else(|| missing("rotation_interval"))?;
        let days = u32::try_from(days).ok().filter(|days| (30..=365).contains(days));
        let days = days.ok_or(Code::Kms3001)?;
        change(asked, service, RotationChange::Interval(days)).await
    }
}

impl HuaweiCall for RotateOnDemand {
    const NAME: &'static str = "rotate-on-demand";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let key = service.kms.rotate_key(&service.caller, &asked.key_id()?).await;
        let key = key.map_err(huawei_key_fault)?;
        Ok(json_reply(&json!({ "key_id": key.id.to_string() })))
    }
}

impl HuaweiCall for GetKeyRotationStatus {
    const NAME: &'static str = "get-key-rotation-status";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let status = service.kms.rotation_status(&service.caller, &asked.key_id()?).await;
        let status = status.map_err(huawei_key_fault)?;
        let rotations =
            || status.versions.iter().filter(|version| version.cause != VersionCause::Created);
        let materials = status.versions.iter().map(|version| {
            json!({
                "material_id": format!("{}:{}", version.key, version.number),
                "create_time": version.created_ms.to_string(),
                "expiration_time": "",
                "state": "2",
            })
        });
        let materials: Vec<Value> = materials.collect();
        let last = rotations().next_back().map(|version| version.created_ms.to_string());
        Ok(json_reply(&json!({
            "key_rotation_enabled": status.key.rotation.is_some(),
            "rotation_interval": status.key.rotation.map_or(DAYS, |rotation| rotation.days),
            "last_rotation_time": last.unwrap_or_default(),
            "number_of_rotations": rotations().count(),
            "key_materials": materials,
        })))
    }
}

async fn change(
    asked: &Asked,
    service: &Service<'_>,
    change: RotationChange,
) -> Result<Reply, Fault> {
    let changed = service.kms.set_key_rotation(&service.caller, &asked.key_id()?, change).await;
    changed.map(|_| done()).map_err(huawei_key_fault)
}
