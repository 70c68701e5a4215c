//! Users, groups, roles, their policies and keys.

use std::collections::BTreeMap;

use gateway::catalog::CatalogError;
use gateway::catalog::identity::{Entity, EntityKind, EntityRef, IdentityError, ManagedPolicy};
use gateway::catalog::model::AccessKey;

use super::{Store, account};

const ALLOW: &[u8] = br#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;

fn entity(kind: EntityKind, name: &str) -> Entity {
    Entity {
        id: format!("ID-{}-{name}", kind.name()),
        account_id: account("root").id,
        kind,
        name: name.to_owned(),
        path: "/".to_owned(),
        created_ms: 1,
        boundary: None,
        description: None,
        trust: None,
        session_max_s: None,
        tags: BTreeMap::new(),
    }
}

fn policy(name: &str) -> ManagedPolicy {
    let account_id = account("root").id;
    ManagedPolicy {
        arn: format!("arn:aws:iam::{account_id}:policy/{name}"),
        id: format!("ANPA-{name}"),
        account_id,
        name: name.to_owned(),
        path: "/".to_owned(),
        description: None,
        created_ms: 1,
        updated_ms: 1,
        default_version: 1,
        attached: 0,
        bounding: 0,
        tags: BTreeMap::new(),
    }
}

fn key(id: &str) -> AccessKey {
    AccessKey {
        id: id.to_owned(),
        account_id: account("root").id,
        entity_id: None,
        sealed_secret: vec![9; 60],
        active: true,
        created_ms: 1,
    }
}

async fn with_account() -> Store {
    let store = Store::new();
    store.catalog.account_create(account("root"), None).await.expect("account");
    store
}

async fn create(store: &Store, kind: EntityKind, name: &str) -> EntityRef {
    let made = entity(kind, name);
    let named = made.reference();
    store.catalog.entity_create(made).await.expect("entity");
    named
}

#[tokio::test]
async fn a_change_of_any_policy_is_seen_by_the_next_read_of_its_bearer() {
    let store = with_account().await;
    let catalog = &store.catalog;
    let user = create(&store, EntityKind::User, "bob").await;
    let group = create(&store, EntityKind::Group, "staff").await;
    let account_id = account("root").id;
    let id = entity(EntityKind::User, "bob").id;
    let names = async || {
        let bearer = catalog.bearer_find(&account_id, &id).await.expect("read").expect("bob");
        bearer.policies.iter().map(|document| document.name.clone()).collect::<Vec<_>>()
    };
    assert!(names().await.is_empty());
    catalog.inline_put(user.clone(), "own", ALLOW.to_vec()).await.expect("inline");
    assert_eq!(names().await, ["own"]);
    catalog.membership_add(&account_id, "bob", "staff").await.expect("member");
    catalog.inline_put(group.clone(), "shared", ALLOW.to_vec()).await.expect("group's");
    assert_eq!(names().await, ["own", "shared"]);
    let managed = policy("managed");
    catalog.policy_create(managed.clone(), ALLOW.to_vec()).await.expect("policy");
    catalog.attachment_add(group, &managed.arn, false).await.expect("attached");
    assert_eq!(names().await, ["own", "shared", managed.arn.as_str()]);
    let second = catalog.policy_version_create(&managed.arn, b"{}".to_vec(), true, 2).await;
    assert_eq!(second.expect("version").number, 2);
    let bearer = catalog.bearer_find(&account_id, &id).await.expect("read").expect("bob");
    assert_eq!(bearer.policies[2].text.as_deref(), Some(b"{}".as_slice()));
    catalog.membership_remove(&account_id, "bob", "staff").await.expect("out");
    assert_eq!(names().await, ["own"]);
    let other = catalog.bearer_find("222222222222", &id).await;
    assert_eq!(other, Ok(None), "a user of another account");
}

#[tokio::test]
async fn names_are_unique_without_case_and_kept_with_it() {
    let store = with_account().await;
    let named = create(&store, EntityKind::User, "Bob").await;
    let twice = Entity { id: "other".into(), ..entity(EntityKind::User, "bob") };
    let refused = store.catalog.entity_create(twice).await;
    assert_eq!(refused, Err(IdentityError::Exists("user", "bob".into())));
    create(&store, EntityKind::Group, "bob").await;
    let found = store.catalog.entity_find(&EntityRef { name: "BOB".into(), ..named.clone() }).await;
    assert_eq!(found.expect("read").expect("bob").name, "Bob");
    create(&store, EntityKind::User, "carol").await;
    let renamed = store.catalog.entity_update(named, |entity| {
        entity.name = "CAROL".into();
        Ok(())
    });
    assert_eq!(renamed.await, Err(IdentityError::Exists("user", "CAROL".into())));
}

