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
}
