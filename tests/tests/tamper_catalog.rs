//! Someone else writes to the catalog: rows exchanged, moved, thinned out and put
//! back. No object is served as anything but what was written under its name.
//!
//! Claims of `docs/formats/sealed-object.md`, "What an attacker gets". Who can
//! write the catalog decides who may do what, and can present an old row while
//! its blobs exist; forged or mixed contents he gets nobody to read.

use kms_core::sealed::Manifest;
use rusqlite::{Connection, params};
use sealgate_tests::{Chance, Client, Gateway};

type Headers = &'static [(&'static str, &'static str)];
const SSE: &str = "x-amz-server-side-encryption";
const MODES: [(&str, Headers); 3] =
    [("none", &[]), ("aes256", &[(SSE, "AES256")]), ("kms", &[(SSE, "aws:kms")])];
const LEN: usize = 100_000;
const PART: usize = 5 << 20;

/// What a version row and its detail say of an object.
const CLAIMS: [&str; 7] = ["envelope", "manifest", "mac", "mode", "write_id", "etag", "size"];

async fn put(client: &Client, path: &str, headers: Headers, plain: &[u8]) {
    let mut request = client.put(path).body(plain);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request.send().await.expect(200);
}

async fn two_parts(client: &Client, path: &str, headers: Headers, plain: &[u8]) {
    let upload = client.initiate(path, headers).await;
    let mut parts = Vec::new();
    for (number, piece) in (1..).zip(plain.chunks(PART)) {
        parts.push((number, client.part(path, &upload, number, piece).await));
    }
    client.complete(path, &upload, &parts).await.expect(200);
}

/// The rows of `key` in a bucket: reads and writes one claim.
struct Row<'a> {
    catalog: &'a Connection,
    key: &'a str,
}

impl Row<'_> {
    fn claim(&self, name: &str) -> rusqlite::types::Value {
        let of = "FROM version JOIN detail ON detail.id = version.detail WHERE version.key = ?1";
        let found = self.catalog.query_row(
            &format!("SELECT {}.{name} {of}", table(name)),
            [self.key.as_bytes()],
            |row| row.get(0),
        );
        found.expect("a row")
    }

    fn set(&self, name: &str, value: &rusqlite::types::Value) {
        let rows = match table(name) {
            "version" => "version SET {} = ?2 WHERE key = ?1",
            _ => "detail SET {} = ?2 WHERE id = (SELECT detail FROM version WHERE key = ?1)",
        };
        let statement = format!("UPDATE {}", rows.replace("{}", name));
        let changed = self.catalog.execute(&statement, params![self.key.as_bytes(), value]);
        assert_eq!(changed.expect("changed"), 1, "{name} of {}", self.key);
    }
}

fn table(claim: &str) -> &'static str {
    if matches!(claim, "etag" | "size") { "version" } else { "detail" }
}

#[tokio::test]
async fn no_claim_of_a_row_can_be_exchanged_with_another_objects() {
    let (gateway, mut chance) = (Gateway::start(), Chance::new());
    let (client, catalog) = (gateway.client(), gateway.catalog());
    client.put("/box").send().await.expect(200);
    let mut objects = Vec::new();
    for (mode, headers) in MODES {
        for key in [format!("{mode}-1"), format!("{mode}-2")] {
            let plain = chance.bytes(LEN + objects.len());
            put(&client, &format!("/box/{key}"), headers, &plain).await;
            objects.push((key, plain));
        }
    }
    let mut tried = 0;
    for (key, plain) in &objects {
        for (other, _) in objects.iter().filter(|(other, _)| other != key) {
            let (row, other_row) =
                (Row { catalog: &catalog, key }, Row { catalog: &catalog, key: other });
            // `write_id` is unique in the catalog, so it cannot be copied.
            for claim in CLAIMS.into_iter().filter(|claim| *claim != "write_id") {
                let (own, foreign) = (row.claim(claim), other_row.claim(claim));
                if own == foreign {
                    continue;
                }
                row.set(claim, &foreign);
                let download = client.get(&format!("/box/{key}")).download().await;
                row.set(claim, &own);
                download.must_be_refused(plain, &format!("{claim} of {other} in {key}"));
                tried += 1;
            }
        }
        client.get(&format!("/box/{key}")).download().await.must_be(plain, key);
    }
    assert!(tried > 100, "{tried}");
}

