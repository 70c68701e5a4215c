//! Payload modes: what each lets through, and that no body ends well unless
//! everything that it promised has held.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

mod auth_requests;

use auth_requests::{
    Plan, REGION, SECRET, drained, header, incoming, judge, refusal, signing_time, wait,
};
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use bytes::Bytes;
use futures_util::stream;
use gateway::http::Incoming;
use gateway::stream::{Body, BodyError};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

const SIGNED: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
const SIGNED_TRAILER: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
const UNSIGNED_TRAILER: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
const MODES: [&str; 3] = [SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER];
const TRAILER: &str = "x-amz-checksum-crc32";
const CRC: &str = "NhCmhg==";

/// An upload of `data`, signed in `mode`, and its body on the wire.
struct Upload {
    request: Incoming,
    wire: Vec<u8>,
}

impl Upload {
    fn new(mode: &'static str, data: &[&[u8]]) -> Self {
        Self::with(mode, data, None)
    }

    fn with(mode: &'static str, data: &[&[u8]], expires: Option<u64>) -> Self {
        let len = data.concat().len().to_string();
        let mut headers = vec![
            ("content-encoding", "aws-chunked,gzip"),
            ("x-amz-decoded-content-length", len.as_str()),
        ];
        if mode != SIGNED {
            headers.push(("x-amz-trailer", TRAILER));
        }
        let plan = Plan { method: "PUT", headers, mode: Some(mode), expires, ..Plan::default() };
        let request = plan.signed();
        let wire = match mode {
            UNSIGNED_TRAILER => unsigned_wire(data),
            mode => signed_wire(&seed(&request), data, mode == SIGNED_TRAILER),
        };
        Self { request, wire }
    }

    /// The request with its body in one piece.
    fn request(mut self) -> Incoming {
        self.request.body = Body::full(self.wire);
        self.request
    }

    /// Judges, which must succeed, and drains the body.
    fn drained(self) -> Result<Bytes, BodyError> {
        let mut request = self.request();
        judge(&mut request).expect("the request's own signature holds");
        drained(&mut request)
    }
}

fn unsigned_wire(data: &[&[u8]]) -> Vec<u8> {
    let mut wire = Vec::new();
    for chunk in data {
        wire.extend(format!("{:x}\r\n", chunk.len()).bytes());
        wire.extend([chunk, b"\r\n".as_slice()].concat());
    }
    wire.extend(format!("0\r\n{TRAILER}:{CRC}\r\n\r\n").bytes());
    wire
}

fn signed_wire(seed: &str, data: &[&[u8]], has_trailer: bool) -> Vec<u8> {
    let nothing = hex::encode(Sha256::digest(b""));
    let (mut wire, mut previous) = (Vec::new(), seed.to_owned());
    for chunk in data.iter().copied().chain([b"".as_slice()]) {
        let hash = hex::encode(Sha256::digest(chunk));
        previous = link("PAYLOAD", &format!("{previous}\n{nothing}\n{hash}"));
        wire.extend(format!("{:x};chunk-signature={previous}\r\n", chunk.len()).bytes());
        wire.extend(chunk);
        if !chunk.is_empty() || !has_trailer {
            wire.extend(b"\r\n");
        }
    }
    if has_trailer {
        let hash = hex::encode(Sha256::digest(format!("{TRAILER}:{CRC}\n")));
        let last = link("TRAILER", &format!("{previous}\n{hash}"));
        wire.extend(format!("{TRAILER}:{CRC}\r\nx-amz-trailer-signature:{last}\r\n\r\n").bytes());
    }
    wire
}

fn link(kind: &str, rest: &str) -> String {
    let scope = format!("20130524T000000Z\n20130524/{REGION}/s3/aws4_request");
    let key = generate_signing_key(SECRET, signing_time(), REGION, "s3");
    calculate_signature(key, format!("AWS4-HMAC-SHA256-{kind}\n{scope}\n{rest}").as_bytes())
}

