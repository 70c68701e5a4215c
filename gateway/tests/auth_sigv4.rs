//! Signature V4 in header and query: what the SDK signs verifies, anything
//! else is refused with its documented code.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

mod auth_requests;

use std::time::Duration;

use auth_requests::{
    ACCESS_KEY, Plan, REGION, SECRET, drained, header, incoming, judge, judge_at, refusal,
    signing_time,
};
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use gateway::auth::{Scheme, Service, dialect_of};
use gateway::dialect::{AWS_JSON, OBS, OBS_AWS, S3};
use gateway::http::{Incoming, Query};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

/// Path characters as clients send them: plain, encoded, dots and empty segments.
const PATHS: &str =
    "/bucket(/|/\\.\\./|//|/\\./)?([a-zA-Z0-9._~!$&'()*,;=:@-]|%20|%2F|%C3%A4|%00){0,20}";
const QUERIES: &str =
    "([a-z-]{1,8}(=([a-zA-Z0-9._~/-]|%20|%2B|%26|%C3%A4){0,10})?&){0,4}[a-z]{0,3}";
const VALUES: &str = "[a-zA-Z0-9;:,=_-]{1,10}( {1,3}[a-zA-Z0-9\"]{1,5}){0,3}";

#[derive(Debug)]
struct Odd {
    method: &'static str,
    uri: String,
    meta: String,
    body: Vec<u8>,
    expires: Option<u64>,
}

fn odd() -> impl Strategy<Value = Odd> {
    let method = prop::sample::select(vec!["GET", "PUT", "POST", "HEAD", "DELETE"]);
    let body = prop::collection::vec(any::<u8>(), 0..40);
    let expires = prop::option::of(1u64..=604_800);
    (method, PATHS, QUERIES, VALUES, body, expires).prop_map(
        |(method, path, query, meta, body, expires)| {
            let uri = if query.is_empty() { path } else { format!("{path}?{query}") };
            Odd { method, uri, meta, body, expires }
        },
    )
}

