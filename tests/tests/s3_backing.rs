//! The gateway over an S3 store: another gateway, reached over HTTPS.
//!
//! What is kept there is ciphertext, and each blob says of itself how its key is
//! wrapped, so that a lost catalog is not the end.

use std::time::Duration;

use sealgate_tests::store::{contains, md5};
use sealgate_tests::{Chance, Gateway};

const PART: usize = 5 << 20;
/// Blobs from this size on are sent to the store in several parts.
const LARGE: usize = 20 << 20;

async fn pair() -> (Gateway, Gateway) {
    let store = Gateway::start();
    store.client().put("/blobs").send().await.expect(200);
    let gateway = Gateway::backed_by(&store, "blobs");
    gateway.client().put("/box").send().await.expect(200);
    (store, gateway)
}

/// Names of the stored blobs, as paths on the store.
async fn blobs(store: &Gateway) -> Vec<String> {
    let listed = store.client().get("/blobs?list-type=2").send().await.expect(200);
    let keys = listed.elements("Key").into_iter().filter(|key| !key.contains("sealgate-"));
    keys.map(|key| format!("/blobs/{key}")).collect()
}

#[tokio::test]
async fn objects_are_written_read_listed_copied_and_deleted() {
    let ((store, gateway), mut chance) = (pair().await, Chance::new());
    let client = gateway.client();
    for (name, len) in [("empty", 0), ("small", 1000), ("middle", 3 << 20), ("large", LARGE)] {
        let plain = chance.bytes(len);
        let path = format!("/box/{name}");
        client.put(&path).sse_kms(None).body(plain.clone()).send().await.expect(200);
        client.get(&path).download().await.must_be(&plain, name);
        if len > 1 {
            let (from, to) = (len / 3, len - 1);
            let range = client.get(&path).header("range", &format!("bytes={from}-{to}"));
            range.download().await.must_be(&plain[from..=to], name);
        }
    }
    let listed = client.get("/box?list-type=2").send().await.expect(200);
    assert_eq!(listed.elements("Key"), ["empty", "large", "middle", "small"]);

    let plain = chance.bytes(PART + 1000);
    let upload = client.initiate("/box/parts", &[]).await;
    let mut parts = Vec::new();
    for (number, piece) in (1..).zip(plain.chunks(PART)) {
        parts.push((number, client.part("/box/parts", &upload, number, piece).await));
    }
    client.complete("/box/parts", &upload, &parts).await.expect(200);
    client.get("/box/parts").download().await.must_be(&plain, "multipart");
    client.put("/box/copy").header("x-amz-copy-source", "/box/parts").send().await.expect(200);
    client.get("/box/copy").download().await.must_be(&plain, "a copy");

    client.delete("/box/small").send().await.expect(204);
    client.get("/box/small").send().await.expect_fault(404, "NoSuchKey");
    assert!(blobs(&store).await.len() >= 6);
}

#[tokio::test]
async fn the_store_holds_ciphertext_with_its_wrapped_key_and_the_same_etag() {
    let ((store, gateway), mut chance) = (pair().await, Chance::new());
    let (text, plain) = chance.canary(100_000);
    let written = gateway.client().put("/box/k").sse_kms(None).body(plain.clone());
    let etag = written.send().await.expect(200).etag();

    let names = blobs(&store).await;
    let [name] = &names[..] else { panic!("one blob: {names:?}") };
    let stored = store.client().get(name).send().await.expect(200);
    assert_eq!(stored.etag(), etag, "the store and the client see one ETag");
    assert_eq!(md5(stored.body()), etag);
    assert!(!contains(stored.body(), text.as_bytes()));

    let envelope = gateway.inspect("s3://box/k").to_string();
    let meta = |name: &str| stored.header(&format!("x-amz-meta-sealgate-{name}"));
    assert_eq!((meta("format").as_str(), meta("mode").as_str()), ("1", "kms"));
    for name in ["wrapped-key", "write-id", "salt", "commitment", "key-id"] {
        assert!(!meta(name).is_empty(), "no {name} in {:?}", stored.headers);
    }
    assert!(meta("wrapped-key").len() >= 2 * 71, "{}", meta("wrapped-key"));
    assert!(envelope.contains(&meta("write-id")), "{envelope}");
    let metadata: usize = stored
        .headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-amz-meta-"))
        .map(|(name, value)| name.as_str().len() - "x-amz-meta-".len() + value.len())
        .sum();
    assert!(metadata <= 2048, "{metadata} bytes of metadata");
}

