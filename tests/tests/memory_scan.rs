//! After a transfer ends, breaks off or times out, the process's memory holds
//! neither the object's data key nor the key derived from it.
//!
//! The keys are found out from outside, by the formats: root file, catalog,
//! wrapped CMK, wrapped data key, HKDF.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sigv4::sign::v4::calculate_signature;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kms_core::base::{Algorithm, SecretBytes};
use kms_core::hsm::software::SoftwareHsm;
use kms_core::key::wrap::{self, WrapContext, WrapKey, WrappedHeader};
use kms_core::root::{Root, RootRecord};
use sealgate_tests::{Chance, Gateway};
use serde_json::Value;
use uuid::Uuid;

/// How long a key may outlive its transfer: a task that was told to end ends.
const GRACE: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn no_key_of_an_object_stays_in_memory_after_its_transfers() {
    let gateway = Gateway::with(&[("SEALGATE_LIMITS_IDLE_TIMEOUT_S", "2")]);
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let cmk = s3.key().await;
    let body = Chance::new().bytes(64 << 20);
    s3.put("/bucket/k").sse_kms(Some(&cmk)).body(body.clone()).send().await.expect(200);
    assert!(
        gateway.memory_holds(gateway.data_dir().to_string_lossy().as_bytes()),
        "the scan works"
    );
    assert_forgotten(&gateway, "after a PUT").await;

    assert_eq!(s3.get("/bucket/k").send().await.expect(200).body(), &body);
    assert_forgotten(&gateway, "after a GET").await;

    let mut response = s3.get("/bucket/k").try_send().await.unwrap();
    response.chunk().await.unwrap();
    let keys = keys_of(&gateway, "s3://bucket/k").await;
    assert!(gateway.memory_holds(&keys.blob_key), "while it is needed it is there: the scan works");
    drop(response);
    assert_forgotten(&gateway, "after a GET that the client broke off").await;

    let response = s3.get("/bucket/k").try_send().await.unwrap();
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_forgotten(&gateway, "after a GET that nobody read").await;
    drop(response);
}

async fn assert_forgotten(gateway: &Gateway, when: &str) {
    tokio::time::sleep(GRACE).await;
    let keys = keys_of(gateway, "s3://bucket/k").await;
    assert!(!gateway.memory_holds(&keys.data_key), "the data key is in memory {when}");
    assert!(!gateway.memory_holds(&keys.blob_key), "the blob key is in memory {when}");
}

struct Keys {
    data_key: Vec<u8>,
    blob_key: Vec<u8>,
}

/// Opens an object's keys as somebody who holds the whole data directory could.
async fn keys_of(gateway: &Gateway, object: &str) -> Keys {
    let shown = gateway.inspect(object);
    let text = |field: &str| shown[field].as_str().unwrap().to_owned();
    let wrapped = STANDARD.decode(text("ciphertext_data_key")).unwrap();
    let header = WrappedHeader::parse(&wrapped).unwrap();
    let write_id: [u8; 16] = hex::decode(text("write_id")).unwrap().try_into().unwrap();
    let (bucket_id, key) = (Uuid::parse_str(&text("bucket_id")).unwrap(), text("key"));
    let context = WrapContext::Object {
        data_format: 1,
        data_algorithm: Algorithm::Aes256Gcm,
        bucket_id: bucket_id.as_bytes(),
        object_key: key.as_bytes(),
        write_id: &write_id,
        client_context: &BTreeMap::new(),
    };
    let material = cmk_material(gateway, header.key.id, header.key.version).await;
    let software = WrapKey::Software { material: &material };
    let data_key = wrap::unwrap(software, header.key, &context, &wrapped).await.unwrap();
    let salt = hex::decode(shown["parts"][0]["salt"].as_str().unwrap()).unwrap();
    Keys {
        data_key: data_key.expose().to_vec(),
        blob_key: blob_key(data_key.expose(), &salt, &write_id),
    }
}

async fn cmk_material(gateway: &Gateway, id: Uuid, version: u32) -> SecretBytes {
    let catalog = gateway.catalog();
    let vault: Vec<u8> = catalog
        .query_row("SELECT value FROM meta WHERE name = 'vault'", [], |row| row.get(0))
        .unwrap();
    let vault: Value = serde_json::from_slice(&vault).unwrap();
    let record: RootRecord = serde_json::from_value(vault["root"].clone()).unwrap();
    let hsm = SoftwareHsm::open(gateway.data_dir().join("root.key")).unwrap();
    let (root, _) = Root::open(Arc::new(hsm), Some(record)).await.unwrap();
    let query = "SELECT wrapped FROM cmk_version WHERE cmk = ?1 AND number = ?2";
    let wrapped: Vec<u8> =
        catalog.query_row(query, (id.as_bytes(), version), |row| row.get(0)).unwrap();
    let context = WrapContext::KeyMaterial { key_id: id, key_version: version, spec: "AES_256" };
    root.unwrap(&context, &wrapped).await.unwrap()
}

/// docs/formats/sealed-object.md, section "Keys".
fn blob_key(data_key: &[u8], salt: &[u8], write_id: &[u8; 16]) -> Vec<u8> {
    let number = |number: u64| number.to_be_bytes().to_vec();
    let fields = [b"sealgate/blob-key/1".to_vec(), number(1), number(1), write_id.to_vec()];
    let mut info = Vec::new();
    for field in fields {
        info.extend_from_slice(&(field.len() as u32).to_be_bytes());
        info.extend_from_slice(&field);
    }
    info.push(1);
    hmac(&hmac(salt, data_key), &info)
}

/// HMAC-SHA256, as the signer has it.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    hex::decode(calculate_signature(key, message)).unwrap()
}

#[test]
fn keys_are_derived_as_the_formats_example_says() {
    let data_key: Vec<u8> = (0x40..0x60).collect();
    let salt: Vec<u8> = (0x80..0xa0).collect();
    let write_id: Vec<u8> = (0x10..0x20).collect();
    let derived = blob_key(&data_key, &salt, &write_id.try_into().unwrap());
    let expected = "9f6fd5ce69e86242f065c69ddc07755909d8998ca850a3ca012a325180b52d87";
    assert_eq!(hex::encode(derived), expected);
}
