//! Accounts, access keys, buckets, settings, single values.

use gateway::catalog::CatalogError;
use gateway::catalog::model::{AccessKey, Versioning, Want};

use super::{Store, account, bucket, latest};

fn access_key(id: &str, account_id: &str) -> AccessKey {
    AccessKey {
        id: id.to_owned(),
        account_id: account_id.to_owned(),
        entity_id: None,
        sealed_secret: vec![9; 60],
        active: true,
        created_ms: 1,
    }
}

#[tokio::test]
async fn an_account_whose_access_key_is_taken_is_not_created_either() {
    let store = Store::new();
    let (a, b) = (account("a"), account("b"));
    let key = access_key("AKIAEXAMPLE", &a.id);
    store.catalog.account_create(a.clone(), Some(key.clone())).await.expect("first");
    let taken = AccessKey { account_id: b.id.clone(), ..key.clone() };
    let refused = store.catalog.account_create(b.clone(), Some(taken)).await;
    assert_eq!(refused, Err(CatalogError::Exists("access key")));
    assert_eq!(store.catalog.account_find(&b.id).await, Ok(None));
    let again = store.catalog.account_create(a.clone(), None).await;
    assert!(matches!(again, Err(CatalogError::Exists(_))));
    let found = store.catalog.access_key_find("AKIAEXAMPLE").await.expect("read").expect("key");
    assert!(found.key == key && *found.account == a && found.user.is_none());
    assert_eq!(store.catalog.account_find_by_domain(&a.domain_id).await, Ok(Some(a.clone())));
    assert_eq!(store.catalog.account_find_by_canonical(&a.canonical_id).await, Ok(Some(a)));
}

#[tokio::test]
async fn a_bucket_name_is_taken_by_its_owner_and_freed_by_deletion() {
    let store = Store::new();
    let first = store.bucket("photos", Versioning::Off).await;
    let refused = store.catalog.bucket_create(bucket("photos")).await;
    assert_eq!(refused, Err(CatalogError::BucketExists { owner: first.account_id.clone() }));
    store.put(&first, "cat").await;
    assert_eq!(store.catalog.bucket_delete(first.row).await, Err(CatalogError::NotEmpty));
    store.delete(&first, "cat").await;
    store.catalog.setting_put(first.row, "policy", b"{}".to_vec()).await.expect("setting");
    store.catalog.bucket_delete(first.row).await.expect("empty");
    let second = store.bucket("photos", Versioning::Off).await;
    assert_ne!(second.row, first.row, "a row number is never used again");
    let facts = store.one(Want::Bucket("photos".into())).await.bucket.expect("bucket");
    assert!(facts.settings.is_empty(), "settings of the deleted bucket came back");
}

#[tokio::test]
async fn a_delete_marker_keeps_its_bucket() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Enabled).await;
    store.remove(&bucket, latest("never")).await.expect("marker");
    assert_eq!(store.catalog.bucket_delete(bucket.row).await, Err(CatalogError::NotEmpty));
}

#[tokio::test]
async fn a_changed_setting_is_seen_by_the_next_snapshot() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Off).await;
    let want = Want::Bucket("b".into());
    for round in 0..10_u8 {
        store.catalog.setting_put(bucket.row, "policy", vec![round]).await.expect("put");
        let facts = store.one(want.clone()).await.bucket.expect("bucket");
        assert_eq!(facts.settings["policy"].as_ref(), [round]);
        assert_eq!(facts.owner.id, bucket.account_id);
    }
    store.catalog.setting_delete(bucket.row, "policy").await.expect("delete");
    assert!(store.one(want.clone()).await.bucket.expect("bucket").settings.is_empty());
    store.versioning(&bucket, Versioning::Enabled).await;
    let facts = store.one(want).await.bucket.expect("bucket");
    assert_eq!(facts.bucket.versioning, Versioning::Enabled);
    let back = store.catalog.bucket_versioning_put(bucket.row, Versioning::Off).await;
    assert_eq!(back, Err(CatalogError::Changed));
}

#[tokio::test]
async fn buckets_are_listed_by_prefix_and_place() {
    let store = Store::new();
    for name in ["a-1", "a-2", "a-3", "b-1"] {
        store.bucket(name, Versioning::Off).await;
    }
    let owner = account("root").id;
    let names = async |prefix: &str, after: &str, limit| {
        let list = store.catalog.bucket_list(&owner, prefix, after, limit).await.expect("list");
        list.into_iter().map(|bucket| bucket.name).collect::<Vec<_>>()
    };
    assert_eq!(names("a-", "a-1", 1).await, ["a-2"]);
    assert_eq!(names("", "a-2", 9).await, ["a-3", "b-1"]);
    assert!(names("c", "", 9).await.is_empty());
}

#[tokio::test]
async fn a_value_is_created_once_and_replaced_only_when_unchanged() {
    let mut store = Store::new();
    let identity = store.catalog.identity().await.expect("identity");
    store.catalog.meta_create("root", b"1".to_vec()).await.expect("first");
    let second = store.catalog.meta_create("root", b"2".to_vec()).await;
    assert_eq!(second, Err(CatalogError::Exists("name")));
    let stale = store.catalog.meta_update("root", b"0".to_vec(), b"2".to_vec()).await;
    assert_eq!(stale, Err(CatalogError::Changed));
    store.catalog.meta_update("root", b"1".to_vec(), b"3".to_vec()).await.expect("update");
    store.reopen();
    assert_eq!(store.catalog.meta_find("root").await, Ok(Some(b"3".to_vec())));
    assert_eq!(store.catalog.identity().await, Ok(identity));
    let all = store.catalog.meta_list("ro").await;
    assert_eq!(all, Ok(vec![("root".to_owned(), b"3".to_vec())]));
}