#[tokio::test]
async fn a_changed_number_or_name_in_a_row_is_refused() {
    let (gateway, mut chance) = (Gateway::start(), Chance::new());
    let (client, catalog) = (gateway.client(), gateway.catalog());
    client.put("/box").send().await.expect(200);
    for (mode, headers) in MODES {
        let plain = chance.bytes(LEN);
        put(&client, &format!("/box/{mode}"), headers, &plain).await;
        let row = Row { catalog: &catalog, key: mode };
        let len = LEN as i64;
        let changes: [(&str, rusqlite::types::Value); 9] = [
            ("size", (len - 1).into()),
            ("size", (len + 1).into()),
            ("size", 0.into()),
            ("size", (len - 65_536).into()),
            ("etag", "00000000000000000000000000000000".to_owned().into()),
            ("mode", i64::from(mode == "none").into()),
            ("mode", 3.into()),
            ("write_id", chance.bytes(16).into()),
            ("mac", vec![0; 32].into()),
        ];
        for (claim, value) in changes {
            let own = row.claim(claim);
            row.set(claim, &value);
            let whole = client.get(&format!("/box/{mode}")).download().await;
            let range = client.get(&format!("/box/{mode}")).header("range", "bytes=0-9").download();
            let range = range.await;
            row.set(claim, &own);
            whole.must_be_refused(&plain, &format!("{mode}: {claim} = {value:?}"));
            // A size of zero makes the range one that cannot be satisfied.
            let is_refused = range.status == 416 || range.status >= 500 || !range.is_whole;
            assert!(is_refused, "{mode}: a range with {claim} = {value:?}: {range:?}");
        }
        for claim in ["envelope", "manifest", "mac"] {
            let own = row.claim(claim);
            let rusqlite::types::Value::Blob(bytes) = &own else { panic!("bytes") };
            for _ in 0..12 {
                let mut flipped = bytes.clone();
                let place = chance.below(bytes.len() as u64) as usize;
                flipped[place] ^= 1 << chance.below(8);
                row.set(claim, &flipped.into());
                let download = client.get(&format!("/box/{mode}")).download().await;
                download.must_be_refused(&plain, &format!("{mode}: byte {place} of its {claim}"));
            }
            row.set(claim, &own);
        }
        client.get(&format!("/box/{mode}")).download().await.must_be(&plain, mode);
    }
}

#[tokio::test]
async fn a_part_cannot_be_dropped_doubled_or_moved_in_a_manifest() {
    let (gateway, mut chance) = (Gateway::start(), Chance::new());
    let (client, catalog) = (gateway.client(), gateway.catalog());
    client.put("/box").send().await.expect(200);
    for (mode, headers) in MODES {
        let plain = chance.bytes(2 * PART);
        two_parts(&client, &format!("/box/{mode}"), headers, &plain).await;
        let row = Row { catalog: &catalog, key: mode };
        let own: Vec<_> = ["manifest", "size"].map(|claim| (claim, row.claim(claim))).into();
        let rusqlite::types::Value::Blob(bytes) = &own[0].1 else { panic!("bytes") };
        let parts = Manifest::decode(bytes).expect("a manifest").parts().to_vec();
        let [one, two] = parts[..] else { panic!("two parts") };
        let numbered = |mut part: kms_core::sealed::Part, number| {
            part.number = number;
            part
        };
        let forged = [
            ("the second part dropped", vec![one]),
            ("the first part dropped", vec![two]),
            ("the parts exchanged", vec![numbered(two, 1), numbered(one, 2)]),
            ("a part twice", vec![one, numbered(one, 2)]),
        ];
        for (what, parts) in forged {
            let manifest = Manifest::new(parts).expect("a manifest");
            row.set("manifest", &manifest.encode().into());
            row.set("size", &(manifest.plain_len() as i64).into());
            let download = client.get(&format!("/box/{mode}")).download().await;
            own.iter().for_each(|(claim, value)| row.set(claim, value));
            download.must_be_refused(&plain, &format!("{mode}: {what}"));
        }
        client.get(&format!("/box/{mode}")).download().await.must_be(&plain, mode);
    }
}

#[tokio::test]
async fn a_row_copied_to_another_key_or_bucket_is_refused() {
    let (gateway, mut chance) = (Gateway::start(), Chance::new());
    let (client, catalog) = (gateway.client(), gateway.catalog());
    for bucket in ["/box", "/cup"] {
        client.put(bucket).send().await.expect(200);
    }
    for (mode, headers) in MODES {
        let (plain, other) = (chance.bytes(LEN), chance.bytes(LEN));
        put(&client, &format!("/box/{mode}"), headers, &plain).await;
        put(&client, &format!("/box/{mode}-2"), headers, &other).await;
        put(&client, &format!("/cup/{mode}"), headers, &other).await;
        let copied = "UPDATE version SET (size, etag, checksum, detail) =
                      (SELECT size, etag, checksum, detail FROM version AS v
                       JOIN bucket ON bucket.row = v.bucket
                       WHERE bucket.name = 'box' AND v.key = ?1)
                      WHERE key = ?2 AND bucket = (SELECT row FROM bucket WHERE name = ?3)";
        for (key, bucket) in [(format!("{mode}-2"), "box"), (mode.to_owned(), "cup")] {
            let to = params![mode.as_bytes(), key.as_bytes(), bucket];
            assert_eq!(catalog.execute(copied, to).expect("copied"), 1);
            // The detail may also be told that it belongs there.
            for _ in 0..2 {
                let download = client.get(&format!("/{bucket}/{key}")).download().await;
                download.must_be_refused(&plain, &format!("{mode} as {bucket}/{key}"));
                let moved = "UPDATE detail SET key = ?2,
                             bucket = (SELECT row FROM bucket WHERE name = ?3)
                             WHERE id = (SELECT detail FROM version WHERE key = ?1 LIMIT 1)";
                catalog.execute(moved, to).expect("moved");
            }
        }
        client.get(&format!("/box/{mode}")).download().await.must_be(&plain, mode);
    }
}

