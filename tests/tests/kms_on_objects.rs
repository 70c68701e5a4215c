//! Objects and the keys that they need.

use sealgate_tests::{Gateway, Token};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_named_in_any_documented_form_and_echoed_in_full() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let made = s3.kms("CreateKey", json!({})).await.expect(200);
    let (id, arn) = (made.field("KeyMetadata/KeyId"), made.field("KeyMetadata/Arn"));
    s3.kms("CreateAlias", json!({"AliasName": "alias/mine", "TargetKeyId": id})).await.expect(200);
    let alias_arn = arn.replace(&format!("key/{id}"), "alias/mine");
    let listed = gateway.run(&["account", "list", "--json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let domain = listed[0]["domain_id"].as_str().unwrap();
    let obs = format!("us-east-1:{domain}:key/{id}");
    let obs_arn = format!("arn:aws:kms:us-east-1:{domain}:key/{id}");
    for name in [&id, &arn, "alias/mine", &alias_arn, &obs, &obs_arn] {
        let put = s3.put("/bucket/k").sse_kms(Some(name)).body("x").send().await.expect(200);
        assert_eq!(put.header("x-amz-server-side-encryption-aws-kms-key-id"), arn, "{name}");
        let head = s3.head("/bucket/k").send().await.expect(200);
        assert_eq!(head.header("x-amz-server-side-encryption-aws-kms-key-id"), arn);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_disabled_and_pending_keys_refuse_writes_and_reads() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let key = s3.key().await;
    let named = json!({"KeyId": key});
    s3.put("/bucket/old").sse_kms(Some(&key)).body("x").send().await.expect(200);
    let unknown = "00000000-0000-4000-8000-000000000000";
    let reply = s3.put("/bucket/k").sse_kms(Some(unknown)).body("x").send().await;
    reply.expect_fault(400, "KMS.NotFoundException");

    s3.kms("DisableKey", named.clone()).await.expect(200);
    let put = || s3.put("/bucket/k").sse_kms(Some(&key)).body("x").send();
    put().await.expect_fault(400, "KMS.DisabledException");
    s3.get("/bucket/old").send().await.expect_fault(400, "KMS.DisabledException");
    s3.head("/bucket/old").send().await.expect(200);
    s3.kms("EnableKey", named.clone()).await.expect(200);
    assert_eq!(s3.get("/bucket/old").send().await.expect(200).text(), "x");

    let schedule = json!({"KeyId": key, "PendingWindowInDays": 7});
    s3.kms("ScheduleKeyDeletion", schedule).await.expect(200);
    for reply in [put().await, s3.get("/bucket/old").send().await] {
        assert!(reply.status == 400 && reply.code().starts_with("KMS."), "{}", reply.code());
    }
    s3.kms("CancelKeyDeletion", named.clone()).await.expect(200);
    put().await.expect_fault(400, "KMS.DisabledException");
    s3.kms("EnableKey", named).await.expect(200);
    assert_eq!(s3.get("/bucket/old").send().await.expect(200).text(), "x", "nothing was lost");
    s3.get("/bucket/k").send().await.expect_fault(404, "NoSuchKey");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_another_region_or_domain_are_refused() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let made = s3.kms("CreateKey", json!({})).await.expect(200);
    let (id, arn) = (made.field("KeyMetadata/KeyId"), made.field("KeyMetadata/Arn"));
    let abroad = arn.replace("us-east-1", "eu-de-1");
    let obs = format!("eu-de-1:{}:key/{id}", "0".repeat(32));
    let foreign = format!("us-east-1:{}:key/{id}", "0".repeat(32));
    for name in [&abroad, &obs, &foreign] {
        let reply = s3.put("/bucket/k").sse_kms(Some(name)).body("x").send().await;
        assert!(reply.status == 400 || reply.status == 403, "{name}: {}", reply.status);
    }
    let default = format!(
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>\
         aws:kms</SSEAlgorithm><KMSMasterKeyID>{abroad}</KMSMasterKeyID>\
         </ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"
    );
    assert_eq!(s3.put("/bucket?encryption").body(default).send().await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_others_look_the_same_whether_they_exist_or_not() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    let key = s3.kms("CreateKey", json!({})).await.expect(200).field("KeyMetadata/Arn");
    let stranger = s3.signed_as(&gateway.account("stranger").identity);
    stranger.put("/theirs").send().await.expect(200);
    let unknown = key.replace(&key[key.len() - 12..], "000000000000");
    let mut seen = Vec::new();
    for name in [&key, &unknown] {
        let reply = stranger.put("/theirs/k").sse_kms(Some(name)).body("x").send().await;
        seen.push((reply.status, reply.code()));
        let reply = stranger.kms("DescribeKey", json!({"KeyId": name})).await;
        seen.push((reply.status, reply.code()));
    }
    assert_eq!(seen[0], (403, "AccessDenied".to_owned()));
    assert_eq!(seen[..2], seen[2..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_key_is_made_once_and_cannot_be_changed() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let one = s3.put("/bucket/1").sse_kms(None).body("x").send().await.expect(200);
    let two = s3.put("/bucket/2").sse_kms(None).body("x").send().await.expect(200);
    let named = "x-amz-server-side-encryption-aws-kms-key-id";
    assert_eq!(one.header(named), two.header(named));
    assert!(one.header(named).starts_with("arn:aws:kms:"));
    let key = json!({"KeyId": one.header(named)});
    for operation in ["DisableKey", "ScheduleKeyDeletion"] {
        assert_eq!(s3.kms(operation, key.clone()).await.status, 400, "{operation}");
    }
    let aliases = s3.kms("ListAliases", json!({})).await.expect(200).text();
    assert!(aliases.contains("obs/default"), "{aliases}");
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_without_a_key_survive_an_outage_of_the_hsm_and_the_others_come_back() {
    let token = Token::new();
    let mut gateway = Gateway::on_token(&token);
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    s3.put("/bucket/kms").sse_kms(None).body("kms").send().await.expect(200);
    s3.put("/bucket/plain").body("plain").send().await.expect(200);
    gateway.ask_to_stop();
    gateway.wait();
    token.unplug();
    let refused = gateway.launch().expect_err("no root, no start");
    assert!(refused.contains("token"), "{refused}");
    token.plug();
    gateway.launch().unwrap();
    let s3 = gateway.client();
    assert_eq!(s3.get("/bucket/kms").send().await.expect(200).text(), "kms");
    assert_eq!(s3.get("/bucket/plain").send().await.expect(200).text(), "plain");
}
