//! create-key, describe-key, the changes of state, alias and description
//! ("Key Management", Huawei KMS API reference).

use kms_core::key::{Key, KeyOrigin, KeySpec};
use kms_core::kms::{CreateKey as NewKey, KmsError};
use serde_json::json;

use super::super::asked::{Asked, alias_named, invalid, missing};
use super::super::call::{HuaweiCall, Service};
use super::{KEYSTORE, details, json_reply, state};
use crate::api::huawei_faults::huawei_key_fault;
use crate::http::{Code, Fault, Reply};

/// Longest description in characters.
const DESCRIPTION_MAX: usize = 255;

/// create-key.
pub struct CreateKey;
/// describe-key.
pub struct DescribeKey;
/// enable-key.
pub struct EnableKey;
/// disable-key.
pub struct DisableKey;
/// schedule-key-deletion.
pub struct ScheduleKeyDeletion;
/// cancel-key-deletion.
pub struct CancelKeyDeletion;
/// update-key-alias.
pub struct UpdateKeyAlias;
/// update-key-description.
pub struct UpdateKeyDescription;

impl HuaweiCall for CreateKey {
    const NAME: &'static str = "create-key";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let alias = asked.alias("key_alias")?;
        if asked.text("key_alias")?.is_some_and(|alias| alias.ends_with("/default")) {
            return Err(Code::Kms1101.into());
        }
        let spec = asked.text("key_spec")?.unwrap_or("AES_256");
        let spec = KeySpec::from_name(spec).ok_or_else(|| {
            Fault::new(Code::Kms1110).message(format!("The key spec {spec} is not supported."))
        })?;
        match asked.text("key_usage")? {
            None | Some("ENCRYPT_DECRYPT") => {}
            Some(_) => return Err(invalid("key_usage")),
        }
        let description = description(asked.text("key_description")?.unwrap_or_default())?;
        let origin = origin(asked)?;
        let wanted = NewKey { spec, origin, description, alias: Some(alias) };
        let key = service.kms.create_key(&service.caller, wanted).await;
        let key = key.map_err(huawei_key_fault)?;
        Ok(json_reply(&json!({ "key_info": {
            "key_id": key.id.to_string(),
            "domain_id": key.domain_id,
            "region_id": key.region,
        }})))
    }
}

impl HuaweiCall for DescribeKey {
    const NAME: &'static str = "describe-key";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let key = service.kms.describe_key(&service.caller, &asked.key_ref("key_id")?).await;
        let key = key.map_err(huawei_key_fault)?;
        Ok(json_reply(&json!({ "key_info": details(service, &key).await? })))
    }
}

impl HuaweiCall for EnableKey {
    const NAME: &'static str = "enable-key";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let key = service.kms.enable_key(&service.caller, &asked.key_id()?).await;
        key.map(|key| moved(&key)).map_err(|error| wrong_state(error, Code::Kms1201))
    }
}

impl HuaweiCall for DisableKey {
    const NAME: &'static str = "disable-key";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let key = service.kms.disable_key(&service.caller, &asked.key_id()?).await;
        key.map(|key| moved(&key)).map_err(|error| wrong_state(error, Code::Kms1301))
    }
}

impl HuaweiCall for ScheduleKeyDeletion {
    const NAME: &'static str = "schedule-key-deletion";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let key = asked.key_id()?;
        let days = asked.number("pending_days", Code::Kms1401)?;
        let days = days.ok_or_else(|| missing("pending_days"))?;
        let days = u32::try_from(days).map_err(|_| Fault::new(Code::Kms1401))?;
        let key = service.kms.schedule_key_deletion(&service.caller, &key, days).await;
        let key = key.map_err(|error| wrong_state(error, Code::Kms1402))?;
        Ok(json_reply(&json!({ "key_id": key.id.to_string(), "key_state": state(&key) })))
    }
}

impl HuaweiCall for CancelKeyDeletion {
    const NAME: &'static str = "cancel-key-deletion";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let key = service.kms.cancel_key_deletion(&service.caller, &asked.key_id()?).await;
        let key = key.map_err(huawei_key_fault)?;
        Ok(json_reply(&json!({ "key_id": key.id.to_string(), "key_state": state(&key) })))
    }
}

impl HuaweiCall for UpdateKeyAlias {
    const NAME: &'static str = "update-key-alias";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let (key, alias) = (asked.key_id()?, alias_named(asked.needed("key_alias")?)?);
        let named = service.kms.rename_key(&service.caller, &key, &alias).await;
        let named = named.map_err(huawei_key_fault)?;
        Ok(json_reply(&json!({ "key_info": {
            "key_id": named.key.to_string(),
            "key_alias": named.name.as_str(),
        }})))
    }
}

impl HuaweiCall for UpdateKeyDescription {
    const NAME: &'static str = "update-key-description";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let key = asked.key_id()?;
        let text = asked.text("key_description")?.ok_or_else(|| missing("key_description"))?;
        let text = description(text)?;
        let key = service.kms.update_key_description(&service.caller, &key, text).await;
        let key = key.map_err(huawei_key_fault)?;
        Ok(json_reply(&json!({ "key_info": {
            "key_id": key.id.to_string(),
            "key_description": key.description,
        }})))
    }
}

fn moved(key: &Key) -> Reply {
    json_reply(&json!({ "key_info": { "key_id": key.id.to_string(), "key_state": state(key) } }))
}

/// A change of state that the state does not allow has its own code.
fn wrong_state(error: KmsError, code: Code) -> Fault {
    match &error {
        KmsError::PendingDeletion(_)
        | KmsError::PendingImport(_)
        | KmsError::InvalidState { .. } => Fault::new(code).cause(error),
        _ => huawei_key_fault(error),
    }
}

/// Errors: `KMS.1103`.
fn description(text: &str) -> Result<String, Fault> {
    match text.chars().count() <= DESCRIPTION_MAX {
        true => Ok(text.to_owned()),
        false => Err(Code::Kms1103.into()),
    }
}

/// Hardware keys are those of another keystore than the default one. Errors:
/// `KMS.0308`, `KMS.0338`.
fn origin(asked: &Asked) -> Result<KeyOrigin, Fault> {
    let hardware = match asked.text("keystore_id")? {
        None | Some("" | "0") => false,
        Some(KEYSTORE | "2") => true,
        Some(_) => return Err(Code::Kms0338.into()),
    };
    match (asked.text("origin")?.unwrap_or("kms"), hardware) {
        ("kms", false) => Ok(KeyOrigin::AwsKms),
        ("kms", true) => Ok(KeyOrigin::CloudHsm),
        ("external", false) => Ok(KeyOrigin::External),
        _ => Err(invalid("origin")),
    }
}
