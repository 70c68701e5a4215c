//! Versions, delete markers and the null version, as clients meet them.

use sealgate_tests::{Client, Gateway, Reply};

const MIB: usize = 1024 * 1024;

/// A bucket with versioning `Enabled`, or with none for an empty status.
async fn bucket(client: &Client, name: &str, status: &str) {
    client.put(&format!("/{name}")).send().await.expect(200);
    if !status.is_empty() {
        set_versioning(client, name, status).await.expect(200);
    }
}

async fn set_versioning(client: &Client, name: &str, status: &str) -> Reply {
    let document =
        format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
    client.put(&format!("/{name}?versioning")).body(document).send().await
}

/// Writes a version and returns its id.
async fn put(client: &Client, path: &str, body: &str) -> String {
    let reply = client.put(path).sse_kms(None).body(body).send().await.expect(200);
    reply.header("x-amz-version-id")
}

async fn read(client: &Client, path: &str) -> String {
    client.get(path).send().await.expect(200).text()
}

#[tokio::test]
async fn every_write_to_a_versioned_bucket_keeps_what_was_there() {
    let gateway = Gateway::start();
    let client = gateway.client();
    bucket(&client, "kept", "").await;
    let status = client.get("/kept?versioning").send().await.expect(200);
    assert!(status.elements("Status").is_empty());
    assert_eq!(put(&client, "/kept/k", "before").await, "");
    set_versioning(&client, "kept", "Enabled").await.expect(200);
    assert_eq!(client.get("/kept?versioning").send().await.element("Status"), "Enabled");

    let first = put(&client, "/kept/k", "one").await;
    let second = put(&client, "/kept/k", "two").await;
    assert_ne!(first, second);
    assert_eq!(read(&client, "/kept/k").await, "two");
    assert_eq!(read(&client, &format!("/kept/k?versionId={first}")).await, "one");
    assert_eq!(read(&client, "/kept/k?versionId=null").await, "before");
    let head = client.head(&format!("/kept/k?versionId={first}")).send().await.expect(200);
    assert_eq!(head.header("x-amz-version-id"), first);
    assert_eq!(head.header("content-length"), "3");

    let absent = format!("/kept/k?versionId={}", "0".repeat(32));
    client.get(&absent).send().await.expect_fault(404, "NoSuchVersion");
    client.get("/kept/k?versionId=nonsense").send().await.expect_fault(400, "InvalidArgument");
}

#[tokio::test]
async fn a_deleted_object_is_covered_by_a_marker_and_comes_back_without_it() {
    let gateway = Gateway::start();
    let client = gateway.client();
    bucket(&client, "marked", "Enabled").await;
    let version = put(&client, "/marked/k", "kept").await;

    let deleted = client.delete("/marked/k").send().await.expect(204);
    assert_eq!(deleted.header("x-amz-delete-marker"), "true");
    let marker = deleted.header("x-amz-version-id");
    let gone = client.get("/marked/k").send().await.expect_fault(404, "NoSuchKey");
    assert_eq!(gone.header("x-amz-delete-marker"), "true");
    assert_eq!(gone.header("x-amz-version-id"), marker);
    let named = client.get(&format!("/marked/k?versionId={marker}")).send().await;
    let named = named.expect_fault(405, "MethodNotAllowed");
    assert!(!named.header("last-modified").is_empty());
    client.head(&format!("/marked/k?versionId={marker}")).send().await.expect(405);
    assert_eq!(read(&client, &format!("/marked/k?versionId={version}")).await, "kept");
    let hidden = client.get("/marked?list-type=2").send().await.expect(200);
    assert!(hidden.elements("Key").is_empty());

    client.delete("/marked").send().await.expect_fault(409, "BucketNotEmpty");
    let removed = client.delete(&format!("/marked/k?versionId={marker}")).send().await.expect(204);
    assert_eq!(removed.header("x-amz-delete-marker"), "true");
    assert_eq!(read(&client, "/marked/k").await, "kept");
    client.delete(&format!("/marked/k?versionId={version}")).send().await.expect(204);
    let again = client.delete(&format!("/marked/k?versionId={version}")).send().await.expect(204);
    assert_eq!(again.header("x-amz-version-id"), version);
    client.delete("/marked").send().await.expect(204);
}

#[tokio::test]
async fn a_suspended_bucket_replaces_only_its_null_version() {
    let gateway = Gateway::start();
    let client = gateway.client();
    bucket(&client, "paused", "Enabled").await;
    let named = put(&client, "/paused/k", "named").await;
    set_versioning(&client, "paused", "Suspended").await.expect(200);
    assert_eq!(client.get("/paused?versioning").send().await.element("Status"), "Suspended");
    assert_eq!(put(&client, "/paused/k", "null one").await, "null");
    assert_eq!(put(&client, "/paused/k", "null two").await, "null");
    assert_eq!(read(&client, "/paused/k?versionId=null").await, "null two");
    assert_eq!(read(&client, &format!("/paused/k?versionId={named}")).await, "named");

    let marker = client.delete("/paused/k").send().await.expect(204);
    assert_eq!(marker.header("x-amz-version-id"), "null");
    let listed = client.get("/paused?versions").send().await.expect(200);
    assert_eq!(listed.elements("VersionId"), ["null".to_owned(), named.clone()]);
    assert_eq!(listed.elements("IsLatest"), ["true", "false"]);
    client.delete("/paused/k?versionId=null").send().await.expect(204);
    assert_eq!(read(&client, "/paused/k").await, "named");
}

