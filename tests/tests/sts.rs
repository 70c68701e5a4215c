//! Temporary credentials: who gets them, what they may do, when they end.

use std::time::{Duration, SystemTime};

use sealgate_tests::identities::{allow, statement, trust};
use sealgate_tests::{Client, Gateway};

async fn with_bucket() -> (Gateway, Client) {
    let gateway = Gateway::start();
    let root = gateway.client();
    root.put("/bucket").send().await.expect(200);
    root.put("/bucket/k").body("x").send().await.expect(200);
    (gateway, root)
}

async fn account_id(client: &Client) -> String {
    client.query("sts", "GetCallerIdentity", &[]).await.expect(200).element("Account")
}

async fn make_role(root: &Client, name: &str, who: &str, actions: &[&str]) -> String {
    let trusted = trust(who);
    let made = [("RoleName", name), ("AssumeRolePolicyDocument", trusted.as_str())];
    let arn = root.iam("CreateRole", &made).await.element("Arn");
    let document = allow(actions);
    let inline = [("RoleName", name), ("PolicyName", "p"), ("PolicyDocument", document.as_str())];
    root.iam("PutRolePolicy", &inline).await;
    arn
}

#[tokio::test]
async fn a_role_is_assumed_by_whom_it_trusts_and_has_only_its_own_rights() {
    let (_gateway, root) = with_bucket().await;
    let account = account_id(&root).await;
    let bob = root.user("bob").await;
    let eve = root.user("eve").await;
    let user = format!("arn:aws:iam::{account}:user/bob");
    let arn = make_role(&root, "reader", &user, &["s3:GetObject"]).await;
    let wish = [("RoleArn", arn.as_str()), ("RoleSessionName", "one")];
    eve.query("sts", "AssumeRole", &wish).await.expect_fault(403, "AccessDenied");
    root.query("sts", "AssumeRole", &wish).await.expect_fault(403, "AccessDenied");
    let answer = bob.query("sts", "AssumeRole", &wish).await.expect(200);
    let session = bob.session(&answer);
    let who = session.query("sts", "GetCallerIdentity", &[]).await.expect(200).element("Arn");
    assert_eq!(who, format!("arn:aws:sts::{account}:assumed-role/reader/one"));
    session.get("/bucket/k").send().await.expect(200);
    session.put("/bucket/k").body("y").send().await.expect_fault(403, "AccessDenied");
    // The role's rights are the role's as it is now.
    root.iam("DeleteRolePolicy", &[("RoleName", "reader"), ("PolicyName", "p")]).await;
    session.get("/bucket/k").send().await.expect_fault(403, "AccessDenied");
    root.iam("DeleteRole", &[("RoleName", "reader")]).await;
    session.get("/bucket/k").send().await.expect_fault(400, "InvalidToken");
}

#[tokio::test]
async fn a_role_of_another_account_needs_trust_and_the_callers_own_right() {
    let (gateway, root) = with_bucket().await;
    let other = gateway.account("other");
    let there = root.signed_as(&other.identity);
    let carol = there.user("carol").await;
    let external = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"ACCOUNT"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"secret-word"}}}]}"#;
    let trusted = external.replace("ACCOUNT", &other.account_id);
    let made = [("RoleName", "shared"), ("AssumeRolePolicyDocument", trusted.as_str())];
    let arn = root.iam("CreateRole", &made).await.element("Arn");
    let wish =
        [("RoleArn", arn.as_str()), ("RoleSessionName", "one"), ("ExternalId", "secret-word")];
    carol.query("sts", "AssumeRole", &wish).await.expect_fault(403, "AccessDenied");
    there.allow_user("carol", &statement("Allow", &["sts:AssumeRole"], &arn)).await;
    let without = [("RoleArn", arn.as_str()), ("RoleSessionName", "one")];
    carol.query("sts", "AssumeRole", &without).await.expect_fault(403, "AccessDenied");
    carol.query("sts", "AssumeRole", &wish).await.expect(200);
    let unknown = arn.replace("role/shared", "role/none");
    let unknown = [("RoleArn", unknown.as_str()), ("RoleSessionName", "one")];
    carol.query("sts", "AssumeRole", &unknown).await.expect_fault(403, "AccessDenied");
}

