//! What went wrong elsewhere with rights, each as the test that its advisory
//! would have failed.

use sealgate_tests::identities::{allow, statement};
use sealgate_tests::{Client, Gateway};

async fn with_user() -> (Gateway, Client, Client) {
    let gateway = Gateway::start();
    let root = gateway.client();
    root.put("/bucket").send().await.expect(200);
    root.put("/bucket/k").body("x").send().await.expect(200);
    let bob = root.user("bob").await;
    (gateway, root, bob)
}

// GHSA-fc6g (CVE-2026-21862): aws:SourceIp believed any X-Forwarded-For.
#[tokio::test]
async fn ghsa_fc6g_a_forwarded_address_counts_for_nothing_from_an_unlisted_peer() {
    let (_gateway, root, bob) = with_user().await;
    let policy = allow(&["s3:GetObject"]).replace(
        r#""Resource":"*""#,
        r#""Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
    );
    root.allow_user("bob", &policy).await;
    for header in ["x-forwarded-for", "x-real-ip", "forwarded", "x-amz-source-ip"] {
        let request = bob.get("/bucket/k").header(header, "10.0.0.1");
        request.send().await.expect_fault(403, "AccessDenied");
    }
    root.allow_user("bob", &policy.replace("10.0.0.0/8", "127.0.0.0/8")).await;
    bob.get("/bucket/k").send().await.expect(200);
}

// GHSA-6r96: request headers filled condition keys that the server derives.
#[tokio::test]
async fn ghsa_6r96_headers_do_not_make_somebody_else_of_the_caller() {
    let (_gateway, root, bob) = with_user().await;
    let policy = allow(&["s3:GetObject"]).replace(
        r#""Resource":"*""#,
        r#""Resource":"*","Condition":{"StringEquals":{"aws:username":"alice"}}"#,
    );
    root.allow_user("bob", &policy).await;
    for header in ["username", "x-amz-username", "aws-username", "x-obs-username"] {
        let request = bob.get("/bucket/k").header(header, "alice");
        request.send().await.expect_fault(403, "AccessDenied");
    }
}

// GHSA-3ppv: the read of a version was authorized as GetObject.
#[tokio::test]
async fn ghsa_3ppv_a_version_needs_the_right_to_versions_also_as_a_copys_source() {
    let (_gateway, root, bob) = with_user().await;
    let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    root.put("/bucket?versioning").body(enabled).send().await.expect(200);
    let put = root.put("/bucket/k").body("y").send().await.expect(200);
    let version = put.header("x-amz-version-id");
    let path = format!("/bucket/k?versionId={version}");
    let source = format!("/bucket/k?versionId={version}");
    let copy =
        async || bob.put("/bucket/copy").header("x-amz-copy-source", &source).send().await.status;
    root.allow_user("bob", &allow(&["s3:GetObject", "s3:PutObject"])).await;
    bob.get("/bucket/k").send().await.expect(200);
    bob.get(&path).send().await.expect_fault(403, "AccessDenied");
    assert_eq!(copy().await, 403);
    root.allow_user("bob", &allow(&["s3:GetObjectVersion", "s3:PutObject"])).await;
    bob.get(&path).send().await.expect(200);
    assert_eq!(copy().await, 200);
}

// CVE-2024-36107: preconditions told of objects before the right was judged.
#[tokio::test]
async fn cve_2024_36107_preconditions_tell_nothing_to_whom_may_not_read() {
    let (_gateway, root, bob) = with_user().await;
    let etag = root.head("/bucket/k").send().await.expect(200).header("etag");
    for (name, value) in [("if-match", "\"no\""), ("if-none-match", etag.as_str())] {
        for path in ["/bucket/k", "/bucket/none"] {
            let reply = bob.get(path).header(name, value).send().await;
            reply.expect_fault(403, "AccessDenied");
        }
    }
}

// GHSA-j548: a document that could not be read was taken for none.
#[tokio::test]
async fn ghsa_j548_policies_that_cannot_be_read_deny() {
    let (mut gateway, root, bob) = with_user().await;
    root.allow_user("bob", &allow(&["s3:*"])).await;
    let open = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"]}]}"#;
    root.put("/bucket?policy").body(open).send().await.expect(204);
    bob.get("/bucket/k").send().await.expect(200);
    gateway.kill();
    let catalog = rusqlite::Connection::open(gateway.data_dir().join("catalog.sqlite"));
    let catalog = catalog.expect("the catalog");
    let break_it = "UPDATE inline_policy SET document = CAST('{\"Statement\":' AS BLOB)";
    assert_eq!(catalog.execute(break_it, []).expect("a change"), 1);
    drop(catalog);
    gateway.launch().expect("a start");
    let (root, moved) = (gateway.client(), gateway.client());
    let refused = moved.as_user_of(&bob).get("/bucket/k").send().await;
    refused.expect_fault(403, "AccessDenied");
    root.get("/bucket/k").send().await.expect(200);
    root.allow_user("bob", &allow(&["s3:*"])).await;
    moved.as_user_of(&bob).get("/bucket/k").send().await.expect(200);
}

// GHSA-pfcq and nine more: operations that asked for another right than theirs.
#[tokio::test]
async fn ghsa_pfcq_a_right_opens_the_operation_that_it_names_and_no_other() {
    let (_gateway, root, bob) = with_user().await;
    let rows: &[(&str, &str, &str)] = &[
        ("s3:ListBucket", "GET", "/bucket"),
        ("s3:GetBucketLocation", "GET", "/bucket?location"),
        ("s3:GetObject", "GET", "/bucket/k"),
        ("s3:PutObject", "PUT", "/bucket/new"),
        ("s3:GetBucketVersioning", "GET", "/bucket?versioning"),
        ("s3:ListBucketVersions", "GET", "/bucket?versions"),
        ("s3:ListBucketMultipartUploads", "GET", "/bucket?uploads"),
        ("s3:GetBucketAcl", "GET", "/bucket?acl"),
        ("s3:ListAllMyBuckets", "GET", "/"),
    ];
    for (given, ..) in rows {
        root.allow_user("bob", &statement("Allow", &[given], "*")).await;
        for (action, method, path) in rows {
            let request = if *method == "PUT" { bob.put(path).body("x") } else { bob.get(path) };
            let status = request.send().await.status;
            assert_eq!(status == 403, given != action, "{given} on {method} {path}: {status}");
        }
    }
}