#[tokio::test]
async fn a_versioning_document_that_says_nothing_is_refused() {
    let gateway = Gateway::start();
    let client = gateway.client();
    bucket(&client, "strict", "").await;
    set_versioning(&client, "strict", "On").await.expect_fault(400, "MalformedXML");
    let silent = client.put("/strict?versioning").body("<VersioningConfiguration/>");
    silent.send().await.expect_fault(400, "IllegalVersioningConfigurationException");
    let other = gateway.account("stranger").identity;
    set_versioning(&client.signed_as(&other), "strict", "Enabled")
        .await
        .expect_fault(403, "AccessDenied");
}

#[tokio::test]
async fn pages_of_versions_join_to_the_whole_list_whatever_their_size() {
    let gateway = Gateway::start();
    let client = gateway.client();
    bucket(&client, "listed", "Enabled").await;
    for key in ["a/1", "a/2", "b", "c%20d"] {
        for body in ["one", "two", "three"] {
            put(&client, &format!("/listed/{key}"), body).await;
        }
    }
    client.delete("/listed/b").send().await.expect(204);
    let whole = client.get("/listed?versions").send().await.expect(200);
    assert_eq!(whole.elements("Key").len(), 13);
    assert_eq!(whole.elements("DeleteMarker").len(), 1);
    assert_eq!(whole.element("IsTruncated"), "false");
    assert_eq!(whole.elements("IsLatest").iter().filter(|latest| *latest == "true").count(), 4);

    for size in [1, 2, 5] {
        let (mut ids, mut markers) = (Vec::new(), String::new());
        loop {
            let path = format!("/listed?versions&max-keys={size}{markers}");
            let page = client.get(&path).send().await.expect(200);
            ids.extend(page.elements("VersionId"));
            if page.element("IsTruncated") == "false" {
                break;
            }
            let (key, version) =
                (page.element("NextKeyMarker"), page.element("NextVersionIdMarker"));
            let key = key.replace('/', "%2F").replace(' ', "%20");
            markers = format!("&key-marker={key}&version-id-marker={version}");
        }
        assert_eq!(ids, whole.elements("VersionId"), "pages of {size}");
    }

    let rolled = client.get("/listed?versions&delimiter=%2F").send().await.expect(200);
    assert_eq!(rolled.element("CommonPrefixes"), "<Prefix>a/</Prefix>");
    assert_eq!(rolled.elements("VersionId").len(), 7);
    let path = "/listed?versions&delimiter=%2F&max-keys=1";
    let first = client.get(path).send().await.expect(200);
    assert_eq!(first.element("NextKeyMarker"), "a/");
    let second = client.get(&format!("{path}&key-marker=a%2F")).send().await.expect(200);
    assert_eq!(second.element("Key"), "b");
    let orphan = client.get("/listed?versions&version-id-marker=null").send().await;
    orphan.expect_fault(400, "InvalidArgument");
}

#[tokio::test]
async fn a_page_goes_on_after_a_version_that_is_gone_by_then() {
    let gateway = Gateway::start();
    let client = gateway.client();
    bucket(&client, "moving", "Enabled").await;
    let first = put(&client, "/moving/k", "one").await;
    let second = put(&client, "/moving/k", "two").await;
    client.delete(&format!("/moving/k?versionId={second}")).send().await.expect(204);
    let path = format!("/moving?versions&key-marker=k&version-id-marker={second}");
    let page = client.get(&path).send().await.expect(200);
    assert_eq!(page.elements("VersionId"), [first]);
    assert_eq!(page.element("IsLatest"), "true");
}

