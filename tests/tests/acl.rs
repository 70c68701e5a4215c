//! Access control lists, ownership, public access.

use sealgate_tests::{Account, Client, Gateway};

const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";

/// A gateway with a client of its root account, and one of another account.
fn two_accounts() -> (Gateway, Client, Client, Account) {
    let gateway = Gateway::start();
    let client = gateway.client();
    let account = gateway.account("other");
    let other = client.signed_as(&account.identity);
    (gateway, client, other, account)
}

fn block(flag: &str) -> String {
    let root = "PublicAccessBlockConfiguration";
    format!("<{root}><{flag}>true</{flag}></{root}>")
}

async fn set_ownership(client: &Client, ownership: &str) {
    let document = format!(
        "<OwnershipControls><Rule><ObjectOwnership>{ownership}</ObjectOwnership></Rule>\
         </OwnershipControls>"
    );
    client.put("/bucket?ownershipControls").body(document).send().await.expect(200);
}

#[tokio::test]
async fn canned_lists_of_objects_let_in_whom_they_name() {
    let (_gateway, client, other, _) = two_accounts();
    let nobody = client.anonymous();
    client.put("/bucket").send().await.expect(200);
    for (key, acl) in
        [("private", "private"), ("public", "public-read"), ("known", "authenticated-read")]
    {
        let put = client.put(&format!("/bucket/{key}")).header("x-amz-acl", acl).body(acl);
        put.send().await.expect(200);
    }
    other.get("/bucket/private").send().await.expect_fault(403, "AccessDenied");
    assert_eq!(nobody.get("/bucket/public").send().await.expect(200).text(), "public-read");
    assert_eq!(other.get("/bucket/known").send().await.expect(200).text(), "authenticated-read");
    nobody.get("/bucket/known").send().await.expect_fault(403, "AccessDenied");
    nobody.get("/bucket/public?acl").send().await.expect_fault(403, "AccessDenied");
    other.put("/bucket/public").body("x").send().await.expect_fault(403, "AccessDenied");
    other.get("/bucket").send().await.expect_fault(403, "AccessDenied");

    let acl = client.get("/bucket/public?acl").send().await.expect(200);
    assert_eq!(acl.elements("Permission"), ["FULL_CONTROL", "READ"]);
    assert_eq!(acl.element("URI"), ALL_USERS);
    assert!(acl.text().contains("xsi:type=\"Group\""));
    let put = client.put("/bucket/public?acl").header("x-amz-acl", "private").send().await;
    put.expect(200);
    nobody.get("/bucket/public").send().await.expect_fault(403, "AccessDenied");
    let unknown = client.put("/bucket/x").header("x-amz-acl", "open").body("x").send().await;
    unknown.expect_fault(400, "InvalidArgument");
}

#[tokio::test]
async fn an_encrypted_object_stays_closed_to_nobody_whatever_its_list() {
    let (_gateway, client, other, _) = two_accounts();
    client.put("/bucket").send().await.expect(200);
    let put = client.put("/bucket/k").sse_kms(None).header("x-amz-acl", "public-read").body("x");
    put.send().await.expect(200);
    client.anonymous().get("/bucket/k").send().await.expect_fault(403, "AccessDenied");
    other.get("/bucket/k").send().await.expect_fault(403, "AccessDenied");
}