fn seed(request: &Incoming) -> String {
    let value = request.headers.get("authorization").and_then(|v| v.to_str().ok());
    value.and_then(|v| v.split_once("Signature=")).map(|(_, s)| s.to_owned()).unwrap_or_default()
}

fn in_pieces(wire: &[u8], sizes: &[usize]) -> Body {
    let (mut left, mut pieces) = (Bytes::copy_from_slice(wire), Vec::new());
    for size in sizes.iter().cycle() {
        if left.is_empty() {
            break;
        }
        pieces.push(Ok(left.split_to((*size).min(left.len()))));
    }
    Body::new(stream::iter(pieces), Some(wire.len() as u64))
}

fn edited(mode: &'static str, from: &str, to: &str) -> Result<Bytes, BodyError> {
    let mut upload = Upload::new(mode, &[b"hello"]);
    let text = String::from_utf8(upload.wire).expect("text");
    assert!(text.contains(from), "{text:?}");
    upload.wire = text.replacen(from, to, 1).into_bytes();
    upload.drained()
}

#[test]
fn each_mode_decodes_and_keeps_the_other_codings() {
    for mode in MODES {
        let mut request = Upload::new(mode, &[b"hel", b"lo"]).request();
        judge(&mut request).expect("signed");
        assert_eq!(request.body.len(), Some(5), "{mode}");
        assert_eq!(request.headers["content-encoding"], "gzip");
        assert_eq!(drained(&mut request).expect("holds"), "hello");
        assert_eq!(request.trailers.value(TRAILER), (mode != SIGNED).then_some(CRC));
    }
}

#[test]
fn an_empty_object_may_be_chunked() {
    for mode in MODES {
        assert_eq!(Upload::new(mode, &[]).drained().expect(mode), "");
    }
}

#[test]
fn presigned_and_anonymous_uploads_may_be_chunked_without_signatures() {
    let presigned = Upload::with(UNSIGNED_TRAILER, &[b"hello"], Some(60));
    let wire = presigned.wire.clone();
    assert_eq!(presigned.drained().expect("presigned"), "hello");
    let request = anonymous(&[
        ("x-amz-content-sha256", UNSIGNED_TRAILER),
        ("x-amz-decoded-content-length", "5"),
        ("x-amz-trailer", TRAILER),
    ]);
    assert_eq!(Upload { request, wire }.drained().expect("anonymous"), "hello");
}

fn anonymous(headers: &[(&str, &str)]) -> Incoming {
    incoming("PUT", "/bucket/key", headers, b"")
}

fn set(request: &mut Incoming, name: &str, value: &str) {
    let (name, value) = header(name, value);
    request.headers.insert(name, value);
}

#[test]
fn minio_cve_2025_31489_a_tampered_signature_is_refused_in_each_streaming_mode() {
    for mode in MODES {
        let mut request = Upload::new(mode, &[b"hello"]).request();
        let good = request.headers["authorization"].to_str().expect("text").to_owned();
        let forged = good.replace(&seed(&request), &"0".repeat(64));
        set(&mut request, "authorization", &forged);
        assert_eq!(refusal(request), "SignatureDoesNotMatch", "{mode}");
        let mut request = Upload::new(mode, &[b"hello"]).request();
        set(&mut request, "authorization", &good.replace("AKIAIOSFODNN7EXAMPLE", "AKIANOBODY"));
        assert_eq!(refusal(request), "InvalidAccessKeyId", "{mode}");
    }
}

#[test]
fn minio_cve_2026_41145_query_credentials_with_an_unsigned_trailer_are_verified() {
    let mut request = Upload::with(UNSIGNED_TRAILER, &[b"hello"], Some(60)).request();
    let (head, _) = request.raw_query.split_once("X-Amz-Signature=").expect("presigned");
    request.raw_query = format!("{head}X-Amz-Signature={}", "0".repeat(64));
    request.query = gateway::http::Query::parse(&request.raw_query).expect("UTF-8");
    assert_eq!(refusal(request), "SignatureDoesNotMatch");
}

