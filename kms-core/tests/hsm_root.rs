//! The root's rules, and the service keys below it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what tests share is test code too")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use kms_core::hsm::software::SoftwareHsm;
use kms_core::hsm::{Hsm, HsmError};
use kms_core::key::wrap::{WrapContext, WrapError};
use kms_core::root::{
    Outcome, Root, RootError, RootRecord, ServiceKeyError, ServiceKeyRecord, ServiceKeys,
    ServicePurpose,
};
use serde_json::Value;
use uuid::Uuid;

fn provider(dir: &Path) -> Arc<dyn Hsm> {
    Arc::new(SoftwareHsm::open(dir.join("root.key")).unwrap())
}

async fn first_start(dir: &Path) -> (Root, RootRecord) {
    match Root::open(provider(dir), None).await.unwrap() {
        (root, Outcome::Created(record)) => (root, record),
        (_, Outcome::Opened) => panic!("a root was opened that nobody recorded"),
    }
}

fn secret(row: &str) -> WrapContext<'_> {
    WrapContext::Secret { table: "access_key", row, column: "secret" }
}

#[tokio::test]
async fn a_recorded_root_opens_again_and_opens_what_it_wrapped() {
    let dir = tempfile::tempdir().unwrap();
    let (root, record) = first_start(dir.path()).await;
    let blob = root.wrap(&secret("a"), b"hidden").await.unwrap();
    let (again, outcome) = Root::open(provider(dir.path()), Some(record)).await.unwrap();
    assert_eq!(outcome, Outcome::Opened);
    assert_eq!(again.unwrap(&secret("a"), &blob).await.unwrap().expose(), b"hidden");
    assert_eq!(again.unwrap(&secret("b"), &blob).await.err(), Some(WrapError::Tampered));
}

#[tokio::test]
async fn a_missing_root_refuses_and_is_never_made_again() {
    let (dir, empty) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (_, record) = first_start(dir.path()).await;
    let refused = Root::open(provider(empty.path()), Some(record.clone())).await.unwrap_err();
    assert!(matches!(&refused, RootError::Missing { id, .. } if *id == record.id));
    assert!(refused.to_string().contains("Restore"), "{refused}");
    assert!(!empty.path().join("root.key").exists(), "nothing was generated");
}

#[tokio::test]
async fn a_wrong_root_under_the_right_label_refuses() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (_, record) = first_start(dir.path()).await;
    let imposter = provider(other.path());
    imposter.generate(&format!("sealgate-root-{}", record.id)).await.unwrap();
    let refused = Root::open(imposter, Some(record)).await.unwrap_err();
    assert!(matches!(refused, RootError::Wrong { .. }), "{refused}");
}

#[tokio::test]
async fn a_root_that_vanishes_later_is_named_by_readiness() {
    let dir = tempfile::tempdir().unwrap();
    let (root, record) = first_start(dir.path()).await;
    root.prove().await.unwrap();
    root.hsm().destroy(&format!("sealgate-root-{}", record.id)).await.unwrap();
    assert!(matches!(root.prove().await, Err(RootError::Missing { .. })));
    let used = root.wrap(&secret("a"), b"x").await;
    assert!(matches!(used, Err(WrapError::Hsm(HsmError::NotFound(_)))));
}

#[tokio::test]
async fn service_keys_open_after_a_restart_and_need_no_hsm_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let (root, record) = first_start(dir.path()).await;
    let records = ServiceKeys::generate(&root).await.unwrap();
    let keys = ServiceKeys::open(&root, &records).await.unwrap();
    let blob = keys.seal_secret(&secret("a"), b"wJalr").await.unwrap();
    let (again, _) = Root::open(provider(dir.path()), Some(record.clone())).await.unwrap();
    let reopened = ServiceKeys::open(&again, &records).await.unwrap();
    again.hsm().destroy(&format!("sealgate-root-{}", record.id)).await.unwrap();
    assert_eq!(reopened.open_secret(&secret("a"), &blob).await.unwrap().expose(), b"wJalr");
    assert_eq!(reopened.open_secret(&secret("b"), &blob).await.err(), Some(WrapError::Tampered));
}

