//! What lies on the disk: ciphertext on every way in, and for `kms` objects
//! ciphertext whose MD5 is the ETag.

use std::fs;

use sealgate_tests::store::md5;
use sealgate_tests::{Chance, Gateway, Payload};

#[tokio::test]
async fn plaintext_never_reaches_the_disk_on_any_way_in() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let (text, body) = Chance::new().canary(300_000);
    for (number, mode) in ["", "AES256", "aws:kms"].iter().enumerate() {
        let headers = [("x-amz-server-side-encryption", *mode)];
        let headers = if mode.is_empty() { &headers[..0] } else { &headers[..] };
        let put = |path: String| {
            headers.iter().fold(s3.put(&path), |put, (name, value)| put.header(name, value))
        };
        let trailer = ("x-amz-checksum-crc32".to_owned(), crc32(&body));
        let payloads = [
            Payload::Signed,
            Payload::Unsigned,
            Payload::Chunked(65_536),
            Payload::UnsignedTrailer(100_000, trailer.0.clone(), trailer.1.clone()),
            Payload::ChunkedTrailer(8_192, trailer.0, trailer.1),
        ];
        for (way, payload) in payloads.into_iter().enumerate() {
            let path = format!("/bucket/{number}-{way}");
            put(path.clone()).payload(payload).body(body.clone()).send().await.expect(200);
            assert_eq!(s3.get(&path).send().await.expect(200).body(), &body, "{path}");
        }
        let copied =
            put(format!("/bucket/{number}-copy")).header("x-amz-copy-source", "/bucket/0-0");
        copied.send().await.expect(200);
        let path = format!("/bucket/{number}-parts");
        let upload = s3.initiate(&path, headers).await;
        let one = s3.part(&path, &upload, 1, body.repeat(20)).await;
        let part = s3.put(&format!("{path}?partNumber=2&uploadId={upload}"));
        let two = part.header("x-amz-copy-source", "/bucket/0-0").send().await.expect(200);
        let two = two.element("ETag").trim_matches('"').to_owned();
        s3.complete(&path, &upload, &[(1, one), (2, two)]).await.expect(200);
        assert_eq!(s3.get(&path).send().await.expect(200).body().len(), body.len() * 21);
    }
    // Uploads that did not come to their end.
    s3.initiate("/bucket/open", &[]).await;
    let plain = gateway.plain_client();
    tokio::task::spawn_blocking(move || {
        plain.put("/bucket/cut").body(body).send_and_hang_up(200_000)
    })
    .await
    .unwrap();
    assert_eq!(gateway.files_with(text.as_bytes()), Vec::<std::path::PathBuf>::new());
    assert!(gateway.blobs().len() >= 21);
}

#[tokio::test]
async fn the_etag_of_a_kms_object_is_the_md5_of_its_blob() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let mut chance = Chance::new();
    for size in [0, 1, 65_536, 65_537, 1_000_000] {
        let before = gateway.blobs();
        let put =
            s3.put("/bucket/k").sse_kms(None).body(chance.bytes(size)).send().await.expect(200);
        let blob = fs::read(gateway.new_blob(&before)).unwrap();
        assert_eq!(md5(&blob), put.etag(), "{size} bytes");
        assert_eq!(blob.len(), size + 16 * size.div_ceil(65_536).max(1));
    }
    let before = gateway.blobs();
    let upload = s3.initiate("/bucket/m", &[("x-amz-server-side-encryption", "aws:kms")]).await;
    let etag = s3.part("/bucket/m", &upload, 1, chance.bytes(70_000)).await;
    assert_eq!(md5(&fs::read(gateway.new_blob(&before)).unwrap()), etag, "parts too");
}

#[tokio::test]
async fn the_same_bytes_never_look_the_same() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let one = s3.put("/bucket/1").sse_kms(None).body("same").send().await.expect(200).etag();
    let two = s3.put("/bucket/2").sse_kms(None).body("same").send().await.expect(200).etag();
    assert_ne!(one, two);
}

#[tokio::test]
async fn secrets_of_access_keys_and_the_envelope_show_nothing_in_the_clear() {
    let gateway = Gateway::start();
    let account = gateway.account("alice");
    let secret = account.identity.secret_access_key.as_bytes();
    assert!(gateway.files_with(secret).is_empty(), "the catalog holds it sealed");
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    s3.put("/bucket/k").sse_kms(None).body("x").send().await.expect(200);
    let shown = gateway.inspect("s3://bucket/k");
    for field in ["format", "mode", "key_id", "ciphertext_data_key", "write_id"] {
        assert!(!shown[field].is_null(), "{field} in {shown}");
    }
    assert!(!gateway.log().contains(&gateway.root().secret_access_key));
}

/// CRC-32 (ISO-HDLC) in base64, bit by bit.
fn crc32(bytes: &[u8]) -> String {
    use base64::Engine;
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc));
    let crc = !bytes.iter().fold(u32::MAX, byte);
    base64::engine::general_purpose::STANDARD.encode(crc.to_be_bytes())
}
