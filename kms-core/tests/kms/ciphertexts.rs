//! What opens where: contexts, purposes, versions, bounds.

use kms_core::base::Algorithm;
use kms_core::key::{KeyOrigin, KeySpec};
use kms_core::kms::{Bucket, KmsError, ObjectAccess, ObjectContext};

use crate::world::{ALICE, NO_CONTEXT, World, context, named, object, root};

#[tokio::test]
async fn a_data_key_comes_back_for_both_specs_and_every_length() {
    let (world, alice) = (World::new().await, root(ALICE));
    for spec in KeySpec::ALL {
        let key = named(&world.key_of(ALICE, spec, KeyOrigin::AwsKms).await);
        for len in [1, 16, 32, 1024] {
            let made = world.kms.generate_data_key(&alice, &key, len, &NO_CONTEXT).await.unwrap();
            let opened = world.kms.decrypt(&alice, None, &made.ciphertext, &NO_CONTEXT).await;
            assert_eq!(opened.unwrap().plaintext.expose(), made.plaintext.expose());
            assert_eq!(made.plaintext.expose().len(), len);
        }
        for len in [0, 1025] {
            let refused = world.kms.generate_data_key(&alice, &key, len, &NO_CONTEXT).await;
            assert_eq!(refused.unwrap_err().kind(), "Invalid");
        }
    }
}

#[tokio::test]
async fn a_ciphertext_opens_in_its_own_encryption_context_only() {
    let (world, alice) = (World::new().await, root(ALICE));
    let key = named(&world.key(ALICE).await);
    let right = context(&[("app", "x"), ("tenant", "1")]);
    let sealed = world.kms.encrypt(&alice, &key, b"text", &right).await.unwrap().ciphertext;
    for wrong in [
        context(&[]),
        context(&[("app", "x")]),
        context(&[("app", "x"), ("tenant", "2")]),
        context(&[("app", "x"), ("tenant", "1"), ("more", "")]),
        context(&[("app", "xtenant"), ("", "1")]),
    ] {
        let refused = world.kms.decrypt(&alice, None, &sealed, &wrong).await;
        assert_eq!(refused.unwrap_err(), KmsError::InvalidCiphertext);
    }
    let opened = world.kms.decrypt(&alice, None, &sealed, &right).await.unwrap();
    assert_eq!(opened.plaintext.expose(), b"text");
}

#[tokio::test]
async fn a_ciphertext_of_the_api_never_opens_as_an_objects_nor_the_other_way_round() {
    let (world, alice) = (World::new().await, root(ALICE));
    let key = named(&world.key(ALICE).await);
    let target = object(b"o");
    let api = world.kms.generate_data_key(&alice, &key, 32, &NO_CONTEXT).await.unwrap().ciphertext;
    let made = world.kms.object_data_key(&alice, Some(&key), &target).await.unwrap();
    let wrapped = made.settle().await.unwrap().ciphertext;
    let service = world.kms.service_data_key(&target).await.unwrap().ciphertext;
    for foreign in [&wrapped, &service] {
        let refused = world.kms.decrypt(&alice, None, foreign, &NO_CONTEXT).await;
        assert_eq!(refused.unwrap_err(), KmsError::InvalidCiphertext);
    }
    let access = ObjectAccess::Read;
    let refused = world.kms.object_open_key(&alice, &api, &target, access).await;
    assert_eq!(refused.unwrap_err(), KmsError::InvalidCiphertext);
    for foreign in [&api, &wrapped] {
        let refused = world.kms.service_open_key(foreign, &target).await;
        assert_eq!(refused.unwrap_err(), KmsError::InvalidCiphertext);
    }
}

#[tokio::test]
async fn an_objects_data_key_opens_for_that_object_only() {
    let (world, alice) = (World::new().await, root(ALICE));
    let key = named(&world.key(ALICE).await);
    let target = object(b"o");
    let made = world.kms.object_data_key(&alice, Some(&key), &target).await.unwrap();
    let made = made.settle().await.unwrap();
    let service = world.kms.service_data_key(&target).await.unwrap();
    let client = context(&[("a", "b")]);
    for other in [
        ObjectContext { object_key: b"p", ..target },
        ObjectContext { write_id: &[8; 16], ..target },
        ObjectContext { data_format: 2, ..target },
        ObjectContext { data_algorithm: Algorithm::Sm4Gcm, ..target },
        ObjectContext { client_context: &client, ..target },
        ObjectContext { bucket: Bucket { id: b"bucket-2", ..target.bucket }, ..target },
    ] {
        let access = ObjectAccess::Read;
        let refused = world.kms.object_open_key(&alice, &made.ciphertext, &other, access).await;
        assert_eq!(refused.unwrap_err(), KmsError::InvalidCiphertext);
        let refused = world.kms.service_open_key(&service.ciphertext, &other).await;
        assert_eq!(refused.unwrap_err(), KmsError::InvalidCiphertext);
    }
    for access in [ObjectAccess::Read, ObjectAccess::Write] {
        let opened = world.kms.object_open_key(&alice, &made.ciphertext, &target, access).await;
        let opened = opened.unwrap().settle().await.unwrap();
        assert_eq!(opened.expose(), made.plaintext.expose());
    }
    let opened = world.kms.service_open_key(&service.ciphertext, &target).await.unwrap();
    assert_eq!(opened.expose(), service.plaintext.expose());
}

