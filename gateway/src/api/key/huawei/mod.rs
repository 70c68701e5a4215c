//! Operations of Huawei's KMS (`/v1.0/{project_id}/kms/..`), a file for each
//! section of its API reference. The work is the key service's own; here are
//! fields in and fields out, with numbers as the SDKs parse them: most are
//! strings.

mod alias;
mod data;
mod data_key;
mod grant;
mod import;
mod key;
mod list;
mod quota;
mod rotation;
mod service;
mod tag;

pub use alias::{AssociateAlias, CreateAlias, DeleteAliases, ListAliases};
pub use data::{DecryptData, EncryptData, ReEncrypt};
pub use data_key::{CreateDatakey, CreateDatakeyWithoutPlaintext, DecryptDatakey, EncryptDatakey};
pub use grant::{CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant};
pub use import::{DeleteImportedKeyMaterial, GetParametersForImport, ImportKeyMaterial};
pub use key::{
    CancelKeyDeletion, CreateKey, DescribeKey, DisableKey, EnableKey, ScheduleKeyDeletion,
    UpdateKeyAlias, UpdateKeyDescription,
};
pub use list::ListKeys;
pub use quota::{GenRandom, UserInstances, UserQuotas};
pub use rotation::{
    DisableKeyRotation, EnableKeyRotation, GetKeyRotationStatus, RotateOnDemand,
    UpdateKeyRotationInterval,
};
pub use service::{
    ListDomains, ListKeystores, ListProjects, ListVersions, ShowKeystore, ShowVersion, Unsupported,
};
pub use tag::{BatchTags, CreateTag, DeleteTag, ListKeysByTags, ListTags, ShowTags};

use kms_core::key::{Key, KeyOrigin, KeyState};
use serde_json::{Value, json};

use super::call::Service;
use crate::api::huawei_faults::huawei_key_fault;
use crate::http::{Fault, Reply};
use crate::stream::Body;

/// The one token, as a keystore: what `keystore_id` names for hardware keys.
const KEYSTORE: &str = "1";

/// 200 with a JSON document.
fn json_reply(document: &Value) -> Reply {
    Reply::ok().with("content-type", "application/json").body(Body::full(document.to_string()))
}

/// 200 with an empty document.
fn done() -> Reply {
    json_reply(&json!({}))
}

/// A key as describe-key and list-keys show it.
async fn details(service: &Service<'_>, key: &Key) -> Result<Value, Fault> {
    let alias = service.kms.alias_of(key).await.map_err(huawei_key_fault)?;
    let time = |ms: Option<u64>| ms.map(|ms| ms.to_string()).unwrap_or_default();
    Ok(json!({
        "key_id": key.id.to_string(),
        "domain_id": key.domain_id,
        "key_alias": alias.map(|alias| alias.as_str().to_owned()).unwrap_or_default(),
        "realm": key.region,
        "key_spec": key.spec.name(),
        "key_usage": key.usage.name(),
        "key_description": key.description,
        "creation_date": key.created_ms.to_string(),
        "scheduled_deletion_date": time(key.state.deletion_due_ms()),
        "key_state": state(key),
        "default_key_flag": if key.is_default() { "1" } else { "0" },
        "key_type": "1",
        "expiration_time": time(key.expires_ms),
        "origin": if key.origin == KeyOrigin::External { "external" } else { "kms" },
        "key_rotation_enabled": if key.rotation.is_some() { "true" } else { "false" },
        "sys_enterprise_project_id": "0",
        "keystore_id": if key.origin == KeyOrigin::CloudHsm { KEYSTORE } else { "0" },
    }))
}

/// The state's number.
fn state(key: &Key) -> &'static str {
    match key.state {
        _ if key.frozen => "7",
        KeyState::Enabled => "2",
        KeyState::Disabled => "3",
        KeyState::PendingDeletion { .. } | KeyState::Deleted => "4",
        KeyState::PendingImport => "5",
    }
}
