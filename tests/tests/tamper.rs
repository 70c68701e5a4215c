//! What an attacker with the store or the catalog can do: destroy, and nothing
//! else. A client sees a broken transfer or a 5xx, never wrong bytes.

use std::fs;
use std::path::Path;

use sealgate_tests::store::flip_a_bit;
use sealgate_tests::{Chance, Client, Gateway, Reply};

const SIZE: usize = 500_000;

/// Writes an object and returns what was written and where it lies.
async fn written(
    gateway: &Gateway,
    s3: &Client,
    path: &str,
    mode: &str,
) -> (Vec<u8>, std::path::PathBuf) {
    let body = Chance::new().bytes(SIZE);
    let before = gateway.blobs();
    let put = s3.put(path).header("x-amz-server-side-encryption", mode).body(body.clone());
    put.send().await.expect(200);
    (body, gateway.new_blob(&before))
}

/// The reply is a refusal or a transfer that broke off after true bytes.
#[track_caller]
fn assert_no_wrong_byte(reply: &Reply, what: &str) {
    let refused = reply.status >= 500;
    let broke_off = reply.outcome.is_err();
    assert!(refused || broke_off, "{what}: answered {} with a whole body", reply.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_cut_or_lengthened_blob_is_never_served() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let changes: [(&str, fn(&Path)); 5] = [
        ("a flipped bit", flip_a_bit),
        ("a flipped bit in the first byte", |path| change(path, |bytes| bytes[0] ^= 1)),
        ("a missing last byte", |path| change(path, |bytes| bytes.truncate(bytes.len() - 1))),
        ("a missing last segment", |path| change(path, |bytes| bytes.truncate(65_552 * 7))),
        ("two swapped segments", |path| {
            change(path, |bytes| {
                let (first, rest) = bytes.split_at_mut(65_552);
                first.swap_with_slice(&mut rest[..65_552]);
            })
        }),
    ];
    for mode in ["aws:kms", "AES256"] {
        for (what, tamper) in changes {
            let (_, blob) = written(&gateway, &s3, "/bucket/k", mode).await;
            tamper(&blob);
            assert_no_wrong_byte(&s3.get("/bucket/k").send().await, what);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_before_a_bad_segment_is_true() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let (body, blob) = written(&gateway, &s3, "/bucket/k", "aws:kms").await;
    flip_a_bit(&blob);
    let first = s3.get("/bucket/k").header("range", "bytes=0-65535").send().await.expect(206);
    assert_eq!(first.body(), &body[..65_536]);
    let bad = s3.get("/bucket/k").header("range", "bytes=240000-260000").send().await;
    assert_no_wrong_byte(&bad, "a range over the bad segment");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_in_the_place_of_another_is_never_served() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let (_, one) = written(&gateway, &s3, "/bucket/1", "aws:kms").await;
    let (_, two) = written(&gateway, &s3, "/bucket/2", "aws:kms").await;
    fs::copy(&one, &two).unwrap();
    assert_no_wrong_byte(&s3.get("/bucket/2").send().await, "another object's blob");
    fs::remove_file(&two).unwrap();
    assert_no_wrong_byte(&s3.get("/bucket/2").send().await, "a lost blob");
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_change_places_are_never_served() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let mut chance = Chance::new();
    let upload = s3.initiate("/bucket/k", &[("x-amz-server-side-encryption", "aws:kms")]).await;
    let mut parts = Vec::new();
    for number in 1..=2 {
        parts.push((number, s3.part("/bucket/k", &upload, number, chance.bytes(5 << 20)).await));
    }
    s3.complete("/bucket/k", &upload, &parts).await.expect(200);
    let blobs = gateway.blobs();
    let [one, two] = &blobs[..] else { panic!("two blobs: {blobs:?}") };
    let (first, second) = (fs::read(one).unwrap(), fs::read(two).unwrap());
    fs::write(one, second).unwrap();
    fs::write(two, first).unwrap();
    assert_no_wrong_byte(&s3.get("/bucket/k").send().await, "two parts swapped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_changed_in_the_catalog_is_never_served() {
    let mut gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    s3.put("/bucket/other").sse_kms(None).body("other").send().await.expect(200);
    let changes = [
        "UPDATE detail SET envelope = (SELECT envelope FROM detail WHERE key = x'6f74686572') WHERE key = x'6b'",
        "UPDATE detail SET manifest = (SELECT manifest FROM detail WHERE key = x'6f74686572') WHERE key = x'6b'",
        "UPDATE version SET size = size - 1 WHERE key = x'6b'",
        "UPDATE version SET etag = replace(etag, substr(etag, 1, 1), 'x') WHERE key = x'6b'",
        "UPDATE detail SET write_id = randomblob(16) WHERE key = x'6b'",
        "UPDATE detail SET mac = randomblob(32) WHERE key = x'6b'",
        "UPDATE version SET detail = (SELECT id FROM detail WHERE key = x'6f74686572') WHERE key = x'6b'",
    ];
    for change in changes {
        let s3 = gateway.client();
        s3.put("/bucket/k").sse_kms(None).body("mine").send().await.expect(200);
        gateway.kill();
        assert_eq!(gateway.catalog().execute(change, []).unwrap(), 1, "{change}");
        gateway.launch().unwrap();
        assert_no_wrong_byte(&gateway.client().get("/bucket/k").send().await, change);
    }
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}