#[tokio::test]
async fn a_bucket_is_opened_to_an_account_by_grants() {
    let (_gateway, client, other, account) = two_accounts();
    client.put("/bucket").send().await.expect(200);
    let id = format!("id=\"{}\"", account.canonical_id);
    let grant = client.put("/bucket?acl").header("x-amz-grant-read", &id).send().await;
    grant.expect(200);
    client.put("/bucket/k").body("x").send().await.expect(200);
    assert_eq!(other.get("/bucket").send().await.expect(200).element("Key"), "k");
    other.get("/bucket/k").send().await.expect_fault(403, "AccessDenied");
    other.put("/bucket/new").body("x").send().await.expect_fault(403, "AccessDenied");
    let grants = client.put("/bucket?acl").header("x-amz-grant-write", &id);
    grants.header("x-amz-grant-read-acp", &id).send().await.expect(200);
    other.put("/bucket/new").body("mine").send().await.expect(200);
    other.get("/bucket").send().await.expect_fault(403, "AccessDenied");
    other.get("/bucket?acl").send().await.expect(200);
    other.put("/bucket?acl").header("x-amz-acl", "private").send().await.expect(403);
    // Who wrote an object has it, and says who else does.
    assert_eq!(other.get("/bucket/new").send().await.expect(200).text(), "mine");
    let owner = other.get("/bucket/new?acl").send().await.expect(200);
    assert_eq!(owner.elements("ID")[0], account.canonical_id);
    let stranger = format!("id=\"{}\"", "0".repeat(64));
    let unknown = client.put("/bucket?acl").header("x-amz-grant-read", &stranger).send().await;
    unknown.expect_fault(400, "InvalidArgument");
}

#[tokio::test]
async fn a_list_is_read_as_it_was_written_in_xml() {
    let (_gateway, client, other, account) = two_accounts();
    client.put("/bucket").send().await.expect(200);
    let owner = client.get("/bucket?acl").send().await.expect(200).element("ID");
    let document = |owner: &str, permission: &str| {
        format!(
            "<AccessControlPolicy><Owner><ID>{owner}</ID></Owner><AccessControlList>\
             <Grant><Grantee><ID>{}</ID></Grantee><Permission>{permission}</Permission></Grant>\
             <Grant><Grantee><URI>{ALL_USERS}</URI></Grantee><Permission>READ</Permission></Grant>\
             </AccessControlList></AccessControlPolicy>",
            account.canonical_id
        )
    };
    client.put("/bucket?acl").body(document(&owner, "WRITE_ACP")).send().await.expect(200);
    let acl = client.get("/bucket?acl").send().await.expect(200);
    assert_eq!(acl.elements("Permission"), ["WRITE_ACP", "READ"]);
    client.anonymous().get("/bucket").send().await.expect(200);
    other.put("/bucket?acl").header("x-amz-acl", "private").send().await.expect(200);
    client.anonymous().get("/bucket").send().await.expect_fault(403, "AccessDenied");
    let thief = client.put("/bucket?acl").body(document(&account.canonical_id, "READ"));
    thief.send().await.expect_fault(403, "AccessDenied");
    let unknown = client.put("/bucket?acl").body(document(&owner, "OWN")).send().await;
    unknown.expect_fault(400, "MalformedACLError");
    let nothing = client.put("/bucket?acl").send().await;
    nothing.expect_fault(400, "MissingSecurityHeader");
}

#[tokio::test]
async fn lists_are_off_where_the_bucket_owner_owns_everything() {
    let (_gateway, client, other, account) = two_accounts();
    client.put("/bucket").send().await.expect(200);
    let absent = client.get("/bucket?ownershipControls").send().await;
    absent.expect_fault(404, "OwnershipControlsNotFoundError");
    client.put("/bucket/k").header("x-amz-acl", "public-read").body("x").send().await.expect(200);
    set_ownership(&client, "BucketOwnerEnforced").await;
    client.anonymous().get("/bucket/k").send().await.expect_fault(403, "AccessDenied");
    let put = client.put("/bucket/x").header("x-amz-acl", "public-read").body("x").send().await;
    put.expect_fault(400, "AccessControlListNotSupported");
    let harmless = client.put("/bucket/x").header("x-amz-acl", "bucket-owner-full-control");
    harmless.body("x").send().await.expect(200);

    set_ownership(&client, "BucketOwnerPreferred").await;
    let id = format!("id=\"{}\"", account.canonical_id);
    client.put("/bucket?acl").header("x-amz-grant-write", &id).send().await.expect(200);
    let given = other.put("/bucket/given").header("x-amz-acl", "bucket-owner-full-control");
    given.body("x").send().await.expect(200);
    other.get("/bucket/given").send().await.expect_fault(403, "AccessDenied");
    let enforced = client
        .put("/bucket?ownershipControls")
        .body("<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>");
    enforced.send().await.expect_fault(400, "InvalidBucketAclWithObjectOwnership");

    let born = client.put("/born").header("x-amz-object-ownership", "BucketOwnerEnforced");
    born.send().await.expect(200);
    let shown = client.get("/born?ownershipControls").send().await.expect(200);
    assert_eq!(shown.element("ObjectOwnership"), "BucketOwnerEnforced");
}

