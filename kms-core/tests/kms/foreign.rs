//! Callers without the right: other accounts, users, nobody.

use kms_core::key::{KeyId, KeyRef};
use kms_core::kms::{CreateKey, ObjectAccess, ObjectContext};
use policy::Principal;

use crate::world::{
    ALICE, BOB, NO_CONTEXT, REGION, World, caller, context, named, object, root, user,
};

/// Denied for others in every operation, whether the key named is there or not.
#[tokio::test]
async fn another_account_is_denied_every_operation_on_keys_that_exist_and_keys_that_do_not() {
    let (world, bob) = (World::new().await, root(BOB));
    let key = world.key(ALICE).await;
    let absent = KeyId::random();
    for by in [
        key.id.to_string(),
        format!("arn:aws:kms:{REGION}:{ALICE}:key/{}", key.id),
        format!("arn:aws:kms:{REGION}:{ALICE}:key/{absent}"),
        format!("{REGION}:domain-{ALICE}:key/{absent}"),
        format!("arn:aws:kms:{REGION}:{ALICE}:alias/none"),
    ] {
        let by: KeyRef = by.parse().unwrap();
        let (kms, target) = (&world.kms, object(b"o"));
        let answers = [
            kms.describe_key(&bob, &by).await.map(drop),
            kms.check_object_key(&bob, &by, &target.bucket).await.map(drop),
            kms.enable_key(&bob, &by).await.map(drop),
            kms.disable_key(&bob, &by).await.map(drop),
            kms.schedule_key_deletion(&bob, &by, 7).await.map(drop),
            kms.cancel_key_deletion(&bob, &by).await.map(drop),
            kms.encrypt(&bob, &by, b"x", &NO_CONTEXT).await.map(drop),
            kms.generate_data_key(&bob, &by, 32, &NO_CONTEXT).await.map(drop),
            kms.object_data_key(&bob, Some(&by), &target).await.map(drop),
        ];
        for answer in answers {
            assert_eq!(answer.unwrap_err().kind(), "AccessDenied", "{by}");
        }
    }
}

#[tokio::test]
async fn an_unknown_key_named_in_a_strangers_bucket_tells_nothing() {
    let (world, bob) = (World::new().await, root(BOB));
    let absent = KeyRef::id(KeyId::random());
    let refused = world.kms.object_data_key(&bob, Some(&absent), &object(b"o")).await;
    assert_eq!(refused.unwrap_err().kind(), "AccessDenied");
    let told = world.kms.object_data_key(&root(ALICE), Some(&absent), &object(b"o")).await;
    assert_eq!(told.unwrap_err().kind(), "NotFound");
}

#[tokio::test]
async fn another_account_never_opens_a_ciphertext() {
    let (world, alice, bob) = (World::new().await, root(ALICE), root(BOB));
    let key = named(&world.key(ALICE).await);
    let api = world.kms.encrypt(&alice, &key, b"x", &NO_CONTEXT).await.unwrap().ciphertext;
    let target = object(b"o");
    let made = world.kms.object_data_key(&alice, Some(&key), &target).await.unwrap();
    let made = made.settle().await.unwrap().ciphertext;
    let refused = world.kms.decrypt(&bob, None, &api, &NO_CONTEXT).await;
    assert_eq!(refused.unwrap_err().kind(), "AccessDenied");
    for access in [ObjectAccess::Read, ObjectAccess::Write] {
        let refused = world.kms.object_open_key(&bob, &made, &target, access).await;
        assert_eq!(refused.unwrap_err().kind(), "AccessDenied");
    }
}

#[tokio::test]
async fn anonymous_callers_and_services_use_no_key() {
    let world = World::new().await;
    let key = named(&world.key(ALICE).await);
    for principal in [Principal::Anonymous, Principal::Service("logging".to_owned())] {
        let nobody = caller(principal);
        let (target, kms) = (object(b"o"), &world.kms);
        let answers = [
            kms.object_data_key(&nobody, None, &target).await.map(drop),
            kms.object_data_key(&nobody, Some(&key), &target).await.map(drop),
            kms.describe_key(&nobody, &key).await.map(drop),
            kms.list_keys(&nobody, None, 10).await.map(drop),
            kms.create_key(&nobody, CreateKey::default()).await.map(drop),
        ];
        for answer in answers {
            assert_eq!(answer.unwrap_err().kind(), "AccessDenied");
        }
    }
}

#[tokio::test]
async fn the_right_to_write_and_the_right_to_read_are_two() {
    let world = World::new().await;
    let key = named(&world.key(ALICE).await);
    let allow = |action: &str| {
        format!(
            r#"{{"Version":"1.1","Statement":[{{"Effect":"Allow","Action":["{action}"],
               "Resource":["*"]}}]}}"#
        )
    };
    let writer = user(ALICE, &allow("kms:dek:create"));
    let reader = user(ALICE, &allow("kms:dek:crypto"));
    let target = object(b"o");
    let refused = world.kms.object_data_key(&reader, Some(&key), &target).await;
    assert_eq!(refused.unwrap_err().kind(), "AccessDenied");
    let made = world.kms.object_data_key(&writer, Some(&key), &target).await.unwrap();
    let made = made.settle().await.unwrap().ciphertext;
    let open = async |who, access| {
        let opened = world.kms.object_open_key(who, &made, &target, access).await;
        opened.map_or_else(|error| error.kind(), |_| "ok")
    };
    assert_eq!(open(&writer, ObjectAccess::Read).await, "AccessDenied");
    assert_eq!(open(&writer, ObjectAccess::Write).await, "ok");
    assert_eq!(open(&reader, ObjectAccess::Read).await, "ok");
    assert_eq!(open(&reader, ObjectAccess::Write).await, "AccessDenied");
}

#[tokio::test]
async fn a_deny_on_the_key_holds_on_the_object_path_too() {
    let world = World::new().await;
    let key = world.key(ALICE).await;
    let denied = user(
        ALICE,
        &format!(
            r#"{{"Version":"2012-10-17","Statement":[
               {{"Effect":"Allow","Action":"kms:*","Resource":"*"}},
               {{"Effect":"Deny","Action":"kms:GenerateDataKey","Resource":"arn:aws:kms:*:*:key/{}"}}]}}"#,
            key.id
        ),
    );
    let client = context(&[]);
    let target = ObjectContext { client_context: &client, ..object(b"o") };
    let refused = world.kms.object_data_key(&denied, Some(&named(&key)), &target).await;
    assert_eq!(refused.unwrap_err().kind(), "AccessDenied");
    assert!(world.kms.object_data_key(&denied, None, &target).await.is_ok());
}

#[tokio::test]
async fn a_user_without_rights_is_not_told_which_keys_exist() {
    let world = World::new().await;
    let key = world.key(ALICE).await;
    let nothing = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let user = user(ALICE, nothing);
    for by in [named(&key), KeyRef::id(KeyId::random())] {
        let refused = world.kms.describe_key(&user, &by).await;
        assert_eq!(refused.unwrap_err().kind(), "AccessDenied");
    }
}
