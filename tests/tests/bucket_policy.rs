//! Bucket policies on requests: the policy of the OBS documentation that
//! demands encryption, and what another account may do.

use sealgate_tests::{Client, Gateway};

/// The policy of OBS's page on SSE-KMS, for bucket `bucket`.
const DEMANDS_KMS: &str = r#"{"Statement": [{
    "Sid": "DenyUnencryptedUploads", "Effect": "Deny", "Principal": "*", "Action": "PutObject",
    "Resource": "bucket/*",
    "Condition": {"StringNotEquals": {"x-obs-server-side-encryption": "kms"}}
}]}"#;
const DEFAULT_KMS: &str = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
    <SSEAlgorithm>kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>\
    </ServerSideEncryptionConfiguration>";

#[tokio::test]
async fn the_policy_that_demands_kms_refuses_uploads_without_the_header() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    s3.put("/bucket?policy").body(DEMANDS_KMS).send().await.expect(204);

    s3.put("/bucket/k").body("x").send().await.expect_fault(403, "AccessDenied");
    let aes = s3.put("/bucket/k").header("x-amz-server-side-encryption", "AES256").body("x");
    aes.send().await.expect_fault(403, "AccessDenied");
    s3.post("/bucket/k?uploads").send().await.expect_fault(403, "AccessDenied");
    s3.put("/bucket?encryption").body(DEFAULT_KMS).send().await.expect(200);
    s3.put("/bucket/k").body("x").send().await.expect_fault(403, "AccessDenied");

    s3.put("/bucket/s3").sse_kms(None).body("x").send().await.expect(200);
    let obs = s3.put("/bucket/obs").header("x-obs-server-side-encryption", "kms").body("x");
    obs.send().await.expect(200);
    let upload = s3.initiate("/bucket/m", &[("x-amz-server-side-encryption", "aws:kms")]).await;
    let etag = s3.part("/bucket/m", &upload, 1, "part").await;
    s3.complete("/bucket/m", &upload, &[(1, etag)]).await.expect(200);
    s3.get("/bucket/m").send().await.expect(200);
    s3.put("/other").send().await.expect(200);
    s3.put("/other/k").body("x").send().await.expect(200);
}

#[tokio::test]
async fn a_change_of_the_policy_holds_from_the_next_request() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    s3.put("/bucket/k").body("x").send().await.expect(200);
    let other = gateway.account("other");
    let guest = s3.signed_as(&other.identity);
    let allow = policy("Allow", &other.account_id, r#""s3:GetObject""#, "arn:aws:s3:::bucket/*");
    for _ in 0..10 {
        guest.get("/bucket/k").send().await.expect_fault(403, "AccessDenied");
        s3.put("/bucket?policy").body(allow.clone()).send().await.expect(204);
        guest.get("/bucket/k").send().await.expect(200);
        s3.delete("/bucket?policy").send().await.expect(204);
    }
}

#[tokio::test]
async fn only_the_right_to_list_tells_a_missing_object_from_a_forbidden_one() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let other = gateway.account("other");
    let guest = s3.signed_as(&other.identity);
    let read = policy("Allow", &other.account_id, r#""s3:GetObject""#, "arn:aws:s3:::bucket/*");
    s3.put("/bucket?policy").body(read.clone()).send().await.expect(204);
    guest.get("/bucket/none").send().await.expect_fault(403, "AccessDenied");
    let list = policy("Allow", &other.account_id, r#""s3:ListBucket""#, "arn:aws:s3:::bucket");
    s3.put("/bucket?policy").body(joined(&read, &list)).send().await.expect(204);
    guest.get("/bucket/none").send().await.expect_fault(404, "NoSuchKey");
}

#[tokio::test]
async fn another_account_reads_kms_objects_of_a_default_key_never() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    s3.put("/bucket/k").sse_kms(None).body("x").send().await.expect(200);
    let open = policy("Allow", "*", r#""s3:*""#, "arn:aws:s3:::bucket/*");
    s3.put("/bucket?policy").body(open).send().await.expect(204);
    let guest = s3.signed_as(&gateway.account("other").identity);
    guest.get("/bucket/k").send().await.expect_fault(403, "AccessDenied");
    s3.anonymous().get("/bucket/k").send().await.expect_fault(403, "AccessDenied");
    s3.put("/bucket/plain").body("public").send().await.expect(200);
    assert_eq!(s3.anonymous().get("/bucket/plain").send().await.expect(200).text(), "public");
    assert_put_is_refused(&s3.anonymous()).await;
}

async fn assert_put_is_refused(client: &Client) {
    client
        .put("/bucket/new")
        .sse_kms(None)
        .body("x")
        .send()
        .await
        .expect_fault(403, "AccessDenied");
}

#[tokio::test]
async fn a_policy_that_cannot_be_understood_is_not_stored() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    s3.get("/bucket?policy").send().await.expect_fault(404, "NoSuchBucketPolicy");
    let foreign = policy("Allow", "*", r#""s3:GetObject""#, "arn:aws:s3:::other/*");
    let typo = DEMANDS_KMS.replace("StringNotEquals", "StringNotEqual");
    for bad in ["", "{", "[]", r#"{"Statement": [{"Effect": "Perhaps"}]}"#, &foreign, &typo] {
        let reply = s3.put("/bucket?policy").body(bad).send().await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "MalformedPolicy"), "{bad}");
    }
    s3.get("/bucket?policy").send().await.expect_fault(404, "NoSuchBucketPolicy");
}

fn policy(effect: &str, principal: &str, action: &str, resource: &str) -> String {
    let principal = match principal {
        "*" => r#""*""#.to_owned(),
        id => format!(r#"{{"AWS": "{id}"}}"#),
    };
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "{effect}", "Principal": {principal},
            "Action": {action}, "Resource": "{resource}"}}]}}"#
    )
}

/// One policy of the statements of two.
fn joined(one: &str, two: &str) -> String {
    let [mut one, two] =
        [one, two].map(|text| serde_json::from_str::<serde_json::Value>(text).unwrap());
    let more = two["Statement"].as_array().unwrap().clone();
    one["Statement"].as_array_mut().unwrap().extend(more);
    one.to_string()
}
