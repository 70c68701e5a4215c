//! The sweeper deletes what nothing refers to, later, and never anything else.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sealgate_tests::{Chance, Gateway};

/// A sweep a second, no patience with orphans.
const EAGER: [(&str, &str); 4] = [
    ("SEALGATE_GC_SWEEP_INTERVAL_S", "1"),
    ("SEALGATE_GC_ORPHAN_AGE_S", "2"),
    ("SEALGATE_GC_CONDEMNED_GRACE_S", "1"),
    ("SEALGATE_GC_READ_GRACE_S", "1"),
];
/// Blobs due are removed every five seconds.
const SOON: Duration = Duration::from_secs(20);
/// Long enough for everything that would happen to happen.
const SEVERAL_ROUNDS: Duration = Duration::from_secs(12);

/// A blob that no row knows, as a crash leaves it.
fn orphan(gateway: &Gateway, chance: &mut Chance) -> PathBuf {
    let id = hex::encode(chance.bytes(16));
    let dir = gateway.data_dir().join("blobs").join(&id[29..]);
    fs::create_dir_all(&dir).expect("a directory");
    let path = dir.join(id);
    fs::write(&path, b"left by a crash").expect("an orphan");
    path
}

fn condemned(gateway: &Gateway) -> i64 {
    let count = "SELECT count(*) FROM blob WHERE state = 2 AND many = 0";
    gateway.catalog().query_row(count, [], |row| row.get(0)).expect("a count")
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + SOON;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what} did not happen in {SOON:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn is_gone(path: &Path) -> bool {
    !path.exists()
}

#[tokio::test]
async fn orphans_are_condemned_then_deleted_and_blobs_of_live_objects_never() {
    let (gateway, mut chance) = (Gateway::with(&EAGER), Chance::new());
    let client = gateway.client();
    client.put("/box").send().await.expect(200);
    let plain = chance.bytes(200_000);
    client.put("/box/single").sse_kms(None).body(plain.clone()).send().await.expect(200);
    let upload = client.initiate("/box/parts", &[]).await;
    let etag = client.part("/box/parts", &upload, 1, plain.clone()).await;
    client.complete("/box/parts", &upload, &[(1, etag)]).await.expect(200);
    let open = client.initiate("/box/open", &[]).await;
    let part = client.part("/box/open", &open, 1, plain.clone()).await;
    let live = gateway.blobs();
    assert_eq!(live.len(), 3);

    let orphans: Vec<_> = (0..3).map(|_| orphan(&gateway, &mut chance)).collect();
    until("condemning", || condemned(&gateway) == 3).await;
    assert!(!orphans.iter().any(|path| is_gone(path)), "deleted before the grace was over");
    until("deleting", || orphans.iter().all(|path| is_gone(path))).await;
    until("forgetting", || condemned(&gateway) == 0).await;

    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(live.iter().all(|path| path.exists()), "a live blob was swept");
    for path in ["/box/single", "/box/parts"] {
        client.get(path).download().await.must_be(&plain, path);
    }
    client.complete("/box/open", &open, &[(1, part)]).await.expect(200);
    client.get("/box/open").download().await.must_be(&plain, "an upload older than orphans may be");
}

#[tokio::test]
async fn replaced_deleted_and_aborted_blobs_are_removed() {
    let (gateway, mut chance) = (Gateway::with(&EAGER), Chance::new());
    let client = gateway.client();
    client.put("/box").send().await.expect(200);
    let plain = chance.bytes(1000);
    for body in [chance.bytes(2000), plain.clone()] {
        client.put("/box/kept").body(body).send().await.expect(200);
    }
    client.put("/box/deleted").body(plain.clone()).send().await.expect(200);
    client.delete("/box/deleted").send().await.expect(204);
    let upload = client.initiate("/box/aborted", &[]).await;
    client.part("/box/aborted", &upload, 1, plain.clone()).await;
    client.delete(&format!("/box/aborted?uploadId={upload}")).send().await.expect(204);
    let request = gateway.plain_client().put("/box/hung-up").body(vec![7; 3 << 20]);
    let hung_up = tokio::task::spawn_blocking(move || request.send_and_hang_up(1 << 20));
    hung_up.await.expect("hung up");

    until("removal", || gateway.blobs().len() == 1).await;
    client.get("/box/kept").download().await.must_be(&plain, "the object that stays");
}

#[tokio::test]
async fn a_download_outlives_the_deletion_of_its_blob() {
    let (gateway, mut chance) = (Gateway::with(&EAGER), Chance::new());
    let client = gateway.client();
    client.put("/box").send().await.expect(200);
    let plain = chance.bytes(32 << 20);
    client.put("/box/long").body(plain.clone()).send().await.expect(200);
    let mut response = client.get("/box/long").try_send().await.expect("an answer");
    client.delete("/box/long").send().await.expect(204);
    until("removal", || gateway.blobs().is_empty()).await;
    let mut got = Vec::new();
    while let Some(chunk) = response.chunk().await.expect("the whole object") {
        got.extend_from_slice(&chunk);
    }
    assert!(got == plain);
}

#[tokio::test]
async fn a_foreign_catalog_deletes_nothing() {
    let (mut gateway, mut chance) = (Gateway::with(&EAGER), Chance::new());
    let identity = gateway.data_dir().join("blobs/sealgate-identity");
    until("the identity", || identity.exists()).await;
    gateway.kill();
    // The store now says that it belongs to someone else.
    fs::write(&identity, "another/catalog").expect("an identity");
    let orphan = orphan(&gateway, &mut chance);
    gateway.launch().expect("a start");
    tokio::time::sleep(SEVERAL_ROUNDS).await;
    assert!(orphan.exists(), "a blob of another catalog was deleted");
    assert_eq!(condemned(&gateway), 0);
    assert!(gateway.log().contains("belongs to another catalog"), "{}", gateway.log());
}

#[tokio::test]
async fn more_orphans_than_a_crash_leaves_alarm_and_stay() {
    let (mut gateway, mut chance) = (Gateway::with(&EAGER), Chance::new());
    gateway.kill();
    let orphans: Vec<_> = (0..150).map(|_| orphan(&gateway, &mut chance)).collect();
    gateway.launch().expect("a start");
    tokio::time::sleep(SEVERAL_ROUNDS).await;
    assert!(orphans.iter().all(|path| path.exists()), "orphans above the alarm were deleted");
    assert_eq!(condemned(&gateway), 0);
    assert!(gateway.log().contains("too many orphan blobs"), "{}", gateway.log());

    // An operator has looked, and raises the limit.
    gateway.set("SEALGATE_GC_ALARM_PERCENT", "100");
    gateway.restart();
    until("deleting", || orphans.iter().all(|path| is_gone(path))).await;
}
