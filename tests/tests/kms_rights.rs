//! Rights to keys on the data path: the permission sets of the documentation,
//! and each action of them taken away.

use sealgate_tests::identities::{allow, statement};
use sealgate_tests::{Client, Gateway};

/// OBS user guide, "Server-side encryption": what an upload with SSE-KMS needs.
const UPLOAD: &[&str] =
    &["s3:PutObject", "kms:cmk:get", "kms:cmk:list", "kms:cmk:create", "kms:dek:create"];
/// What a download needs.
const DOWNLOAD: &[&str] = &["s3:GetObject", "kms:cmk:get", "kms:cmk:list", "kms:dek:crypto"];

async fn with_user() -> (Gateway, Client, Client) {
    let gateway = Gateway::start();
    let root = gateway.client();
    root.put("/bucket").send().await.expect(200);
    root.put("/bucket/sealed").sse_kms(None).body("x").send().await.expect(200);
    let bob = root.user("bob").await;
    (gateway, root, bob)
}

fn without(set: &[&'static str], action: &str) -> Vec<&'static str> {
    set.iter().copied().filter(|known| *known != action).collect()
}

#[tokio::test]
async fn the_documented_sets_suffice_and_each_needed_action_is_needed() {
    let (_gateway, root, bob) = with_user().await;
    let key = root.key().await;
    for key in [None, Some(key.as_str())] {
        let put = async || bob.put("/bucket/k").sse_kms(key).body("x").send().await;
        root.allow_user("bob", &allow(UPLOAD)).await;
        put().await.expect(200);
        bob.get("/bucket/k").send().await.expect_fault(403, "AccessDenied");
        for taken in ["s3:PutObject", "kms:dek:create"] {
            root.allow_user("bob", &allow(&without(UPLOAD, taken))).await;
            put().await.expect_fault(403, "AccessDenied");
        }
        // The default key is there: nobody has to make it.
        root.allow_user("bob", &allow(&without(UPLOAD, "kms:cmk:create"))).await;
        put().await.expect(200);
        root.allow_user("bob", &allow(DOWNLOAD)).await;
        bob.get("/bucket/k").send().await.expect(200);
        put().await.expect_fault(403, "AccessDenied");
        for taken in ["s3:GetObject", "kms:dek:crypto"] {
            root.allow_user("bob", &allow(&without(DOWNLOAD, taken))).await;
            bob.get("/bucket/k").send().await.expect_fault(403, "AccessDenied");
        }
    }
    root.allow_user("bob", &allow(&["s3:PutObject", "kms:GenerateDataKey"])).await;
    bob.put("/bucket/k").sse_kms(None).body("x").send().await.expect(200);
    root.allow_user("bob", &allow(&["s3:GetObject", "kms:Decrypt"])).await;
    bob.get("/bucket/k").send().await.expect(200);
}

#[tokio::test]
async fn who_makes_the_default_key_by_its_first_use_needs_the_right_to_make_keys() {
    let gateway = Gateway::start();
    let root = gateway.client();
    root.put("/bucket").send().await.expect(200);
    let bob = root.user("bob").await;
    let put = async || bob.put("/bucket/k").sse_kms(None).body("x").send().await;
    root.allow_user("bob", &allow(&without(UPLOAD, "kms:cmk:create"))).await;
    put().await.expect_fault(403, "AccessDenied");
    root.allow_user("bob", &allow(UPLOAD)).await;
    put().await.expect(200);
    root.allow_user("bob", &allow(&without(UPLOAD, "kms:cmk:create"))).await;
    put().await.expect(200);
}

// GHSA-mx42, GHSA-wfxj: the copy of a part missed the rights to its source.
#[tokio::test]
async fn ghsa_mx42_copies_need_the_key_of_their_source_and_of_their_destination() {
    let (_gateway, root, bob) = with_user().await;
    let copy = async || {
        let request = bob.put("/bucket/copy").header("x-amz-copy-source", "/bucket/sealed");
        request.sse_kms(None).send().await
    };
    let all = ["s3:GetObject", "s3:PutObject", "kms:dek:create", "kms:dek:crypto"];
    root.allow_user("bob", &allow(&all)).await;
    copy().await.expect(200);
    let upload = bob.initiate("/bucket/m", &[("x-amz-server-side-encryption", "aws:kms")]).await;
    let part = async || {
        let path = format!("/bucket/m?partNumber=1&uploadId={upload}");
        bob.put(&path).header("x-amz-copy-source", "/bucket/sealed").send().await
    };
    part().await.expect(200);
    for taken in all {
        root.allow_user("bob", &allow(&without(&all, taken))).await;
        copy().await.expect_fault(403, "AccessDenied");
        part().await.expect_fault(403, "AccessDenied");
    }
}

#[tokio::test]
async fn parts_need_the_right_to_write_and_not_to_read() {
    let (_gateway, root, bob) = with_user().await;
    root.allow_user("bob", &allow(&["s3:PutObject", "kms:dek:create"])).await;
    let upload = bob.initiate("/bucket/m", &[("x-amz-server-side-encryption", "aws:kms")]).await;
    let etag = bob.part("/bucket/m", &upload, 1, "part").await;
    root.allow_user("bob", &allow(&["s3:PutObject", "kms:dek:crypto"])).await;
    let path = format!("/bucket/m?partNumber=2&uploadId={upload}");
    bob.put(&path).body("x").send().await.expect_fault(403, "AccessDenied");
    bob.complete("/bucket/m", &upload, &[(1, etag)]).await.expect(200);
}

#[tokio::test]
async fn a_key_can_be_named_in_a_policy_and_denied_by_it() {
    let (_gateway, root, bob) = with_user().await;
    let (one, two) = (root.key().await, root.key().await);
    let policy = format!(
        r#"{{"Version":"1.1","Statement":[{{"Effect":"Allow","Action":["obs:object:PutObject","obs:object:GetObject"]}},
           {{"Effect":"Allow","Action":["kms:dek:create","kms:dek:crypto"],"Resource":["KMS:*:*:KeyId:{one}"]}}]}}"#
    );
    root.allow_user("bob", &policy).await;
    bob.put("/bucket/k").sse_kms(Some(&one)).body("x").send().await.expect(200);
    bob.get("/bucket/k").send().await.expect(200);
    let refused = bob.put("/bucket/k").sse_kms(Some(&two)).body("x");
    refused.send().await.expect_fault(403, "AccessDenied");
    let none = "00000000-0000-4000-8000-000000000000";
    let refused = bob.put("/bucket/k").sse_kms(Some(none)).body("x").send().await;
    refused.expect_fault(403, "AccessDenied");
}

