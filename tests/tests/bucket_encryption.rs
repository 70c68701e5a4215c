//! A bucket's default encryption: what it applies to, and what it refuses.

use sealgate_tests::{Client, Gateway, Reply};
use serde_json::json;

async fn set(s3: &Client, fields: &str) -> Reply {
    let document = format!(
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>{fields}\
         </ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"
    );
    s3.put("/bucket?encryption").body(document).send().await
}

#[tokio::test]
async fn the_default_applies_to_every_write_that_asks_for_nothing() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    s3.put("/bucket/old").body("x").send().await.expect(200);
    let key = s3.key().await;
    for name in ["kms", "aws:kms"] {
        let fields =
            format!("<SSEAlgorithm>{name}</SSEAlgorithm><KMSMasterKeyID>{key}</KMSMasterKeyID>");
        set(&s3, &fields).await.expect(200);
    }
    s3.put("/bucket/put").body("x").send().await.expect(200);
    s3.put("/bucket/copy").header("x-amz-copy-source", "/bucket/old").send().await.expect(200);
    let upload = s3.initiate("/bucket/parts", &[]).await;
    let etag = s3.part("/bucket/parts", &upload, 1, "x").await;
    s3.complete("/bucket/parts", &upload, &[(1, etag)]).await.expect(200);
    for path in ["/bucket/put", "/bucket/copy", "/bucket/parts"] {
        let head = s3.head(path).send().await.expect(200);
        assert_eq!(head.header("x-amz-server-side-encryption"), "aws:kms", "{path}");
        assert!(head.header("x-amz-server-side-encryption-aws-kms-key-id").ends_with(&key));
    }
    let old = s3.head("/bucket/old").send().await.expect(200);
    assert_eq!(old.header("x-amz-server-side-encryption"), "", "it is not retroactive");
    let aes = s3.put("/bucket/aes").header("x-amz-server-side-encryption", "AES256").body("x");
    assert_eq!(aes.send().await.expect(200).header("x-amz-server-side-encryption"), "AES256");
    s3.delete("/bucket?encryption").send().await.expect(204);
    let head = s3.head("/bucket/put").send().await.expect(200);
    assert_eq!(head.header("x-amz-server-side-encryption"), "aws:kms", "objects stay as they are");
    let plain = s3.put("/bucket/plain").body("x").send().await.expect(200);
    assert_eq!(plain.header("x-amz-server-side-encryption"), "");
}

#[tokio::test]
async fn sm4_can_be_a_buckets_default() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    set(&s3, "<SSEAlgorithm>kms</SSEAlgorithm><KMSDataEncryption>SM4</KMSDataEncryption>")
        .await
        .expect(200);
    s3.put("/bucket/k").body("x").send().await.expect(200);
    let shown = gateway.inspect("s3://bucket/k")["algorithm"].to_string().to_lowercase();
    assert!(shown.contains("sm4"), "{shown}");
    assert_eq!(s3.get("/bucket/k").send().await.expect(200).text(), "x");
}

#[tokio::test]
async fn a_configuration_that_cannot_work_is_refused() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let missing = s3.get("/bucket?encryption").send().await;
    missing.expect_fault(404, "ServerSideEncryptionConfigurationNotFoundError");
    let unknown = "<SSEAlgorithm>aws:kms</SSEAlgorithm>\
        <KMSMasterKeyID>00000000-0000-4000-8000-000000000000</KMSMasterKeyID>";
    let cases = [
        "",
        "<SSEAlgorithm>rot13</SSEAlgorithm>",
        "<SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>x</KMSMasterKeyID>",
        "<SSEAlgorithm>AES256</SSEAlgorithm><KMSDataEncryption>SM4</KMSDataEncryption>",
        "<SSEAlgorithm>kms</SSEAlgorithm><ProjectID>x</ProjectID>",
        unknown,
    ];
    for fields in cases {
        assert_eq!(set(&s3, fields).await.status, 400, "{fields}");
    }
    s3.get("/bucket?encryption").send().await.expect(404);
}

#[tokio::test]
async fn a_default_key_that_was_disabled_refuses_writes_and_never_falls_back() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let key = s3.key().await;
    let fields =
        format!("<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>{key}</KMSMasterKeyID>");
    set(&s3, &fields).await.expect(200);
    s3.kms("DisableKey", json!({"KeyId": key})).await.expect(200);
    s3.put("/bucket/k").body("x").send().await.expect_fault(400, "KMS.DisabledException");
    s3.get("/bucket/k").send().await.expect_fault(404, "NoSuchKey");
}
