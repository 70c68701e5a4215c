//! Multipart uploads from Initiate to Complete or Abort.

use gateway::catalog::CatalogError;
use gateway::catalog::model::{
    Bucket, Metadata, Mode, NewVersion, Precondition, Upload, UploadPart, UploadQuery, VersionRef,
    Versioning, Want,
};
use uuid::Uuid;

use super::{Store, object};

fn upload(bucket: &Bucket, key: &str, started_ms: i64) -> Upload {
    let write_id = Uuid::now_v7();
    Upload {
        id: write_id.simple().to_string(),
        bucket: bucket.row,
        key: key.into(),
        started_ms,
        owner_id: bucket.account_id.clone(),
        write_id: write_id.into_bytes(),
        mode: Mode::Kms,
        envelope: vec![1; 200],
        kms_key: Some((Uuid::from_bytes([4; 16]), 1)),
        metadata: Metadata::default(),
        checksum: Some(("CRC32".to_owned(), true)),
    }
}

fn part(number: u32) -> UploadPart {
    UploadPart {
        number,
        blob: Uuid::now_v7().into_bytes(),
        size: 5 << 20,
        etag: "e".repeat(32),
        md5: [1; 16],
        salt: [2; 32],
        commitment: [3; 32],
        checksum: None,
        mac: vec![4; 32],
        modified_ms: 6,
    }
}

fn whole(bucket: &Bucket, upload: &Upload, parts: &[UploadPart]) -> NewVersion {
    let mut new = object(bucket, "");
    new.key = upload.key.clone();
    new.object.write_id = upload.write_id;
    new.blobs = parts.iter().map(|part| part.blob).collect();
    new
}

#[tokio::test]
async fn completing_keeps_the_named_parts_and_releases_the_others() {
    let store = Store::new();
    let catalog = &store.catalog;
    let bucket = store.bucket("b", Versioning::Off).await;
    let begun = upload(&bucket, "key", 5);
    catalog.upload_create(begun.clone()).await.expect("initiate");
    let want = Want::Upload("b".into(), b"key".to_vec(), begun.id.clone());
    assert_eq!(store.one(want.clone()).await.upload.as_deref(), Some(&begun));
    let (one, replaced, two, unused) = (part(1), part(2), part(2), part(3));
    for part in [&one, &replaced, &two, &unused] {
        catalog.part_commit(bucket.row, &begun.id, part.clone()).await.expect("part");
    }
    let kept = [one, two];
    let listed = catalog.parts_all(bucket.row, &begun.id).await.expect("parts");
    assert_eq!(listed, [&kept[..], std::slice::from_ref(&unused)].concat());
    assert_eq!(catalog.part_list(bucket.row, &begun.id, 1, 1).await, Ok(vec![kept[1].clone()]));

    let new = whole(&bucket, &begun, &kept);
    let committed = catalog.upload_complete(&begun.id, new.clone(), Precondition::None).await;
    let committed = committed.expect("complete");
    assert_eq!(store.one(want).await.upload, None);
    let found = store.find(&bucket, "key", VersionRef::Latest).await.expect("object");
    assert_eq!(found.object.as_ref(), Some(&new.object));
    let mut released = catalog.blob_released(1_000, 1_000, 10).await.expect("released");
    released.sort_by_key(|blob| blob.id);
    let released: Vec<_> = released.iter().map(|blob| blob.id).collect();
    assert_eq!(released, [replaced.blob, unused.blob]);

    let again = catalog.upload_complete(&begun.id, new.clone(), Precondition::None).await;
    assert_eq!(again, Err(CatalogError::NoSuchUpload));
    let told = catalog.upload_completed_find(bucket.row, b"key", &begun.id).await;
    let told = told.expect("read").expect("completed");
    assert_eq!((told.committed, told.etag), (committed, new.object.etag));
    assert_eq!(catalog.upload_completed_forget(1_000, 10).await, Ok(1));
}

#[tokio::test]
async fn a_part_that_was_replaced_meanwhile_stops_the_completion() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Off).await;
    let begun = upload(&bucket, "key", 5);
    store.catalog.upload_create(begun.clone()).await.expect("initiate");
    let (old, newer) = (part(1), part(1));
    for part in [&old, &newer] {
        store.catalog.part_commit(bucket.row, &begun.id, part.clone()).await.expect("part");
    }
    let new = whole(&bucket, &begun, std::slice::from_ref(&old));
    let refused = store.catalog.upload_complete(&begun.id, new, Precondition::None).await;
    assert_eq!(refused, Err(CatalogError::Changed));
    assert_eq!(store.catalog.parts_all(bucket.row, &begun.id).await, Ok(vec![newer]));
}

#[tokio::test]
async fn an_aborted_upload_takes_no_more_parts_and_frees_its_bucket() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Off).await;
    let begun = upload(&bucket, "key", 5);
    store.catalog.upload_create(begun.clone()).await.expect("initiate");
    store.catalog.part_commit(bucket.row, &begun.id, part(1)).await.expect("part");
    assert_eq!(store.catalog.bucket_delete(bucket.row).await, Err(CatalogError::NotEmpty));
    store.catalog.upload_abort(bucket.row, &begun.id).await.expect("abort");
    let late = store.catalog.part_commit(bucket.row, &begun.id, part(2)).await;
    assert_eq!(late, Err(CatalogError::NoSuchUpload));
    let again = store.catalog.upload_abort(bucket.row, &begun.id).await;
    assert_eq!(again, Err(CatalogError::NoSuchUpload));
    let counts = store.catalog.blob_count().await.expect("counts");
    assert_eq!((counts.live, counts.released), (0, 1));
    store.catalog.bucket_delete(bucket.row).await.expect("empty");
    let gone = store.catalog.upload_create(upload(&bucket, "key", 6)).await;
    assert_eq!(gone, Err(CatalogError::NoSuchBucket));
}

#[tokio::test]
async fn uploads_are_paged_by_key_then_start() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Off).await;
    let mut begun = Vec::new();
    for (key, started_ms) in [("a", 9), ("a", 3), ("b/1", 1), ("b/2", 1), ("c", 1)] {
        begun.push(upload(&bucket, key, started_ms));
        store.catalog.upload_create(begun.last().expect("one").clone()).await.expect("initiate");
    }
    let list = async |query: UploadQuery| {
        let page = store.catalog.upload_list(bucket.row, query).await.expect("page");
        let ids: Vec<_> = page.uploads.into_iter().map(|upload| upload.id).collect();
        (ids, page.prefixes, page.truncated)
    };
    let id = |n: usize| begun[n].id.clone();
    let query = UploadQuery { delimiter: b"/".to_vec(), limit: 2, ..UploadQuery::default() };
    assert_eq!(list(query.clone()).await, (vec![id(1), id(0)], vec![], true));
    let after = Some((b"a".to_vec(), Some(id(1))));
    let second = list(UploadQuery { after, ..query.clone() }).await;
    assert_eq!(second, (vec![id(0)], vec![b"b/".to_vec()], true));
    let after = Some((b"b/".to_vec(), None));
    assert_eq!(list(UploadQuery { after, ..query }).await, (vec![id(4)], vec![], false));
    let prefix = UploadQuery { prefix: b"b".to_vec(), limit: 9, ..UploadQuery::default() };
    assert_eq!(list(prefix).await, (vec![id(2), id(3)], vec![], false));
}
