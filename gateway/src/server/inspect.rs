//! An object's envelope as an operator sees it. No plaintext, no open key: what
//! is shown opens nothing without the KMS.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kms_core::sealed::{Envelope, Manifest};
use serde_json::{Value, json};

use crate::catalog::model::{StoredObject, VersionId, VersionRef, Want};
use crate::context::Gateway;
use crate::control::protocol::{Inspect, Refusal};

/// Describes the object's current or named version.
pub(super) async fn inspect(gateway: &Gateway, asked: &Inspect) -> Result<Value, Refusal> {
    let version = match asked.version_id.as_deref() {
        None => VersionRef::Latest,
        Some("null") => VersionRef::Exact(VersionId::Null),
        Some(name) => VersionRef::Exact(VersionId::Named(name.to_owned())),
    };
    let want = Want::Version(asked.bucket.clone(), asked.key.clone().into_bytes(), version);
    let found = gateway.catalog.snapshot(&[want]).await;
    let found = found.map_err(|error| Refusal::new(503, error.to_string()))?.into_iter().next();
    let found = found.unwrap_or_default();
    let bucket = found
        .bucket
        .ok_or_else(|| Refusal::new(404, format!("there is no bucket {}", asked.bucket)))?;
    let version = found.version.ok_or_else(|| {
        Refusal::new(404, format!("there is no object s3://{}/{}", asked.bucket, asked.key))
    })?;
    let object = version.object.as_ref().ok_or_else(|| {
        Refusal::new(404, format!("s3://{}/{} is a delete marker", asked.bucket, asked.key))
    })?;
    let mut shown = describe(object)?;
    if let Some(fields) = shown.as_object_mut() {
        let version_id = match &version.version_id {
            VersionId::Null => "null",
            VersionId::Named(name) => name,
        };
        fields.insert("bucket".to_owned(), json!(asked.bucket));
        fields.insert("bucket_id".to_owned(), json!(bucket.bucket.id.to_string()));
        fields.insert("key".to_owned(), json!(asked.key));
        fields.insert("version_id".to_owned(), json!(version_id));
        fields.insert("modified_ms".to_owned(), json!(version.modified_ms));
    }
    Ok(shown)
}

fn describe(object: &StoredObject) -> Result<Value, Refusal> {
    let damaged = |error| Refusal::new(500, format!("the stored envelope is damaged: {error}"));
    let envelope = Envelope::decode(&object.body.envelope).map_err(damaged)?;
    let manifest = Manifest::decode(&object.body.manifest).map_err(damaged)?;
    let parts: Vec<Value> = manifest
        .parts()
        .iter()
        .map(|part| {
            json!({
                "number": part.number,
                "blob": part.blob.to_string(),
                "size": part.plain_len,
                "salt": hex::encode(part.salt.0),
                "commitment": hex::encode(part.commitment.0),
            })
        })
        .collect();
    Ok(json!({
        "format": kms_core::sealed::FORMAT,
        "mode": envelope.mode.name(),
        "algorithm": format!("{:?}", envelope.algorithm),
        "key_id": envelope.wrapping_key.as_ref().map(|key| &key.id),
        "key_version": envelope.wrapping_key.as_ref().map(|key| key.version),
        "ciphertext_data_key": STANDARD.encode(&envelope.wrapped_data_key),
        "write_id": hex::encode(envelope.write_id.0),
        "size": object.size,
        "etag": object.etag,
        "row_mac": hex::encode(object.body.mac),
        "parts": parts,
    }))
}