#[tokio::test]
async fn what_is_used_is_not_deleted() {
    let store = with_account().await;
    let catalog = &store.catalog;
    let user = create(&store, EntityKind::User, "bob").await;
    let managed = policy("managed");
    catalog.policy_create(managed.clone(), ALLOW.to_vec()).await.expect("policy");
    catalog.attachment_add(user.clone(), &managed.arn, false).await.expect("attached");
    let in_use = |result| matches!(result, Err(IdentityError::InUse(_)));
    assert!(in_use(catalog.policy_delete(&managed.arn).await));
    assert!(in_use(catalog.entity_delete(user.clone()).await));
    catalog.attachment_remove(user.clone(), &managed.arn).await.expect("detached");
    catalog.entity_key_create(key("AK1"), Some(user.clone())).await.expect("key");
    assert!(in_use(catalog.entity_delete(user.clone()).await));
    catalog.entity_key_delete(&account("root").id, Some(user.clone()), "AK1").await.expect("gone");
    catalog.entity_delete(user.clone()).await.expect("deleted");
    catalog.policy_delete(&managed.arn).await.expect("deleted");
    let gone = catalog.entity_delete(user).await;
    assert_eq!(gone, Err(IdentityError::NoSuch("user", "bob".into())));
}

#[tokio::test]
async fn a_user_has_two_keys_and_a_policy_five_versions() {
    let store = with_account().await;
    let catalog = &store.catalog;
    let user = create(&store, EntityKind::User, "bob").await;
    for id in ["AK1", "AK2"] {
        catalog.entity_key_create(key(id), Some(user.clone())).await.expect("key");
    }
    let third = catalog.entity_key_create(key("AK3"), Some(user.clone())).await;
    assert_eq!(third, Err(IdentityError::Limit("AccessKeysPerUser", 2)));
    assert!(catalog.access_key_find("AK3").await.expect("read").is_none());
    let held = catalog.access_key_find("AK1").await.expect("read").expect("AK1");
    assert_eq!(held.user.expect("a user").entity.name, "bob");
    let managed = policy("managed");
    catalog.policy_create(managed.clone(), ALLOW.to_vec()).await.expect("policy");
    for number in 2..=5 {
        let made = catalog.policy_version_create(&managed.arn, ALLOW.to_vec(), false, 2).await;
        assert_eq!(made.expect("version").number, number);
    }
    let sixth = catalog.policy_version_create(&managed.arn, ALLOW.to_vec(), false, 2).await;
    assert_eq!(sixth, Err(IdentityError::Limit("VersionsPerPolicy", 5)));
    let default = catalog.policy_version_delete(&managed.arn, 1).await;
    assert!(matches!(default, Err(IdentityError::InUse(_))));
    catalog.policy_version_delete(&managed.arn, 5).await.expect("deleted");
    let again = catalog.policy_version_create(&managed.arn, ALLOW.to_vec(), false, 2).await;
    assert_eq!(again.expect("version").number, 6, "numbers are never given again");
}

#[tokio::test]
async fn a_policy_of_another_account_cannot_be_attached() {
    let store = with_account().await;
    let user = create(&store, EntityKind::User, "bob").await;
    let mut foreign = policy("foreign");
    let other = account("other");
    foreign.account_id.clone_from(&other.id);
    foreign.arn = "arn:aws:iam::222222222222:policy/foreign".into();
    store.catalog.account_create(other, None).await.expect("account");
    store.catalog.policy_create(foreign.clone(), ALLOW.to_vec()).await.expect("policy");
    let refused = store.catalog.attachment_add(user.clone(), &foreign.arn, false).await;
    assert_eq!(refused, Err(IdentityError::NoSuch("policy", foreign.arn)));
    let unknown = store.catalog.attachment_add(user, "arn:aws:iam::aws:policy/No", false).await;
    assert!(matches!(unknown, Err(IdentityError::NoSuch("policy", _))));
}

#[tokio::test]
async fn an_alias_belongs_to_one_account() {
    let store = with_account().await;
    let catalog = &store.catalog;
    catalog.account_create(account("other"), None).await.expect("account");
    let (a, b) = (account("root").id, account("other").id);
    catalog.account_alias_put(&a, "acme").await.expect("alias");
    catalog.account_alias_put(&a, "acme-2").await.expect("another");
    let taken = catalog.account_alias_put(&b, "acme-2").await;
    assert_eq!(taken, Err(IdentityError::Exists("alias", "acme-2".into())));
    catalog.account_alias_put(&b, "acme").await.expect("free again");
    assert_eq!(catalog.account_alias_find(&a).await, Ok(Some("acme-2".to_owned())));
    let foreign = catalog.account_alias_delete(&b, "acme-2").await;
    assert!(matches!(foreign, Err(IdentityError::NoSuch(..))));
    catalog.account_alias_delete(&a, "acme-2").await.expect("gone");
    assert_eq!(catalog.account_alias_find(&a).await, Ok::<_, CatalogError>(None));
}
