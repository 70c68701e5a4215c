//! Users, groups, roles and their policies through the IAM API, and what they
//! change on the next request.

use gateway::api::routes::{Level, table};
use gateway::auth::Service;
use sealgate_tests::identities::{allow, statement, trust};
use sealgate_tests::{Client, Gateway};

async fn with_bucket() -> (Gateway, Client) {
    let gateway = Gateway::start();
    let root = gateway.client();
    root.put("/bucket").send().await.expect(200);
    root.put("/bucket/k").body("x").send().await.expect(200);
    (gateway, root)
}

#[tokio::test]
async fn a_user_has_no_right_until_a_policy_gives_it_and_none_after() {
    let (_gateway, root) = with_bucket().await;
    let bob = root.user("bob").await;
    bob.get("/bucket/k").send().await.expect_fault(403, "AccessDenied");
    for _ in 0..5 {
        root.allow_user("bob", &allow(&["s3:GetObject"])).await;
        bob.get("/bucket/k").send().await.expect(200);
        bob.put("/bucket/k").body("y").send().await.expect_fault(403, "AccessDenied");
        root.iam("DeleteUserPolicy", &[("UserName", "bob"), ("PolicyName", "inline")]).await;
        bob.get("/bucket/k").send().await.expect_fault(403, "AccessDenied");
    }
}

#[tokio::test]
async fn groups_managed_policies_and_their_versions_count_at_once() {
    let (_gateway, root) = with_bucket().await;
    let bob = root.user("bob").await;
    let document = allow(&["s3:GetObject"]);
    let made = [("PolicyName", "read"), ("PolicyDocument", document.as_str())];
    let arn = root.iam("CreatePolicy", &made).await.element("Arn");
    root.iam("CreateGroup", &[("GroupName", "staff")]).await;
    root.iam("AddUserToGroup", &[("UserName", "bob"), ("GroupName", "staff")]).await;
    root.iam("AttachGroupPolicy", &[("GroupName", "staff"), ("PolicyArn", &arn)]).await;
    bob.get("/bucket/k").send().await.expect(200);

    let narrow = statement("Deny", &["s3:*"], "*");
    let version = [
        ("PolicyArn", arn.as_str()),
        ("PolicyDocument", narrow.as_str()),
        ("SetAsDefault", "true"),
    ];
    root.iam("CreatePolicyVersion", &version).await;
    bob.get("/bucket/k").send().await.expect_fault(403, "AccessDenied");
    root.iam("SetDefaultPolicyVersion", &[("PolicyArn", &arn), ("VersionId", "v1")]).await;
    bob.get("/bucket/k").send().await.expect(200);
    root.iam("RemoveUserFromGroup", &[("UserName", "bob"), ("GroupName", "staff")]).await;
    bob.get("/bucket/k").send().await.expect_fault(403, "AccessDenied");

    let built_in = "arn:aws:iam::aws:policy/OBS_ReadOnlyAccess";
    root.iam("AttachUserPolicy", &[("UserName", "bob"), ("PolicyArn", built_in)]).await;
    bob.get("/bucket/k").send().await.expect(200);
    let bound = [("UserName", "bob"), ("PermissionsBoundary", arn.as_str())];
    root.iam("PutUserPermissionsBoundary", &bound).await;
    bob.get("/bucket/k").send().await.expect(200);
    bob.get("/bucket").send().await.expect_fault(403, "AccessDenied");
    root.iam("DeleteUserPermissionsBoundary", &[("UserName", "bob")]).await;
    bob.get("/bucket").send().await.expect(200);
}

