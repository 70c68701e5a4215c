//! The keys of objects, opened from outside with what lies in the data directory:
//! what nobody may find in the gateway's memory once a request is over.
//!
//! Blob keys are derived as `docs/formats/sealed-object.md` says, not by the code
//! under test.

use std::collections::BTreeMap;
use std::sync::Arc;

use hkdf::Hkdf;
use kms_core::base::{Algorithm, Canonical, SecretBytes};
use kms_core::hsm::software::SoftwareHsm;
use kms_core::key::wrap::{self, WrapContext, WrapKey, WrappedHeader};
use kms_core::root::{Root, ServiceKeyRecord, ServiceKeys, ServicePurpose};
use kms_core::sealed::{Envelope, FORMAT, Manifest, Mode};
use rusqlite::Connection;
use serde_json::Value;
use sha2::Sha256;
use tempfile::TempDir;
use uuid::Uuid;

use crate::Gateway;

/// The opened root and service keys of a gateway on the software provider.
pub struct Vault {
    catalog: Connection,
    root: Root,
    service_keys: ServiceKeys,
    _copy: TempDir,
}

/// The data key of an object, and the keys of its blobs.
pub struct ObjectKeys {
    /// Named keys.
    pub keys: Vec<(String, Vec<u8>)>,
}

/// A row that wraps a data key.
struct Wrapped {
    bucket_id: Vec<u8>,
    account: String,
    key: Vec<u8>,
    envelope: Envelope,
}

impl Vault {
    /// Opens a copy of the root, and the catalog where it is.
    pub async fn of(gateway: &Gateway) -> Self {
        let copy = tempfile::tempdir().expect("a directory");
        let file = copy.path().join("root.key");
        std::fs::copy(gateway.data_dir().join("root.key"), &file).expect("the root");
        let catalog = gateway.catalog();
        let found = "SELECT value FROM meta WHERE name = 'vault'";
        let bytes: Vec<u8> = catalog.query_row(found, [], |row| row.get(0)).expect("the vault");
        let record: Value = serde_json::from_slice(&bytes).expect("JSON");
        let root = serde_json::from_value(record["root"].clone()).expect("a root record");
        let hsm = Arc::new(SoftwareHsm::open(file).expect("the root"));
        let (root, _) = Root::open(hsm, Some(root)).await.expect("the root");
        let records = record["service_keys"].as_array().expect("service keys");
        let records: Vec<_> = records.iter().map(service_key).collect();
        let service_keys = ServiceKeys::open(&root, &records).await.expect("service keys");
        Self { catalog, root, service_keys, _copy: copy }
    }

    /// The keys of the newest version of an object.
    pub async fn object(&self, key: &str) -> ObjectKeys {
        let rows = "FROM version JOIN detail ON detail.id = version.detail
                    JOIN bucket ON bucket.row = version.bucket
                    WHERE version.key = ?1 ORDER BY seq DESC LIMIT 1";
        let wrapped = self.wrapped("version.key", "detail.envelope", rows, key.as_bytes());
        let manifest: Vec<u8> = self
            .catalog
            .query_row(&format!("SELECT detail.manifest {rows}"), [key.as_bytes()], |row| {
                row.get(0)
            })
            .expect("a manifest");
        let data_key = self.open(&wrapped).await;
        let mut keys = vec![(format!("the data key of {key}"), data_key.expose().to_vec())];
        for part in Manifest::decode(&manifest).expect("a manifest").parts() {
            let blob_key = blob_key(data_key.expose(), &part.salt.0, &wrapped.envelope);
            keys.push((format!("the key of part {} of {key}", part.number), blob_key));
        }
        ObjectKeys { keys }
    }

    /// The data key of an upload.
    pub async fn upload(&self, id: &str) -> ObjectKeys {
        let rows = "FROM upload JOIN bucket ON bucket.row = upload.bucket WHERE upload.id = ?1";
        let wrapped = self.wrapped("upload.key", "upload.envelope", rows, id);
        let data_key = self.open(&wrapped).await;
        let name = "the data key of the upload".to_owned();
        ObjectKeys { keys: vec![(name, data_key.expose().to_vec())] }
    }

    fn wrapped(
        &self,
        key: &str,
        envelope: &str,
        rows: &str,
        name: impl rusqlite::ToSql,
    ) -> Wrapped {
        let statement = format!("SELECT bucket.id, bucket.account, {key}, {envelope} {rows}");
        let read = |row: &rusqlite::Row<'_>| {
            let envelope: Vec<u8> = row.get(3)?;
            let envelope = Envelope::decode(&envelope).expect("an envelope");
            let (bucket_id, account, key) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Wrapped { bucket_id, account, key, envelope })
        };
        self.catalog.query_row(&statement, [name], read).expect("a row")
    }

    async fn open(&self, wrapped: &Wrapped) -> SecretBytes {
        let Wrapped { bucket_id, account, key, envelope } = wrapped;
        let place = WrapContext::Object {
            data_format: FORMAT,
            data_algorithm: envelope.algorithm,
            bucket_id,
            object_key: key,
            write_id: &envelope.write_id.0,
            client_context: &BTreeMap::new(),
        };
        let blob = &envelope.wrapped_data_key;
        if envelope.mode != Mode::Kms {
            let opened = self.service_keys.unwrap_for_account(account, &place, blob).await;
            return opened.expect("a data key");
        }
        let name = WrappedHeader::parse(blob).expect("a header").key;
        let found = "SELECT wrapped, spec FROM cmk_version JOIN cmk ON cmk.id = cmk
                     WHERE cmk = ?1 AND number = ?2";
        let (material, spec): (Vec<u8>, String) = self
            .catalog
            .query_row(found, (name.id.as_bytes(), name.version), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .expect("a key version");
        let context =
            WrapContext::KeyMaterial { key_id: name.id, key_version: name.version, spec: &spec };
        let material = self.root.unwrap(&context, &material).await.expect("key material");
        let key = WrapKey::Software { material: &material };
        wrap::unwrap(key, name, &place, blob).await.expect("a data key")
    }
}

fn service_key(record: &Value) -> ServiceKeyRecord {
    let text = |name: &str| record[name].as_str().expect("text");
    ServiceKeyRecord {
        id: Uuid::parse_str(text("id")).expect("an id"),
        purpose: ServicePurpose::parse(text("purpose")).expect("a purpose"),
        version: record["version"].as_u64().expect("a number") as u32,
        wrapped: hex::decode(text("wrapped")).expect("hex digits"),
    }
}

fn blob_key(data_key: &[u8], salt: &[u8; 32], envelope: &Envelope) -> Vec<u8> {
    let info = Canonical::new("sealgate/blob-key/1")
        .number(FORMAT.into())
        .number(envelope.algorithm.number().into())
        .bytes(&envelope.write_id.0);
    let mut key = vec![0; if envelope.algorithm == Algorithm::Sm4Gcm { 16 } else { 32 }];
    Hkdf::<Sha256>::new(Some(salt), data_key).expand(info.as_bytes(), &mut key).expect("a key");
    key
}
