//! Commits and deletions under each state of versioning.

use std::sync::atomic::Ordering;

use gateway::catalog::CatalogError;
use gateway::catalog::model::{Deleted, Deletion, Precondition, VersionId, VersionRef, Versioning};

use super::{Store, latest, object};

fn exact(key: &str, id: &VersionId) -> Deletion {
    Deletion {
        key: key.into(),
        version: VersionRef::Exact(id.clone()),
        precondition: Precondition::None,
        bypass: false,
    }
}

#[tokio::test]
async fn a_version_is_read_back_as_it_was_committed() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Off).await;
    let new = store.put(&bucket, "key").await;
    let version = store.find(&bucket, "key", VersionRef::Latest).await.expect("version");
    assert_eq!(version.object.as_ref(), Some(&new.object));
    assert_eq!(version.version_id, VersionId::Null);
    let null = store.find(&bucket, "key", VersionRef::Exact(VersionId::Null)).await;
    assert_eq!(null, Some(version));
    let committed = store.catalog.write_find(new.object.write_id).await.expect("read");
    assert_eq!(committed.map(|c| c.version_id), Some(VersionId::Null));
    assert_eq!(store.catalog.write_find([0; 16]).await, Ok(None));
}

#[tokio::test]
async fn an_overwrite_without_versioning_releases_the_old_blob() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Off).await;
    let old = store.put(&bucket, "key").await;
    store.clock.store(2_000, Ordering::Relaxed);
    let new = store.put(&bucket, "key").await;
    let released = store.catalog.blob_released(2_000, 0, 10).await.expect("released");
    assert_eq!(released.iter().map(|blob| blob.id).collect::<Vec<_>>(), old.blobs);
    assert_eq!(store.catalog.blob_released(1_999, i64::MAX, 10).await, Ok(Vec::new()));
    store.delete(&bucket, "key").await;
    assert_eq!(store.find(&bucket, "key", VersionRef::Latest).await, None);
    let both = vec![old.blobs[0], new.blobs[0]];
    store.catalog.blob_forget(both.clone()).await.expect("forget");
    assert_eq!(store.catalog.blob_known(both).await, Ok(vec![false, false]));
}

#[tokio::test]
async fn versions_are_ordered_by_commit_not_by_clock() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Enabled).await;
    let mut ids = Vec::new();
    for modified_ms in [50, 10, 30] {
        let mut new = object(&bucket, "key");
        new.modified_ms = modified_ms;
        let committed = store.catalog.version_commit(new, Precondition::None).await;
        ids.push(committed.expect("commit").version_id);
    }
    let newest = store.find(&bucket, "key", VersionRef::Latest).await.expect("newest");
    assert_eq!((newest.modified_ms, &newest.version_id), (30, &ids[2]));
    let first = store.find(&bucket, "key", VersionRef::Exact(ids[0].clone())).await;
    assert_eq!(first.expect("first").modified_ms, 50);
    store.remove(&bucket, exact("key", &ids[2])).await.expect("delete");
    let newest = store.find(&bucket, "key", VersionRef::Latest).await.expect("newest");
    assert_eq!(newest.version_id, ids[1]);
    let gone = store.find(&bucket, "key", VersionRef::Exact(ids[2].clone())).await;
    assert_eq!(gone, None);
}

#[tokio::test]
async fn the_null_version_survives_enabling_and_is_replaced_while_suspended() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Off).await;
    let null = VersionRef::Exact(VersionId::Null);
    let first = store.put(&bucket, "key").await;
    store.versioning(&bucket, Versioning::Enabled).await;
    store.put(&bucket, "key").await;
    let found = store.find(&bucket, "key", null.clone()).await.expect("null version");
    assert_eq!(found.object.as_ref(), Some(&first.object));

    store.versioning(&bucket, Versioning::Suspended).await;
    let second = store.put(&bucket, "key").await;
    let found = store.find(&bucket, "key", null.clone()).await.expect("null version");
    assert_eq!(found.object.as_ref(), Some(&second.object));
    store.versioning(&bucket, Versioning::Enabled).await;
    store.put(&bucket, "key").await;
    let found = store.find(&bucket, "key", null.clone()).await.expect("amid named versions");
    assert_eq!(found.object.as_ref(), Some(&second.object));

    store.versioning(&bucket, Versioning::Suspended).await;
    let deleted = store.remove(&bucket, latest("key")).await;
    let marker = Deleted { version_id: Some(VersionId::Null), marker: true };
    assert_eq!(deleted, Ok(marker));
    let found = store.find(&bucket, "key", null).await.expect("null marker");
    assert_eq!(found.object, None);
    let counts = store.catalog.blob_count().await.expect("counts");
    assert_eq!((counts.live, counts.released), (2, 2));
}

