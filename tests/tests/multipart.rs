//! Multipart uploads: parts are sealed blobs of their own, Complete moves no byte.

use sealgate_tests::store::md5;
use sealgate_tests::{Chance, Gateway};

const PART: usize = 5 * 1024 * 1024;
const KMS: (&str, &str) = ("x-amz-server-side-encryption", "aws:kms");

#[tokio::test]
async fn parts_with_gaps_and_out_of_order_become_one_object() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let mut chance = Chance::new();
    let bodies = [(3, chance.bytes(PART)), (7, chance.bytes(PART + 1)), (10_000, chance.bytes(77))];
    let upload = s3.initiate("/bucket/k", &[KMS]).await;
    let mut parts = Vec::new();
    for (number, body) in bodies.iter().rev() {
        parts.push((*number, s3.part("/bucket/k", &upload, *number, body.clone()).await));
    }
    parts.sort();
    let done = s3.complete("/bucket/k", &upload, &parts).await.expect(200);
    let digests: Vec<u8> = parts.iter().flat_map(|(_, etag)| hex::decode(etag).unwrap()).collect();
    assert_eq!(done.element("ETag"), format!("\"{}-3\"", md5(&digests)));
    let whole: Vec<u8> = bodies.iter().flat_map(|(_, body)| body.clone()).collect();
    assert_eq!(s3.get("/bucket/k").send().await.expect(200).body(), &whole);
    let third = s3.get("/bucket/k?partNumber=3").send().await.expect(206);
    assert_eq!(third.header("x-amz-mp-parts-count"), "3");
    let across = s3.get("/bucket/k").header("range", &format!("bytes={}-{}", PART - 2, PART + 1));
    assert_eq!(across.send().await.expect(206).body(), &whole[PART - 2..=PART + 1]);
    s3.complete("/bucket/k", &upload, &parts).await.expect(200);
}

#[tokio::test]
async fn a_part_sent_twice_counts_once_and_the_last_wins() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let upload = s3.initiate("/bucket/k", &[]).await;
    s3.part("/bucket/k", &upload, 1, "first").await;
    let etag = s3.part("/bucket/k", &upload, 1, "second").await;
    let listed = s3.get(&format!("/bucket/k?uploadId={upload}")).send().await.expect(200);
    assert_eq!(listed.elements("PartNumber"), ["1"]);
    assert_eq!(listed.element("ETag"), format!("\"{etag}\""));
    s3.complete("/bucket/k", &upload, &[(1, etag)]).await.expect(200);
    assert_eq!(s3.get("/bucket/k").send().await.text(), "second");
}

#[tokio::test]
async fn a_complete_that_does_not_fit_its_parts_is_refused() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let upload = s3.initiate("/bucket/k", &[]).await;
    let one = s3.part("/bucket/k", &upload, 1, "small").await;
    let two = s3.part("/bucket/k", &upload, 2, "small too").await;
    let complete = |parts: Vec<(u32, String)>| {
        let (s3, upload) = (s3.clone(), upload.clone());
        async move { s3.complete("/bucket/k", &upload, &parts).await }
    };
    let small = complete(vec![(1, one.clone()), (2, two.clone())]).await;
    small.expect_fault(400, "EntityTooSmall");
    let order = complete(vec![(2, two.clone()), (1, one.clone())]).await;
    order.expect_fault(400, "InvalidPartOrder");
    complete(vec![(1, two)]).await.expect_fault(400, "InvalidPart");
    complete(vec![(9, one)]).await.expect_fault(400, "InvalidPart");
    complete(vec![]).await.expect_fault(400, "MalformedXML");
    s3.get("/bucket/k").send().await.expect_fault(404, "NoSuchKey");
}

#[tokio::test]
async fn an_aborted_upload_is_gone() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let upload = s3.initiate("/bucket/k", &[KMS]).await;
    let etag = s3.part("/bucket/k", &upload, 1, "x").await;
    let listed = s3.get("/bucket?uploads").send().await.expect(200);
    assert_eq!(listed.elements("UploadId"), vec![upload.clone()]);
    s3.delete(&format!("/bucket/k?uploadId={upload}")).send().await.expect(204);
    s3.complete("/bucket/k", &upload, &[(1, etag)]).await.expect_fault(404, "NoSuchUpload");
    let late = s3.put(&format!("/bucket/k?partNumber=1&uploadId={upload}")).body("x").send().await;
    late.expect_fault(404, "NoSuchUpload");
    assert!(s3.get("/bucket?uploads").send().await.elements("UploadId").is_empty());
}

#[tokio::test]
async fn part_numbers_outside_one_to_ten_thousand_are_refused() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let upload = s3.initiate("/bucket/k", &[]).await;
    for number in ["0", "10001", "-1", "x"] {
        let put = s3.put(&format!("/bucket/k?partNumber={number}&uploadId={upload}")).body("x");
        put.send().await.expect_fault(400, "InvalidArgument");
    }
}