#[test]
fn minio_cve_2026_40344_a_mode_that_the_form_cannot_carry_is_refused() {
    for mode in [SIGNED, SIGNED_TRAILER] {
        let presigned = Upload::with(mode, &[b"hello"], Some(60)).request();
        assert_eq!(refusal(presigned), "InvalidArgument", "{mode}");
        let unsigned = anonymous(&[("x-amz-content-sha256", mode)]);
        assert_eq!(refusal(unsigned), "InvalidArgument", "{mode}");
    }
    let ecdsa = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD";
    for mode in [ecdsa, "STREAMING-ANYTHING", "", "unsigned-payload", "00"] {
        let plan = Plan { method: "PUT", mode: Some(mode), ..Plan::default() };
        assert_eq!(refusal(plan.signed()), "InvalidArgument", "{mode}");
        let unsigned = anonymous(&[("x-amz-content-sha256", mode)]);
        assert_eq!(refusal(unsigned), "InvalidArgument", "{mode}");
    }
}

#[test]
fn a_signed_request_without_a_payload_mode_is_refused() {
    let mut request = Plan::default().signed();
    request.headers.remove("x-amz-content-sha256");
    let list = request.headers["authorization"].to_str().expect("text");
    let list = list.replace("x-amz-content-sha256;", "");
    set(&mut request, "authorization", &list);
    assert_eq!(refusal(request), "InvalidRequest");
}

#[test]
fn a_body_with_another_hash_never_ends_well() {
    for body in [b"hullo".as_slice(), b"hell", b"hello!", b""] {
        let mut request = Plan { method: "PUT", body: b"hello", ..Plan::default() }.signed();
        request.body = Body::full(body.to_vec());
        judge(&mut request).expect("signed");
        assert!(matches!(drained(&mut request), Err(BodyError::ContentSha256)));
    }
}

#[test]
fn an_unsigned_payload_may_be_anything() {
    let mode = Some("UNSIGNED-PAYLOAD");
    let mut request = Plan { method: "PUT", mode, body: b"hello", ..Plan::default() }.signed();
    judge(&mut request).expect("signed");
    assert_eq!(drained(&mut request).expect("as it is"), "hello");
}

#[test]
fn the_decoded_length_must_be_announced_and_right() {
    for wrong in ["4", "6", "0"] {
        let mut upload = Upload::new(UNSIGNED_TRAILER, &[b"hello"]);
        let headers = vec![("x-amz-decoded-content-length", wrong), ("x-amz-trailer", TRAILER)];
        let mode = Some(UNSIGNED_TRAILER);
        upload.request = Plan { method: "PUT", headers, mode, ..Plan::default() }.signed();
        assert!(upload.drained().is_err(), "{wrong}");
    }
    for absent in ["", "-5", "+5", "5x", "99999999999999999999"] {
        let headers = vec![("x-amz-decoded-content-length", absent)];
        let plan = Plan { method: "PUT", headers, mode: Some(SIGNED), ..Plan::default() };
        assert_eq!(refusal(plan.signed()), "MissingContentLength", "{absent}");
    }
}

