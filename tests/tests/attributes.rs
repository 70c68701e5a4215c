//! GetObjectAttributes.

use sealgate_tests::{Client, Gateway, Reply};

const MIB: usize = 1024 * 1024;

async fn attributes(client: &Client, path: &str, names: &str) -> Reply {
    client.get(path).header("x-amz-object-attributes", names).send().await
}

#[tokio::test]
async fn only_what_is_asked_is_told() {
    let gateway = Gateway::start();
    let client = gateway.client();
    client.put("/bucket").send().await.expect(200);
    let put = client.put("/bucket/k").sse_kms(None).header("x-amz-checksum-algorithm", "SHA256");
    let put = put
        .header("x-amz-checksum-sha256", "LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=")
        .body("foo");
    let etag = put.send().await.expect(200).etag();
    let all = "ETag,Checksum,ObjectParts,StorageClass,ObjectSize";
    let told = attributes(&client, "/bucket/k?attributes", all).await.expect(200);
    assert_eq!(told.element("ETag"), etag);
    assert_eq!(told.element("ObjectSize"), "3");
    assert_eq!(told.element("StorageClass"), "STANDARD");
    assert_eq!(told.element("ChecksumSHA256"), "LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=");
    assert_eq!(told.element("ChecksumType"), "FULL_OBJECT");
    assert!(told.elements("ObjectParts").is_empty());
    assert!(!told.header("last-modified").is_empty());
    let size = attributes(&client, "/bucket/k?attributes", "ObjectSize").await.expect(200);
    assert!(size.elements("ETag").is_empty());
    let unknown = attributes(&client, "/bucket/k?attributes", "Colour").await;
    unknown.expect_fault(400, "InvalidArgument");
    client.get("/bucket/k?attributes").send().await.expect_fault(400, "InvalidArgument");
    let absent = attributes(&client, "/bucket/x?attributes", "ETag").await;
    absent.expect_fault(404, "NoSuchKey");
}

#[tokio::test]
async fn the_parts_of_an_object_are_told_page_by_page() {
    let gateway = Gateway::start();
    let client = gateway.client();
    client.put("/bucket").send().await.expect(200);
    let headers = [("x-amz-checksum-algorithm", "CRC32"), ("x-amz-checksum-type", "COMPOSITE")];
    let upload = client.initiate("/bucket/k", &headers).await;
    let mut parts = Vec::new();
    for (number, len) in [(1, 5 * MIB), (2, 5 * MIB), (3, 9)] {
        parts.push((number, client.part("/bucket/k", &upload, number, vec![7; len]).await));
    }
    client.complete("/bucket/k", &upload, &parts).await.expect(200);
    let path = "/bucket/k?attributes";
    let told = attributes(&client, path, "ObjectParts,Checksum").await.expect(200);
    assert_eq!(told.element("PartsCount"), "3");
    assert_eq!(told.element("ChecksumType"), "COMPOSITE");
    assert_eq!(told.elements("PartNumber"), ["1", "2", "3"]);
    assert_eq!(told.elements("Size"), [(5 * MIB).to_string(), (5 * MIB).to_string(), "9".into()]);
    let page = client
        .get(path)
        .header("x-amz-object-attributes", "ObjectParts")
        .header("x-amz-max-parts", "1")
        .header("x-amz-part-number-marker", "1");
    let page = page.send().await.expect(200);
    assert_eq!(page.elements("PartNumber"), ["2"]);
    assert_eq!(page.element("NextPartNumberMarker"), "2");
    assert_eq!(page.element("IsTruncated"), "true");
}
