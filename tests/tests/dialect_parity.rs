//! One truth in two dialects: what is written or set through one is read through
//! the other, under that one's names.

use sealgate_tests::{Client, Gateway};

const KMS: &str = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
                   <SSEAlgorithm>kms</SSEAlgorithm><KMSDataEncryption>SM4</KMSDataEncryption>\
                   </ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>";

/// The seed policy of the OBS documentation, in its own language.
const DEMANDS_KMS: &str = r#"{"Statement": [
    {"Effect": "Allow", "Principal": {"ID": ["*"]}, "Action": ["*"], "Resource": ["b12/*"]},
    {"Effect": "Deny", "Principal": {"ID": ["*"]}, "Action": ["PutObject"], "Resource": ["b12/*"],
     "Condition": {"StringNotEquals": {"x-obs-server-side-encryption": "kms"}}}]}"#;

async fn bucket() -> (Gateway, Client) {
    let gateway = Gateway::start();
    let client = gateway.client();
    client.put("/b12").send().await.expect(200);
    (gateway, client)
}

#[tokio::test]
async fn an_object_written_through_one_dialect_reads_through_the_other() {
    let (_gateway, client) = bucket().await;
    let by_obs = client
        .put("/b12/obs")
        .obs()
        .header("x-obs-server-side-encryption", "kms")
        .header("x-obs-meta-colour", "blue")
        .body("hello");
    let written = by_obs.send().await.expect(200);
    let by_s3 = client.put("/b12/s3").sse_kms(None).header("x-amz-meta-colour", "blue");
    by_s3.body("hello").send().await.expect(200);
    for path in ["/b12/obs", "/b12/s3"] {
        let s3 = client.get(path).send().await.expect(200);
        let obs = client.get(path).obs().send().await.expect(200);
        assert_eq!((s3.text(), obs.text()), ("hello".to_owned(), "hello".to_owned()));
        assert_eq!(s3.etag(), obs.etag());
        assert_eq!(s3.header("x-amz-meta-colour"), "blue");
        assert_eq!(obs.header("x-obs-meta-colour"), "blue");
        assert_eq!(s3.header("x-amz-server-side-encryption"), "aws:kms");
        assert_eq!(obs.header("x-obs-server-side-encryption"), "kms");
        let arn = s3.header("x-amz-server-side-encryption-aws-kms-key-id");
        let name = obs.header("x-obs-server-side-encryption-kms-key-id");
        assert_eq!(arn.rsplit('/').next(), name.rsplit('/').next());
        assert!(arn.starts_with("arn:aws:kms:") && !name.starts_with("arn:"), "{arn} {name}");
        let prefixes = |reply: &sealgate_tests::Reply, prefix: &str| {
            reply.headers.keys().any(|header| header.as_str().starts_with(prefix))
        };
        assert!(!prefixes(&s3, "x-obs-") && !prefixes(&obs, "x-amz-"));
    }
    let head = client.head("/b12/obs").send().await.expect(200);
    assert_eq!(head.etag(), written.etag());
}

#[tokio::test]
async fn the_encryption_of_a_bucket_is_one_in_both_dialects() {
    let (_gateway, client) = bucket().await;
    client.put("/b12?encryption").obs().body(KMS).send().await.expect(200);
    let algorithm = |reply: sealgate_tests::Reply| reply.element("SSEAlgorithm");
    assert_eq!(algorithm(client.get("/b12?encryption").send().await), "aws:kms");
    assert_eq!(algorithm(client.get("/b12?encryption").obs().send().await), "kms");
    let put = client.put("/b12/k").body("x").send().await.expect(200);
    assert_eq!(put.header("x-amz-server-side-encryption"), "aws:kms");
    let got = client.get("/b12/k").obs().send().await.expect(200);
    assert_eq!(got.header("x-obs-server-side-data-encryption"), "SM4");
    client.delete("/b12?encryption").send().await.expect(204);
    let absent = client.get("/b12?encryption").obs().send().await;
    absent.expect_fault(404, "NoSuchEncryptionConfiguration");
    let absent = client.get("/b12?encryption").send().await;
    absent.expect_fault(404, "ServerSideEncryptionConfigurationNotFoundError");
}

#[tokio::test]
async fn a_policy_of_obs_demands_kms_of_everybody() {
    let (_gateway, client) = bucket().await;
    client.put("/b12?policy").obs().body(DEMANDS_KMS).send().await.expect(204);
    assert_eq!(client.get("/b12?policy").send().await.expect(200).text(), DEMANDS_KMS);
    client.put("/b12/k").body("x").send().await.expect_fault(403, "AccessDenied");
    client.put("/b12/k").obs().body("x").send().await.expect_fault(403, "AccessDenied");
    let aes = client.put("/b12/k").obs().header("x-obs-server-side-encryption", "AES256");
    aes.body("x").send().await.expect_fault(403, "AccessDenied");
    client.put("/b12/k").sse_kms(None).body("x").send().await.expect(200);
    let kms = client.put("/b12/k").obs().header("x-obs-server-side-encryption", "kms");
    kms.body("x").send().await.expect(200);
}

#[tokio::test]
async fn faults_bear_the_names_of_their_dialect() {
    let (_gateway, client) = bucket().await;
    let obs = client.head("/b12/missing").obs().send().await.expect(404);
    assert_eq!(obs.header("x-obs-error-code"), "NoSuchKey");
    assert!(!obs.header("x-obs-request-id").is_empty());
    let s3 = client.head("/b12/missing").send().await.expect(404);
    assert!(s3.header("x-obs-request-id").is_empty());
    let probe = client.anonymous().head("/no-such-bucket?apiversion").send().await.expect(200);
    assert_eq!(probe.header("x-obs-api"), "3.0");
    client.get("/b12?storageinfo").send().await.expect_fault(501, "NotImplemented");
    client.get("/b12?inventory").obs().send().await.expect_fault(501, "ServiceNotImplemented");
    client.put("/b12/k?modify&position=0").obs().send().await.expect_fault(405, "FsNotSupport");
}