#[tokio::test]
async fn an_inactive_or_deleted_key_signs_nothing() {
    let (_gateway, root) = with_bucket().await;
    root.iam("CreateUser", &[("UserName", "bob")]).await;
    root.allow_user("bob", &allow(&["s3:*"])).await;
    let made = root.iam("CreateAccessKey", &[("UserName", "bob")]).await;
    let id = made.element("AccessKeyId");
    let bob = root.signed_as(&sealgate_tests::Identity {
        access_key_id: id.clone(),
        secret_access_key: made.element("SecretAccessKey"),
    });
    bob.get("/bucket/k").send().await.expect(200);
    for status in ["Inactive", "Active"] {
        let change = [("UserName", "bob"), ("AccessKeyId", id.as_str()), ("Status", status)];
        root.iam("UpdateAccessKey", &change).await;
        let expected = if status == "Active" { 200 } else { 403 };
        assert_eq!(bob.get("/bucket/k").send().await.status, expected);
    }
    let listed = root.iam("ListAccessKeys", &[("UserName", "bob")]).await;
    assert_eq!(listed.elements("AccessKeyId"), std::slice::from_ref(&id));
    assert!(!listed.text().contains("Secret"));
    let refused = root.query("iam", "DeleteUser", &[("UserName", "bob")]).await;
    refused.expect_fault(409, "DeleteConflict");
    root.iam("DeleteAccessKey", &[("UserName", "bob"), ("AccessKeyId", &id)]).await;
    bob.get("/bucket/k").send().await.expect_fault(403, "InvalidAccessKeyId");
}

/// Parameters that every operation of IAM accepts together.
const EVERYTHING: &[(&str, &str)] = &[
    ("UserName", "victim"),
    ("GroupName", "victims"),
    ("RoleName", "victim"),
    ("PolicyName", "victim"),
    ("AccountAlias", "victim"),
    ("AccessKeyId", "SGAKAAAAAAAAAAAAAAAA"),
    ("Status", "Inactive"),
    ("VersionId", "v1"),
    ("TagKeys.member.1", "a"),
    ("ActionNames.member.1", "s3:GetObject"),
    ("PermissionsBoundary", "arn:aws:iam::aws:policy/AdministratorAccess"),
];

#[tokio::test]
async fn every_operation_of_iam_is_refused_to_a_user_without_a_policy() {
    let (gateway, root) = with_bucket().await;
    let nobody = root.user("nobody").await;
    let stranger = root.signed_as(&gateway.account("stranger").identity);
    root.iam("CreateUser", &[("UserName", "victim")]).await;
    let account = root.query("sts", "GetCallerIdentity", &[]).await.element("Account");
    let (user, policy) = (
        format!("arn:aws:iam::{account}:user/victim"),
        format!("arn:aws:iam::{account}:policy/victim"),
    );
    let (document, who) = (allow(&["s3:*"]), trust(&account));
    root.iam("CreatePolicy", &[("PolicyName", "victim"), ("PolicyDocument", &document)]).await;
    let mut tried = 0;
    for route in table().iter().filter(|route| route.level == Level::Form(Service::Iam)) {
        let text = if route.name == "UpdateAssumeRolePolicy" { &who } else { &document };
        let mut parameters = EVERYTHING.to_vec();
        parameters.extend([
            ("PolicyDocument", text.as_str()),
            ("AssumeRolePolicyDocument", &who),
            ("PolicyArn", &policy),
            ("PolicySourceArn", &user),
        ]);
        let reply = nobody.query("iam", route.name, &parameters).await;
        assert_eq!((reply.status, reply.code().as_str()), (403, "AccessDenied"), "{}", route.name);
        if route.name.contains("Policy") && route.name.starts_with("Delete") {
            let reply = stranger.query("iam", route.name, &parameters).await;
            assert!(reply.status == 403 || reply.status == 404, "{}", route.name);
        }
        tried += 1;
    }
    assert!(tried > 60, "{tried}");
    root.iam("GetUser", &[("UserName", "victim")]).await;
    root.iam("GetPolicy", &[("PolicyArn", &policy)]).await;
    let unsigned = root.anonymous().query("iam", "ListUsers", &[]).await;
    assert!(unsigned.status >= 400, "{}", unsigned.status);
}

