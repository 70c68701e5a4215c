//! Signatures of OBS and AWS V2: what is accepted, and that whatever they do not
//! cover cannot be used to turn a signed request into another one.

#![allow(clippy::expect_used, reason = "a test stops where it fails")]

mod auth_requests;

use std::time::Duration;

use auth_requests::{ACCESS_KEY, SECRET, header, incoming, judge, judge_at, refusal, signing_time};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gateway::auth::{Scheme, dialect_of};
use gateway::http::{Incoming, Target};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

const DATE: &str = "Fri, 24 May 2013 00:00:00 GMT";

fn signature(text: &str) -> String {
    let mut hmac = Hmac::<Sha1>::new_from_slice(SECRET.as_bytes()).expect("any length");
    hmac.update(text.as_bytes());
    STANDARD.encode(hmac.finalize().into_bytes())
}

/// A request at `host`-style or path-style `uri` for `target`, with `text` signed.
fn signed(
    word: &str,
    method: &str,
    uri: &str,
    target: Target,
    headers: &[(&str, &str)],
    text: &str,
) -> Incoming {
    let mut request = incoming(method, uri, headers, b"");
    let authorization = format!("{word} {ACCESS_KEY}:{}", signature(text));
    let (name, value) = header("authorization", &authorization);
    request.headers.insert(name, value);
    if !request.headers.contains_key("date") {
        let (name, value) = header("date", DATE);
        request.headers.insert(name, value);
    }
    request.target = target;
    request
}

/// A pre-signed URL whose text is `text`, with `extra` behind the signature.
fn presigned(method: &str, path: &str, query: &str, target: Target, text: &str) -> Incoming {
    let signature = signature(text).replace('+', "%2B").replace('=', "%3D");
    let uri = format!("{path}?AccessKeyId={ACCESS_KEY}&Signature={signature}{query}");
    let mut request = incoming(method, &uri, &[], b"");
    request.target = target;
    request
}

fn object(key: &str) -> Target {
    Target::Object("b".to_owned(), key.to_owned())
}

fn bucket() -> Target {
    Target::Bucket("b".to_owned())
}

#[test]
fn host_style_and_path_style_sign_the_same_resource() {
    let text = format!("GET\n\n\n{DATE}\n/b/a%20b/k");
    for uri in ["/a%20b/k", "/b/a%20b/k"] {
        let mut request = signed("OBS", "GET", uri, object("a b/k"), &[], &text);
        assert_eq!(
            judge(&mut request).map(|who| who.scheme).ok(),
            Some(Scheme::ObsHeader),
            "{uri}"
        );
        assert_eq!(dialect_of(&request).map(|dialect| dialect.name).ok(), Some("obs"));
    }
    let text = format!("GET\n\n\n{DATE}\n/b/");
    assert!(judge(&mut signed("OBS", "GET", "/", bucket(), &[], &text)).is_ok());
    let text = format!("GET\n\n\n{DATE}\n/b");
    let mut request = signed("AWS", "GET", "/b", bucket(), &[], &text);
    assert!(judge(&mut request).is_ok());
    assert_eq!(dialect_of(&request).map(|dialect| dialect.name).ok(), Some("obs-aws"));
}

#[test]
fn a_signature_for_one_key_does_not_open_the_same_path_in_the_bucket_of_its_name() {
    // Path style: key `x` of bucket `b`. Host style: key `b/x` of bucket `b`.
    let text = format!("GET\n\n\n{DATE}\n/b/x");
    assert!(judge(&mut signed("OBS", "GET", "/b/x", object("x"), &[], &text)).is_ok());
    let replayed = signed("OBS", "GET", "/b/x", object("b/x"), &[], &text);
    assert_eq!(refusal(replayed), "SignatureDoesNotMatch");
}

