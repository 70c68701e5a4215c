//! Tags of objects, versions and buckets.

use sealgate_tests::{Client, Gateway};

fn document(tags: &[(&str, &str)]) -> String {
    let tag =
        |(key, value): &(&str, &str)| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>");
    let set: String = tags.iter().map(tag).collect();
    format!("<Tagging><TagSet>{set}</TagSet></Tagging>")
}

/// Key and value of each tag.
async fn tags(client: &Client, path: &str) -> Vec<(String, String)> {
    let reply = client.get(path).send().await.expect(200);
    reply.elements("Key").into_iter().zip(reply.elements("Value")).collect()
}

fn pairs(tags: &[(&str, &str)]) -> Vec<(String, String)> {
    tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

async fn policy(client: &Client, bucket: &str, statement: &str) {
    let document = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
    client.put(&format!("/{bucket}?policy")).body(document).send().await.expect(204);
}

#[tokio::test]
async fn tags_of_an_object_are_set_read_replaced_and_removed() {
    let gateway = Gateway::start();
    let client = gateway.client();
    client.put("/bucket").send().await.expect(200);
    client.put("/bucket/k").sse_kms(None).body("x").send().await.expect(200);
    assert!(tags(&client, "/bucket/k?tagging").await.is_empty());
    let two = document(&[("team", "red &amp; blue"), ("a", "")]);
    client.put("/bucket/k?tagging").body(two).send().await.expect(200);
    assert_eq!(
        tags(&client, "/bucket/k?tagging").await,
        pairs(&[("team", "red & blue"), ("a", "")])
    );
    let head = client.head("/bucket/k").send().await.expect(200);
    assert_eq!(head.header("x-amz-tagging-count"), "2");
    assert_eq!(client.get("/bucket/k").send().await.expect(200).text(), "x");
    client.delete("/bucket/k?tagging").send().await.expect(204);
    assert!(tags(&client, "/bucket/k?tagging").await.is_empty());
    assert_eq!(client.head("/bucket/k").send().await.header("x-amz-tagging-count"), "");

    client.get("/bucket/absent?tagging").send().await.expect_fault(404, "NoSuchKey");
    let eleven: Vec<_> = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"]
        .into_iter()
        .map(|key| (key, "v"))
        .collect();
    let many = client.put("/bucket/k?tagging").body(document(&eleven)).send().await;
    many.expect_fault(400, "InvalidTag");
    let twice = client.put("/bucket/k?tagging").body(document(&[("a", "1"), ("a", "2")]));
    twice.send().await.expect_fault(400, "InvalidTag");
    let broken = client.put("/bucket/k?tagging").body("<Tagging/>").send().await;
    broken.expect_fault(400, "MalformedXML");
}

#[tokio::test]
async fn tags_come_with_a_write_and_go_with_a_copy_unless_they_are_replaced() {
    let gateway = Gateway::start();
    let client = gateway.client();
    client.put("/bucket").send().await.expect(200);
    let put = client.put("/bucket/k").header("x-amz-tagging", "team=a%20b&plain").body("x");
    put.send().await.expect(200);
    let stored = pairs(&[("team", "a b"), ("plain", "")]);
    assert_eq!(tags(&client, "/bucket/k?tagging").await, stored);
    let copy = |to: &str| client.put(to).header("x-amz-copy-source", "bucket/k");
    copy("/bucket/same").send().await.expect(200);
    assert_eq!(tags(&client, "/bucket/same?tagging").await, stored);
    let replaced = copy("/bucket/other")
        .header("x-amz-tagging-directive", "REPLACE")
        .header("x-amz-tagging", "new=1");
    replaced.send().await.expect(200);
    assert_eq!(tags(&client, "/bucket/other?tagging").await, pairs(&[("new", "1")]));
    let upload = client.initiate("/bucket/parts", &[("x-amz-tagging", "from=upload")]).await;
    let part = client.part("/bucket/parts", &upload, 1, "part").await;
    client.complete("/bucket/parts", &upload, &[(1, part)]).await.expect(200);
    assert_eq!(tags(&client, "/bucket/parts?tagging").await, pairs(&[("from", "upload")]));
    let bad = client.put("/bucket/x").header("x-amz-tagging", "a=1&a=2").body("x").send().await;
    bad.expect_fault(400, "InvalidTag");
}

#[tokio::test]
async fn each_version_has_tags_of_its_own() {
    let gateway = Gateway::start();
    let client = gateway.client();
    client.put("/bucket").send().await.expect(200);
    let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    client.put("/bucket?versioning").body(enabled).send().await.expect(200);
    let first = client.put("/bucket/k").body("1").send().await.header("x-amz-version-id");
    let second = client.put("/bucket/k").body("2").send().await.header("x-amz-version-id");
    let path = |version: &str| format!("/bucket/k?tagging&versionId={version}");
    let put = client.put(&path(&first)).body(document(&[("old", "1")])).send().await.expect(200);
    assert_eq!(put.header("x-amz-version-id"), first);
    assert_eq!(tags(&client, &path(&first)).await, pairs(&[("old", "1")]));
    assert!(tags(&client, &path(&second)).await.is_empty());
    let marker = client.delete("/bucket/k").send().await.header("x-amz-version-id");
    client.get(&path(&marker)).send().await.expect_fault(405, "MethodNotAllowed");
    client.get("/bucket/k?tagging").send().await.expect_fault(404, "NoSuchKey");
}

#[tokio::test]
async fn a_bucket_has_tags_too() {
    let gateway = Gateway::start();
    let client = gateway.client();
    client.put("/bucket").send().await.expect(200);
    client.get("/bucket?tagging").send().await.expect_fault(404, "NoSuchTagSet");
    client.put("/bucket?tagging").body(document(&[("cost", "7")])).send().await.expect(204);
    assert_eq!(tags(&client, "/bucket?tagging").await, pairs(&[("cost", "7")]));
    client.delete("/bucket?tagging").send().await.expect(204);
    client.get("/bucket?tagging").send().await.expect_fault(404, "NoSuchTagSet");
}

#[tokio::test]
async fn policies_judge_tags_that_are_there_and_tags_that_come() {
    let gateway = Gateway::start();
    let client = gateway.client();
    let other = client.signed_as(&gateway.account("other").identity);
    client.put("/bucket").send().await.expect(200);
    for (key, tag) in [("open", "public=yes"), ("shut", "public=no")] {
        let put = client.put(&format!("/bucket/{key}")).header("x-amz-tagging", tag).body(key);
        put.send().await.expect(200);
    }
    policy(
        &client,
        "bucket",
        r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject",
            "Resource":"arn:aws:s3:::bucket/*",
            "Condition":{"StringEquals":{"s3:ExistingObjectTag/public":"yes"}}},
           {"Effect":"Allow","Principal":"*","Action":["s3:PutObject","s3:PutObjectTagging"],
            "Resource":"arn:aws:s3:::bucket/*",
            "Condition":{"StringEquals":{"s3:RequestObjectTag/from":"other"}}}"#,
    )
    .await;
    assert_eq!(other.get("/bucket/open").send().await.expect(200).text(), "open");
    other.get("/bucket/shut").send().await.expect_fault(403, "AccessDenied");
    let put = |tag: &str| other.put("/bucket/new").header("x-amz-tagging", tag).body("x").send();
    put("from=other").await.expect(200);
    put("from=nobody").await.expect_fault(403, "AccessDenied");
    other.put("/bucket/new").body("x").send().await.expect_fault(403, "AccessDenied");
    other.get("/bucket/open?tagging").send().await.expect_fault(403, "AccessDenied");
}

