//! What happens to keys when its time has come.

use kms_core::hsm::Hsm;
use kms_core::key::{KeyOrigin, KeySpec, KeyState, VersionMaterial};
use kms_core::kms::{Due, KmsError, ObjectAccess, RotationChange};
use kms_core::store::{KeyLookup, KeyStore, LifeStore};

use crate::world::{ALICE, BOB, NO_CONTEXT, World, named, object, root};

const DAY_MS: u64 = 86_400_000;

#[tokio::test]
async fn a_key_is_destroyed_when_due_in_the_token_too_and_its_row_stays() {
    let (world, alice) = (World::new().await, root(ALICE));
    for origin in [KeyOrigin::AwsKms, KeyOrigin::CloudHsm] {
        let key = world.key_of(ALICE, KeySpec::Aes256, origin).await;
        let by = named(&key);
        let sealed = world.kms.encrypt(&alice, &by, b"x", &NO_CONTEXT).await.unwrap().ciphertext;
        world.kms.schedule_key_deletion(&alice, &by, 7).await.unwrap();
        world.pass_ms(7 * DAY_MS - 1);
        assert_eq!(world.kms.run_due().await.unwrap(), Due::default(), "a moment before");
        world.pass_ms(1);
        let done = world.kms.run_due().await.unwrap();
        assert_eq!(done, Due { destroyed: 1, ..Due::default() });
        let gone = world.kms.describe_key(&alice, &by).await;
        assert_eq!(gone.unwrap_err().kind(), "NotFound");
        let gone = world.kms.cancel_key_deletion(&alice, &by).await;
        assert_eq!(gone.unwrap_err().kind(), "NotFound");
        let gone = world.kms.decrypt(&alice, None, &sealed, &NO_CONTEXT).await;
        assert_eq!(gone.unwrap_err().kind(), "NotFound");
        let row = world.store.key_find(KeyLookup::Id(key.id)).await.unwrap().unwrap();
        assert_eq!(row.state, KeyState::Deleted);
        let version = world.store.version_find(key.id, 1).await.unwrap().unwrap();
        assert_eq!(version.material, VersionMaterial::Absent);
        let label = format!("sealgate-cmk-{}-1", key.id);
        assert_eq!(world.hsm.find(&label).await, Ok(false));
        assert_eq!(world.kms.run_due().await.unwrap(), Due::default());
    }
}

#[tokio::test]
async fn a_secret_that_the_token_kept_is_destroyed_once_the_token_is_back() {
    let (world, alice) = (World::new().await, root(ALICE));
    let key = world.key_of(ALICE, KeySpec::Aes256, KeyOrigin::CloudHsm).await;
    world.kms.schedule_key_deletion(&alice, &named(&key), 7).await.unwrap();
    world.pass_ms(7 * DAY_MS);
    world.hsm.pull(true);
    world.kms.run_due().await.unwrap();
    let gone = world.kms.describe_key(&alice, &named(&key)).await;
    assert_eq!(gone.unwrap_err().kind(), "NotFound", "the end is recorded first");
    world.hsm.pull(false);
    let label = format!("sealgate-cmk-{}-1", key.id);
    assert_eq!(world.hsm.find(&label).await, Ok(true));
    world.kms.run_due().await.unwrap();
    assert_eq!(world.hsm.find(&label).await, Ok(false));
}

