//! SSE-KMS is refused over plain HTTP, cell by cell of OBS's table of
//! operations and transports ("Server-side encryption overview", table 1-4).

use sealgate_tests::Gateway;

const KMS: (&str, &str) = ("x-amz-server-side-encryption", "aws:kms");
const DEFAULT_KMS: &str = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
    <SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>\
    </ServerSideEncryptionConfiguration>";

#[tokio::test]
async fn every_cell_of_the_table_of_transports_holds_for_kms() {
    let gateway = Gateway::start();
    let (tls, plain) = (gateway.client(), gateway.plain_client());
    tls.put("/bucket").send().await.expect(200);
    tls.put("/default").send().await.expect(200);
    tls.put("/bucket/plain").body("x").send().await.expect(200);
    tls.put("/bucket/kms").sse_kms(None).body("secret").send().await.expect(200);
    let upload = tls.initiate("/bucket/m", &[KMS]).await;

    // The configuration itself.
    let refused = plain.put("/default?encryption").body(DEFAULT_KMS).send().await;
    refused.expect_fault(400, "InvalidRequest");
    tls.put("/default?encryption").body(DEFAULT_KMS).send().await.expect(200);

    // PUT, initiate and copy, by header and by the bucket's default.
    let refused = [
        plain.put("/bucket/k").sse_kms(None).body("x"),
        plain.put("/default/k").body("x"),
        plain.post("/bucket/k?uploads").header(KMS.0, KMS.1),
        plain.post("/default/k?uploads"),
        plain.put("/bucket/k").header("x-amz-copy-source", "/bucket/plain").header(KMS.0, KMS.1),
        plain.put("/default/k").header("x-amz-copy-source", "/bucket/plain"),
        // Part, and GET without any header.
        plain.put(&format!("/bucket/m?partNumber=1&uploadId={upload}")).body("x"),
        plain.get("/bucket/kms"),
        plain.get("/bucket/kms").header("range", "bytes=0-0"),
    ];
    for (number, request) in refused.into_iter().enumerate() {
        let reply = request.send().await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (400, "InvalidRequest"),
            "request {number}"
        );
    }

    // HEAD and Complete are free, and so is a copy to an unencrypted object.
    plain.head("/bucket/kms").send().await.expect(200);
    let copied = plain.put("/bucket/copy").header("x-amz-copy-source", "/bucket/kms").send().await;
    copied.expect(200);
    assert_eq!(plain.get("/bucket/copy").send().await.expect(200).text(), "secret");
    let etag = tls.part("/bucket/m", &upload, 1, "x").await;
    // A copied part carries no byte of the client's.
    let part = plain.put(&format!("/bucket/m?partNumber=2&uploadId={upload}"));
    part.header("x-amz-copy-source", "/bucket/plain").send().await.expect(200);
    plain.complete("/bucket/m", &upload, &[(1, etag)]).await.expect(200);

    // AES256 and nothing asked are free too.
    let aes = plain.put("/bucket/aes").header("x-amz-server-side-encryption", "AES256").body("x");
    aes.send().await.expect(200);
    plain.get("/bucket/aes").send().await.expect(200);
    plain.put("/bucket/none").body("x").send().await.expect(200);
}

#[tokio::test]
async fn nothing_of_a_refused_upload_is_stored() {
    let gateway = Gateway::start();
    gateway.client().put("/bucket").send().await.expect(200);
    let refused = gateway.plain_client().put("/bucket/k").sse_kms(None).body("x").send().await;
    refused.expect_fault(400, "InvalidRequest");
    gateway.client().get("/bucket/k").send().await.expect_fault(404, "NoSuchKey");
}

#[tokio::test]
async fn the_rule_can_be_lifted_and_that_is_said_loudly() {
    let gateway = Gateway::with(&[("SEALGATE_TLS_REQUIRE_FOR_SSE", "false")]);
    let plain = gateway.plain_client();
    plain.put("/bucket").send().await.expect(200);
    plain.put("/bucket/k").sse_kms(None).body("x").send().await.expect(200);
    assert_eq!(plain.get("/bucket/k").send().await.expect(200).text(), "x");
    assert!(
        gateway.log().contains("\"WARN\",\"message\":\"tls.require_for_sse = false"),
        "{}",
        gateway.log()
    );
}
