//! Preconditions (RFC 9110 section 13; S3's conditional reads and writes).

use sealgate_tests::Gateway;

const PAST: &str = "Sat, 01 Jan 2000 00:00:00 GMT";
const FUTURE: &str = "Fri, 01 Jan 2100 00:00:00 GMT";

#[tokio::test]
async fn reads_answer_304_and_412_as_documented() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let etag = s3.put("/bucket/k").sse_kms(None).body("x").send().await.expect(200).etag();
    let (same, other) = (format!("\"{etag}\""), "\"0123456789abcdef0123456789abcdef\"".to_owned());
    let cases: [(&[(&str, &str)], u16); 9] = [
        (&[("if-match", &same)], 200),
        (&[("if-match", &other)], 412),
        (&[("if-none-match", &same)], 304),
        (&[("if-none-match", &other)], 200),
        (&[("if-modified-since", PAST)], 200),
        (&[("if-unmodified-since", FUTURE)], 200),
        (&[("if-unmodified-since", PAST)], 412),
        // A matching ETag outweighs the date, and so does one that does not.
        (&[("if-match", &same), ("if-unmodified-since", PAST)], 200),
        (&[("if-none-match", &same), ("if-modified-since", PAST)], 304),
    ];
    for (headers, status) in cases {
        let get =
            headers.iter().fold(s3.get("/bucket/k"), |get, (name, value)| get.header(name, value));
        assert_eq!(get.send().await.status, status, "{headers:?}");
    }
}

#[tokio::test]
async fn a_conditional_write_does_not_replace_what_is_there() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    let create = || s3.put("/bucket/k").header("if-none-match", "*");
    let etag = create().body("first").send().await.expect(200).etag();
    create().body("second").send().await.expect_fault(412, "PreconditionFailed");
    assert_eq!(s3.get("/bucket/k").send().await.text(), "first");
    let change = |etag: &str| s3.put("/bucket/k").header("if-match", &format!("\"{etag}\""));
    change(&etag).body("third").send().await.expect(200);
    change(&etag).body("fourth").send().await.expect_fault(412, "PreconditionFailed");
    assert_eq!(s3.get("/bucket/k").send().await.text(), "third");
    let missing = s3.put("/bucket/none").header("if-match", &format!("\"{etag}\""));
    missing.body("x").send().await.expect_fault(404, "NoSuchKey");
}

#[tokio::test]
async fn preconditions_tell_nothing_to_whoever_may_not_read() {
    let gateway = Gateway::start();
    let s3 = gateway.client();
    s3.put("/bucket").send().await.expect(200);
    s3.put("/bucket/k").body("x").send().await.expect(200);
    let stranger = s3.signed_as(&gateway.account("stranger").identity);
    for path in ["/bucket/k", "/bucket/none"] {
        let asked = stranger.get(path).header("if-none-match", "*");
        asked.send().await.expect_fault(403, "AccessDenied");
    }
}