#[tokio::test]
async fn a_missing_or_swapped_service_key_refuses() {
    let dir = tempfile::tempdir().unwrap();
    let (root, _) = first_start(dir.path()).await;
    let records = ServiceKeys::generate(&root).await.unwrap();
    let without = ServiceKeys::open(&root, &records[1..]).await.err();
    assert_eq!(without, Some(ServiceKeyError::Missing(ServicePurpose::Object)));
    let mut swapped = records.clone();
    let wrapped = swapped[0].wrapped.clone();
    swapped[0].wrapped = std::mem::replace(&mut swapped[1].wrapped, wrapped);
    let opened = ServiceKeys::open(&root, &swapped).await;
    assert!(matches!(opened, Err(ServiceKeyError::Unreadable(..))));
}

#[tokio::test]
async fn one_accounts_key_never_opens_anothers_object() {
    let dir = tempfile::tempdir().unwrap();
    let (root, _) = first_start(dir.path()).await;
    let records = ServiceKeys::generate(&root).await.unwrap();
    let keys = ServiceKeys::open(&root, &records).await.unwrap();
    let none = BTreeMap::new();
    let context = WrapContext::Object {
        data_format: 1,
        data_algorithm: kms_core::base::Algorithm::Aes256Gcm,
        bucket_id: b"b",
        object_key: b"k",
        write_id: &[1; 16],
        client_context: &none,
    };
    let blob = keys.wrap_for_account("111111111111", &context, &[5; 32]).await.unwrap();
    let own = keys.unwrap_for_account("111111111111", &context, &blob).await.unwrap();
    assert_eq!(own.expose(), [5; 32]);
    let other = keys.unwrap_for_account("222222222222", &context, &blob).await;
    assert_eq!(other.err(), Some(WrapError::Tampered));
}

#[tokio::test]
async fn an_older_service_key_still_opens_what_it_sealed() {
    let dir = tempfile::tempdir().unwrap();
    let (root, _) = first_start(dir.path()).await;
    let mut records = ServiceKeys::generate(&root).await.unwrap();
    let first = ServiceKeys::open(&root, &records).await.unwrap();
    let old = first.seal_secret(&secret("a"), b"old").await.unwrap();
    let newer = ServiceKeyRecord::generate(&root, ServicePurpose::Secret, 2).await.unwrap();
    records.insert(0, newer);
    let both = ServiceKeys::open(&root, &records).await.unwrap();
    assert_eq!(both.current(ServicePurpose::Secret).version(), 2);
    assert!(both.version(ServicePurpose::Secret, 1).is_some());
    assert_eq!(both.open_secret(&secret("a"), &old).await.unwrap().expose(), b"old");
    let new = both.seal_secret(&secret("a"), b"new").await.unwrap();
    assert!(matches!(first.open_secret(&secret("a"), &new).await, Err(WrapError::OtherKey(..))));
}

#[tokio::test]
async fn a_catalog_written_by_another_implementation_opens() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/wrapped/chain");
    let chain: Value = serde_json::from_slice(&fs::read(path.join("chain.json")).unwrap()).unwrap();
    let text = |field: &str| chain[field].as_str().unwrap();
    let root_id = Uuid::try_parse(text("root_id")).unwrap();

    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("root.key");
    let secret_line = format!("sealgate-root-{root_id} {}", text("root_secret"));
    fs::write(&file, format!("sealgate-secrets 1\n{secret_line}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let record = RootRecord {
        id: root_id,
        version: 1,
        check: hex::decode(text("root_check")).unwrap().try_into().unwrap(),
        provider: "software".into(),
    };
    let (root, outcome) = Root::open(provider(dir.path()), Some(record)).await.unwrap();
    assert_eq!(outcome, Outcome::Opened);

    let records = ServicePurpose::ALL.map(|purpose| {
        let stored = &chain["service_keys"][purpose.as_str()];
        ServiceKeyRecord {
            id: Uuid::try_parse(stored["id"].as_str().unwrap()).unwrap(),
            purpose,
            version: 1,
            wrapped: hex::decode(stored["wrapped"].as_str().unwrap()).unwrap(),
        }
    });
    let keys = ServiceKeys::open(&root, &records).await.unwrap();
    let none = BTreeMap::new();
    let api = WrapContext::Api { encryption_context: &none };
    let blob = hex::decode(text("account_blob")).unwrap();
    let opened = keys.unwrap_for_account(text("account"), &api, &blob).await.unwrap();
    assert_eq!(opened.expose(), b"data key");
    let blob = hex::decode(text("secret_blob")).unwrap();
    let opened = keys.open_secret(&secret("AKIA1"), &blob).await.unwrap();
    assert_eq!(opened.expose(), b"secret key");
}
