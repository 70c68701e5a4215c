//! CopyObject and UploadPartCopy: what is copied, what is asked of the source,
//! and what becomes of the encryption.

use sealgate_tests::Gateway;

#[tokio::test]
async fn the_destination_decides_the_encryption_of_a_copy() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let body = vec![9; 200_000];
    let modes = ["", "AES256", "aws:kms"];
    for from in modes {
        let with = |request: sealgate_tests::client::Request, mode: &str| match mode {
            "" => request,
            mode => request.header("x-amz-server-side-encryption", mode),
        };
        with(s3.put("/bucket/source"), from).body(body.clone()).send().await.expect(200);
        for to in modes {
            let copy = s3.put("/bucket/target").header("x-amz-copy-source", "bucket/source");
            let done = with(copy, to).send().await.expect(200);
            let got = s3.get("/bucket/target").send().await.expect(200);
            assert_eq!(got.body(), &body, "{from} to {to}");
            assert_eq!(got.header("x-amz-server-side-encryption"), to);
            assert_eq!(done.element("ETag"), got.header("etag"));
        }
    }
}

#[tokio::test]
async fn a_copy_onto_itself_must_change_something_and_can_change_the_encryption() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    s3.put("/bucket/k").body("x").send().await.expect(200);
    let copy = || s3.put("/bucket/k").header("x-amz-copy-source", "/bucket/k");
    copy().send().await.expect_fault(400, "InvalidRequest");
    copy().sse_kms(None).send().await.expect(200);
    let got = s3.get("/bucket/k").send().await.expect(200);
    assert_eq!(
        (got.text().as_str(), got.header("x-amz-server-side-encryption").as_str()),
        ("x", "aws:kms")
    );
}

#[tokio::test]
async fn conditions_on_the_source_hold() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let etag = s3.put("/bucket/k").body("x").send().await.expect(200).etag();
    let copy = |name: &str, value: &str| {
        s3.put("/bucket/copy")
            .header("x-amz-copy-source", "/bucket/k")
            .header(&format!("x-amz-copy-source-{name}"), value)
            .send()
    };
    copy("if-match", &etag).await.expect(200);
    copy("if-match", "other").await.expect_fault(412, "PreconditionFailed");
    copy("if-none-match", &etag).await.expect_fault(412, "PreconditionFailed");
}

#[tokio::test]
async fn a_copy_needs_the_right_to_read_its_source() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    s3.put("/bucket/k").body("x").send().await.expect(200);
    let stranger = s3.signed_as(&gateway.account("stranger").identity);
    stranger.put("/theirs").send().await.expect(200);
    let copy = stranger.put("/theirs/k").header("x-amz-copy-source", "/bucket/k");
    copy.send().await.expect_fault(403, "AccessDenied");
    let upload = stranger.initiate("/theirs/m", &[]).await;
    let part = stranger.put(&format!("/theirs/m?partNumber=1&uploadId={upload}"));
    let part = part.header("x-amz-copy-source", "/bucket/k").send().await;
    part.expect_fault(403, "AccessDenied");
    for source in ["/bucket/none", "/bucket/../bucket/k", "/none/k"] {
        let copy = s3.put("/bucket/new").header("x-amz-copy-source", source).send().await;
        assert!(copy.status == 404 || copy.status == 400, "{source} {}", copy.status);
    }
}

#[tokio::test]
async fn a_range_of_the_source_becomes_a_part() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let body: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    s3.put("/bucket/k").sse_kms(None).body(body.clone()).send().await.expect(200);
    let upload = s3.initiate("/bucket/m", &[("x-amz-server-side-encryption", "aws:kms")]).await;
    let part = s3.put(&format!("/bucket/m?partNumber=1&uploadId={upload}"));
    let part = part
        .header("x-amz-copy-source", "/bucket/k")
        .header("x-amz-copy-source-range", "bytes=65530-131080");
    let etag = part.send().await.expect(200).element("ETag").trim_matches('"').to_owned();
    s3.complete("/bucket/m", &upload, &[(1, etag)]).await.expect(200);
    assert_eq!(s3.get("/bucket/m").send().await.expect(200).body(), &body[65_530..=131_080]);
}
