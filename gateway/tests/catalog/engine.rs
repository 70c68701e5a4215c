//! The engine below the nouns: batches, crashes, the WAL, and what it costs.

use std::time::Instant;

use futures_util::future::join_all;
use gateway::catalog::CatalogError;
use gateway::catalog::model::{ListQuery, Precondition, VersionRef, Versioning, Want};

use super::{Store, object};

#[tokio::test(flavor = "multi_thread")]
async fn of_many_racing_creators_one_wins() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Off).await;
    let racers: Vec<_> = (0..64)
        .map(|_| {
            let (catalog, new) = (store.catalog.clone(), object(&bucket, "key"));
            tokio::spawn(async move {
                let etag = new.object.etag.clone();
                catalog.version_commit(new, Precondition::Absent).await.map(|_| etag)
            })
        })
        .collect();
    let outcomes: Vec<_> = join_all(racers).await.into_iter().map(|o| o.expect("task")).collect();
    let winners: Vec<_> = outcomes.iter().flatten().collect();
    assert_eq!(winners.len(), 1);
    let lost = |outcome: &Result<_, _>| *outcome == Err(CatalogError::PreconditionFailed);
    assert_eq!(outcomes.iter().filter(|outcome| lost(outcome)).count(), 63);
    let found = store.find(&bucket, "key", VersionRef::Latest).await.expect("object");
    assert_eq!(found.object.as_ref().map(|object| &object.etag), winners.first().copied());
    let counts = store.catalog.blob_count().await.expect("counts");
    assert_eq!(counts.live, 1, "a loser's blob was taken into use");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_neighbour_does_not_abort_a_batch() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Off).await;
    store.put(&bucket, "taken").await;
    let commits = (0..200).map(|n| {
        let fails = n % 3 == 0;
        let key = if fails { "taken".to_owned() } else { format!("key-{n}") };
        let (catalog, new) = (store.catalog.clone(), object(&bucket, &key));
        async move { (fails, catalog.version_commit(new, Precondition::Absent).await) }
    });
    for (fails, outcome) in join_all(commits).await {
        assert_eq!(outcome.is_err(), fails, "{outcome:?}");
    }
    let query = ListQuery { limit: 1_000, ..ListQuery::default() };
    let page = store.catalog.version_list(bucket.row, query.clone()).await.expect("page");
    assert_eq!(page.objects.len(), 1 + 133);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_deleted_or_written_to_but_never_both() {
    let store = Store::new();
    for round in 0..40 {
        let bucket = store.bucket(&format!("b{round}"), Versioning::Off).await;
        let put = store.catalog.version_commit(object(&bucket, "key"), Precondition::None);
        let delete = store.catalog.bucket_delete(bucket.row);
        let (put, delete) = if round % 2 == 0 {
            tokio::join!(put, delete)
        } else {
            let (delete, put) = tokio::join!(delete, put);
            (put, delete)
        };
        match (&put, &delete) {
            (Ok(_), Err(CatalogError::NotEmpty)) | (Err(CatalogError::NoSuchBucket), Ok(())) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_after_a_crash() {
    let mut store = Store::new();
    let bucket = store.bucket("b", Versioning::Enabled).await;
    let commits = (0..300).map(|n| store.put_owned(&bucket, format!("key-{n}")));
    join_all(commits).await;
    // The files as a crash leaves them: copied beside the open catalog, with
    // its WAL, without its shared memory.
    let copy = tempfile::tempdir().expect("directory");
    for name in ["catalog.sqlite", "catalog.sqlite-wal"] {
        std::fs::copy(store.dir.path().join(name), copy.path().join(name)).expect("copy");
    }
    store.dir = copy;
    store.reopen();
    for n in 0..300 {
        let found = store.find(&bucket, &format!("key-{n}"), VersionRef::Latest).await;
        assert!(found.is_some(), "key-{n} was acknowledged");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mutation_that_could_not_begin_is_certainly_not_written() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Off).await;
    let file = rusqlite::Connection::open(store.dir.path().join("catalog.sqlite")).expect("open");
    file.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let new = object(&bucket, "key");
    let refused = store.catalog.version_commit(new.clone(), Precondition::None).await;
    assert!(matches!(refused, Err(CatalogError::Unavailable(_))), "{refused:?}");
    assert!(store.catalog.writer_check().await.is_err());
    file.execute_batch("ROLLBACK").expect("unlocked");
    assert_eq!(store.catalog.writer_check().await, Ok(()));
    assert_eq!(store.catalog.write_find(new.object.write_id).await, Ok(None));
    store.catalog.version_commit(new, Precondition::Absent).await.expect("now");
}

#[tokio::test]
async fn a_catalog_of_a_later_release_is_refused() {
    let store = Store::new();
    store.bucket("b", Versioning::Off).await;
    let dir = store.dir;
    drop(store.catalog);
    let file = rusqlite::Connection::open(dir.path().join("catalog.sqlite")).expect("open");
    file.pragma_update(None, "user_version", 999).expect("version");
    let refused = gateway::catalog::Catalog::open(dir.path(), std::sync::Arc::new(|| 0));
    assert!(matches!(refused.err(), Some(CatalogError::Newer { found: 999, .. })));
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_the_catalog() {
    use std::os::unix::fs::MetadataExt;
    let store = Store::new();
    store.bucket("b", Versioning::Off).await;
    for name in ["catalog.sqlite", "catalog.sqlite-wal"] {
        let meta = std::fs::metadata(store.dir.path().join(name)).expect("file");
        assert_eq!(meta.mode() & 0o777, 0o600, "{name}");
    }
}

/// Wide rows fill the WAL fast: far more than it may hold goes through it while
/// a reader is always busy.
#[tokio::test(flavor = "multi_thread")]
async fn the_wal_stays_bounded_under_load() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Off).await;
    let wal = store.dir.path().join("catalog.sqlite-wal");
    let catalog = store.catalog.clone();
    let reader = tokio::spawn(async move {
        loop {
            let want = Want::Version("b".into(), b"key-1-1".to_vec(), VersionRef::Latest);
            catalog.snapshot(&[want]).await.expect("read");
            tokio::task::yield_now().await;
        }
    });
    let mut longest = 0;
    for round in 0..100 {
        let commits = (0..64).map(|n| {
            let mut new = object(&bucket, &format!("key-{n}-{round}"));
            new.object.body.manifest = vec![7; 64 << 10];
            store.catalog.version_commit(new, Precondition::None)
        });
        for committed in join_all(commits).await {
            committed.expect("commit");
        }
        longest = longest.max(std::fs::metadata(&wal).expect("wal").len());
    }
    reader.abort();
    assert!(longest < 256 << 20, "the WAL grew to {longest} bytes");
}

/// Prints what commits and snapshots cost here:
/// `cargo test --release -p gateway --test catalog -- --ignored --nocapture numbers`
#[tokio::test(flavor = "multi_thread")]
#[ignore = "prints numbers; judges nothing"]
async fn numbers_of_commits() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Off).await;
    for submitters in [1_usize, 8, 64] {
        let each = 8_192 / submitters.max(4);
        let began = Instant::now();
        let tasks = (0..submitters).map(|_| {
            let (catalog, bucket) = (store.catalog.clone(), bucket.clone());
            tokio::spawn(async move {
                let mut times = Vec::new();
                for _ in 0..each {
                    let key = uuid::Uuid::new_v4().to_string();
                    let began = Instant::now();
                    let commit =
                        catalog.version_commit(object(&bucket, &key), Precondition::Absent);
                    commit.await.expect("commit");
                    times.push(began.elapsed());
                }
                times
            })
        });
        let mut times: Vec<_> =
            join_all(tasks).await.into_iter().flat_map(|times| times.expect("task")).collect();
        let rate = times.len() as f64 / began.elapsed().as_secs_f64();
        times.sort();
        let (half, most) = (times[times.len() / 2], times[times.len() * 99 / 100]);
        println!("{submitters:>3} submitters: {rate:.0} commits/s, p50 {half:?}, p99 {most:?}");
    }
}

/// Prints what snapshots and pages cost here, as above.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "prints numbers; judges nothing"]
async fn numbers_of_reads() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Off).await;
    for _ in 0..64 {
        let commits = (0..256).map(|_| {
            let key = uuid::Uuid::new_v4().to_string();
            store.catalog.version_commit(object(&bucket, &key), Precondition::None)
        });
        join_all(commits).await;
    }
    store.put(&bucket, "key").await;
    let want = [Want::Version("b".into(), b"key".to_vec(), VersionRef::Latest)];
    let began = Instant::now();
    for _ in 0..50_000 {
        store.catalog.snapshot(&want).await.expect("snapshot");
    }
    println!("snapshot of one version: {:?}", began.elapsed() / 50_000);
    for after in ["", "8", "ff"] {
        let query = ListQuery { after: after.into(), limit: 1_000, ..ListQuery::default() };
        let began = Instant::now();
        let page = store.catalog.version_list(bucket.row, query.clone()).await.expect("page");
        println!("{} keys after {after:?}: {:?}", page.objects.len(), began.elapsed());
    }
}