// rustfs#6739: an exemption for anonymous readers went around the gate to keys.
#[tokio::test]
async fn anonymous_callers_never_get_sealed_objects() {
    let (_gateway, root, _bob) = with_user().await;
    root.put("/bucket/plain").body("x").send().await.expect(200);
    let public = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}]}"#;
    root.put("/bucket?policy").body(public).send().await.expect(204);
    let nobody = root.anonymous();
    nobody.get("/bucket/plain").send().await.expect(200);
    nobody.get("/bucket/sealed").send().await.expect_fault(403, "AccessDenied");
}

#[tokio::test]
async fn a_bucket_policy_for_another_account_does_not_open_sealed_objects() {
    let (gateway, root, _bob) = with_user().await;
    let other = gateway.account("other");
    let there = root.signed_as(&other.identity);
    let shared = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}}]}}"#,
        other.account_id
    );
    root.put("/bucket/plain").body("x").send().await.expect(200);
    root.put("/bucket?policy").body(shared).send().await.expect(204);
    there.get("/bucket/plain").send().await.expect(200);
    there.get("/bucket/sealed").send().await.expect_fault(403, "AccessDenied");
    // Her users need their own account's leave as well.
    let carol = there.user("carol").await;
    carol.get("/bucket/plain").send().await.expect_fault(403, "AccessDenied");
    let mine = statement("Allow", &["s3:GetObject"], "arn:aws:s3:::bucket/*");
    there.allow_user("carol", &mine).await;
    carol.get("/bucket/plain").send().await.expect(200);
}
