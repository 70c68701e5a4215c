//! Who is believed: each broken signature gets its documented code, and nothing
//! of its request takes effect.

use std::time::{Duration, SystemTime};

use sealgate_tests::{Gateway, Identity, Payload};

const CRC: (&str, &str) = ("x-amz-checksum-crc32", "jCh4jA==");

#[tokio::test]
async fn broken_signatures_get_their_documented_code() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let wrong = Identity { secret_access_key: "x".repeat(40), ..gateway.root() };
    let unknown = Identity { access_key_id: "SGAKUNKNOWNUNKNOWN00".into(), ..gateway.root() };
    let skew = Duration::from_secs(16 * 60);
    let cases = [
        (s3.signed_as(&wrong).get("/"), "SignatureDoesNotMatch"),
        (s3.signed_as(&unknown).get("/"), "InvalidAccessKeyId"),
        (s3.get("/").at(SystemTime::now() - skew), "RequestTimeTooSkewed"),
        (s3.get("/").at(SystemTime::now() + skew), "RequestTimeTooSkewed"),
        (s3.put("/bucket/k").body("x").unsigned_header("x-amz-meta-a", "b"), "AccessDenied"),
        (
            s3.put("/bucket/k").body("x").unsigned_header("x-amz-copy-source", "/bucket/z"),
            "AccessDenied",
        ),
        (s3.anonymous().get("/bucket"), "AccessDenied"),
        (s3.anonymous().put("/bucket/k").body("x"), "AccessDenied"),
    ];
    for (number, (request, code)) in cases.into_iter().enumerate() {
        let reply = request.send().await;
        assert_eq!((reply.status, reply.code().as_str()), (403, code), "case {number}");
    }
    s3.in_region("eu-de-1").get("/").send().await.expect_fault(400, "AuthorizationHeaderMalformed");
    assert!(s3.get("/bucket").send().await.elements("Key").is_empty(), "nothing was stored");
}

#[tokio::test]
async fn a_body_that_is_not_the_signed_one_is_not_stored() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let body = vec![b'a'; 200_000];
    let flip = |bytes: &mut Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    };
    let put = |payload: Payload| s3.put("/bucket/k").payload(payload).body(body.clone());
    put(Payload::Signed).spoil(flip).send().await.expect_fault(400, "XAmzContentSHA256Mismatch");
    let chunked = put(Payload::Chunked(65_536)).spoil(flip).send().await;
    chunked.expect_fault(403, "SignatureDoesNotMatch");
    let trailer = Payload::ChunkedTrailer(65_536, CRC.0.into(), CRC.1.into());
    put(trailer.clone()).spoil(flip).send().await.expect_fault(403, "SignatureDoesNotMatch");
    put(trailer).send().await.expect_fault(400, "BadDigest");
    let unsigned = Payload::UnsignedTrailer(65_536, CRC.0.into(), CRC.1.into());
    put(unsigned).send().await.expect_fault(400, "BadDigest");
    let claimed = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD".to_owned();
    assert!(put(Payload::Claimed(claimed)).send().await.status >= 400, "an unknown mode");
    s3.get("/bucket/k").send().await.expect_fault(404, "NoSuchKey");
}

#[tokio::test]
async fn a_streamed_body_that_ends_before_its_last_chunk_is_not_stored() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let cut = |bytes: &mut Vec<u8>| bytes.truncate(bytes.len() - 100);
    for payload in [
        Payload::Chunked(65_536),
        Payload::ChunkedTrailer(65_536, CRC.0.into(), CRC.1.into()),
        Payload::UnsignedTrailer(65_536, CRC.0.into(), CRC.1.into()),
    ] {
        let put = s3.put("/bucket/k").payload(payload.clone()).body(vec![b'a'; 200_000]).spoil(cut);
        let reply = put.send().await;
        assert_eq!(reply.status / 100, 4, "{payload:?} {}", reply.code());
    }
    s3.get("/bucket/k").send().await.expect_fault(404, "NoSuchKey");
}

#[tokio::test]
async fn presigned_urls_hold_to_their_time_and_their_headers() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    let nobody = s3.anonymous();
    s3.put("/bucket").send().await.expect(200);
    nobody.put(&s3.presign("PUT", "/bucket/k", 60)).body("x").send().await.expect(200);
    let url = s3.presign("GET", "/bucket/k", 60);
    assert_eq!(nobody.get(&url).send().await.expect(200).text(), "x");
    nobody
        .get(&url.replace("/bucket/k", "/bucket/other"))
        .send()
        .await
        .expect_fault(403, "SignatureDoesNotMatch");
    nobody.delete(&url).send().await.expect_fault(403, "SignatureDoesNotMatch");
    let longer = url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000");
    nobody.get(&longer).send().await.expect_fault(403, "SignatureDoesNotMatch");
    let week = s3.presign("GET", "/bucket/k", 7 * 86_400);
    nobody.get(&week).send().await.expect(200);
    let too_long = week.replace("=604800", "=604801");
    nobody.get(&too_long).send().await.expect_fault(400, "AuthorizationQueryParametersError");
    for header in ["x-amz-copy-source", "x-obs-copy-source", "x-amz-server-side-encryption"] {
        let put = nobody.put(&s3.presign("PUT", "/bucket/k", 60)).header(header, "/bucket/k");
        put.send().await.expect_fault(403, "AccessDenied");
    }
    let short = s3.presign("GET", "/bucket/k", 1);
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    nobody.get(&short).send().await.expect_fault(403, "AccessDenied");
}
