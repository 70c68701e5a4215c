//! Objects under a key that the customer brings with each request (SSE-C).

use sealgate_tests::client::Request;
use sealgate_tests::{Client, Gateway};

const MIB: usize = 1024 * 1024;

/// A key with the MD5 that comes with it, both in base64.
#[derive(Clone, Copy)]
struct Key {
    text: &'static str,
    md5: &'static str,
}

/// 32 bytes of 0x41.
const KEY: Key =
    Key { text: "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=", md5: "UhbdzFjo2t5SVgded/ZC2g==" };
/// 32 bytes of 0x42.
const OTHER: Key =
    Key { text: "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=", md5: "8NB6psqPvuXCjIqE3J2m5Q==" };

/// `request` with the three headers, under a prefix for a copy's source.
fn under(request: Request, prefix: &str, key: Key) -> Request {
    let name = |name: &str| format!("x-amz-{prefix}server-side-encryption-customer-{name}");
    request
        .header(&name("algorithm"), "AES256")
        .header(&name("key"), key.text)
        .header(&name("key-md5"), key.md5)
}

async fn bucket(client: &Client) {
    client.put("/bucket").send().await.expect(200);
}

#[tokio::test]
async fn only_the_customers_key_reads_the_object_and_it_is_never_stored() {
    let mut gateway = Gateway::start();
    let client = gateway.client();
    bucket(&client).await;
    let text = "kept under the customer's key".repeat(9000);
    let before = gateway.blobs();
    let put = under(client.put("/bucket/k"), "", KEY).body(text.clone()).send().await.expect(200);
    assert_eq!(put.header("x-amz-server-side-encryption-customer-algorithm"), "AES256");
    assert_eq!(put.header("x-amz-server-side-encryption-customer-key-md5"), KEY.md5);
    let blob = std::fs::read(gateway.new_blob(&before)).expect("the blob");
    assert_eq!(put.etag(), sealgate_tests::store::md5(&blob));

    let get = under(client.get("/bucket/k"), "", KEY).send().await.expect(200);
    assert_eq!(get.text(), text);
    assert_eq!(get.header("x-amz-server-side-encryption-customer-key-md5"), KEY.md5);
    let range = under(client.get("/bucket/k"), "", KEY).header("range", "bytes=70000-70009");
    assert_eq!(range.send().await.expect(206).text(), text[70_000..70_010]);
    let head = under(client.head("/bucket/k"), "", KEY).send().await.expect(200);
    assert_eq!(head.header("content-length"), text.len().to_string());

    client.get("/bucket/k").send().await.expect_fault(400, "InvalidRequest");
    client.head("/bucket/k").send().await.expect(400);
    under(client.get("/bucket/k"), "", OTHER).send().await.expect_fault(403, "AccessDenied");
    under(client.head("/bucket/k"), "", OTHER).send().await.expect(403);
    client.put("/bucket/plain").body("open").send().await.expect(200);
    under(client.get("/bucket/plain"), "", KEY).send().await.expect_fault(400, "InvalidRequest");
    under(client.head("/bucket/plain"), "", KEY).send().await.expect(400);

    gateway.ask_to_stop();
    gateway.wait();
    for secret in [KEY.text.as_bytes(), &[0x41; 32], KEY.md5.as_bytes(), b"kept under the"] {
        assert_eq!(gateway.files_with(secret), Vec::<std::path::PathBuf>::new());
    }
}

#[tokio::test]
async fn headers_that_do_not_fit_together_are_refused_before_anything_is_written() {
    let gateway = Gateway::start();
    let client = gateway.client();
    bucket(&client).await;
    let put = || client.put("/bucket/k").body("x");
    let name = |name: &str| format!("x-amz-server-side-encryption-customer-{name}");
    let lonely = put().header(&name("algorithm"), "AES256").send().await;
    lonely.expect_fault(400, "InvalidArgument");
    let without_algorithm =
        put().header(&name("key"), KEY.text).header(&name("key-md5"), KEY.md5).send().await;
    without_algorithm.expect_fault(400, "InvalidArgument");
    let other_algorithm = put()
        .header(&name("algorithm"), "aws:kms")
        .header(&name("key"), KEY.text)
        .header(&name("key-md5"), KEY.md5);
    other_algorithm.send().await.expect_fault(400, "InvalidEncryptionAlgorithmError");
    let wrong_md5 = Key { md5: OTHER.md5, ..KEY };
    under(put(), "", wrong_md5).send().await.expect_fault(400, "InvalidArgument");
    let short = Key { text: "QUFB", md5: "4fr/s+YU5sL7p0KWliOGtw==" };
    under(put(), "", short).send().await.expect_fault(400, "InvalidArgument");
    under(put(), "", KEY).sse_kms(None).send().await.expect_fault(400, "InvalidArgument");
    client.get("/bucket/k").send().await.expect_fault(404, "NoSuchKey");
}

