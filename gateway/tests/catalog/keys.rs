//! The catalog as the key service's store.

use gateway::catalog::model::{Precondition, Versioning};
use kms_core::store::conformance;
use uuid::Uuid;

use super::{Store, object};

#[tokio::test]
async fn the_catalog_passes_the_suite_of_every_key_store() {
    conformance::all(&Store::new().catalog).await;
}

#[tokio::test]
async fn what_a_key_protects_is_counted_by_its_version() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Off).await;
    let key = Uuid::from_bytes([8; 16]);
    for (name, version) in [("a", 1), ("b", 2), ("c", 2), ("c", 2)] {
        let mut new = object(&bucket, name);
        new.kms_key = Some((key, version));
        store.catalog.version_commit(new, Precondition::None).await.expect("commit");
    }
    assert_eq!(store.catalog.key_usage(key).await, Ok(vec![(1, 1), (2, 2)]));
    assert_eq!(store.catalog.key_usage(Uuid::nil()).await, Ok(Vec::new()));
}
