<<<<<<< HEAD
//! What is left in the gateway's memory when a request is over: neither the
//! object's data key nor the keys derived from it, nor a half of one.
//!
//! The keys are opened from outside; the memory is read through `/proc`, which
//! needs the rights of the gateway's user. That the scan can find a key at all is
//! shown on requests that are still running.

use std::time::{Duration, Instant};

use sealgate_tests::vault::{ObjectKeys, Vault};
use sealgate_tests::{Chance, Gateway};

type Headers = &'static [(&'static str, &'static str)];
const SSE: &str = "x-amz-server-side-encryption";
const MODES: [(&str, Headers); 3] = [
    ("none", &[]),
    ("kms", &[(SSE, "aws:kms")]),
    ("sm4", &[(SSE, "aws:kms"), ("x-amz-server-side-data-encryption", "SM4")]),
];
const PART: usize = 5 << 20;
/// A request ends for the client a little before it ends for the gateway.
const SOON: Duration = Duration::from_secs(5);
/// After a second without progress the gateway gives up on a client. What is
/// encrypted may be sent in the clear here, so that a test can stall by hand.
const IMPATIENT: [(&str, &str); 3] = [
    ("SEALGATE_LIMITS_IDLE_TIMEOUT_S", "1"),
    ("SEALGATE_TLS_REQUIRE_FOR_SSE", "false"),
    ("SEALGATE_LOG_LEVEL", "warn"),
];

/// The names of the keys that are in memory, whole or by half.
fn found(gateway: &Gateway, object: &ObjectKeys) -> Vec<String> {
    let mut found = Vec::new();
    for (name, key) in &object.keys {
        for half in key.chunks(16) {
            for place in gateway.memory_places(half) {
                found.push(format!("{name}: {place}"));
            }
        }
    }
    found
}

#[track_caller]
fn must_be_clean(gateway: &Gateway, object: &ObjectKeys, after: &str) {
    let deadline = Instant::now() + SOON;
    loop {
        let left = found(gateway, object);
        if left.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "left behind after {after}: {left:#?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The control: during a request its data key is there to be found.
#[track_caller]
fn must_be_found(gateway: &Gateway, object: &ObjectKeys, during: &str) {
    let deadline = Instant::now() + Duration::from_millis(800);
    while found(gateway, object).is_empty() {
        assert!(Instant::now() < deadline, "the scan finds no key during {during}");
    }
}

fn with(
    mut request: sealgate_tests::client::Request,
    headers: Headers,
) -> sealgate_tests::client::Request {
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request
}

#[tokio::test]
async fn no_data_key_stays_after_a_put_or_a_get() {
    let (gateway, mut chance) = (Gateway::with(&IMPATIENT), Chance::new());
    let client = gateway.client();
    client.put("/box").send().await.expect(200);
    let vault = Vault::of(&gateway).await;
    for (mode, headers) in MODES {
        for len in [0, 1000, 3 << 20] {
            let (path, key) = (format!("/box/{mode}-{len}"), format!("{mode}-{len}"));
            let plain = chance.bytes(len);
            with(client.put(&path), headers).body(plain.clone()).send().await.expect(200);
            let keys = vault.object(&key).await;
            must_be_clean(&gateway, &keys, &format!("PUT {key}"));
            client.get(&path).download().await.must_be(&plain, &key);
            must_be_clean(&gateway, &keys, &format!("GET {key}"));
            if len > 0 {
                let range = client.get(&path).header("range", "bytes=100-199").download().await;
                range.must_be(&plain[100..200], &key);
                must_be_clean(&gateway, &keys, &format!("a range of {key}"));
            }
        }
    }
}

#[tokio::test]
async fn no_data_key_stays_after_parts_and_their_object_are_read() {
    let (gateway, mut chance) = (Gateway::with(&IMPATIENT), Chance::new());
    let client = gateway.client();
    client.put("/box").send().await.expect(200);
    let vault = Vault::of(&gateway).await;
    for (mode, headers) in MODES {
        let path = format!("/box/{mode}");
        let upload = client.initiate(&path, headers).await;
        let keys = vault.upload(&upload).await;
        must_be_clean(&gateway, &keys, &format!("{mode}: Initiate"));
        let plain = chance.bytes(PART + 1000);
        let mut parts = Vec::new();
        for (number, piece) in (1..).zip(plain.chunks(PART)) {
            parts.push((number, client.part(&path, &upload, number, piece).await));
            must_be_clean(&gateway, &keys, &format!("{mode}: UploadPart"));
        }
        client.complete(&path, &upload, &parts).await.expect(200);
        let keys = vault.object(mode).await;
        must_be_clean(&gateway, &keys, &format!("{mode}: Complete"));
        client.get(&path).download().await.must_be(&plain, mode);
        must_be_clean(&gateway, &keys, &format!("{mode}: GET of parts"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_data_key_stays_after_an_upload_stalls_or_hangs_up() {
    let (gateway, mut chance) = (Gateway::with(&IMPATIENT), Chance::new());
    let client = gateway.plain_client();
    client.put("/box").send().await.expect(200);
    let vault = Vault::of(&gateway).await;
    let plain = chance.bytes(3 << 20);
    for (mode, headers) in MODES {
        let upload = client.initiate(&format!("/box/{mode}"), headers).await;
        let keys = vault.upload(&upload).await;
        let part = || {
            let path = format!("/box/{mode}?partNumber=1&uploadId={upload}");
            client.put(&path).body(plain.clone())
        };
        let (hanging, stalling) = (part(), part());
        let hung_up = tokio::task::spawn_blocking(move || hanging.send_and_hang_up(1 << 20));
        hung_up.await.expect("hung up");
        must_be_clean(&gateway, &keys, &format!("{mode}: the client hung up"));
        let stalled = tokio::task::spawn_blocking(move || stalling.send_and_stall(1 << 20));
        must_be_found(&gateway, &keys, "a stalled UploadPart");
        let (status, _) = stalled.await.expect("stalled");
        assert!(matches!(status, 0 | 400 | 408), "{mode}: {status}");
        must_be_clean(&gateway, &keys, &format!("{mode}: the body timed out"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_data_key_stays_after_a_download_is_dropped_or_not_read() {
    let (gateway, mut chance) = (Gateway::with(&IMPATIENT), Chance::new());
    let client = gateway.client();
    client.put("/box").send().await.expect(200);
    let vault = Vault::of(&gateway).await;
    for (mode, headers) in MODES {
        let path = format!("/box/{mode}");
        let plain = chance.bytes(if mode == "sm4" { 8 << 20 } else { 32 << 20 });
        with(client.put(&path), headers).body(plain).send().await.expect(200);
        let keys = vault.object(mode).await;
        must_be_clean(&gateway, &keys, &format!("{mode}: PUT"));

        let response = client.get(&path).try_send().await.expect("an answer");
        must_be_found(&gateway, &keys, "a GET in progress");
        drop(response);
        must_be_clean(&gateway, &keys, &format!("{mode}: the client dropped the answer"));

        let response = client.get(&path).try_send().await.expect("an answer");
        must_be_clean(&gateway, &keys, &format!("{mode}: an answer that was not read"));
        drop(response);
    }
=======
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
    let body = Chance::new().bytes(8 << 20);
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
>>>>>>> main
}