#[tokio::test]
async fn a_customers_key_never_crosses_plain_http() {
    let gateway = Gateway::start();
    let (client, plain) = (gateway.client(), gateway.plain_client());
    bucket(&client).await;
    under(client.put("/bucket/k"), "", KEY).body("x").send().await.expect(200);
    let refused = under(plain.put("/bucket/x"), "", KEY).body("x").send().await;
    refused.expect_fault(400, "InvalidRequest");
    under(plain.get("/bucket/k"), "", KEY).send().await.expect_fault(400, "InvalidRequest");
    under(plain.head("/bucket/k"), "", KEY).send().await.expect(400);
    let copy = plain.put("/bucket/y").header("x-amz-copy-source", "bucket/k");
    under(copy, "copy-source-", KEY).send().await.expect_fault(400, "InvalidRequest");
}

#[tokio::test]
async fn a_copy_takes_the_sources_key_and_the_destinations() {
    let gateway = Gateway::start();
    let client = gateway.client();
    bucket(&client).await;
    under(client.put("/bucket/k"), "", KEY).body("copied").send().await.expect(200);
    let copy = |to: &str, from: &str| client.put(to).header("x-amz-copy-source", from);

    copy("/bucket/x", "bucket/k").send().await.expect_fault(400, "InvalidRequest");
    let wrong = under(copy("/bucket/x", "bucket/k"), "copy-source-", OTHER).send().await;
    wrong.expect_fault(403, "AccessDenied");
    let to_none = under(copy("/bucket/none", "bucket/k"), "copy-source-", KEY).send().await;
    to_none.expect(200);
    assert_eq!(client.get("/bucket/none").send().await.expect(200).text(), "copied");
    let to_kms = under(copy("/bucket/kms", "bucket/k"), "copy-source-", KEY).sse_kms(None);
    to_kms.send().await.expect(200);
    assert_eq!(client.get("/bucket/kms").send().await.expect(200).text(), "copied");
    let other = under(copy("/bucket/other", "bucket/k"), "copy-source-", KEY);
    let reply = under(other, "", OTHER).send().await.expect(200);
    assert_eq!(reply.header("x-amz-server-side-encryption-customer-key-md5"), OTHER.md5);
    let read = under(client.get("/bucket/other"), "", OTHER).send().await.expect(200);
    assert_eq!(read.text(), "copied");
    under(copy("/bucket/from-kms", "bucket/kms"), "", KEY).send().await.expect(200);
    let read = under(client.get("/bucket/from-kms"), "", KEY).send().await.expect(200);
    assert_eq!(read.text(), "copied");
    let needless = under(copy("/bucket/x", "bucket/none"), "copy-source-", KEY).send().await;
    needless.expect_fault(400, "InvalidRequest");
}

#[tokio::test]
async fn every_part_brings_the_key_that_its_upload_was_started_with() {
    let gateway = Gateway::start();
    let client = gateway.client();
    bucket(&client).await;
    let started = under(client.post("/bucket/k?uploads"), "", KEY).send().await.expect(200);
    assert_eq!(started.header("x-amz-server-side-encryption-customer-key-md5"), KEY.md5);
    let upload = started.element("UploadId");
    let part = |number: u32| format!("/bucket/k?partNumber={number}&uploadId={upload}");
    let without = client.put(&part(1)).body("x").send().await;
    without.expect_fault(400, "InvalidRequest");
    let other = under(client.put(&part(1)), "", OTHER).body("x").send().await;
    other.expect_fault(400, "InvalidRequest");
    let one = under(client.put(&part(1)), "", KEY).body(vec![7; 5 * MIB]).send().await.expect(200);
    client.put("/bucket/source").sse_kms(None).body("the last part").send().await.expect(200);
    let two = client.put(&part(2)).header("x-amz-copy-source", "bucket/source");
    let two = under(two, "", KEY).send().await.expect(200).element("ETag").replace('"', "");
    client.complete("/bucket/k", &upload, &[(1, one.etag()), (2, two)]).await.expect(200);
    let read = under(client.get("/bucket/k?partNumber=2"), "", KEY).send().await.expect(206);
    assert_eq!(read.text(), "the last part");
    client.get("/bucket/k").send().await.expect_fault(400, "InvalidRequest");

    let open = client.initiate("/bucket/open", &[]).await;
    let path = format!("/bucket/open?partNumber=1&uploadId={open}");
    let needless = under(client.put(&path), "", KEY).body("x").send().await;
    needless.expect_fault(400, "InvalidRequest");
}

#[tokio::test]
async fn the_bucket_default_yields_to_the_customers_key() {
    let gateway = Gateway::start();
    let client = gateway.client();
    bucket(&client).await;
    let default = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
        <SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>\
        </ServerSideEncryptionConfiguration>";
    client.put("/bucket?encryption").body(default).send().await.expect(200);
    let put = under(client.put("/bucket/k"), "", KEY).body("mine").send().await.expect(200);
    assert_eq!(put.header("x-amz-server-side-encryption"), "");
    assert_eq!(gateway.inspect("s3://bucket/k")["mode"], "sse-c");
}
