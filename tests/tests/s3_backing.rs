//! A gateway that keeps its blobs in another S3 service: here, another Sealgate.

use sealgate_tests::{Chance, Gateway};

#[tokio::test]
async fn objects_live_in_another_s3_service_as_ciphertext_with_their_wrapped_key() {
    let store = Gateway::start();
    let outer = store.client();
    outer.put("/blobs").send().await.expect(200);
    let gateway = Gateway::backed_by(&store, "blobs");
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let (_, body) = Chance::new().canary(400_000);
    let etag = s3.put("/bucket/k").sse_kms(None).body(body.clone()).send().await.expect(200).etag();
    assert_eq!(s3.get("/bucket/k").send().await.expect(200).body(), &body);
    let ranged = s3.get("/bucket/k").header("range", "bytes=65530-131080").send().await;
    assert_eq!(ranged.expect(206).body(), &body[65_530..=131_080]);

    let mut listed = outer.get("/blobs?list-type=2").send().await.expect(200).elements("Key");
    // The name under which store and catalog know each other.
    listed.retain(|key| !key.ends_with("sealgate-identity"));
    assert_eq!(listed.len(), 1, "{listed:?}");
    let blob = outer.get(&format!("/blobs/{}", listed[0])).send().await.expect(200);
    assert_eq!(sealgate_tests::store::md5(blob.body()), etag);
    assert_eq!(blob.etag(), etag, "the store shows the same ETag");
    assert!(!sealgate_tests::store::contains(blob.body(), b"canary"));
    let wrapped = blob.header("x-amz-meta-sealgate-wrapped-key");
    let shown = gateway.inspect("s3://bucket/k");
    use base64::Engine;
    let known = base64::engine::general_purpose::STANDARD;
    let known = known.decode(shown["ciphertext_data_key"].as_str().unwrap()).unwrap();
    assert_eq!(hex::decode(wrapped).unwrap(), known, "the ciphertext DEK is beside the blob");
    assert_eq!(blob.header("x-amz-meta-sealgate-mode"), "kms");
    assert_eq!(blob.header("x-amz-meta-sealgate-format"), "1");
}

#[tokio::test]
async fn large_objects_and_parts_pass_through_to_the_store() {
    let store = Gateway::start();
    store.client().put("/blobs").send().await.expect(200);
    let gateway = Gateway::backed_by(&store, "blobs");
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let mut chance = Chance::new();
    let body = chance.bytes(20 << 20);
    s3.put("/bucket/k").body(body.clone()).send().await.expect(200);
    assert_eq!(s3.get("/bucket/k").send().await.expect(200).body(), &body);
    let upload = s3.initiate("/bucket/m", &[("x-amz-server-side-encryption", "aws:kms")]).await;
    let one = s3.part("/bucket/m", &upload, 1, &body[..6 << 20]).await;
    let two = s3.part("/bucket/m", &upload, 2, &body[6 << 20..]).await;
    s3.complete("/bucket/m", &upload, &[(1, one), (2, two)]).await.expect(200);
    assert_eq!(s3.get("/bucket/m").send().await.expect(200).body(), &body);
}

#[tokio::test]
async fn a_store_that_is_gone_is_503_and_comes_back() {
    let mut store = Gateway::start();
    store.client().put("/blobs").send().await.expect(200);
    let gateway = Gateway::backed_by(&store, "blobs");
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    s3.put("/bucket/k").body("x").send().await.expect(200);
    store.kill();
    assert_eq!(s3.put("/bucket/new").body("y").send().await.status, 503);
    assert_eq!(s3.get("/bucket/k").send().await.status, 503);
    s3.get("/bucket/new").send().await.expect_fault(404, "NoSuchKey");
}
