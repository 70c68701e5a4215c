//! Bad input gets its documented error and loses nothing.

use sealgate_tests::client::percent_encoded;
use sealgate_tests::{Client, Gateway, Payload};

#[tokio::test]
async fn odd_keys_are_kept_byte_for_byte() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let keys = [
        "a b+c%d",
        "//",
        "a//b",
        "end/",
        " ",
        "\u{1f512}",
        "&<>\"'",
        "back\\slash",
        "?q=1#f",
        "...",
        "\u{1}",
    ];
    for key in keys {
        let path = format!("/bucket/{}", percent_encoded(key));
        s3.put(&path).body(key).send().await.expect(200);
        assert_eq!(s3.get(&path).send().await.expect(200).text(), key);
    }
    let listed = s3.get("/bucket?list-type=2&encoding-type=url").send().await.expect(200);
    assert_eq!(listed.elements("Key").len(), keys.len());
}

#[tokio::test]
async fn keys_with_dots_stay_in_their_bucket() {
    let gateway = Gateway::start();
    let plain = gateway.plain_client();
    plain.put("/bucket").send().await.expect(200);
    plain.put("/other").send().await.expect(200);
    for key in ["../other/k", "a/../../other/k", "..", ".", "%2e%2e/other/k", "..%2fother%2fk"] {
        let (put, get) =
            (plain.put(&format!("/bucket/{key}")).body("x"), plain.get(&format!("/bucket/{key}")));
        let answers = tokio::task::spawn_blocking(|| (put.send_verbatim(), get.send_verbatim()));
        let ((put, said), (get, _)) = answers.await.unwrap();
        assert!(put == get && (put == 200 || put == 400), "{key}: {put}, {get}: {said}");
    }
    assert!(plain.get("/other").send().await.expect(200).elements("Key").is_empty());
}

#[tokio::test]
async fn a_key_has_at_most_1024_bytes_of_utf8() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    s3.put(&format!("/bucket/{}", "k".repeat(1024))).body("x").send().await.expect(200);
    let long = s3.put(&format!("/bucket/{}", "k".repeat(1025))).body("x").send().await;
    long.expect_fault(400, "KeyTooLongError");
    let wide = format!("/bucket/{}", "%C3%A4".repeat(513));
    s3.put(&wide).body("x").send().await.expect_fault(400, "KeyTooLongError");
    for bad in ["%ff", "a%c3", "%ed%a0%80"] {
        let reply = s3.put(&format!("/bucket/{bad}")).body("x").send().await;
        assert_eq!(reply.status, 400, "{bad} {}", reply.code());
    }
}

#[tokio::test]
async fn bucket_names_follow_the_rules_of_s3() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    for name in [
        "ab",
        "Upper",
        "under_score",
        "-a-a",
        "a..b",
        "192.168.0.1",
        &"x".repeat(64),
        "xn--abc",
        "a-",
    ] {
        let reply = s3.put(&format!("/{name}")).send().await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "InvalidBucketName"), "{name}");
    }
    s3.put("/abc").send().await.expect(200);
    let stranger = s3.signed_as(&gateway.account("stranger").identity);
    stranger.put("/abc").send().await.expect_fault(409, "BucketAlreadyExists");
}

#[tokio::test]
async fn xml_that_is_malformed_deep_or_large_is_refused() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    s3.put("/bucket/k").body("x").send().await.expect(200);
    let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
    let bomb =
        "<!DOCTYPE d [<!ENTITY a \"aaaaaaaaaa\">]><Delete><Object><Key>&a;</Key></Object></Delete>";
    let many = format!("<Delete>{}</Delete>", "<Object><Key>k</Key></Object>".repeat(1001));
    let bodies = [
        "",
        "<Delete>",
        "<Delete><Object></Delete></Object>",
        "not xml",
        &deep,
        bomb,
        &many,
        "<Delete/>",
    ];
    for body in bodies {
        let reply = s3.post("/bucket?delete").body(body).send().await;
        let shown = body.get(..body.len().min(60)).unwrap_or_default();
        assert_eq!((reply.status, reply.code().as_str()), (400, "MalformedXML"), "{shown}");
    }
    let large = format!("<Delete>{}</Delete>", " ".repeat(5 << 20));
    let reply = s3.post("/bucket?delete").body(large).send().await;
    assert_eq!(reply.status, 400, "{}", reply.code());
    s3.get("/bucket/k").send().await.expect(200);
}

