//! Ranges of objects (RFC 9110 section 14, S3 GetObject).

use sealgate_tests::{Chance, Gateway};

#[tokio::test]
async fn any_range_of_a_sealed_object_is_what_was_written_there() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let mut chance = Chance::new();
    let body = chance.bytes(400_000);
    s3.put("/bucket/k").sse_kms(None).body(body.clone()).send().await.expect(200);
    for _ in 0..60 {
        let first = chance.below(body.len() as u64) as usize;
        let last = first + chance.below((body.len() - first) as u64) as usize;
        let range = format!("bytes={first}-{last}");
        let got = s3.get("/bucket/k").header("range", &range).send().await.expect(206);
        assert_eq!(got.body(), &body[first..=last], "{range}");
        assert_eq!(got.header("content-range"), format!("bytes {first}-{last}/{}", body.len()));
    }
    let tail = s3.get("/bucket/k").header("range", "bytes=-70000").send().await.expect(206);
    assert_eq!(tail.body(), &body[body.len() - 70_000..]);
    let open = s3.get("/bucket/k").header("range", "bytes=399990-").send().await.expect(206);
    assert_eq!(open.body(), &body[399_990..]);
    let beyond =
        s3.get("/bucket/k").header("range", "bytes=399999-999999999").send().await.expect(206);
    assert_eq!(beyond.body(), &body[399_999..]);
}

#[tokio::test]
async fn range_past_the_end_is_416_and_nonsense_is_ignored() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    s3.put("/bucket/k").body("0123456789").send().await.expect(200);
    s3.put("/bucket/empty").send().await.expect(200);
    for range in ["bytes=10-", "bytes=10-12", "bytes=-0"] {
        let refused = s3.get("/bucket/k").header("range", range).send().await;
        let refused = refused.expect_fault(416, "InvalidRange");
        assert_eq!(refused.header("content-range"), "bytes */10", "{range}");
    }
    s3.get("/bucket/empty")
        .header("range", "bytes=0-")
        .send()
        .await
        .expect_fault(416, "InvalidRange");
    for range in ["bytes=5-2", "lines=1-2", "bytes=a-b", "bytes=1-2,4-5"] {
        assert_eq!(
            s3.get("/bucket/k").header("range", range).send().await.expect(200).body().len(),
            10
        );
    }
    let head = s3.head("/bucket/k").header("range", "bytes=2-5").send().await.expect(206);
    assert_eq!(head.header("content-length"), "4");
}