#[tokio::test]
async fn an_old_row_that_is_put_back_shows_the_old_object_or_nothing() {
    let (gateway, mut chance) = (Gateway::start(), Chance::new());
    let (client, catalog) = (gateway.client(), gateway.catalog());
    client.put("/box").send().await.expect(200);
    for (mode, headers) in MODES {
        let (old, new) = (chance.bytes(LEN), chance.bytes(LEN));
        let path = format!("/box/{mode}");
        let before = gateway.blobs();
        put(&client, &path, headers, &old).await;
        let old_blob = gateway.new_blob(&before);
        let row = Row { catalog: &catalog, key: mode };
        let saved = CLAIMS.map(|claim| (claim, row.claim(claim)));
        put(&client, &path, headers, &new).await;
        // One claim of the old row in the new one: a mixture, which nobody wrote.
        for (claim, value) in &saved {
            let own = row.claim(claim);
            if own == *value {
                continue;
            }
            row.set(claim, value);
            let download = client.get(&path).download().await;
            row.set(claim, &own);
            download.must_be_refused(&new, &format!("{mode}: an old {claim}"));
        }
        saved.iter().for_each(|(claim, value)| row.set(claim, value));
        client.get(&path).download().await.must_be(&old, "what the format does not promise");
        if old_blob.exists() {
            std::fs::remove_file(&old_blob).expect("removed");
        }
        client.get(&path).download().await.must_be_refused(&old, &format!("{mode}: a blob gone"));
    }
}

#[tokio::test]
async fn parts_cannot_be_exchanged_before_complete() {
    let (gateway, mut chance) = (Gateway::start(), Chance::new());
    let (client, catalog) = (gateway.client(), gateway.catalog());
    client.put("/box").send().await.expect(200);
    let exchanges = [
        "blob, salt, commitment, size",
        "blob, salt, commitment, size, etag, md5, checksum, mac",
        "blob",
        "size",
        "etag, md5",
    ];
    for (mode, headers) in MODES {
        let path = format!("/box/{mode}");
        let plain = chance.bytes(2 * PART + 1);
        let upload = client.initiate(&path, headers).await;
        let mut parts = Vec::new();
        for (number, piece) in (1..).zip(plain.chunks(PART)) {
            parts.push((number, client.part(&path, &upload, number, piece).await));
        }
        for columns in exchanges {
            let exchange = format!(
                "CREATE TEMP TABLE was AS SELECT * FROM part;
                 UPDATE part SET ({columns}) =
                 (SELECT {columns} FROM was WHERE was.upload = part.upload
                  AND was.number = 4 - part.number);"
            );
            let back = "REPLACE INTO part SELECT * FROM was; DROP TABLE was;";
            catalog.execute_batch(&exchange).expect("exchanged");
            let refused = client.complete(&path, &upload, &parts).await;
            assert!(refused.status >= 400, "{mode}: {columns}: {}", refused.status);
            catalog.execute_batch(back).expect("put back");
        }
        client.complete(&path, &upload, &parts).await.expect(200);
        client.get(&path).download().await.must_be(&plain, mode);
    }
}

#[tokio::test]
async fn an_upload_does_not_take_another_uploads_key_or_a_lower_mode() {
    let (gateway, mut chance) = (Gateway::start(), Chance::new());
    let (client, catalog) = (gateway.client(), gateway.catalog());
    client.put("/box").send().await.expect(200);
    let plain = chance.bytes(LEN);
    for (mode, headers) in MODES {
        let upload = client.initiate(&format!("/box/{mode}"), headers).await;
        let envelope = |id: &str| -> Vec<u8> {
            let found = "SELECT envelope FROM upload WHERE id = ?1";
            catalog.query_row(found, [id], |row| row.get(0)).expect("an upload")
        };
        let own = envelope(&upload);
        let other = client.initiate("/box/other", &[]).await;
        let mut lowered = own.clone();
        lowered[2] = if mode == "none" { 2 } else { 3 };
        let mut write_id = own.clone();
        write_id[3] ^= 1;
        for forged in [envelope(&other), lowered, write_id] {
            let set = "UPDATE upload SET envelope = ?2 WHERE id = ?1";
            catalog.execute(set, params![upload, forged]).expect("set");
            let path = format!("/box/{mode}?partNumber=1&uploadId={upload}");
            let refused = client.put(&path).body(plain.clone()).send().await;
            if refused.status == 200 {
                // The mode that a client hears is not what opens the key: what was
                // written must not be readable as something else.
                let parts = [(1, refused.etag())];
                client.complete(&format!("/box/{mode}"), &upload, &parts).await;
                let got = client.get(&format!("/box/{mode}")).download().await;
                assert!(got.status >= 400 || got.bytes == plain, "{mode}: {got:?}");
                break;
            }
            assert!(refused.status >= 500, "{mode}: {}", refused.status);
            catalog.execute(set, params![upload, own]).expect("set back");
        }
    }
}
