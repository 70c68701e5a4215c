//! GetParametersForImport, ImportKeyMaterial and DeleteImportedKeyMaterial
//! (KMS API reference).

use kms_core::kms::{ImportMaterial, WrappingAlgorithm, WrappingKeySpec};
use serde::Deserialize;
use serde_json::json;

use super::call::{AwsCall, Service};
use super::metadata::{arn, seconds};
use super::{blob, key_ref, text};
use crate::api::faults::aws_key_fault;
use crate::http::{Code, Fault, Reply};

/// Makes a wrapping key.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetParametersForImport {
    key_id: String,
    wrapping_algorithm: String,
    wrapping_key_spec: String,
}

/// Imports material.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImportKeyMaterial {
    key_id: String,
    import_token: String,
    encrypted_key_material: String,
    valid_to: Option<f64>,
    expiration_model: Option<String>,
}

/// Deletes imported material.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteImportedKeyMaterial {
    key_id: String,
}

impl AwsCall for GetParametersForImport {
    const NAME: &'static str = "GetParametersForImport";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        let key = key_ref(&self.key_id)?;
        let algorithm = WrappingAlgorithm::from_name(&self.wrapping_algorithm);
        let algorithm = algorithm.ok_or_else(|| unsupported(&self.wrapping_algorithm))?;
        let spec = WrappingKeySpec::from_name(&self.wrapping_key_spec);
        let spec = spec.ok_or_else(|| unsupported(&self.wrapping_key_spec))?;
        let made = service.kms.parameters_for_import(&service.caller, &key, algorithm, spec).await;
        let made = made.map_err(aws_key_fault)?;
        Ok(super::json(&json!({
            "KeyId": arn(&made.key),
            "ImportToken": text(&made.token),
            "PublicKey": text(&made.public_key),
            "ParametersValidTo": seconds(made.valid_to_ms),
        })))
    }
}

impl AwsCall for ImportKeyMaterial {
    const NAME: &'static str = "ImportKeyMaterial";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        let key = key_ref(&self.key_id)?;
        let import = ImportMaterial {
            token: &blob(&self.import_token)?,
            encrypted: &blob(&self.encrypted_key_material)?,
            expires_ms: expiry(self.expiration_model.as_deref(), self.valid_to)?,
            reimport: true,
        };
        let imported = service.kms.import_key_material(&service.caller, &key, import).await;
        let key = imported.map_err(aws_key_fault)?;
        Ok(super::json(&json!({ "KeyId": arn(&key) })))
    }
}

impl AwsCall for DeleteImportedKeyMaterial {
    const NAME: &'static str = "DeleteImportedKeyMaterial";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        let key = key_ref(&self.key_id)?;
        let deleted = service.kms.delete_imported_key_material(&service.caller, &key).await;
        let key = deleted.map_err(aws_key_fault)?;
        Ok(super::json(&json!({ "KeyId": arn(&key) })))
    }
}

/// When the material expires: a time goes with the model that has one.
fn expiry(model: Option<&str>, valid_to: Option<f64>) -> Result<Option<u64>, Fault> {
    match (model.unwrap_or("KEY_MATERIAL_EXPIRES"), valid_to) {
        ("KEY_MATERIAL_EXPIRES", Some(at)) if at >= 0.0 => Ok(Some((at * 1000.0) as u64)),
        ("KEY_MATERIAL_DOES_NOT_EXPIRE", None) => Ok(None),
        _ => Err(Fault::new(Code::ValidationException)
            .message("ValidTo belongs to ExpirationModel KEY_MATERIAL_EXPIRES, and only to it.")),
    }
}

fn unsupported(what: &str) -> Fault {
    Fault::new(Code::UnsupportedOperationException).message(format!("{what} is not supported."))
}