#[tokio::test]
async fn public_access_is_blocked_in_lists_and_policies() {
    let (_gateway, client, other, _) = two_accounts();
    client.put("/bucket").header("x-amz-acl", "public-read").send().await.expect(200);
    client.put("/bucket/k").header("x-amz-acl", "public-read").body("x").send().await.expect(200);
    let nobody = client.anonymous();
    nobody.get("/bucket/k").send().await.expect(200);
    let absent = client.get("/bucket?publicAccessBlock").send().await;
    absent.expect_fault(404, "NoSuchPublicAccessBlockConfiguration");

    let set = |flag: &'static str| client.put("/bucket?publicAccessBlock").body(block(flag)).send();
    set("IgnorePublicAcls").await.expect(200);
    nobody.get("/bucket/k").send().await.expect_fault(403, "AccessDenied");
    nobody.get("/bucket").send().await.expect_fault(403, "AccessDenied");
    set("BlockPublicAcls").await.expect(200);
    let put = client.put("/bucket/x").header("x-amz-acl", "public-read").body("x").send().await;
    put.expect_fault(403, "AccessDenied");
    client.put("/bucket/x").header("x-amz-acl", "private").body("x").send().await.expect(200);

    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",
        "Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}]}"#;
    set("BlockPublicPolicy").await.expect(200);
    let refused = client.put("/bucket?policy").body(policy).send().await;
    refused.expect_fault(403, "AccessDenied");
    set("RestrictPublicBuckets").await.expect(200);
    client.put("/bucket?policy").body(policy).send().await.expect(204);
    other.get("/bucket/x").send().await.expect_fault(403, "AccessDenied");
    client.get("/bucket/x").send().await.expect(200);
    client.delete("/bucket?publicAccessBlock").send().await.expect(204);
    other.get("/bucket/x").send().await.expect(200);
}

#[tokio::test]
async fn the_policy_status_says_whether_everybody_is_let_in() {
    let (_gateway, client, _, account) = two_accounts();
    client.put("/bucket").send().await.expect(200);
    let policy = |principal: &str, condition: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},
            "Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"{condition}}}]}}"#
        )
    };
    let status =
        async || client.get("/bucket?policyStatus").send().await.expect(200).element("IsPublic");
    assert_eq!(status().await, "FALSE");
    let known = format!(r#"{{"AWS":"{}"}}"#, account.account_id);
    let narrow = r#","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/24"}}"#;
    let wide = r#","Condition":{"StringEquals":{"aws:UserAgent":"x"}}"#;
    for (principal, condition, public) in [
        (r#""*""#, "", "TRUE"),
        (r#""*""#, narrow, "FALSE"),
        (r#""*""#, wide, "TRUE"),
        (known.as_str(), "", "FALSE"),
    ] {
        let document = policy(principal, condition);
        client.put("/bucket?policy").body(document).send().await.expect(204);
        assert_eq!(status().await, public, "{principal} {condition}");
    }
    client.put("/bucket?acl").header("x-amz-acl", "public-read").send().await.expect(200);
    assert_eq!(status().await, "TRUE");
}