#[tokio::test]
async fn a_rotated_key_wraps_with_its_new_version_and_opens_with_all() {
    let (world, alice) = (World::new().await, root(ALICE));
    for origin in [KeyOrigin::AwsKms, KeyOrigin::CloudHsm] {
        let by = named(&world.key_of(ALICE, KeySpec::Sm4, origin).await);
        let old = world.kms.encrypt(&alice, &by, b"old", &NO_CONTEXT).await.unwrap();
        world.kms.rotate_key(&alice, &by).await.unwrap();
        world.kms.set_key_rotation(&alice, &by, RotationChange::On(90)).await.unwrap();
        world.pass_ms(90 * DAY_MS);
        assert_eq!(world.kms.run_due().await.unwrap().rotated, 1);
        assert_eq!(world.kms.run_due().await.unwrap().rotated, 0);
        let new = world.kms.encrypt(&alice, &by, b"new", &NO_CONTEXT).await.unwrap();
        assert_eq!((old.key.version, new.key.version), (1, 3));
        for (sealed, text) in [(old, &b"old"[..]), (new, b"new")] {
            let opened = world.kms.decrypt(&alice, None, &sealed.ciphertext, &NO_CONTEXT).await;
            assert_eq!(opened.unwrap().plaintext.expose(), text);
        }
        let status = world.kms.rotation_status(&alice, &by).await.unwrap();
        let causes: Vec<_> = status.versions.iter().map(|version| version.cause.name()).collect();
        assert_eq!(causes, ["CREATED", "ON_DEMAND", "AUTOMATIC"]);
        world.kms.set_key_rotation(&alice, &by, RotationChange::Off).await.unwrap();
        world.kms.schedule_key_deletion(&alice, &by, 1000).await.unwrap();
    }
}

#[tokio::test]
async fn a_disabled_key_is_rotated_once_it_is_enabled_again() {
    let (world, alice) = (World::new().await, root(ALICE));
    let by = named(&world.key(ALICE).await);
    world.kms.set_key_rotation(&alice, &by, RotationChange::Enable(30)).await.unwrap();
    let again = world.kms.set_key_rotation(&alice, &by, RotationChange::Enable(30)).await;
    assert_eq!(again.unwrap_err().kind(), "RotationEnabled");
    world.kms.disable_key(&alice, &by).await.unwrap();
    world.pass_ms(31 * DAY_MS);
    assert_eq!(world.kms.run_due().await.unwrap(), Due::default());
    world.kms.enable_key(&alice, &by).await.unwrap();
    assert_eq!(world.kms.run_due().await.unwrap().rotated, 1);
}

#[tokio::test]
async fn a_frozen_account_uses_and_changes_no_key_and_loses_nothing() {
    let (world, alice) = (World::new().await, root(ALICE));
    let key = world.key(ALICE).await;
    let by = named(&key);
    let target = object(b"o");
    let default = world.kms.object_data_key(&alice, None, &target).await.unwrap();
    let default = default.settle().await.unwrap();
    world.kms.freeze_account(ALICE, true).await.unwrap();
    let frozen = KmsError::Frozen(ALICE.to_owned());
    let refused = world.kms.encrypt(&alice, &by, b"x", &NO_CONTEXT).await;
    assert_eq!(refused.unwrap_err(), frozen);
    let access = ObjectAccess::Read;
    let refused = world.kms.object_open_key(&alice, &default.ciphertext, &target, access).await;
    assert_eq!(refused.map(drop).unwrap_err(), frozen, "default keys too");
    assert_eq!(world.kms.disable_key(&alice, &by).await.unwrap_err(), frozen);
    assert_eq!(world.kms.generate_random(&alice, 1).await.unwrap_err(), frozen);
    assert!(world.kms.describe_key(&alice, &by).await.unwrap().frozen);
    let bobs = named(&world.key(BOB).await);
    assert!(world.kms.encrypt(&root(BOB), &bobs, b"x", &NO_CONTEXT).await.is_ok());
    world.kms.freeze_account(ALICE, false).await.unwrap();
    let opened = world.kms.object_open_key(&alice, &default.ciphertext, &target, access).await;
    assert_eq!(opened.unwrap().settle().await.unwrap().expose(), default.plaintext.expose());
}

#[tokio::test]
async fn the_record_of_a_scheduled_deletion_says_what_it_concerns() {
    let (world, alice) = (World::new().await, root(ALICE));
    let by = named(&world.key(ALICE).await);
    world.kms.encrypt(&alice, &by, b"x", &NO_CONTEXT).await.unwrap();
    world.kms.schedule_key_deletion(&alice, &by, 7).await.unwrap();
    let events = world.audit.events();
    let scheduled = events.iter().find(|event| event.action == "kms:ScheduleKeyDeletion").unwrap();
    let said = scheduled.detail.as_deref().unwrap();
    assert_eq!(said, "0 object versions (0 bytes) and 0 uploads in 0 buckets; used by the API");
    assert_eq!(world.store.key_count(ALICE, crate::world::REGION).await, Ok(1));
}
