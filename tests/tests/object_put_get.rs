//! Objects go in and come out, in each mode and size.

use sealgate_tests::store::md5;
use sealgate_tests::{Chance, Gateway};

const SEGMENT: usize = 65_536;

#[tokio::test]
async fn objects_of_every_size_around_a_segment_come_back_in_every_mode() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let mut chance = Chance::new();
    for size in [0, 1, 15, 16, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT, 1_000_003] {
        let body = chance.bytes(size);
        for mode in ["", "AES256", "aws:kms"] {
            let path = format!("/bucket/{size}{}", mode.replace(':', "-"));
            let mut put = s3.put(&path).body(body.clone());
            if !mode.is_empty() {
                put = put.header("x-amz-server-side-encryption", mode);
            }
            let put = put.send().await.expect(200);
            assert_eq!(put.header("x-amz-server-side-encryption"), mode);
            let got = s3.get(&path).send().await.expect(200);
            assert_eq!(got.body(), &body, "{path}");
            assert_eq!(got.header("content-length"), size.to_string());
            assert_eq!(got.etag(), put.etag());
            assert_eq!(got.etag() == md5(&body), mode != "aws:kms", "{path}");
            let head = s3.head(&path).send().await.expect(200);
            assert_eq!(head.header("content-length"), size.to_string());
            assert_eq!(head.etag(), put.etag());
        }
    }
}

#[tokio::test]
async fn sm4_seals_and_opens_when_it_is_asked_for_with_kms() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let body = Chance::new().bytes(200_000);
    let put =
        s3.put("/bucket/sm4").sse_kms(None).header("x-amz-server-side-data-encryption", "SM4");
    put.body(body.clone()).send().await.expect(200);
    assert_eq!(s3.get("/bucket/sm4").send().await.expect(200).body(), &body);
    let shown = gateway.inspect("s3://bucket/sm4")["algorithm"].to_string().to_lowercase();
    assert!(shown.contains("sm4"), "{shown}");
    let alone = s3.put("/bucket/none").header("x-amz-server-side-data-encryption", "SM4");
    assert_eq!(alone.send().await.status, 400);
}

#[tokio::test]
async fn metadata_and_headers_come_back_as_they_were_given() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let given = [
        ("content-type", "text/x-poem"),
        ("cache-control", "max-age=5"),
        ("content-disposition", "inline"),
        ("content-language", "de"),
        ("x-amz-meta-colour", "blue"),
    ];
    let put = given.iter().fold(s3.put("/bucket/k"), |put, (name, value)| put.header(name, value));
    put.body("x").send().await.expect(200);
    let got = s3.get("/bucket/k").send().await.expect(200);
    for (name, value) in given {
        assert_eq!(got.header(name), value, "{name}");
    }
    assert!(!got.header("last-modified").is_empty());
    let overridden = s3.get("/bucket/k?response-content-type=a%2Fb").send().await.expect(200);
    assert_eq!(overridden.header("content-type"), "a/b");
}

#[tokio::test]
async fn a_write_replaces_and_a_delete_removes() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    s3.put("/bucket/k").body("one").send().await.expect(200);
    s3.put("/bucket/k").body("two").send().await.expect(200);
    assert_eq!(s3.get("/bucket/k").send().await.text(), "two");
    s3.delete("/bucket").send().await.expect_fault(409, "BucketNotEmpty");
    s3.delete("/bucket/k").send().await.expect(204);
    s3.delete("/bucket/k").send().await.expect(204);
    s3.get("/bucket/k").send().await.expect_fault(404, "NoSuchKey");
    s3.delete("/bucket").send().await.expect(204);
    s3.get("/bucket/k").send().await.expect_fault(404, "NoSuchBucket");
}

#[tokio::test]
async fn headers_of_a_client_never_become_internal_metadata() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let put = s3.put("/bucket/k").sse_kms(None);
    let put =
        ["sealgate-mode", "sealgate-wrapped-key", "x-sealgate-mode", "x-amz-meta-sealgate-mode"]
            .iter()
            .fold(put, |put, name| put.header(name, "none"));
    put.body("hello").send().await.expect(200);
    assert_eq!(gateway.inspect("s3://bucket/k")["mode"], "kms");
    let got = s3.get("/bucket/k").send().await.expect(200);
    assert_eq!(got.header("x-amz-server-side-encryption"), "aws:kms");
    assert_eq!(got.header("sealgate-mode"), "");
}