impl Odd {
    fn plan(&self) -> Plan<'_> {
        Plan {
            method: self.method,
            uri: &self.uri,
            headers: vec![("x-amz-meta-odd", &self.meta), ("range", "bytes=0-1")],
            body: &self.body,
            expires: self.expires,
            ..Plan::default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_the_sdk_signs_is_verified(odd in odd()) {
        let mut request = odd.plan().signed();
        let known = judge(&mut request).map_err(|f| TestCaseError::fail(format!("{f:?}")))?;
        prop_assert_eq!(known.access_key_id.as_deref(), Some(ACCESS_KEY));
        prop_assert_eq!(known.service, Service::S3);
        prop_assert!(known.signed_headers.contains(&"x-amz-meta-odd".to_owned()));
        prop_assert_eq!(&drained(&mut request).expect("the body holds")[..], &odd.body[..]);
    }

    #[test]
    fn any_single_change_is_refused(odd in odd(), change in 0usize..7) {
        let mut request = odd.plan().signed();
        mutate(&mut request, change);
        prop_assert!(judge(&mut request).is_err());
    }

    #[test]
    fn random_credentials_never_panic(authorization in "AWS4-HMAC-SHA256 [ -~]{0,120}",
                                      query in "(X-Amz-[A-Za-z]{1,13}=[ -%'-~]{0,30}&){0,8}") {
        let unsigned = [("host", "h"), ("authorization", authorization.as_str())];
        prop_assert!(judge(&mut incoming("GET", "/", &unsigned, b"")).is_err());
        if let Some(parsed) = Query::parse(&query) {
            let mut request = incoming("GET", "/", &[("host", "h")], b"");
            (request.raw_query, request.query) = (query, parsed);
            let _ = judge(&mut request);
        }
    }
}

fn mutate(request: &mut Incoming, change: usize) {
    match change {
        0 => request.method = "PATCH".parse().expect("a method"),
        1 => request.raw_path.push('x'),
        2 => request.raw_query.push_str("&x"),
        3 => set(request, "host", "gateway.example.org"),
        4 => set(request, "x-amz-meta-odd", "other than before"),
        5 => set(request, "range", "bytes=0-2"),
        _ => set(request, "x-amz-acl", "public-read"),
    }
}

fn set(request: &mut Incoming, name: &str, value: &str) {
    let (name, value) = header(name, value);
    request.headers.insert(name, value);
}

fn replace(request: &mut Incoming, from: &str, to: &str) {
    let old = request.headers["authorization"].to_str().expect("text").to_owned();
    assert!(old.contains(from), "{old}");
    set(request, "authorization", &old.replace(from, to));
}

fn change_query(request: &mut Incoming, from: &str, to: &str) {
    assert!(request.raw_query.contains(from), "{}", request.raw_query);
    request.raw_query = request.raw_query.replace(from, to);
    request.query = Query::parse(&request.raw_query).expect("UTF-8");
}

fn presigned(expires: u64) -> Incoming {
    Plan { expires: Some(expires), ..Plan::default() }.signed()
}

#[test]
fn a_document_service_signs_its_document() {
    let plan = Plan { method: "POST", uri: "/", service: "kms", body: b"{}", ..Plan::default() };
    let mut request = plan.signed();
    set(&mut request, "content-type", "application/x-amz-json-1.1");
    request.take_body();
    request.document = b"{}".to_vec().into();
    assert_eq!(dialect_of(&request).expect("known"), &AWS_JSON);
    assert_eq!(judge(&mut request).expect("holds").service, Service::Kms);
    request.document = b"{ }".to_vec().into();
    assert_eq!(refusal(request), "InvalidSignatureException");
}

#[test]
fn a_document_that_was_not_collected_is_never_taken_for_an_empty_one() {
    let mut request = Plan { method: "POST", service: "kms", ..Plan::default() }.signed();
    request.body = gateway::stream::Body::full("{}");
    assert_eq!(refusal(request), "InternalError");
}

#[test]
fn a_body_that_passed_before_its_hash_was_known_is_refused() {
    let mut request = Plan { method: "POST", body: b"<Delete/>", ..Plan::default() }.signed();
    request.take_body();
    request.document = b"<Other/>".to_vec().into();
    assert_eq!(refusal(request), "InternalError");
}

#[test]
fn other_services_normalise_and_encode_the_path_twice() {
    for uri in ["/", "/a/../b", "/a//b/./c%20d/", "/..", "/%C3%A4?x=%20"] {
        let mut request = Plan { uri, service: "iam", ..Plan::default() }.signed();
        assert_eq!(judge(&mut request).expect(uri).service, Service::Iam);
    }
}

/// As `esdk-obs-python` signs with `signature='v4'`: no `x-amz-date`, and no
/// blanks between the parts.
#[test]
fn a_date_header_serves_where_x_amz_date_is_absent() {
    let canonical = "GET\n/bucket/key\n\ndate:Fri, 24 May 2013 00:00:00 GMT\nhost:gateway.example\n\
        x-amz-content-sha256:UNSIGNED-PAYLOAD\n\ndate;host;x-amz-content-sha256\nUNSIGNED-PAYLOAD";
    let scope = "20130524/us-east-1/s3/aws4_request";
    let hash = hex::encode(Sha256::digest(canonical));
    let to_sign = format!("AWS4-HMAC-SHA256\n20130524T000000Z\n{scope}\n{hash}");
    let key = generate_signing_key(SECRET, signing_time(), REGION, "s3");
    let signature = calculate_signature(key, to_sign.as_bytes());
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{scope},\
         SignedHeaders=date;host;x-amz-content-sha256,Signature={signature}"
    );
    let verdict = |date: &str| {
        let headers = [
            ("host", "gateway.example"),
            ("date", date),
            ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
            ("authorization", authorization.as_str()),
        ];
        judge(&mut incoming("GET", "/bucket/key", &headers, b"")).map_err(|fault| fault.code.name())
    };
    assert_eq!(verdict("Fri, 24 May 2013 00:00:00 GMT").map(|a| a.scheme), Ok(Scheme::SigV4Header));
    let other = verdict("Fri, 24 May 2013 00:00:01 GMT").err();
    assert_eq!(other, Some("SignatureDoesNotMatch"));
    let skewed = verdict("Fri, 24 May 2013 00:20:00 GMT").err();
    assert_eq!(skewed, Some("RequestTimeTooSkewed"));
    assert_eq!(verdict("yesterday").err(), Some("AuthorizationHeaderMalformed"));
}

#[test]
fn times_out_of_range_are_refused_and_never_panic() {
    for text in [
        "00000101T000000Z",
        "99991231T235959Z",
        "20130532T000000Z",
        "+0130524T00000Z",
        "20130524T000000",
        "20130524T240000Z",
        "2013052aT000000Z",
    ] {
        let mut request = Plan::default().signed();
        set(&mut request, "x-amz-date", text);
        assert!(judge(&mut request).is_err(), "{text}");
        let mut request = presigned(60);
        change_query(&mut request, "20130524T000000Z", &text.replace('+', "%2B"));
        assert!(judge(&mut request).is_err(), "{text}");
    }
}

#[test]
fn cloud37_daf_01_a_header_signature_outside_the_skew_is_refused() {
    for (seconds, verdict) in [(0, None), (900, None), (901, Some("RequestTimeTooSkewed"))] {
        let away = Duration::from_secs(seconds);
        for now in [signing_time() + away, signing_time() - away] {
            let judged = judge_at(&mut Plan::default().signed(), now);
            assert_eq!(judged.err().map(|fault| fault.code.name()), verdict, "{seconds}");
        }
    }
}