#[tokio::test]
async fn damage_in_the_store_is_never_served() {
    let ((store, gateway), mut chance) = (pair().await, Chance::new());
    let (client, direct) = (gateway.client(), store.client());
    for len in [100_000, 3 << 20] {
        let plain = chance.bytes(len);
        client.put("/box/k").sse_kms(None).body(plain.clone()).send().await.expect(200);
        let mut found = None;
        for name in blobs(&store).await {
            let bytes = direct.get(&name).send().await.expect(200).body().to_vec();
            found = (bytes.len() > len).then_some((name, bytes)).or(found);
        }
        let (name, sealed) = found.expect("a blob");
        let mut flipped = sealed.clone();
        flipped[len / 2] ^= 1;
        let cut = sealed[..sealed.len() - 1].to_vec();
        for (what, damaged) in [("flipped", flipped), ("cut", cut), ("emptied", Vec::new())] {
            direct.put(&name).body(damaged).send().await.expect(200);
            client.get("/box/k").download().await.must_be_refused(&plain, what);
        }
        direct.delete(&name).send().await.expect(204);
        client.get("/box/k").download().await.must_be_refused(&plain, "deleted");
        direct.put(&name).body(sealed).send().await.expect(200);
        client.get("/box/k").download().await.must_be(&plain, "put back");
    }
}

#[tokio::test]
async fn a_store_that_is_down_is_a_503_and_loses_nothing() {
    let ((mut store, gateway), mut chance) = (pair().await, Chance::new());
    let client = gateway.client();
    let plain = chance.bytes(300_000);
    client.put("/box/k").sse_kms(None).body(plain.clone()).send().await.expect(200);
    store.keep_port();
    store.kill();

    let get = client.get("/box/k").send();
    let get = tokio::time::timeout(Duration::from_secs(60), get).await.expect("an answer");
    assert!(!get.expect(503).header("retry-after").is_empty());
    let put = client.put("/box/k").sse_kms(None).body(chance.bytes(1000)).send();
    let put = tokio::time::timeout(Duration::from_secs(60), put).await.expect("an answer");
    assert!(!put.expect(503).header("retry-after").is_empty());
    client.head("/box/k").send().await.expect(200);

    store.launch().expect("a start");
    client.get("/box/k").download().await.must_be(&plain, "after the store came back");
}

#[tokio::test]
async fn the_sweeper_keeps_to_its_own_blobs_in_a_bucket() {
    let ((store, mut gateway), mut chance) = (pair().await, Chance::new());
    for (name, value) in [
        ("SEALGATE_GC_SWEEP_INTERVAL_S", "1"),
        ("SEALGATE_GC_ORPHAN_AGE_S", "1"),
        ("SEALGATE_GC_CONDEMNED_GRACE_S", "1"),
        ("SEALGATE_GC_READ_GRACE_S", "1"),
    ] {
        gateway.set(name, value);
    }
    gateway.restart();
    let (client, direct) = (gateway.client(), store.client());
    let plain = chance.bytes(10_000);
    client.put("/box/k").body(plain.clone()).send().await.expect(200);
    let id = hex::encode(chance.bytes(16));
    let orphan = format!("/blobs/sealed/{}/{id}", &id[29..]);
    let foreign = ["/blobs/sealed/notes.txt", "/blobs/elsewhere"];
    for path in foreign.into_iter().chain([orphan.as_str()]) {
        direct.put(path).body("something").send().await.expect(200);
    }
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    while direct.head(&orphan).send().await.status != 404 {
        assert!(std::time::Instant::now() < deadline, "the orphan stays");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for path in foreign {
        direct.head(path).send().await.expect(200);
    }
    client.get("/box/k").download().await.must_be(&plain, "the live object");
}