#[test]
fn exactly_the_announced_trailers_must_come() {
    let missing = edited(UNSIGNED_TRAILER, "x-amz-checksum-crc32:NhCmhg==\r\n", "");
    assert!(matches!(missing, Err(BodyError::Trailer)));
    let other = edited(UNSIGNED_TRAILER, "x-amz-checksum-crc32:", "x-amz-checksum-crc32c:");
    assert!(matches!(other, Err(BodyError::Trailer)));
    let twice = "x-amz-checksum-crc32:NhCmhg==\r\nx-amz-checksum-crc32:";
    assert!(matches!(
        edited(UNSIGNED_TRAILER, "x-amz-checksum-crc32:", twice),
        Err(BodyError::Trailer)
    ));
    let more = "x-amz-meta-owner:me\r\nx-amz-checksum-crc32:";
    assert!(matches!(
        edited(UNSIGNED_TRAILER, "x-amz-checksum-crc32:", more),
        Err(BodyError::Trailer)
    ));
    let signature = "x-amz-trailer-signature:0\r\nx-amz-checksum-crc32:";
    let forged = edited(UNSIGNED_TRAILER, "x-amz-checksum-crc32:", signature);
    assert!(matches!(forged, Err(BodyError::Trailer)));
    let changed = edited(SIGNED_TRAILER, "NhCmhg==", "AAAAAA==");
    assert!(matches!(changed, Err(BodyError::ChunkSignature)));
    let unsigned = edited(SIGNED_TRAILER, "x-amz-trailer-signature:", "x-amz-trailer-sig:");
    assert!(matches!(unsigned, Err(BodyError::Truncated)));
}

#[test]
fn malformed_frames_are_refused() {
    for (mode, from, to) in [
        (UNSIGNED_TRAILER, "5\r\n", "5\n"),
        (UNSIGNED_TRAILER, "5\r\n", "+5\r\n"),
        (UNSIGNED_TRAILER, "5\r\n", "\r\n"),
        (UNSIGNED_TRAILER, "5\r\n", "5 \r\n"),
        (UNSIGNED_TRAILER, "5\r\n", "5;extension=1\r\n"),
        (UNSIGNED_TRAILER, "5\r\n", "5;chunk-signature=00\r\n"),
        (UNSIGNED_TRAILER, "5\r\n", "10000000000000005\r\n"),
        (UNSIGNED_TRAILER, "5\r\n", "ffffffffffffffff\r\n"),
        (UNSIGNED_TRAILER, "hello\r\n", "hello"),
        (UNSIGNED_TRAILER, "hello\r\n", "hello!\r\n"),
        (UNSIGNED_TRAILER, ":NhCmhg==\r\n\r\n", ":NhCmhg==\r\n\r\nmore"),
        (UNSIGNED_TRAILER, ":NhCmhg==\r\n\r\n", ":NhCmhg==\r\n\r\n\r\n\r\n"),
        (SIGNED, "5;chunk-signature=", "5;chunk-sig="),
    ] {
        let refused = edited(mode, from, to);
        assert!(matches!(refused, Err(BodyError::MalformedChunk(_))), "{to:?}: {refused:?}");
    }
    let mut long = Upload::new(UNSIGNED_TRAILER, &[b"hello"]);
    long.wire = vec![b'0'; 4096];
    assert!(matches!(long.drained(), Err(BodyError::MalformedChunk(_))));
    let mut many = Upload::new(UNSIGNED_TRAILER, &[]);
    many.wire = format!("0\r\n{}", "x:y\r\n".repeat(100)).into_bytes();
    assert!(matches!(many.drained(), Err(BodyError::MalformedChunk(_))));
}

#[test]
fn the_line_breaks_of_minio_go_are_understood() {
    let end = format!("{CRC}\n\r\nx-amz-trailer-signature");
    let signed = edited(SIGNED_TRAILER, &format!("{CRC}\r\nx-amz-trailer-signature"), &end);
    assert_eq!(signed.expect("signed"), "hello");
    let end = format!("{CRC}\n\r\n\r\n");
    let unsigned = edited(UNSIGNED_TRAILER, &format!("{CRC}\r\n\r\n"), &end);
    assert_eq!(unsigned.expect("unsigned"), "hello");
}