// CVE-2025-62506 (GHSA-jjjj): a session policy was ignored for own-account actions.
#[tokio::test]
async fn cve_2025_62506_a_child_never_has_more_than_parent_and_session_policy() {
    let (_gateway, root) = with_bucket().await;
    let bob = root.user("bob").await;
    root.allow_user("bob", &allow(&["s3:*", "sts:GetFederationToken", "iam:*"])).await;
    let document = allow(&["s3:GetObject", "iam:*", "kms:*"]);
    let wish = [("Name", "app"), ("Policy", document.as_str())];
    let app = bob.session(&bob.query("sts", "GetFederationToken", &wish).await.expect(200));
    app.get("/bucket/k").send().await.expect(200);
    app.put("/bucket/k").body("y").send().await.expect_fault(403, "AccessDenied");
    app.kms("CreateKey", serde_json::json!({})).await.expect_fault(400, "AccessDeniedException");
    app.query("iam", "ListUsers", &[]).await.expect_fault(403, "AccessDenied");
    app.query("iam", "CreateAccessKey", &[]).await.expect_fault(403, "AccessDenied");
    for again in ["GetSessionToken", "GetFederationToken"] {
        let reply = app.query("sts", again, &[("Name", "more")]).await;
        reply.expect_fault(403, "AccessDenied");
    }
    let bare = bob.query("sts", "GetFederationToken", &[("Name", "bare")]).await.expect(200);
    bob.session(&bare).get("/bucket/k").send().await.expect_fault(403, "AccessDenied");
    // What the parent loses, the child loses.
    root.allow_user("bob", &allow(&["s3:PutObject"])).await;
    app.get("/bucket/k").send().await.expect_fault(403, "AccessDenied");

    let below_root = root.query("sts", "GetFederationToken", &wish).await.expect(200);
    let below_root = root.session(&below_root);
    below_root.get("/bucket/k").send().await.expect(200);
    below_root.put("/bucket/k").body("y").send().await.expect_fault(403, "AccessDenied");
    below_root.query("iam", "ListUsers", &[]).await.expect_fault(403, "AccessDenied");
}

#[tokio::test]
async fn a_session_of_oneself_has_ones_rights_but_none_over_identities() {
    let (_gateway, root) = with_bucket().await;
    let mine = root.session(&root.query("sts", "GetSessionToken", &[]).await.expect(200));
    mine.get("/bucket/k").send().await.expect(200);
    mine.put("/bucket/s").sse_kms(None).body("sealed").send().await.expect(200);
    mine.get("/bucket/s").send().await.expect(200);
    mine.query("iam", "ListUsers", &[]).await.expect_fault(403, "AccessDenied");
    mine.query("sts", "GetSessionToken", &[]).await.expect_fault(403, "AccessDenied");
    let url = mine.presign("GET", "/bucket/k", 60);
    let fetched = root.anonymous().get(&url).send().await;
    assert_eq!(fetched.expect(200).text(), "x");
}

#[tokio::test]
async fn a_token_without_its_key_or_a_key_without_its_token_is_refused() {
    let (_gateway, root) = with_bucket().await;
    let one = root.query("sts", "GetSessionToken", &[]).await.expect(200);
    let two = root.query("sts", "GetSessionToken", &[]).await.expect(200);
    let of_one = sealgate_tests::Identity {
        access_key_id: one.element("AccessKeyId"),
        secret_access_key: one.element("SecretAccessKey"),
    };
    let get = async |client: Client| client.get("/bucket/k").send().await;
    get(root.signed_as(&of_one)).await.expect_fault(403, "InvalidAccessKeyId");
    let foreign = root.with_session(&of_one, &two.element("SessionToken"));
    get(foreign.clone()).await.expect_fault(400, "InvalidToken");
    let reply = foreign.kms("ListKeys", serde_json::json!({})).await;
    reply.expect_fault(400, "UnrecognizedClientException");
    foreign.query("sts", "GetCallerIdentity", &[]).await.expect_fault(400, "InvalidClientTokenId");
    get(root.with_session(&of_one, "bm9uZQ==")).await.expect_fault(400, "InvalidToken");
    let wrong = sealgate_tests::Identity { secret_access_key: "x".repeat(40), ..of_one };
    get(root.with_session(&wrong, &one.element("SessionToken")))
        .await
        .expect_fault(403, "SignatureDoesNotMatch");
    let unsigned = root.anonymous().get("/bucket/k");
    let unsigned = unsigned.unsigned_header("x-amz-security-token", &one.element("SessionToken"));
    unsigned.send().await.expect_fault(400, "InvalidToken");
}

#[tokio::test]
async fn durations_are_bounded_and_cannot_be_stretched() {
    let (_gateway, root) = with_bucket().await;
    let account = account_id(&root).await;
    let bob = root.user("bob").await;
    let arn = make_role(&root, "r", &format!("arn:aws:iam::{account}:user/bob"), &["s3:*"]).await;
    for seconds in ["1", "899", "3601", "43201", "x", "-900"] {
        let wish =
            [("RoleArn", arn.as_str()), ("RoleSessionName", "one"), ("DurationSeconds", seconds)];
        bob.query("sts", "AssumeRole", &wish).await.expect_fault(400, "ValidationError");
    }
    let wish = [("RoleArn", arn.as_str()), ("RoleSessionName", "one"), ("DurationSeconds", "900")];
    let answer = bob.query("sts", "AssumeRole", &wish).await.expect(200);
    let ends = answer.element("Expiration");
    let in_20_minutes = SystemTime::now() + Duration::from_secs(1200);
    let later = httpdate_like(in_20_minutes);
    assert!(ends < later, "{ends} is not before {later}");
}

/// `YYYY-MM-DDTHH:MM` of a time, for comparison as text.
fn httpdate_like(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
    let output = std::process::Command::new("date")
        .args(["-u", "-d", &format!("@{since}"), "+%Y-%m-%dT%H:%M:%S"])
        .output()
        .expect("date");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}