// CVE-2024-24747, CVE-2021-43858: keys and policies that gave their maker more.
#[tokio::test]
async fn cve_2024_24747_nobody_grows_by_making_keys_users_or_policies() {
    let (_gateway, root) = with_bucket().await;
    let bob = root.user("bob").await;
    root.allow_user("bob", &statement("Allow", &["iam:CreateAccessKey", "iam:GetUser"], "*")).await;
    // Without a name the key is his own, never the root's.
    let own = bob.iam("CreateAccessKey", &[]).await;
    assert_eq!(own.element("UserName"), "bob");
    let second = bob.signed_as(&sealgate_tests::Identity {
        access_key_id: own.element("AccessKeyId"),
        secret_access_key: own.element("SecretAccessKey"),
    });
    second.get("/bucket/k").send().await.expect_fault(403, "AccessDenied");
    let refused = bob.query("iam", "CreateAccessKey", &[("UserName", "root")]).await;
    refused.expect_fault(404, "NoSuchEntity");
    let document = allow(&["*"]);
    let wish = [("UserName", "bob"), ("PolicyName", "inline"), ("PolicyDocument", &document)];
    bob.query("iam", "PutUserPolicy", &wish).await.expect_fault(403, "AccessDenied");
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    let wish = [("UserName", "bob"), ("PolicyArn", admin)];
    bob.query("iam", "AttachUserPolicy", &wish).await.expect_fault(403, "AccessDenied");
    bob.get("/bucket/k").send().await.expect_fault(403, "AccessDenied");
}

#[tokio::test]
async fn malformed_documents_are_refused_with_their_place() {
    let (_gateway, root) = with_bucket().await;
    root.iam("CreateUser", &[("UserName", "bob")]).await;
    for (document, place) in [
        ("{", "JSON"),
        (r#"{"Statement":[{"Effect":"Allow","Action":"s3:GetObjekt","Resource":"*"}]}"#, "Action"),
        (
            r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEqual":{"s3:prefix":"a"}}}]}"#,
            "StringEqual",
        ),
    ] {
        let wish = [("UserName", "bob"), ("PolicyName", "p"), ("PolicyDocument", document)];
        let reply = root.query("iam", "PutUserPolicy", &wish).await;
        let reply = reply.expect_fault(400, "MalformedPolicyDocument");
        assert!(reply.text().contains(place), "{}", reply.text());
    }
}

#[tokio::test]
async fn explanations_name_the_statement_and_answers_do_not() {
    let (gateway, root) = with_bucket().await;
    let bob = root.user("bob").await;
    let account = root.query("sts", "GetCallerIdentity", &[]).await.element("Account");
    root.allow_user("bob", &statement("Deny", &["s3:GetObject"], "arn:aws:s3:::bucket/k")).await;
    let refused = bob.get("/bucket/k").send().await.expect_fault(403, "AccessDenied");
    assert!(!refused.text().contains("statement"), "{}", refused.text());
    let reason = "statement 0 of identity policy 0 (inline)";
    // The log is written beside the answers.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !gateway.log().contains(reason) {
        assert!(std::time::Instant::now() < deadline, "{}", gateway.log());
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let user = format!("arn:aws:iam::{account}:user/bob");
    let ask = |action: &str, resource: &str| {
        let command =
            ["policy", "explain", "--as", &user, "--action", action, "--resource", resource];
        String::from_utf8(gateway.run(&command).stdout).expect("text")
    };
    let told = ask("s3:GetObject", "arn:aws:s3:::bucket/k");
    assert!(told.starts_with("deny") && told.contains(reason), "{told}");
    let told = ask("s3:PutObject", "arn:aws:s3:::bucket/k");
    assert!(told.starts_with("deny") && told.contains("missing"), "{told}");
    let simulated = root
        .iam(
            "SimulatePrincipalPolicy",
            &[
                ("PolicySourceArn", &user),
                ("ActionNames.member.1", "s3:GetObject"),
                ("ActionNames.member.2", "s3:PutObject"),
                ("ResourceArns.member.1", "arn:aws:s3:::bucket/k"),
            ],
        )
        .await;
    assert_eq!(simulated.elements("EvalDecision"), ["explicitDeny", "implicitDeny"]);
}