#[tokio::test]
async fn old_versions_are_copied_and_markers_are_not() {
    let gateway = Gateway::start();
    let client = gateway.client();
    bucket(&client, "copied", "Enabled").await;
    let old = put(&client, "/copied/k", "old").await;
    put(&client, "/copied/k", "new").await;
    let copy = |source: String, to: &'static str| {
        client.put(to).header("x-amz-copy-source", &source).send()
    };
    let back = copy(format!("copied/k?versionId={old}"), "/copied/k").await.expect(200);
    assert_eq!(back.header("x-amz-copy-source-version-id"), old);
    assert!(back.header("x-amz-version-id") != old);
    assert_eq!(read(&client, "/copied/k").await, "old");

    let marker = client.delete("/copied/k").send().await.header("x-amz-version-id");
    copy("copied/k".to_owned(), "/copied/x").await.expect_fault(404, "NoSuchKey");
    let named = copy(format!("copied/k?versionId={marker}"), "/copied/x").await;
    named.expect_fault(400, "InvalidRequest");
    let absent = format!("copied/k?versionId={}", "0".repeat(32));
    copy(absent, "/copied/x").await.expect_fault(404, "NoSuchVersion");

    let upload = client.initiate("/copied/parts", &[]).await;
    let path = format!("/copied/parts?partNumber=1&uploadId={upload}");
    let source = format!("copied/k?versionId={old}");
    let part = client.put(&path).header("x-amz-copy-source", &source).send().await.expect(200);
    assert_eq!(part.header("x-amz-copy-source-version-id"), old);
    let etag = part.element("ETag").replace('"', "");
    let done = client.complete("/copied/parts", &upload, &[(1, etag)]).await.expect(200);
    assert!(!done.header("x-amz-version-id").is_empty());
    assert_eq!(read(&client, "/copied/parts").await, "old");
}

#[tokio::test]
async fn many_versions_are_deleted_in_one_request() {
    let gateway = Gateway::start();
    let client = gateway.client();
    bucket(&client, "many", "Enabled").await;
    let one = put(&client, "/many/a", "one").await;
    put(&client, "/many/b", "kept").await;
    let marker = client.delete("/many/a").send().await.header("x-amz-version-id");
    let document = format!(
        "<Delete><Object><Key>a</Key><VersionId>{one}</VersionId></Object>\
         <Object><Key>a</Key><VersionId>{marker}</VersionId></Object>\
         <Object><Key>b</Key></Object></Delete>"
    );
    let reply = client.post("/many?delete").body(document).send().await.expect(200);
    let deleted = reply.elements("Deleted");
    assert_eq!(deleted.len(), 3, "{deleted:?}");
    assert!(!deleted[0].contains("DeleteMarker") && deleted[0].contains(&one));
    assert!(deleted[1].contains(&format!("<DeleteMarkerVersionId>{marker}<")));
    assert!(deleted[2].contains("<DeleteMarker>true<"));
    let left = client.get("/many?versions").send().await.expect(200);
    assert_eq!(left.elements("Key"), ["b", "b"]);
}

#[tokio::test]
async fn a_conditional_delete_judges_the_current_version() {
    let gateway = Gateway::start();
    let client = gateway.client();
    bucket(&client, "judged", "Enabled").await;
    put(&client, "/judged/k", "one").await;
    let etag = client.head("/judged/k").send().await.etag();
    let wrong = client.delete("/judged/k").header("if-match", "\"0\"").send().await;
    wrong.expect_fault(412, "PreconditionFailed");
    let right = client.delete("/judged/k").header("if-match", &format!("\"{etag}\"")).send().await;
    right.expect(204);
    client.get("/judged/k").send().await.expect_fault(404, "NoSuchKey");
}

#[tokio::test]
async fn a_versioned_read_needs_the_right_to_versions() {
    let gateway = Gateway::start();
    let client = gateway.client();
    bucket(&client, "rights", "Enabled").await;
    let plain = client.put("/rights/k").body("open").send().await.expect(200);
    let version = plain.header("x-amz-version-id");
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",
        "Action":"s3:GetObject","Resource":"arn:aws:s3:::rights/*"}]}"#;
    client.put("/rights?policy").body(policy).send().await.expect(204);
    let stranger = client.signed_as(&gateway.account("stranger").identity);
    assert_eq!(read(&stranger, "/rights/k").await, "open");
    let versioned = stranger.get(&format!("/rights/k?versionId={version}")).send().await;
    versioned.expect_fault(403, "AccessDenied");
    let copied = format!("rights/k?versionId={version}");
    stranger.put("/own").send().await.expect(200);
    let copy = stranger.put("/own/k").header("x-amz-copy-source", &copied).send().await;
    copy.expect_fault(403, "AccessDenied");
}

#[tokio::test]
async fn a_multipart_object_becomes_a_version_of_its_own() {
    let gateway = Gateway::start();
    let client = gateway.client();
    bucket(&client, "parts", "Enabled").await;
    let old = put(&client, "/parts/k", "small").await;
    let upload = client.initiate("/parts/k", &[]).await;
    let one = client.part("/parts/k", &upload, 1, vec![1; 5 * MIB]).await;
    let two = client.part("/parts/k", &upload, 2, vec![2; 7]).await;
    let done = client.complete("/parts/k", &upload, &[(1, one), (2, two)]).await.expect(200);
    let new = done.header("x-amz-version-id");
    let part = client.get(&format!("/parts/k?versionId={new}&partNumber=2")).send().await;
    assert_eq!(part.expect(206).body().as_ref(), [2; 7]);
    assert_eq!(read(&client, &format!("/parts/k?versionId={old}")).await, "small");
}