#[test]
fn sub_resources_are_signed_decoded_in_order_and_in_their_own_case() {
    let text = format!("PUT\n\n\n{DATE}\n/b/k?partNumber=1&uploadId=a+b");
    let uri = "/b/k?uploadId=a%2Bb&partNumber=1&prefix=x";
    assert!(judge(&mut signed("OBS", "PUT", uri, object("k"), &[], &text)).is_ok());
    let other = "/b/k?uploadId=a%2Bb&partNumber=2";
    assert_eq!(
        refusal(signed("OBS", "PUT", other, object("k"), &[], &text)),
        "SignatureDoesNotMatch"
    );
    let text = format!("GET\n\n\n{DATE}\n/b/?storageClass");
    assert!(judge(&mut signed("OBS", "GET", "/?storageClass=", bucket(), &[], &text)).is_ok());
}

#[test]
fn vendor_headers_and_types_are_signed() {
    let headers = [("content-md5", "bWQ1"), ("content-type", "text/plain"), ("x-obs-b", "2 ")];
    let all = [headers.as_slice(), &[("x-obs-a", "1"), ("X-Obs-Meta-C", "%C3%BC")]].concat();
    let text =
        format!("PUT\nbWQ1\ntext/plain\n{DATE}\nx-obs-a:1\nx-obs-b:2\nx-obs-meta-c:%C3%BC\n/b/k");
    assert!(judge(&mut signed("OBS", "PUT", "/b/k", object("k"), &all, &text)).is_ok());
    let fewer = signed("OBS", "PUT", "/b/k", object("k"), &headers, &text);
    assert_eq!(refusal(fewer), "SignatureDoesNotMatch");
}

#[test]
fn a_vendors_date_takes_the_place_of_the_date() {
    let headers = [("x-obs-date", DATE), ("date", "Mon, 01 Jan 2001 00:00:00 GMT")];
    let text = format!("GET\n\n\n\nx-obs-date:{DATE}\n/b/k");
    assert!(judge(&mut signed("OBS", "GET", "/b/k", object("k"), &headers, &text)).is_ok());
}

#[test]
fn dates_that_are_absent_wrong_or_far_off_are_refused() {
    let text = format!("GET\n\n\n{DATE}\n/b/k");
    let request = || signed("OBS", "GET", "/b/k", object("k"), &[], &text);
    for seconds in [901, 86_400] {
        let late = signing_time() + Duration::from_secs(seconds);
        let refused = judge_at(&mut request(), late).expect_err("too late");
        assert_eq!(refused.code.name(), "RequestTimeTooSkewed");
    }
    let headers = [("date", "today")];
    let text = "GET\n\n\ntoday\n/b/k";
    assert_eq!(refusal(signed("OBS", "GET", "/b/k", object("k"), &headers, text)), "AccessDenied");
}

#[test]
fn headers_of_the_other_vendor_cannot_be_added_to_a_signed_request() {
    let text = format!("PUT\n\n\n{DATE}\n/b/k");
    let stolen = ("/secret", [("OBS", "x-amz-copy-source"), ("AWS", "x-obs-copy-source")]);
    for (word, name) in stolen.1 {
        let headers = [(name, stolen.0)];
        let request = signed(word, "PUT", "/b/k", object("k"), &headers, &text);
        assert_eq!(refusal(request), "AccessDenied", "{name}");
    }
    let harmless = [("x-obs-expires", "3")];
    assert!(judge(&mut signed("AWS", "PUT", "/b/k", object("k"), &harmless, &text)).is_ok());
}

#[test]
fn parameters_that_are_not_signed_cannot_change_the_operation() {
    let text = format!("PUT\n\n\n{DATE}\n/b/k");
    for extra in ["legal-hold", "attributes", "x-amz-acl=public-read", "anything=1"] {
        let uri = format!("/b/k?{extra}");
        let request = signed("OBS", "PUT", &uri, object("k"), &[], &text);
        assert_eq!(refusal(request), "AccessDenied", "{extra}");
    }
    for extra in ["acl", "tagging", "uploadId=1", "x-obs-acl=public-read", "ACL"] {
        let uri = format!("/b/k?{extra}");
        let request = signed("OBS", "PUT", &uri, object("k"), &[], &text);
        assert_eq!(refusal(request), "SignatureDoesNotMatch", "{extra}");
    }
}

#[test]
fn both_readings_of_custom_domains_are_accepted() {
    for resource in ["/b/?customdomain=x", "/b/"] {
        let text = format!("PUT\n\n\n{DATE}\n{resource}");
        let request = &mut signed("OBS", "PUT", "/?customdomain=x", bucket(), &[], &text);
        assert!(judge(request).is_ok(), "{resource}");
    }
}