#[test]
fn cloud37_h04_a_scope_of_another_day_than_the_request_is_refused() {
    let mut request = Plan::default().signed();
    replace(&mut request, "/20130524/", "/20130523/");
    assert_eq!(refusal(request), "AuthorizationHeaderMalformed");
    let mut request = presigned(60);
    change_query(&mut request, "%2F20130524%2F", "%2F20130523%2F");
    assert_eq!(refusal(request), "AuthorizationQueryParametersError");
}

#[test]
fn cloud37_m04_a_presigned_url_lives_seven_days_at_most() {
    assert!(judge(&mut presigned(604_800)).is_ok());
    assert_eq!(refusal(presigned(604_801)), "AuthorizationQueryParametersError");
    assert_eq!(refusal(presigned(0)), "AuthorizationQueryParametersError");
    for text in ["-1", "%2B60", "60.5", "", "99999999999999999999"] {
        let mut request = presigned(60);
        change_query(&mut request, "X-Amz-Expires=60", &format!("X-Amz-Expires={text}"));
        assert_eq!(refusal(request), "AuthorizationQueryParametersError", "{text}");
    }
}

#[test]
fn a_presigned_url_is_valid_until_it_expires() {
    let at =
        |seconds: u64| judge_at(&mut presigned(60), signing_time() + Duration::from_secs(seconds));
    assert_eq!(at(60).expect("still valid").scheme, Scheme::SigV4Query);
    let fault = at(61).expect_err("expired");
    assert_eq!((fault.code.name(), &*fault.message), ("AccessDenied", "Request has expired"));
}

#[test]
fn rustfs_ghsa_xm99_an_unsigned_vendor_header_of_a_presigned_request_is_refused() {
    for name in ["x-amz-copy-source", "x-obs-copy-source", "x-amz-acl", "x-amz-content-sha256"] {
        let mut request = Plan { method: "PUT", expires: Some(60), ..Plan::default() }.signed();
        set(&mut request, name, "UNSIGNED-PAYLOAD");
        assert_eq!(refusal(request), "AccessDenied", "{name}");
        let mut request = Plan { method: "PUT", ..Plan::default() }.signed();
        if request.headers.contains_key(name) {
            continue;
        }
        set(&mut request, name, "UNSIGNED-PAYLOAD");
        assert_eq!(refusal(request), "AccessDenied", "{name}");
    }
}

#[test]
fn rustfs_ghsa_3p3x_signatures_are_compared_in_constant_time() {
    let source = include_str!("../src/auth/signature.rs");
    assert_eq!(source.matches("calculate_signature(").count(), 1, "one place computes");
    assert!(source.contains("computed.as_bytes().ct_eq(signature.as_bytes())"), "and compares");
    let good = Plan::default().signed().headers["authorization"].to_str().expect("text").to_owned();
    for place in good.len() - 64..good.len() {
        let mut wrong = good.clone().into_bytes();
        wrong[place] = if wrong[place] == b'0' { b'1' } else { b'0' };
        let mut request = Plan::default().signed();
        set(&mut request, "authorization", std::str::from_utf8(&wrong).expect("text"));
        assert_eq!(refusal(request), "SignatureDoesNotMatch", "digit {place}");
    }
}

#[test]
fn a_signature_is_neither_cut_nor_empty() {
    for signature in ["Signature=0", "Signature=", "Signature"] {
        let mut request = Plan::default().signed();
        let old = request.headers["authorization"].to_str().expect("text").to_owned();
        let (head, _) = old.split_once("Signature=").expect("a signature");
        set(&mut request, "authorization", &format!("{head}{signature}"));
        assert_eq!(refusal(request), "SignatureDoesNotMatch", "{signature}");
    }
}

#[test]
fn repeated_query_credentials_are_refused() {
    for extra in ["&X-Amz-Expires=600", "&x-amz-expires=60", "&X-Amz-Signature=0", "&X-Amz-Date="] {
        let mut request = presigned(60);
        let query = request.raw_query.clone() + extra;
        request.query = Query::parse(&query).expect("UTF-8");
        request.raw_query = query;
        assert_eq!(refusal(request), "AuthorizationQueryParametersError", "{extra}");
    }
}

#[test]
fn a_missing_query_credential_never_makes_a_request_anonymous() {
    for name in [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    ] {
        let mut request = presigned(60);
        change_query(&mut request, name, "X-Removed");
        assert_eq!(refusal(request), "AuthorizationQueryParametersError", "{name}");
    }
}

#[test]
fn header_and_query_together_are_refused() {
    let mut request = presigned(60);
    set(&mut request, "authorization", "AWS4-HMAC-SHA256 Credential=x");
    assert_eq!(refusal(request), "InvalidArgument");
}

