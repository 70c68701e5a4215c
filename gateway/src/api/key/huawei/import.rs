//! get-parameters-for-import, import-key-material and
//! delete-imported-key-material ("Managing Imported Keys", Huawei KMS API
//! reference). Times are seconds here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kms_core::key::KeyState;
use kms_core::kms::{ImportMaterial, WrappingAlgorithm, WrappingKeySpec};
use serde_json::json;

use super::super::asked::{Asked, invalid};
use super::super::call::{HuaweiCall, Service};
use super::{done, json_reply};
use crate::api::huawei_faults::huawei_key_fault;
use crate::http::{Code, Fault, Reply};

/// get-parameters-for-import.
pub struct GetParametersForImport;
/// import-key-material.
pub struct ImportKeyMaterial;
/// delete-imported-key-material.
pub struct DeleteImportedKeyMaterial;

impl HuaweiCall for GetParametersForImport {
    const NAME: &'static str = "get-parameters-for-import";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let key = asked.key_id()?;
        let algorithm = match WrappingAlgorithm::from_name(asked.needed("wrapping_algorithm")?) {
            Some(WrappingAlgorithm::RsaAesKeyWrapSha256) | None => {
                return Err(invalid("wrapping_algorithm"));
            }
            Some(algorithm) => algorithm,
        };
        let spec = WrappingKeySpec::Rsa2048;
        let made = service.kms.parameters_for_import(&service.caller, &key, algorithm, spec).await;
        let made = made.map_err(huawei_key_fault)?;
        Ok(json_reply(&json!({
            "key_id": made.key.id.to_string(),
            "import_token": STANDARD.encode(&made.token),
            "expiration_time": made.valid_to_ms / 1000,
            "public_key": STANDARD.encode(&made.public_key),
        })))
    }
}

impl HuaweiCall for ImportKeyMaterial {
    const NAME: &'static str = "import-key-material";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let key = asked.key_id()?;
        let token = STANDARD.decode(asked.needed("import_token")?);
        let encrypted = STANDARD.decode(asked.needed("encrypted_key_material")?);
        let expires_s = asked.number("expiration_time", Code::Kms2602)?;
        let import = ImportMaterial {
            token: &token.map_err(|_| Code::Kms2605)?,
            encrypted: &encrypted.map_err(|_| Code::Kms0311)?,
            expires_ms: expires_s.map(|seconds| seconds.saturating_mul(1000)),
            reimport: false,
        };
        let imported = service.kms.import_key_material(&service.caller, &key, import).await;
        imported.map(|_| done()).map_err(huawei_key_fault)
    }
}

impl HuaweiCall for DeleteImportedKeyMaterial {
    const NAME: &'static str = "delete-imported-key-material";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let (key, caller) = (asked.key_id()?, &service.caller);
        let found = service.kms.describe_key(caller, &key).await.map_err(huawei_key_fault)?;
        if !matches!(found.state, KeyState::Enabled | KeyState::Disabled) {
            return Err(Code::Kms2701.into());
        }
        let deleted = service.kms.delete_imported_key_material(caller, &key).await;
        deleted.map(|_| done()).map_err(huawei_key_fault)
    }
}
