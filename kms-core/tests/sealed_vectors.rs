//! The vectors of `tests/vectors/sealed/`, one test a file.
//!
//! They were written by `decode.py` there, which shares no code with this crate,
//! and are fixed: bytes that differ need a new format number.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::BytesMut;
use kms_core::base::{Algorithm, DataKey, SecretBytes};
use kms_core::sealed::{
    BlobKey, Checksum, Commitment, Envelope, Manifest, Mode, Opener, Part, RowClaims,
    SEALED_SEGMENT_LEN, Salt, SealedError, Sealer, Span, WrappingKey, WriteId, row_mac,
    verify_row_mac,
};
use serde_json::Value;

/// One test for each file, and the list of the files in a module of the check's name.
macro_rules! vectors {
    ($check:ident: $($name:ident = $file:literal,)*) => {
        $(#[test] fn $name() { $check($file); })*
        mod $check { pub const FILES: &[&str] = &[$($file),*]; }
    };
}

vectors! { check_blob:
    aes256_empty_blob = "aes256-0",
    aes256_one_byte = "aes256-1",
    aes256_one_byte_less_than_a_segment = "aes256-65535",
    aes256_one_segment = "aes256-65536",
    aes256_one_byte_more_than_a_segment = "aes256-65537",
    aes256_three_segments = "aes256-196608",
    sm4_empty_blob = "sm4-0",
    sm4_one_byte = "sm4-1",
    sm4_one_byte_less_than_a_segment = "sm4-65535",
    sm4_one_segment = "sm4-65536",
    sm4_one_byte_more_than_a_segment = "sm4-65537",
    sm4_three_segments = "sm4-196608",
    flipped_bit_is_refused = "bad-flipped-bit",
    flipped_tag_bit_is_refused = "bad-flipped-tag-bit",
    truncated_blob_is_refused = "bad-truncated",
    blob_truncated_at_a_segment_is_refused = "bad-truncated-at-a-segment",
    blob_truncated_together_with_its_length_is_refused = "bad-truncated-with-its-length",
    swapped_segments_are_refused = "bad-swapped-segments",
    replayed_segment_is_refused = "bad-replayed-segment",
    missing_last_flag_is_refused = "bad-last-flag-missing",
    wrong_salt_is_refused = "bad-wrong-salt",
    wrong_write_id_is_refused = "bad-wrong-write-id",
    wrong_commitment_is_refused = "bad-wrong-commitment",
    wrong_data_key_is_refused = "bad-wrong-data-key",
    wrong_algorithm_is_refused = "bad-wrong-algorithm",
}

vectors! { check_envelope:
    envelope_of_a_customer_key_is_golden = "record-envelope-kms",
    envelope_of_a_service_key_is_golden = "record-envelope-none",
}

vectors! { check_manifest: manifest_is_golden = "record-manifest", }
vectors! { check_row: row_mac_is_golden = "record-row-mac", }

#[test]
fn every_vector_file_is_checked() {
    let mut known =
        [check_blob::FILES, check_envelope::FILES, check_manifest::FILES, check_row::FILES]
            .concat();
    known.sort_unstable();
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    found.sort_unstable();
    assert_eq!(found, known);
}

fn check_blob(file: &str) {
    let vector = load(file);
    let written = &vector["written"];
    let plain = pattern(number(&written["plain_len"]));
    let (key, commitment) =
        BlobKey::derive(&data_key(written), algorithm(written), &write_id(written), &salt(written))
            .unwrap();
    assert_eq!(commitment, Commitment(array(&written["commitment"])), "commitment");
    let sealed = seal(key, &plain);
    assert_eq!(sealed.len(), number(&written["sealed_len"]), "sealed length");
    let sum = digest(&SHA256, &sealed);
    assert_eq!(hex::encode(sum), written["sealed_sha256"].as_str().unwrap(), "sealed bytes");

    let mut read = written.clone();
    for (name, value) in vector["read_as"].as_object().into_iter().flatten() {
        read[name] = value.clone();
    }
    let stored = change(&sealed, &vector["change"]);
    let result = match open(&read, &stored) {
        Ok(opened) if opened == plain => "opens",
        Ok(_) => "opened to other bytes",
        Err(SealedError::Tampered) => "tampered",
        Err(SealedError::Truncated) => "truncated",
        Err(_) => "another error",
    };
    assert_eq!(result, vector["expect"].as_str().unwrap());
}

fn seal(key: BlobKey, plain: &[u8]) -> Vec<u8> {
    let mut sealer = Sealer::new(key, Some(plain.len() as u64));
    let mut sealed = Vec::new();
    let mut rest = plain;
    while let Some(piece) = sealer.push(&mut rest).unwrap() {
        sealed.extend_from_slice(&piece);
    }
    sealed.extend_from_slice(&sealer.finish().unwrap());
    sealed
}

fn open(read: &Value, stored: &[u8]) -> Result<Vec<u8>, SealedError> {
    let commitment = Commitment(array(&read["commitment"]));
    let key =
        BlobKey::open(&data_key(read), algorithm(read), &write_id(read), &salt(read), &commitment)?;
    let span = Span::whole(number(&read["plain_len"]) as u64).unwrap();
    let mut opener = Opener::new(key, span);
    let mut sealed = BytesMut::from(stored);
    let mut plain = Vec::new();
    while let Some(opened) = opener.push(&mut sealed)? {
        plain.extend_from_slice(&opened);
    }
    opener.finish()?;
    Ok(plain)
}

/// What an attacker does to the stored blob.
fn change(sealed: &[u8], how: &Value) -> Vec<u8> {
    let mut segments: Vec<&[u8]> = sealed.chunks(SEALED_SEGMENT_LEN).collect();
    if let Some(bit) = how["flip_bit"].as_u64() {
        let mut flipped = sealed.to_vec();
        flipped[bit as usize / 8] ^= 1 << (bit % 8);
        return flipped;
    }
    if let Some(len) = how["cut_to"].as_u64() {
        return sealed[..len as usize].to_vec();
    }
    if let Some(pair) = how["swap_segments"].as_array() {
        segments.swap(number(&pair[0]), number(&pair[1]));
    }
    if let Some(pair) = how["replay_segment"].as_array() {
        segments[number(&pair[1])] = segments[number(&pair[0])];
    }
    if how["replace_by"].is_string() {
        return bytes(&how["replace_by"]);
    }
    segments.concat()
}

fn check_envelope(file: &str) {
    let vector = load(file);
    let record = &vector["record"];
    let id = record["key_id"].as_str().unwrap().to_owned();
    let version = number(&record["key_version"]) as u32;
    let envelope = Envelope {
        algorithm: algorithm(record),
        mode: mode(record),
        wrapping_key: (!id.is_empty()).then_some(WrappingKey { id, version }),
        wrapped_data_key: bytes(&record["wrapped_key_hex"]),
        write_id: WriteId(array(&record["write_id_hex"])),
    };
    let encoded = bytes(&vector["encoded"]);
    assert_eq!(hex::encode(envelope.encode().unwrap()), hex::encode(&encoded));
    assert_eq!(Envelope::decode(&encoded), Ok(envelope));
    refuses_damage(&encoded, |record| Envelope::decode(record).and_then(|found| found.encode()));
}

fn check_manifest(file: &str) {
    let vector = load(file);
    let parts = vector["record"]["parts"].as_array().unwrap().iter().map(|part| Part {
        number: number(&part["number"]) as u32,
        blob: part["blob"].as_str().unwrap().parse().unwrap(),
        plain_len: part["plain_len"].as_u64().unwrap(),
        salt: Salt(array(&part["salt"])),
        commitment: Commitment(array(&part["commitment"])),
        etag_md5: array(&part["etag_md5"]),
        checksum: Checksum::new(number(&part["checksum_kind"]) as u8, &bytes(&part["checksum"]))
            .ok(),
    });
    let manifest = Manifest::new(parts.collect()).unwrap();
    let encoded = bytes(&vector["encoded"]);
    assert_eq!(hex::encode(manifest.encode()), hex::encode(&encoded));
    assert_eq!(Manifest::decode(&encoded), Ok(manifest));
    refuses_damage(&encoded, |record| Manifest::decode(record).map(|found| found.encode()));
}

fn check_row(file: &str) {
    let vector = load(file);
    let record = &vector["record"];
    let field = |name: &str| bytes(&record[name]);
    let row = RowClaims {
        bucket_id: &field("bucket_id_hex"),
        object_key: &field("object_key_hex"),
        write_id: &WriteId(array(&record["write_id_hex"])),
        mode: mode(record),
        envelope: &field("envelope_hex"),
        manifest: &field("manifest_hex"),
        plain_len: record["plain_len"].as_u64().unwrap(),
        etag: record["etag"].as_str().unwrap(),
    };
    let key = SecretBytes::copy_from(&field("service_key_hex"));
    let encoded = bytes(&vector["encoded"]);
    assert_eq!(hex::encode(row_mac(&key, &row)), hex::encode(&encoded));
    assert_eq!(verify_row_mac(&key, &row, &encoded), Ok(()));
}

/// A cut, longer or newer record is refused, and whatever still decodes is
/// written back as the same bytes: one value, one encoding.
fn refuses_damage(record: &[u8], recode: impl Fn(&[u8]) -> Result<Vec<u8>, SealedError>) {
    for len in 0..record.len() {
        assert_eq!(recode(&record[..len]), Err(SealedError::Tampered), "cut to {len}");
    }
    assert_eq!(recode(&[record, &[0]].concat()), Err(SealedError::Tampered));
    for at in 0..record.len() {
        for bit in 0..8 {
            let mut flipped = record.to_vec();
            flipped[at] ^= 1 << bit;
            match recode(&flipped) {
                Ok(again) => assert_eq!(again, flipped),
                Err(SealedError::UnsupportedFormat(format)) => {
                    assert_eq!((at, format), (0, flipped[0]));
                }
                Err(refusal) => assert_eq!(refusal, SealedError::Tampered),
            }
        }
    }
}

/// The plaintext of every vector: byte i is (i * 31 + i / 256) mod 256.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 31 + i / 256) as u8).collect()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/sealed")
}

fn load(file: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(format!("{file}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

fn array<const N: usize>(value: &Value) -> [u8; N] {
    bytes(value).try_into().unwrap()
}

fn number(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

fn data_key(record: &Value) -> DataKey {
    DataKey::new(SecretBytes::new(bytes(&record["data_key"]).into_boxed_slice()))
}

fn algorithm(record: &Value) -> Algorithm {
    Algorithm::from_number(number(&record["algorithm"]) as u8).unwrap()
}

fn mode(record: &Value) -> Mode {
    Mode::from_number(number(&record["mode"]) as u8).unwrap()
}

fn write_id(record: &Value) -> WriteId {
    WriteId(array(&record["write_id"]))
}

fn salt(record: &Value) -> Salt {
    Salt(array(&record["salt"]))
}