#[test]
fn malformed_authorization_headers_are_refused() {
    for (from, to) in [
        ("aws4_request", "aws3_request"),
        ("/s3/", "/ec2/"),
        ("SignedHeaders=", "SignedHeaders=host;"),
        ("SignedHeaders=host;", "SignedHeaders="),
        ("Signature=", "Signature=0, Signature="),
        ("Signature=", "Unknown=0, Signature="),
        ("Signature=", "Sig="),
        ("Credential=", "Credential=x, Credential="),
    ] {
        let mut request = Plan::default().signed();
        replace(&mut request, from, to);
        assert_eq!(refusal(request), "AuthorizationHeaderMalformed", "{to}");
    }
}

#[test]
fn a_signature_for_one_service_is_worth_nothing_at_another() {
    let mut request = Plan::default().signed();
    set(&mut request, "x-amz-target", "TrentService.Decrypt");
    assert_eq!(refusal(request), "IncompleteSignatureException");
    let mut request = Plan::default().signed();
    replace(&mut request, "/s3/", "/iam/");
    assert_eq!(refusal(request), "SignatureDoesNotMatch");
}

#[test]
fn another_region_is_refused_with_the_expected_one() {
    let mut request = Plan::default().signed();
    replace(&mut request, "/us-east-1/", "/mars-1/");
    let fault = judge(&mut request).expect_err("another region");
    assert!(fault.message.contains("the region 'mars-1' is wrong; expecting 'us-east-1'"));
    assert!(fault.details.contains(&("Region", "us-east-1".into())));
}

#[test]
fn a_refused_signature_shows_what_was_signed_and_no_customer_key() {
    let key = ("x-amz-server-side-encryption-customer-key", "c2VjcmV0IGtleQ==");
    let mut request = Plan { headers: vec![key], ..Plan::default() }.signed();
    set(&mut request, "host", "other.example");
    let fault = judge(&mut request).expect_err("another host");
    let shown = format!("{fault:?}");
    assert!(shown.contains("host:other.example") && shown.contains("20130524T000000Z"));
    assert!(!shown.contains(key.1));
}

#[test]
fn session_tokens_are_refused_in_every_spelling() {
    for name in ["x-amz-security-token", "x-obs-security-token"] {
        let request = Plan { headers: vec![(name, "token")], ..Plan::default() }.signed();
        assert_eq!(refusal(request), "InvalidToken");
    }
    assert_eq!(refusal(incoming("GET", "/?X-Amz-Security-Token=t", &[], b"")), "InvalidToken");
}

#[test]
fn the_scheme_picks_the_dialect() {
    let dialect = |uri: &str, headers: &[(&str, &str)]| {
        dialect_of(&incoming("GET", uri, headers, b"")).map(|d| d.name).map_err(|f| f.code.name())
    };
    assert_eq!(dialect("/", &[]), Ok(S3.name));
    assert_eq!(dialect("/", &[("x-obs-date", "now")]), Ok(OBS.name));
    assert_eq!(dialect("/", &[("authorization", "OBS ak:sig")]), Ok(OBS.name));
    assert_eq!(dialect("/?AccessKeyId=a&Expires=1&Signature=s", &[]), Ok(OBS.name));
    let v2 = [("authorization", "AWS ak:sig"), ("x-obs-date", "")];
    assert_eq!(dialect("/", &v2), Ok(OBS_AWS.name));
    assert_eq!(dialect("/", &[("x-amz-target", "TrentService.ListKeys")]), Ok(AWS_JSON.name));
    assert_eq!(dialect("/", &[("authorization", "Bearer token")]), Err("InvalidArgument"));
    let presigned_kms = "/?X-Amz-Credential=a%2F20130524%2Fus-east-1%2Fkms%2Faws4_request";
    assert_eq!(dialect(presigned_kms, &[]), Ok(AWS_JSON.name));
}

#[test]
fn signatures_of_the_older_schemes_without_a_date_are_refused() {
    for headers in [[("authorization", "OBS ak:sig")], [("authorization", "AWS ak:sig")]] {
        assert_eq!(refusal(incoming("GET", "/", &headers, b"")), "AccessDenied");
    }
    let request = incoming("GET", "/?AWSAccessKeyId=a&Signature=b&Expires=1", &[], b"");
    assert_eq!(refusal(request), "AccessDenied");
}

#[test]
fn nobody_is_anonymous_at_the_key_service() {
    let request = incoming("POST", "/", &[("x-amz-target", "TrentService.ListKeys")], b"");
    assert_eq!(refusal(request), "MissingAuthenticationTokenException");
    let mut request = incoming("GET", "/bucket/key", &[("host", "h")], b"");
    let known = judge(&mut request).expect("anonymous");
    assert!(known.identity.is_none() && known.scheme == Scheme::Anonymous);
}
