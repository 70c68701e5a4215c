//! Someone else writes to the backing store: what an attacker with the blobs, and
//! nothing else, can make a client believe. Nothing: he can only destroy.
//!
//! Claims of `docs/formats/sealed-object.md`, "What an attacker gets", proved
//! against the running gateway, in every mode, for single and multipart objects.

use std::fs;
use std::path::{Path, PathBuf};

use sealgate_tests::{Chance, Client, Gateway};

const SEGMENT: usize = 65_536;
const SEALED_SEGMENT: usize = SEGMENT + 16;
const PART: usize = 5 << 20;

type Headers = &'static [(&'static str, &'static str)];
const SSE: &str = "x-amz-server-side-encryption";
const DATA: &str = "x-amz-server-side-data-encryption";
const MODES: [(&str, Headers); 4] = [
    ("none", &[]),
    ("aes256", &[(SSE, "AES256")]),
    ("kms", &[(SSE, "aws:kms")]),
    ("kms-sm4", &[(SSE, "aws:kms"), (DATA, "SM4")]),
];

/// An object whose blobs are at hand.
struct Victim {
    path: String,
    plain: Vec<u8>,
    /// In the order of the parts.
    blobs: Vec<PathBuf>,
}

impl Victim {
    /// Writes an object in one request.
    async fn single(gateway: &Gateway, path: &str, headers: Headers, plain: Vec<u8>) -> Self {
        let before = gateway.blobs();
        let mut request = gateway.client().put(path).body(plain.clone());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.send().await.expect(200);
        Self { path: path.to_owned(), plain, blobs: vec![gateway.new_blob(&before)] }
    }

    /// Writes an object of two parts.
    async fn multipart(gateway: &Gateway, path: &str, headers: Headers, plain: Vec<u8>) -> Self {
        let client = gateway.client();
        let upload = client.initiate(path, headers).await;
        let (mut blobs, mut parts) = (Vec::new(), Vec::new());
        for (number, piece) in (1..).zip(plain.chunks(PART)) {
            let before = gateway.blobs();
            parts.push((number, client.part(path, &upload, number, piece).await));
            blobs.push(gateway.new_blob(&before));
        }
        client.complete(path, &upload, &parts).await.expect(200);
        Self { path: path.to_owned(), plain, blobs }
    }

    /// Reads it while `blob` holds `damaged`; the blob is as before afterwards.
    async fn refused_with(&self, client: &Client, blob: &Path, damaged: &[u8], what: &str) {
        let saved = fs::read(blob).expect("a blob");
        fs::write(blob, damaged).expect("damaged");
        let download = client.get(&self.path).download().await;
        fs::write(blob, saved).expect("restored");
        download.must_be_refused(&self.plain, &format!("{}: {what}", self.path));
    }

    async fn is_intact(&self, client: &Client) {
        client.get(&self.path).download().await.must_be(&self.plain, &self.path);
    }
}

#[tokio::test]
async fn a_flipped_bit_anywhere_in_a_blob_is_never_served() {
    let (gateway, mut chance) = (Gateway::start(), Chance::new());
    let client = gateway.client();
    client.put("/box").send().await.expect(200);
    for (mode, headers) in MODES {
        let plain = chance.bytes(3 * SEGMENT + 700);
        let victim = Victim::single(&gateway, &format!("/box/{mode}"), headers, plain).await;
        let sealed = fs::read(&victim.blobs[0]).expect("a blob");
        let mut places =
            vec![0, SEGMENT - 1, SEGMENT, SEALED_SEGMENT - 1, SEALED_SEGMENT, sealed.len() - 1];
        places.extend((0..20).map(|_| chance.below(sealed.len() as u64) as usize));
        for place in places {
            let mut damaged = sealed.clone();
            damaged[place] ^= 1 << chance.below(8);
            let what = format!("a bit of byte {place}");
            victim.refused_with(&client, &victim.blobs[0], &damaged, &what).await;
        }
        victim.is_intact(&client).await;
    }
}

#[tokio::test]
async fn a_cut_or_rearranged_blob_is_never_served() {
    let (gateway, mut chance) = (Gateway::start(), Chance::new());
    let client = gateway.client();
    client.put("/box").send().await.expect(200);
    for (mode, headers) in MODES {
        let plain = chance.bytes(4 * SEGMENT);
        let victim = Victim::single(&gateway, &format!("/box/{mode}"), headers, plain).await;
        let other = chance.bytes(4 * SEGMENT);
        let other = Victim::single(&gateway, &format!("/box/{mode}-2"), headers, other).await;
        let (sealed, foreign) = (read(&victim.blobs[0]), read(&other.blobs[0]));
        let segments: Vec<&[u8]> = sealed.chunks(SEALED_SEGMENT).collect();
        let [a, b, c, d] = segments[..] else { panic!("four segments") };
        let foreign_first = &foreign[..SEALED_SEGMENT];
        let cut = |len: usize| sealed[..len].to_vec();
        let rearranged = [
            ("emptied", Vec::new()),
            ("cut by a byte", cut(sealed.len() - 1)),
            ("cut by a tag", cut(sealed.len() - 16)),
            ("cut by a segment", cut(3 * SEALED_SEGMENT)),
            ("cut within the first segment", cut(100)),
            ("two segments swapped", [b, a, c, d].concat()),
            ("the last segment moved", [a, b, d, c].concat()),
            ("a segment replayed", [a, a, c, d].concat()),
            ("the last segment replayed", [a, b, d, d].concat()),
            ("a segment dropped", [a, c, d].concat()),
            ("the first segment of another object", [foreign_first, b, c, d].concat()),
            ("the blob of another object", foreign.clone()),
            ("zeros", vec![0; sealed.len()]),
        ];
        for (what, damaged) in rearranged {
            victim.refused_with(&client, &victim.blobs[0], &damaged, what).await;
        }
        victim.is_intact(&client).await;
    }
}