/// The Go SDK sends an object of known length as one chunk.
#[test]
fn a_chunk_may_be_as_long_as_the_object_and_is_not_held() {
    let headers = vec![("x-amz-decoded-content-length", "5368709120")];
    let mode = Some(UNSIGNED_TRAILER);
    let mut request = Plan { method: "PUT", headers, mode, ..Plan::default() }.signed();
    let pieces = [Ok(Bytes::from_static(b"140000000\r\n")), Ok(Bytes::from_static(b"first"))];
    request.body = Body::new(stream::iter(pieces), None);
    judge(&mut request).expect("signed");
    assert_eq!(request.body.len(), Some(5_368_709_120));
    assert_eq!(wait(request.body.chunk()).expect("data").expect("flow"), "first");
    assert!(matches!(wait(request.body.chunk()), Some(Err(BodyError::Truncated))));
    assert!(wait(request.body.chunk()).is_none());
}

#[test]
fn an_error_below_ends_the_decoded_body() {
    let mut request = Upload::new(SIGNED, &[b"hello"]).request();
    request.body = Body::new(stream::iter([Err(BodyError::TooSlow)]), None);
    judge(&mut request).expect("signed");
    assert!(matches!(drained(&mut request), Err(BodyError::TooSlow)));
}

fn mode() -> impl Strategy<Value = &'static str> {
    prop::sample::select(MODES.to_vec())
}

fn chunks() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 1..50), 0..4)
}

fn upload(mode: &'static str, chunks: &[Vec<u8>]) -> Upload {
    Upload::new(mode, &chunks.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn any_splitting_of_the_wire_decodes_alike(
        mode in mode(), chunks in chunks(), sizes in prop::collection::vec(1usize..80, 1..9),
    ) {
        let Upload { mut request, wire } = upload(mode, &chunks);
        request.body = in_pieces(&wire, &sizes);
        judge(&mut request).expect("signed");
        prop_assert_eq!(drained(&mut request).expect("holds"), chunks.concat());
    }

    #[test]
    fn a_cut_body_never_ends_well(mode in mode(), chunks in chunks(), at in any::<prop::sample::Index>()) {
        let mut upload = upload(mode, &chunks);
        upload.wire.truncate(at.index(upload.wire.len()));
        prop_assert!(upload.drained().is_err());
    }

    #[test]
    fn a_flipped_bit_of_a_signed_body_never_yields_other_bytes(
        chunks in chunks(), at in any::<prop::sample::Index>(), bit in 0u8..8,
    ) {
        for mode in [SIGNED, SIGNED_TRAILER] {
            let mut upload = upload(mode, &chunks);
            let at = at.index(upload.wire.len());
            upload.wire[at] ^= 1 << bit;
            if let Ok(decoded) = upload.drained() {
                prop_assert_eq!(decoded, chunks.concat());
            }
        }
    }

    #[test]
    fn chunks_that_change_places_are_refused(first in "[a-m]{5}", second in "[n-z]{5}") {
        let upload = Upload::new(SIGNED, &[first.as_bytes(), second.as_bytes()]);
        let line = upload.wire.iter().position(|b| *b == b'\n').expect("a line") + 1 + 7;
        let mut swapped = upload.wire[line..2 * line].to_vec();
        swapped.extend(&upload.wire[..line]);
        swapped.extend(&upload.wire[2 * line..]);
        let drained = Upload { wire: swapped, ..upload }.drained();
        prop_assert!(matches!(drained, Err(BodyError::ChunkSignature)));
    }

    #[test]
    fn versitygw_ghsa_v2ch_random_chunk_bytes_never_panic(
        mode in mode(),
        wire in "([0-9a-f]{1,3}|;chunk-signature=|\r\n|\n|x-amz-trailer-signature:|:|[ -~]{0,9}|\\PC){0,30}",
        noise in prop::collection::vec(any::<u8>(), 0..60),
        sizes in prop::collection::vec(1usize..20, 1..4),
    ) {
        for wire in [wire.as_bytes(), &noise] {
            let mut request = Upload::new(mode, &[b"hello"]).request;
            request.body = in_pieces(wire, &sizes);
            judge(&mut request).expect("signed");
            prop_assert!(drained(&mut request).is_err());
        }
    }
}