#[tokio::test]
async fn a_wrong_digest_stores_nothing() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let md5 = |value: &str| s3.put("/bucket/k").header("content-md5", value).body("hello");
    md5("XUFAKrxLKna5cZ2REBfFkg==").send().await.expect(200);
    s3.delete("/bucket/k").send().await.expect(204);
    md5("AAAAAAAAAAAAAAAAAAAAAA==").send().await.expect_fault(400, "BadDigest");
    md5("nonsense").send().await.expect_fault(400, "InvalidDigest");
    for name in ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"] {
        let lengths = [("crc32", 4), ("crc32c", 4), ("crc64nvme", 8), ("sha1", 20), ("sha256", 32)];
        let len = lengths.iter().find(|(known, _)| *known == name).unwrap().1;
        let header = format!("x-amz-checksum-{name}");
        let put = s3.put("/bucket/k").header(&header, &base64(&vec![0; len])).body("hello");
        put.send().await.expect_fault(400, "BadDigest");
        let put = s3.put("/bucket/k").header(&header, "!").body("hello");
        put.send().await.expect_fault(400, "InvalidRequest");
    }
    s3.get("/bucket/k").send().await.expect_fault(404, "NoSuchKey");
}

#[tokio::test]
async fn a_body_that_stops_short_stores_nothing() {
    let gateway = Gateway::start();
    let plain = gateway.plain_client();
    plain.put("/bucket").send().await.expect(200);
    let cut = |plain: Client, path: &'static str, payload: Payload| {
        let put = plain.put(path).payload(payload).body(vec![1; 300_000]);
        tokio::task::spawn_blocking(move || put.send_and_hang_up(150_000))
    };
    cut(plain.clone(), "/bucket/signed", Payload::Signed).await.unwrap();
    cut(plain.clone(), "/bucket/unsigned", Payload::Unsigned).await.unwrap();
    cut(plain.clone(), "/bucket/chunked", Payload::Chunked(65_536)).await.unwrap();
    assert!(plain.get("/bucket").send().await.expect(200).elements("Key").is_empty());
}

#[tokio::test]
async fn sub_resources_that_are_not_implemented_never_touch_the_object() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    s3.put("/bucket/k").body("x").send().await.expect(200);
    for name in ["torrent", "restore", "select", "storageClass"] {
        let put = s3.put(&format!("/bucket/k?{name}")).body("overwritten").send().await;
        put.expect_fault(501, "NotImplemented");
        s3.delete(&format!("/bucket/k?{name}")).send().await.expect_fault(501, "NotImplemented");
    }
    s3.put("/bucket?website").body("x").send().await.expect_fault(501, "NotImplemented");
    assert_eq!(s3.get("/bucket/k").send().await.text(), "x");
}

#[tokio::test]
async fn unknown_or_contradicting_encryption_is_refused() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let sse = |name: &str| format!("x-amz-server-side-encryption{name}");
    let cases: [&[(String, &str)]; 6] = [
        &[(sse(""), "rot13")],
        &[(sse(""), "")],
        &[(sse("-aws-kms-key-id"), "some-key")],
        &[(sse(""), "AES256"), (sse("-aws-kms-key-id"), "some-key")],
        &[(sse(""), "aws:kms"), ("x-obs-server-side-encryption".into(), "AES256")],
        &[(sse(""), "aws:kms"), (sse("-customer-algorithm"), "AES256")],
    ];
    for headers in cases {
        let put =
            headers.iter().fold(s3.put("/bucket/k"), |put, (name, value)| put.header(name, value));
        let reply = put.body("x").send().await;
        assert!(reply.status == 400 || reply.status == 501, "{headers:?}: {}", reply.status);
    }
    s3.get("/bucket/k").send().await.expect_fault(404, "NoSuchKey");
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
