//! ListObjects v1 and v2, ListMultipartUploads, ListParts, ListBuckets.

use sealgate_tests::client::percent_encoded;
use sealgate_tests::{Client, Gateway};

/// Follows a listing to its end; `continuation` names the answer's and the
/// request's element of the next page.
async fn all(s3: &Client, path: &str, element: &str, continuation: (&str, &str)) -> Vec<String> {
    let (mut found, mut next) = (Vec::new(), String::new());
    loop {
        let page = s3.get(&format!("{path}{next}")).send().await.expect(200);
        found.extend(page.elements(element));
        if page.element("IsTruncated") != "true" {
            return found;
        }
        next = format!("&{}={}", continuation.1, percent_encoded(&page.element(continuation.0)));
    }
}

#[tokio::test]
async fn pages_of_any_length_show_every_key_once_and_in_order() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let mut keys: Vec<String> = (0..25).map(|n| format!("{n:02}")).collect();
    keys.extend(["a/1", "a/2", "a/b/3", "ä", "z&<", "Z"].map(str::to_owned));
    for key in &keys {
        s3.put(&format!("/bucket/{}", percent_encoded(key))).send().await.expect(200);
    }
    keys.sort();
    for page in [1, 2, 7, 1000] {
        let path = format!("/bucket?list-type=2&max-keys={page}");
        let found = all(&s3, &path, "Key", ("NextContinuationToken", "continuation-token")).await;
        assert_eq!(found, keys, "v2, pages of {page}");
        let path = format!("/bucket?delimiter=none&max-keys={page}");
        let found = all(&s3, &path, "Key", ("NextMarker", "marker")).await;
        assert_eq!(found, keys, "v1, pages of {page}");
    }
    let grouped = s3.get("/bucket?list-type=2&prefix=a/&delimiter=/").send().await.expect(200);
    assert_eq!(grouped.elements("Key"), ["a/1", "a/2"]);
    assert!(grouped.text().contains("<CommonPrefixes><Prefix>a/b/</Prefix></CommonPrefixes>"));
    let none = s3.get("/bucket?list-type=2&max-keys=0").send().await.expect(200);
    assert_eq!((none.elements("Key").len(), none.element("IsTruncated").as_str()), (0, "false"));
    s3.get("/bucket?list-type=2&max-keys=-1").send().await.expect_fault(400, "InvalidArgument");
    s3.get("/bucket?list-type=2&continuation-token=bad")
        .send()
        .await
        .expect_fault(400, "InvalidArgument");
}

#[tokio::test]
async fn list_head_and_get_agree_and_ask_no_key() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let key = s3.key().await;
    s3.put("/bucket/k").sse_kms(Some(&key)).body(vec![1; 70_000]).send().await.expect(200);
    let got = s3.get("/bucket/k").send().await.expect(200);
    s3.kms("DisableKey", serde_json::json!({"KeyId": key})).await.expect(200);
    let head = s3.head("/bucket/k").send().await.expect(200);
    let listed = s3.get("/bucket?list-type=2").send().await.expect(200);
    assert_eq!(listed.element("Size"), "70000");
    assert_eq!(listed.element("ETag"), head.header("etag"));
    assert_eq!(got.header("etag"), head.header("etag"));
    assert_eq!(head.header("content-length"), "70000");
}

#[tokio::test]
async fn uploads_and_parts_are_listed_page_by_page() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let mut uploads = Vec::new();
    for key in ["a", "b", "b", "c"] {
        uploads.push(s3.initiate(&format!("/bucket/{key}"), &[]).await);
    }
    let found = s3.get("/bucket?uploads").send().await.expect(200);
    assert_eq!(found.elements("Key"), ["a", "b", "b", "c"]);
    let first = s3.get("/bucket?uploads&max-uploads=2").send().await.expect(200);
    assert_eq!(first.element("IsTruncated"), "true");
    let (key, upload) = (first.element("NextKeyMarker"), first.element("NextUploadIdMarker"));
    let rest = format!("/bucket?uploads&key-marker={key}&upload-id-marker={upload}");
    assert_eq!(s3.get(&rest).send().await.expect(200).elements("Key"), ["b", "c"]);
    for number in 1..=5 {
        s3.part("/bucket/a", &uploads[0], number, "x").await;
    }
    let path = format!("/bucket/a?uploadId={}&max-parts=2", uploads[0]);
    let found = all(&s3, &path, "PartNumber", ("NextPartNumberMarker", "part-number-marker")).await;
    assert_eq!(found, ["1", "2", "3", "4", "5"]);
}
