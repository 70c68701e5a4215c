//! The default key: made by the service, used by the account, changed by nobody.

use kms_core::key::{AliasName, Key, KeyRef};
use kms_core::kms::{Bucket, KmsError, ObjectAccess, ObjectContext, ObjectDataKey};

use crate::world::{ALICE, BOB, NO_CONTEXT, REGION, World, named, object, root};

async fn first_use(world: &World) -> (ObjectDataKey, Key) {
    let alice = root(ALICE);
    let made = world.kms.object_data_key(&alice, None, &object(b"o")).await.unwrap();
    let made = made.settle().await.unwrap();
    let key = world.kms.describe_key(&alice, &KeyRef::id(made.key.id)).await.unwrap();
    (made, key)
}

#[tokio::test]
async fn it_is_made_at_first_use_and_then_used_again() {
    let (world, alice) = (World::new().await, root(ALICE));
    let by_alias: KeyRef = "alias/obs/default".parse().unwrap();
    let before = world.kms.describe_key(&alice, &by_alias).await;
    assert_eq!(before.unwrap_err().kind(), "NotFound");
    let (made, key) = first_use(&world).await;
    assert!(made.key.is_default);
    assert_eq!(key.default_for.as_deref(), Some("obs"));
    assert_eq!(first_use(&world).await.1.id, key.id);
    assert_eq!(world.kms.describe_key(&alice, &by_alias).await.unwrap().id, key.id);
    let listed = world.kms.list_keys(&alice, None, 10).await.unwrap().keys;
    assert_eq!(listed, [key]);
}

#[tokio::test]
async fn it_serves_every_region_of_its_account() {
    let (world, alice) = (World::new().await, root(ALICE));
    let (_, key) = first_use(&world).await;
    let target = object(b"o");
    let far = ObjectContext { bucket: Bucket { region: "r-9", ..target.bucket }, ..target };
    let made = world.kms.object_data_key(&alice, None, &far).await.unwrap();
    assert_eq!(made.settle().await.unwrap().key.id, key.id);
    let by: KeyRef = format!("r-9:domain-{ALICE}:key/{}", key.id).parse().unwrap();
    let made = world.kms.object_data_key(&alice, Some(&by), &far).await.unwrap();
    assert_eq!(made.settle().await.unwrap().key.id, key.id);
    assert!(world.kms.check_object_key(&alice, &by, &far.bucket).await.is_ok());
}

#[tokio::test]
async fn a_custom_key_serves_its_own_region_only() {
    let (world, alice) = (World::new().await, root(ALICE));
    let key = world.key(ALICE).await;
    let target = object(b"o");
    let far = ObjectContext { bucket: Bucket { region: "r-9", ..target.bucket }, ..target };
    let refused = KmsError::WrongRegion { key: key.id, region: REGION.to_owned() };
    let put = world.kms.object_data_key(&alice, Some(&named(&key)), &far).await;
    assert_eq!(put.unwrap_err(), refused);
    let set = world.kms.check_object_key(&alice, &named(&key), &far.bucket).await;
    assert_eq!(set.unwrap_err(), refused);
}

#[tokio::test]
async fn nobody_changes_it() {
    let (world, alice) = (World::new().await, root(ALICE));
    let (_, key) = first_use(&world).await;
    let (by, kms) = (named(&key), &world.kms);
    let (mine, own) = (AliasName::parse("mine").unwrap(), AliasName::parse("obs/default").unwrap());
    let other = named(&world.key(ALICE).await);
    let refused = [
        kms.enable_key(&alice, &by).await.map(drop),
        kms.disable_key(&alice, &by).await.map(drop),
        kms.schedule_key_deletion(&alice, &by, 7).await.map(drop),
        kms.cancel_key_deletion(&alice, &by).await.map(drop),
        kms.update_key_description(&alice, &by, String::new()).await.map(drop),
        kms.create_alias(&alice, &mine, &by).await.map(drop),
        kms.update_alias(&alice, &own, &other).await.map(drop),
        kms.delete_alias(&alice, &own).await.map(drop),
    ];
    for result in refused {
        assert_eq!(result, Err(KmsError::DefaultKey(key.id)));
    }
    assert_eq!(kms.describe_key(&alice, &by).await.unwrap(), key);
}

#[tokio::test]
async fn its_account_may_use_it_through_the_api() {
    let (world, alice) = (World::new().await, root(ALICE));
    let by = named(&first_use(&world).await.1);
    let made = world.kms.generate_data_key(&alice, &by, 32, &NO_CONTEXT).await.unwrap();
    let opened = world.kms.decrypt(&alice, None, &made.ciphertext, &NO_CONTEXT).await.unwrap();
    assert_eq!(opened.plaintext.expose(), made.plaintext.expose());
}

#[tokio::test]
async fn another_account_never_gets_at_it_nor_makes_it() {
    let (world, bob) = (World::new().await, root(BOB));
    let target = object(b"o");
    let refused = world.kms.object_data_key(&bob, None, &target).await;
    assert_eq!(refused.unwrap_err().kind(), "AccessDenied");
    let none = world.kms.list_keys(&root(ALICE), None, 10).await.unwrap();
    assert!(none.keys.is_empty(), "a stranger's upload made no key");
    let (made, key) = first_use(&world).await;
    let put = world.kms.object_data_key(&bob, Some(&named(&key)), &target).await;
    assert_eq!(put.unwrap_err().kind(), "AccessDenied");
    let access = ObjectAccess::Read;
    let get = world.kms.object_open_key(&bob, &made.ciphertext, &target, access).await;
    assert_eq!(get.unwrap_err().kind(), "AccessDenied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn first_uses_at_the_same_time_share_one_key() {
    let world = std::sync::Arc::new(World::new().await);
    let uses = (0..32).map(|_| {
        let world = world.clone();
        tokio::spawn(async move { first_use(&world).await.1.id })
    });
    let mut ids = Vec::new();
    for used in uses.collect::<Vec<_>>() {
        ids.push(used.await.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
}
