//! What the audit says: everything, and no secret.

use kms_core::key::{KeyId, KeyOrigin, KeyRef, KeySpec};
use kms_core::kms::{Caller, ObjectAccess};

use crate::world::{ALICE, BOB, NO_CONTEXT, World, context, named, object, root};

#[tokio::test]
async fn an_object_use_says_who_which_key_which_object_and_from_where() {
    let world = World::new().await;
    let alice = Caller { via: Some("s3"), ..root(ALICE) };
    let key = world.key(ALICE).await;
    drop(world.kms.object_data_key(&alice, Some(&named(&key)), &object(b"a/%\xFF")).await.unwrap());
    let event = world.audit.events().pop().unwrap();
    assert_eq!(event.action, "kms:GenerateDataKey");
    assert_eq!(event.principal, format!("arn:aws:iam::{ALICE}:root"));
    assert_eq!(event.account, ALICE);
    assert_eq!(event.source_ip.as_deref(), Some("192.0.2.1"));
    assert_eq!((event.key, event.key_version), (Some(key.id.to_string()), Some(1)));
    let object = event.object.unwrap();
    assert_eq!((object.bucket.as_str(), object.key.as_str()), ("photos", "a/%25%FF"));
    assert_eq!((event.via.as_deref(), event.request_id.as_str()), (Some("s3"), "request-1"));
    assert!(event.result.is_ok());
}

#[tokio::test]
async fn refusals_are_recorded_with_their_kind_and_the_key_asked_for() {
    let (world, bob) = (World::new().await, root(BOB));
    let key = world.key(ALICE).await;
    let absent = KeyId::random();
    let encrypt = async |id| world.kms.encrypt(&bob, &KeyRef::id(id), b"x", &NO_CONTEXT).await;
    assert!(encrypt(key.id).await.is_err());
    assert!(encrypt(absent).await.is_err());
    let events = world.audit.events();
    let told: Vec<_> = events.iter().rev().take(2).collect();
    assert_eq!(told[0].key, Some(absent.to_string()));
    assert_eq!(told[0].result.as_str(), "NotFound");
    assert_eq!(told[1].key, Some(key.id.to_string()));
    assert_eq!(told[1].result.as_str(), "AccessDenied");
    assert_eq!(told[1].account, BOB);
}

#[tokio::test]
async fn a_flood_of_refusals_is_counted_and_uses_are_all_listed() {
    let (world, bob) = (World::new().await, root(BOB));
    let key = named(&world.key(ALICE).await);
    for _ in 0..200 {
        world.kms.describe_key(&bob, &key).await.unwrap_err();
    }
    let listed = world.audit.events().iter().filter(|event| !event.result.is_ok()).count();
    assert!(listed < 100, "{listed}");
    for _ in 0..200 {
        world.kms.describe_key(&root(ALICE), &key).await.unwrap();
    }
    world.kms.chain_refusals().await.unwrap();
    let events = world.audit.events();
    let counted: u64 = events.iter().filter_map(|event| event.count).sum();
    assert_eq!(counted as usize + listed, 200);
    assert_eq!(
        events.iter().filter(|event| event.action == "kms:DescribeKey").count(),
        200 + listed
    );
}

#[tokio::test]
async fn no_record_holds_a_secret() {
    let (world, alice) = (World::new().await, root(ALICE));
    let (secret, value) = ("plaintext-of-the-test", "context-of-the-test");
    let private = context(&[("tenant", value)]);
    for spec in KeySpec::ALL {
        let key = named(&world.key_of(ALICE, spec, KeyOrigin::AwsKms).await);
        let kms = &world.kms;
        let sealed = kms.encrypt(&alice, &key, secret.as_bytes(), &private).await.unwrap();
        let opened = kms.decrypt(&alice, None, &sealed.ciphertext, &private).await.unwrap();
        kms.decrypt(&alice, None, &sealed.ciphertext, &NO_CONTEXT).await.unwrap_err();
        let made = kms.generate_data_key(&alice, &key, 32, &private).await.unwrap();
        let target = object(b"o");
        let object_key = kms.object_data_key(&alice, Some(&key), &target).await.unwrap();
        let object_key = object_key.settle().await.unwrap();
        let wrapped = &object_key.ciphertext;
        drop(kms.object_open_key(&alice, wrapped, &target, ObjectAccess::Read).await.unwrap());
        let text =
            format!("{:?} {sealed:?} {made:?} {object_key:?} {opened:?}", world.audit.events());
        for hidden in [secret.to_owned(), value.to_owned()] {
            assert!(!text.contains(&hidden), "{hidden}");
        }
        for bytes in [made.plaintext.expose(), object_key.plaintext.expose(), secret.as_bytes()] {
            assert!(!text.contains(&format!("{bytes:?}")));
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(!text.contains(&hex));
        }
    }
}