#[test]
fn a_presigned_url_ends_when_it_says() {
    let end = 1_369_353_660;
    let text = format!("GET\n\n\n{end}\n/b/k");
    let request = || presigned("GET", "/b/k", &format!("&Expires={end}"), object("k"), &text);
    assert_eq!(judge(&mut request()).map(|who| who.scheme).ok(), Some(Scheme::ObsQuery));
    let late = signing_time() + Duration::from_secs(61);
    assert_eq!(judge_at(&mut request(), late).expect_err("late").code.name(), "AccessDenied");
    let longer = presigned("GET", "/b/k", &format!("&Expires={}", end + 1), object("k"), &text);
    assert_eq!(refusal(longer), "SignatureDoesNotMatch");
    assert_eq!(refusal(presigned("GET", "/b/k", "", object("k"), &text)), "AccessDenied");
    let twice = format!("&Expires={end}&Expires=1");
    assert_eq!(refusal(presigned("GET", "/b/k", &twice, object("k"), &text)), "AccessDenied");
}

#[test]
fn signed_vendor_parameters_of_a_url_count_as_headers() {
    let end = 1_369_353_660;
    let text = format!("PUT\n\n\n{end}\n/b/k?x-obs-server-side-encryption=kms");
    let query = format!("&Expires={end}&x-obs-server-side-encryption=kms");
    let mut request = presigned("PUT", "/b/k", &query, object("k"), &text);
    assert!(judge(&mut request).is_ok());
    let value = request.headers.get("x-obs-server-side-encryption").expect("a header");
    assert_eq!(value, "kms");
}

#[test]
fn a_shared_folder_opens_its_prefix_and_nothing_else() {
    let policy = |conditions: &str| {
        let text = r#"{"expiration":"2013-05-24T00:01:00Z","conditions":["#;
        STANDARD.encode(format!("{text}{conditions}]}}"))
    };
    let ask = |method: &str, target: Target, query: &str, conditions: &str| {
        let policy = policy(conditions);
        let text = format!("{method}\n\n\n{policy}\n");
        let encoded = policy.replace('+', "%2B").replace('=', "%3D");
        let mut request =
            presigned(method, "/ignored", &format!("&Policy={encoded}{query}"), target, &text);
        judge(&mut request).map(|_| ()).map_err(|fault| fault.code.name())
    };
    let folder = r#"["starts-with","$prefix","p/"]"#;
    assert_eq!(ask("GET", object("p/a"), "", folder), Ok(()));
    assert_eq!(ask("GET", bucket(), "&prefix=p/", folder), Ok(()));
    for (method, target, query) in [
        ("GET", object("q/a"), ""),
        ("PUT", object("p/a"), ""),
        ("GET", bucket(), ""),
        ("GET", bucket(), "&prefix=q/"),
        ("GET", bucket(), "&prefix=p/&acl"),
        ("GET", object("p/a"), "&versionId=1"),
    ] {
        assert_eq!(ask(method, target, query, folder), Err("AccessDenied"), "{method} {query}");
    }
    let elsewhere = format!(r#"{{"bucket":"another"}},{folder}"#);
    assert_eq!(ask("GET", object("p/a"), "", &elsewhere), Err("AccessDenied"));
    let unknown = format!(r#"["ends-with","$key","x"],{folder}"#);
    assert_eq!(ask("GET", object("p/a"), "", &unknown), Err("AccessDenied"));
    assert_eq!(ask("GET", object("p/a"), "", r#"{"bucket":"b"}"#), Err("AccessDenied"));
}

#[test]
fn what_was_signed_is_told_without_the_customers_key() {
    let name = "x-obs-server-side-encryption-customer-key";
    let headers = [(name, "c2VjcmV0")];
    let request = &mut signed("OBS", "PUT", "/b/k", object("k"), &headers, "other");
    let fault = judge(request).expect_err("refused");
    let told = format!("{:?}", fault.details);
    assert!(told.contains(name) && !told.contains("c2VjcmV0"), "{told}");
}
