//! Aliases, and all the ways to name a key.

use kms_core::key::{AliasName, KeyRef};
use kms_core::kms::{CreateKey, KmsError};

use crate::world::{ALICE, BOB, NO_CONTEXT, REGION, World, named, root};

fn name(text: &str) -> AliasName {
    AliasName::parse(text).unwrap()
}

fn by(text: &str) -> KeyRef {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_key_answers_to_every_form_of_its_name() {
    let (world, alice) = (World::new().await, root(ALICE));
    let key = world.key(ALICE).await;
    world.kms.create_alias(&alice, &name("payroll"), &named(&key)).await.unwrap();
    for text in [
        format!("{}", key.id),
        "alias/payroll".to_owned(),
        "payroll".to_owned(),
        format!("arn:aws:kms:{REGION}:{ALICE}:key/{}", key.id),
        format!("arn:aws:kms:{REGION}:{ALICE}:alias/payroll"),
        format!("{REGION}:domain-{ALICE}:key/{}", key.id),
        format!("kms:{REGION}:domain-{ALICE}:alias:payroll"),
    ] {
        let found = world.kms.describe_key(&alice, &by(&text)).await;
        assert_eq!(found.map(|key| key.id), Ok(key.id), "{text}");
    }
}

#[tokio::test]
async fn a_foreign_region_or_account_in_a_name_is_refused_and_never_ignored() {
    let (world, alice) = (World::new().await, root(ALICE));
    let key = world.key(ALICE).await;
    let describe =
        async |text: String| world.kms.describe_key(&alice, &by(&text)).await.unwrap_err().kind();
    let (id, domain) = (key.id, format!("domain-{BOB}"));
    assert_eq!(describe(format!("r-2:domain-{ALICE}:key/{id}")).await, "WrongRegion");
    assert_eq!(describe(format!("arn:aws:kms:r-2:{ALICE}:key/{id}")).await, "WrongRegion");
    assert_eq!(describe(format!("{REGION}:{domain}:key/{id}")).await, "AccessDenied");
    assert_eq!(describe(format!("arn:aws:kms:{REGION}:{BOB}:key/{id}")).await, "AccessDenied");
}

#[tokio::test]
async fn an_alias_moves_between_keys_and_goes() {
    let (world, alice) = (World::new().await, root(ALICE));
    let (one, two) = (world.key(ALICE).await, world.key(ALICE).await);
    let payroll = name("payroll");
    world.kms.create_alias(&alice, &payroll, &named(&one)).await.unwrap();
    let again = world.kms.create_alias(&alice, &payroll, &named(&two)).await;
    assert_eq!(again.unwrap_err(), KmsError::AlreadyExists("alias/payroll".to_owned()));
    world.kms.update_alias(&alice, &payroll, &named(&two)).await.unwrap();
    let sealed = world.kms.encrypt(&alice, &by("payroll"), b"x", &NO_CONTEXT).await.unwrap();
    assert_eq!(sealed.key.id, two.id);
    let page = world.kms.list_aliases(&alice, Some(&named(&two)), None, 1).await.unwrap();
    assert_eq!((page.aliases[0].name.as_str(), page.more), ("payroll", false));
    world.kms.delete_alias(&alice, &payroll).await.unwrap();
    let gone = world.kms.describe_key(&alice, &by("payroll")).await;
    assert_eq!(gone.unwrap_err(), KmsError::NotFound("alias/payroll".to_owned()));
    let gone = world.kms.update_alias(&alice, &payroll, &named(&two)).await;
    assert_eq!(gone.unwrap_err().kind(), "NotFound");
}

#[tokio::test]
async fn a_key_is_made_together_with_its_alias_or_not_at_all() {
    let (world, alice) = (World::new().await, root(ALICE));
    let wanted = || CreateKey { alias: Some(name("payroll")), ..CreateKey::default() };
    world.kms.create_key(&alice, wanted()).await.unwrap();
    let again = world.kms.create_key(&alice, wanted()).await;
    assert_eq!(again.unwrap_err().kind(), "AlreadyExists");
    assert_eq!(world.kms.list_keys(&alice, None, 100).await.unwrap().keys.len(), 1);
}

#[tokio::test]
async fn names_of_services_are_not_given_away() {
    let (world, alice) = (World::new().await, root(ALICE));
    let key = named(&world.key(ALICE).await);
    for text in ["aws/s3", "obs/default", "evs/default"] {
        let refused = world.kms.create_alias(&alice, &name(text), &key).await;
        assert_eq!(refused.unwrap_err().kind(), "Invalid", "{text}");
        let wanted = CreateKey { alias: Some(name(text)), ..CreateKey::default() };
        assert_eq!(world.kms.create_key(&alice, wanted).await.unwrap_err().kind(), "Invalid");
    }
}