#[tokio::test]
async fn bytes_behind_a_blob_are_never_served() {
    let (gateway, mut chance) = (Gateway::start(), Chance::new());
    let client = gateway.client();
    client.put("/box").send().await.expect(200);
    for (mode, headers) in MODES {
        let plain = chance.bytes(2 * SEGMENT);
        let victim = Victim::single(&gateway, &format!("/box/{mode}"), headers, plain).await;
        let sealed = read(&victim.blobs[0]);
        for tail in [&[0][..], &sealed[..SEALED_SEGMENT], &sealed[SEALED_SEGMENT..]] {
            fs::write(&victim.blobs[0], [&sealed, tail].concat()).expect("extended");
            // Only what the manifest knows of is read, so the object is whole.
            victim.is_intact(&client).await;
        }
    }
}

#[tokio::test]
async fn parts_cannot_be_exchanged_cut_or_dropped() {
    let (gateway, mut chance) = (Gateway::start(), Chance::new());
    let client = gateway.client();
    client.put("/box").send().await.expect(200);
    for (mode, headers) in MODES {
        let plain = chance.bytes(2 * PART);
        let victim = Victim::multipart(&gateway, &format!("/box/{mode}"), headers, plain).await;
        victim.is_intact(&client).await;
        let [first, second] = &victim.blobs[..] else { panic!("two parts") };
        let (one, two) = (read(first), read(second));
        let replayed = [&two[..SEALED_SEGMENT], &one[SEALED_SEGMENT..]].concat();
        let mut flipped = two.clone();
        flipped[chance.below(two.len() as u64) as usize] ^= 0x10;
        let attacks = [
            (first, two.clone(), "the second part in place of the first"),
            (second, one.clone(), "the first part in place of the second"),
            (first, replayed, "a segment of the second part in the first"),
            (second, flipped, "a flipped bit in the second part"),
            (second, two[..SEALED_SEGMENT].to_vec(), "a cut second part"),
        ];
        for (blob, damaged, what) in attacks {
            victim.refused_with(&client, blob, &damaged, what).await;
        }
        fs::rename(second, second.with_extension("gone")).expect("removed");
        let download = client.get(&victim.path).download().await;
        download.must_be_refused(&victim.plain, "a removed part");
        fs::rename(second.with_extension("gone"), second).expect("put back");
        victim.is_intact(&client).await;
    }
}

#[tokio::test]
async fn a_range_is_served_exactly_when_its_own_segments_are_undamaged() {
    let (gateway, mut chance) = (Gateway::start(), Chance::new());
    let client = gateway.client();
    client.put("/box").send().await.expect(200);
    for (mode, headers) in MODES {
        let plain = chance.bytes(4 * SEGMENT);
        let victim = Victim::single(&gateway, &format!("/box/{mode}"), headers, plain).await;
        let mut sealed = read(&victim.blobs[0]);
        sealed[2 * SEALED_SEGMENT + 5] ^= 4;
        fs::write(&victim.blobs[0], &sealed).expect("damaged");
        let get = |from: usize, to: usize| {
            client.get(&victim.path).header("range", &format!("bytes={from}-{to}")).download()
        };
        for (from, to) in [(0, 0), (0, 2 * SEGMENT - 1), (3 * SEGMENT, 4 * SEGMENT - 1)] {
            let expected = &victim.plain[from..=to];
            get(from, to).await.must_be(expected, &format!("{mode}: undamaged {from}-{to}"));
        }
        let damaged = [
            (2 * SEGMENT, 2 * SEGMENT),
            (3 * SEGMENT - 1, 3 * SEGMENT),
            (SEGMENT, 4 * SEGMENT - 1),
        ];
        for (from, to) in damaged {
            let expected = &victim.plain[from..=to];
            get(from, to).await.must_be_refused(expected, &format!("{mode}: damaged {from}-{to}"));
        }
    }
}

/// The promise is about the wire, so it is read without an HTTP library: a
/// client that knows `Content-Length` sees that bytes are missing.
#[tokio::test]
async fn damage_behind_the_first_bytes_ends_the_connection_early() {
    let (gateway, mut chance) = (Gateway::start(), Chance::new());
    let client = gateway.plain_client();
    client.put("/box").send().await.expect(200);
    let plain = chance.bytes(40 * SEGMENT);
    let victim = Victim::single(&gateway, "/box/k", &[], plain).await;
    let mut sealed = read(&victim.blobs[0]);
    sealed[30 * SEALED_SEGMENT] ^= 1;
    fs::write(&victim.blobs[0], sealed).expect("damaged");

    let answer = tokio::task::spawn_blocking(move || client.get("/box/k").answer_verbatim());
    let answer = answer.await.expect("an answer");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let body = &answer[end..];
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains(&format!("content-length: {}\r\n", victim.plain.len())), "{head}");
    assert!(!head.contains("chunked"), "{head}");
    assert!(body.len() <= 30 * SEGMENT, "bytes at and behind the damage: {}", body.len());
    assert!(victim.plain.starts_with(body), "wrong bytes");
}

fn read(blob: &Path) -> Vec<u8> {
    fs::read(blob).expect("a blob")
}