#[tokio::test]
async fn deleting_a_marker_brings_the_object_back() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Enabled).await;
    store.put(&bucket, "key").await;
    let marker = store.remove(&bucket, latest("key")).await;
    let marker = marker.expect("marker");
    let head = store.find(&bucket, "key", VersionRef::Latest).await.expect("marker");
    assert!(marker.marker && head.object.is_none());
    let id = marker.version_id.expect("a marker has an id");
    let removed = store.remove(&bucket, exact("key", &id)).await;
    assert_eq!(removed, Ok(Deleted { version_id: Some(id), marker: true }));
    let head = store.find(&bucket, "key", VersionRef::Latest).await.expect("object");
    assert!(head.object.is_some());
}

#[tokio::test]
async fn preconditions_speak_of_the_current_object() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Enabled).await;
    let commit = async |precondition| {
        let new = object(&bucket, "key");
        let etag = new.object.etag.clone();
        store.catalog.version_commit(new, precondition).await.map(|_| etag)
    };
    let missing = commit(Precondition::Etag("x".into())).await;
    assert_eq!(missing, Err(CatalogError::NoSuchKey));
    let etag = commit(Precondition::Absent).await.expect("absent");
    assert_eq!(commit(Precondition::Absent).await, Err(CatalogError::PreconditionFailed));
    let wrong = commit(Precondition::Etag("x".into())).await;
    assert_eq!(wrong, Err(CatalogError::PreconditionFailed));
    commit(Precondition::Etag(etag)).await.expect("matches");
    store.delete(&bucket, "key").await;
    commit(Precondition::Absent).await.expect("a marker is no object");
}

#[tokio::test]
async fn a_batch_of_deletions_answers_each_key_for_itself() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Off).await;
    let etag = store.put(&bucket, "kept").await.object.etag;
    store.put(&bucket, "gone").await;
    let refused = Deletion { precondition: Precondition::Etag("x".into()), ..latest("kept") };
    let mut deletions = vec![refused, latest("gone"), latest("never")];
    deletions.extend((0..200).map(|n| latest(&format!("more-{n}"))));
    let answers =
        store.catalog.versions_delete(super::deleter(&bucket), deletions).await.expect("batch");
    assert_eq!(answers[0], Err(CatalogError::PreconditionFailed));
    assert!(answers[1..].iter().all(|answer| *answer == Ok(Deleted::default())));
    assert_eq!(answers.len(), 203);
    let kept = store.find(&bucket, "kept", VersionRef::Latest).await.expect("kept");
    assert_eq!(kept.object.as_ref().map(|object| &object.etag), Some(&etag));
    assert_eq!(store.find(&bucket, "gone", VersionRef::Latest).await, None);
}

#[tokio::test]
async fn a_condemned_blob_never_becomes_an_object() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Off).await;
    let new = object(&bucket, "key");
    let live = store.put(&bucket, "live").await.blobs[0];
    let asked = vec![new.blobs[0], live];
    assert_eq!(store.catalog.blob_condemn(asked).await, Ok(new.blobs.clone()));
    assert_eq!(store.catalog.blob_condemned(1_000, 10).await, Ok(new.blobs.clone()));
    let refused = store.catalog.version_commit(new.clone(), Precondition::None).await;
    assert_eq!(refused, Err(CatalogError::Condemned));
    assert_eq!(store.find(&bucket, "key", VersionRef::Latest).await, None);
    store.catalog.blob_forget(vec![live, new.blobs[0]]).await.expect("forget");
    assert_eq!(store.catalog.blob_condemned(1_000, 10).await, Ok(Vec::new()));
    let late = store.catalog.version_commit(new.clone(), Precondition::None).await;
    assert_eq!(late, Err(CatalogError::Condemned), "its file is gone");
    assert_eq!(store.catalog.blob_known(vec![live]).await, Ok(vec![true]), "live is kept");
}

#[tokio::test]
async fn a_released_blob_never_becomes_an_object_again() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Off).await;
    let first = store.put(&bucket, "key").await;
    store.delete(&bucket, "key").await;
    let mut again = object(&bucket, "key");
    again.blobs = first.blobs;
    let refused = store.catalog.version_commit(again, Precondition::None).await;
    assert_eq!(refused, Err(CatalogError::Changed));
}
