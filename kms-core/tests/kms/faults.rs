//! When the audit or the provider is out: nothing is given away, nothing is lost.

use kms_core::store::KeyStore;

use crate::world::{ALICE, NO_CONTEXT, World, named, object, root};

#[tokio::test]
async fn no_key_is_used_while_the_audit_cannot_be_written() {
    let (world, alice) = (World::new().await, root(ALICE));
    let key = named(&world.key(ALICE).await);
    let sealed = world.kms.encrypt(&alice, &key, b"x", &NO_CONTEXT).await.unwrap().ciphertext;
    world.audit.fail(true);
    let kms = &world.kms;
    let refused = [
        kms.encrypt(&alice, &key, b"x", &NO_CONTEXT).await.map(drop),
        kms.decrypt(&alice, None, &sealed, &NO_CONTEXT).await.map(drop),
        kms.generate_data_key(&alice, &key, 32, &NO_CONTEXT).await.map(drop),
        kms.object_data_key(&alice, Some(&key), &object(b"o")).await.map(drop),
    ];
    for result in refused {
        assert_eq!(result.unwrap_err().kind(), "Audit");
    }
    world.audit.fail(false);
    assert!(kms.decrypt(&alice, None, &sealed, &NO_CONTEXT).await.is_ok());
}

#[tokio::test]
async fn keys_are_administered_while_the_audit_is_out_and_recorded_when_it_is_back() {
    let (world, alice) = (World::new().await, root(ALICE));
    let key = world.key(ALICE).await;
    world.audit.fail(true);
    world.kms.disable_key(&alice, &named(&key)).await.unwrap();
    assert_eq!(world.kms.chain_outbox().await, Ok(0), "its request may still be at it");
    world.pass_ms(10_000);
    assert!(world.kms.chain_outbox().await.is_err());
    world.audit.fail(false);
    assert_eq!(world.kms.chain_outbox().await, Ok(1));
    assert_eq!(world.kms.chain_outbox().await, Ok(0));
    let events = world.audit.events();
    let last = events.last().unwrap();
    assert_eq!((last.action.as_str(), last.result.as_str()), ("kms:DisableKey", "ok"));
    assert_eq!(last.key, Some(key.id.to_string()));
    assert!(world.store.outbox_list(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn objects_without_a_key_of_the_customer_are_read_while_the_hsm_is_out() {
    let world = World::new().await;
    let target = object(b"o");
    let made = world.kms.service_data_key(&target).await.unwrap();
    world.hsm.pull(true);
    let opened = world.kms.service_open_key(&made.ciphertext, &target).await.unwrap();
    assert_eq!(opened.expose(), made.plaintext.expose());
}
