//! The Signature V4 vectors of `tests/vectors/sigv4`, one test for each file.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

mod auth_requests;

use std::time::SystemTime;

use auth_requests::{drained, incoming, judge_at};
use gateway::auth::{Service, service_of};
use gateway::http::Incoming;
use gateway::stream::BodyError;
use gateway::stream::announced::Announced;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

macro_rules! vectors {
    ($($name:ident)*) => {
        $(#[test] fn $name() { check(stringify!($name)); })*

        #[test]
        fn every_file_has_its_test() {
            let files = std::fs::read_dir(directory()).expect("the directory");
            let files = files.map(|file| file.expect("a file").file_name().into_string());
            let mut files: Vec<String> = files.map(|name| name.expect("UTF-8")).collect();
            files.retain(|name| name.ends_with(".txt"));
            files.sort();
            let mut tests = vec![$(concat!(stringify!($name), ".txt")),*];
            tests.sort_unstable();
            assert_eq!(files, tests);
        }
    };
}

vectors! {
    botocore_copy botocore_delete_objects botocore_kms botocore_list
    botocore_presigned_get botocore_presigned_put botocore_put_odd_key
    esdk_obs_python_list esdk_obs_python_put s3cmd_put
    get_object put_object get_bucket_lifecycle list_objects
    presigned_get presigned_expired presigned_from_the_future
    put_chunked put_chunked_trailer
    changed_body changed_chunk changed_header changed_query changed_trailer
    other_region skewed_clock unknown_key unsigned_header
}

fn check(name: &str) {
    let path = format!("{}/{name}.txt", directory());
    let text = std::fs::read_to_string(path).expect("a vector");
    let mut head = text.lines();
    let expected = field(head.next(), "expect: ");
    let now = OffsetDateTime::parse(field(head.next(), "now: "), &Rfc3339).expect("a time");
    let (_, wire) = text.split_once("\n\n").expect("a request");
    let found = outcome(request(wire), now.into());
    assert_eq!(found, expected, "{name}");
}

fn outcome(mut request: Incoming, now: SystemTime) -> &'static str {
    let announced = Announced::from_headers(&request.headers).expect("well formed");
    if service_of(&request) != Service::S3 {
        request.document = drained(&mut request).expect("a document");
    }
    if let Err(fault) = judge_at(&mut request, now) {
        return fault.code.name();
    }
    match drained(&mut request) {
        Ok(body) => {
            announced.verify_document(&body, &request.trailers).expect("checksums hold");
            "ok"
        }
        Err(BodyError::ContentSha256) => "ContentSha256",
        Err(BodyError::ChunkSignature) => "ChunkSignature",
        Err(other) => panic!("{other}"),
    }
}

fn request(wire: &str) -> Incoming {
    let (head, body) = wire.split_once("\n\n").unwrap_or((wire, ""));
    let mut lines = head.lines();
    let (method, uri) = lines.next().and_then(|l| l.split_once(' ')).expect("a request line");
    let headers: Vec<(&str, &str)> = lines
        .map(|line| line.split_once(':').map(|(n, v)| (n, v.trim())).expect("a header"))
        .collect();
    incoming(method, uri, &headers, body_of(body).as_bytes())
}

/// Line breaks of the file count for nothing; see the vectors' README.
fn body_of(text: &str) -> String {
    let text = text.replace('\n', "").replace("\\r\\n", "\r\n");
    let mut parts = text.split("{a*");
    let mut body = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (count, rest) = part.split_once('}').expect("a closing brace");
        body.push_str(&"a".repeat(count.parse().expect("a count")));
        body.push_str(rest);
    }
    body
}

fn field<'a>(line: Option<&'a str>, name: &str) -> &'a str {
    line.and_then(|line| line.strip_prefix(name)).expect(name)
}

fn directory() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/sigv4")
}
