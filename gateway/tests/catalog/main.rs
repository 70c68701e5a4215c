//! The catalog through its public methods, on real files.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are tests; clippy excuses only functions marked so"
)]

mod accounts;
mod engine;
mod identities;
mod keys;
mod listing;
mod uploads;
mod versions;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use gateway::catalog::model::{
    Account, Bucket, Deleted, Deleter, Deletion, Found, Metadata, Mode, NewVersion, Precondition,
    StoredBody, StoredObject, Version, VersionRef, Versioning, Want,
};
use gateway::catalog::{Catalog, CatalogError};
use tempfile::TempDir;
use uuid::Uuid;

/// A catalog in a directory of its own, with a clock that the test sets.
struct Store {
    dir: TempDir,
    catalog: Catalog,
    clock: Arc<AtomicI64>,
}

impl Store {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("temporary directory");
        let clock = Arc::new(AtomicI64::new(1_000));
        let catalog = open(&dir, &clock);
        Self { dir, catalog, clock }
    }

    /// Opens the same files once more, as after a crash.
    fn reopen(&mut self) {
        self.catalog = open(&self.dir, &self.clock);
    }

    async fn bucket(&self, name: &str, versioning: Versioning) -> Bucket {
        let account = account("root");
        if self.catalog.account_find(&account.id).await.expect("read").is_none() {
            self.catalog.account_create(account, None).await.expect("account");
        }
        let bucket = self.catalog.bucket_create(bucket(name)).await.expect("bucket");
        if versioning != Versioning::Off {
            self.versioning(&bucket, versioning).await;
        }
        bucket
    }

    async fn versioning(&self, bucket: &Bucket, versioning: Versioning) {
        self.catalog.bucket_versioning_put(bucket.row, versioning).await.expect("versioning");
    }

    async fn put(&self, bucket: &Bucket, key: &str) -> NewVersion {
        let new = object(bucket, key);
        self.catalog.version_commit(new.clone(), Precondition::None).await.expect("commit");
        new
    }

    async fn put_owned(&self, bucket: &Bucket, key: String) -> NewVersion {
        self.put(bucket, &key).await
    }

    async fn delete(&self, bucket: &Bucket, key: &str) {
        self.remove(bucket, latest(key)).await.expect("delete");
    }

    async fn remove(&self, bucket: &Bucket, what: Deletion) -> Result<Deleted, CatalogError> {
        self.catalog.version_delete(deleter(bucket), what).await
    }

    async fn find(&self, bucket: &Bucket, key: &str, version: VersionRef) -> Option<Arc<Version>> {
        let want = Want::Version(bucket.name.clone(), key.into(), version);
        self.one(want).await.version
    }

    async fn one(&self, want: Want) -> Found {
        self.catalog.snapshot(&[want]).await.expect("snapshot").remove(0)
    }
}

fn open(dir: &TempDir, clock: &Arc<AtomicI64>) -> Catalog {
    let clock = clock.clone();
    Catalog::open(dir.path(), Arc::new(move || clock.load(Ordering::Relaxed))).expect("open")
}

fn account(name: &str) -> Account {
    Account {
        id: format!("{name:0>12}"),
        domain_id: format!("{name:0>32}"),
        project_id: format!("{name:0>32}"),
        canonical_id: format!("{name:0>64}"),
        name: name.to_owned(),
        email: None,
        created_ms: 1,
    }
}

fn bucket(name: &str) -> Bucket {
    Bucket {
        row: 0,
        id: Uuid::now_v7(),
        name: name.to_owned(),
        account_id: account("root").id,
        region: "us-east-1".to_owned(),
        created_ms: 1,
        versioning: Versioning::Off,
    }
}

fn object(bucket: &Bucket, key: &str) -> NewVersion {
    let write_id = Uuid::now_v7().into_bytes();
    let body = StoredBody {
        mode: Mode::Kms,
        envelope: vec![1; 200],
        manifest: vec![2; 120],
        mac: [3; 32],
        parts_count: None,
    };
    let etag = Uuid::new_v4().simple().to_string();
    let metadata = Metadata::default();
    NewVersion {
        bucket: bucket.row,
        key: key.into(),
        modified_ms: 5,
        owner_id: bucket.account_id.clone(),
        object: StoredObject { size: 4096, etag, write_id, body, metadata },
        blobs: vec![Uuid::now_v7().into_bytes()],
        kms_key: None,
    }
}

fn deleter(bucket: &Bucket) -> Deleter {
    Deleter { bucket: bucket.row, owner_id: bucket.account_id.clone(), now_ms: 7 }
}

fn latest(key: &str) -> Deletion {
    Deletion {
        key: key.into(),
        version: VersionRef::Latest,
        precondition: Precondition::None,
        bypass: false,
    }
}