#[tokio::test]
async fn a_write_with_tags_needs_the_right_to_tag() {
    let gateway = Gateway::start();
    let client = gateway.client();
    let other = client.signed_as(&gateway.account("other").identity);
    client.put("/bucket").send().await.expect(200);
    policy(
        &client,
        "bucket",
        r#"{"Effect":"Allow","Principal":"*","Action":["s3:PutObject","s3:GetObject"],
            "Resource":"arn:aws:s3:::bucket/*"}"#,
    )
    .await;
    other.put("/bucket/k").body("x").send().await.expect(200);
    let tagged = other.put("/bucket/k").header("x-amz-tagging", "a=1").body("x").send().await;
    tagged.expect_fault(403, "AccessDenied");
    let upload = other.post("/bucket/k?uploads").header("x-amz-tagging", "a=1").send().await;
    upload.expect_fault(403, "AccessDenied");
    // A copy carries the source's tags only for those who may read them.
    client.put("/bucket/k").header("x-amz-tagging", "a=1").body("x").send().await.expect(200);
    other.put("/own").send().await.expect(200);
    let copy = || other.put("/own/k").header("x-amz-copy-source", "bucket/k");
    copy().send().await.expect_fault(403, "AccessDenied");
    copy().header("x-amz-tagging-directive", "REPLACE").send().await.expect(200);
}