#[tokio::test]
async fn an_accounts_service_key_opens_no_other_accounts_objects() {
    let world = World::new().await;
    let target = object(b"o");
    let made = world.kms.service_data_key(&target).await.unwrap();
    let bucket = Bucket { account_id: "222222222222", ..target.bucket };
    let other = ObjectContext { bucket, ..target };
    let refused = world.kms.service_open_key(&made.ciphertext, &other).await;
    assert_eq!(refused.unwrap_err(), KmsError::InvalidCiphertext);
}

#[tokio::test]
async fn a_changed_or_foreign_ciphertext_is_refused_wherever_it_was_changed() {
    let (world, alice) = (World::new().await, root(ALICE));
    let key = world.key(ALICE).await;
    let sealed = world.kms.encrypt(&alice, &named(&key), b"text", &NO_CONTEXT).await.unwrap();
    for place in 0..sealed.ciphertext.len() {
        let mut changed = sealed.ciphertext.clone();
        changed[place] ^= 1;
        let refused = world.kms.decrypt(&alice, None, &changed, &NO_CONTEXT).await.unwrap_err();
        // The header names the key, so a changed one may name none.
        let kinds = ["InvalidCiphertext", "NotFound"];
        assert!(kinds.contains(&refused.kind()), "byte {place}: {refused}");
    }
    for garbage in [&b""[..], b"x", &[0; 5000]] {
        let refused = world.kms.decrypt(&alice, None, garbage, &NO_CONTEXT).await;
        assert_eq!(refused.unwrap_err(), KmsError::InvalidCiphertext);
    }
}

#[tokio::test]
async fn a_ciphertext_under_another_key_than_the_one_named_is_refused() {
    let (world, alice) = (World::new().await, root(ALICE));
    let (one, two) = (world.key(ALICE).await, world.key(ALICE).await);
    let sealed = world.kms.encrypt(&alice, &named(&one), b"text", &NO_CONTEXT).await.unwrap();
    let open = async |key| {
        let opened = world.kms.decrypt(&alice, Some(&key), &sealed.ciphertext, &NO_CONTEXT).await;
        opened.map(|opened| opened.key.id)
    };
    assert_eq!(open(named(&two)).await, Err(KmsError::IncorrectKey));
    assert_eq!(open(named(&one)).await, Ok(one.id));
}

#[tokio::test]
async fn plaintexts_and_contexts_are_bounded() {
    let (world, alice) = (World::new().await, root(ALICE));
    let key = named(&world.key(ALICE).await);
    let encrypt = async |text: Vec<u8>, context| {
        let sealed = world.kms.encrypt(&alice, &key, &text, &context).await;
        sealed.map_or_else(|error| error.kind(), |_| "ok")
    };
    assert_eq!(encrypt(vec![0; 4096], context(&[])).await, "ok");
    assert_eq!(encrypt(vec![0; 4097], context(&[])).await, "Invalid");
    assert_eq!(encrypt(Vec::new(), context(&[])).await, "Invalid");
    assert_eq!(encrypt(vec![0], context(&[("a", &"b".repeat(8191))])).await, "ok");
    assert_eq!(encrypt(vec![0], context(&[("a", &"b".repeat(8192))])).await, "Invalid");
}

#[tokio::test]
async fn use_by_the_public_api_is_remembered_and_use_by_objects_is_not() {
    use kms_core::store::KeyStore;
    let (world, alice) = (World::new().await, root(ALICE));
    let key = world.key(ALICE).await;
    let by = named(&key);
    let used = async || world.store.version_find(key.id, 1).await.unwrap().unwrap().api_used_ms;
    drop(world.kms.object_data_key(&alice, Some(&by), &object(b"o")).await.unwrap());
    assert_eq!(used().await, None);
    world.kms.encrypt(&alice, &by, b"x", &NO_CONTEXT).await.unwrap();
    let first = used().await.unwrap();
    world.pass_ms(3_600_001);
    world.kms.generate_data_key(&alice, &by, 32, &NO_CONTEXT).await.unwrap();
    assert_eq!(used().await, Some(first + 3_600_001));
}
