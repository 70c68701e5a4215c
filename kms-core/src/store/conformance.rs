//! The suite that every key store passes.
//!
//! Each rule is a function that asserts and so panics where the store breaks it;
//! [`all`] runs them. Every rule works in an account of its own, so the store
//! need not be empty.

use super::{AliasQuery, KeyLimits, KeyLookup, KeyStore, NewKey, StoreError};
use crate::audit::AuditEvent;
use crate::key::{
    Alias, AliasName, Key, KeyId, KeyOrigin, KeySpec, KeyState, KeyUsage, KeyVersion, VersionCause,
    VersionMaterial,
};

const REGION: &str = "r-1";
const MANY: KeyLimits = KeyLimits { account: 1000, hardware: 1000 };

/// Runs every rule.
pub async fn all(store: &dyn KeyStore) {
    a_created_key_is_found_as_it_was(store).await;
    a_key_is_created_whole_or_not_at_all(store).await;
    an_account_has_one_default_key_a_service(store).await;
    quotas_hold_inside_the_creation(store).await;
    an_update_needs_the_revision_it_was_decided_on(store).await;
    pages_go_through_all_keys_once(store).await;
    aliases_are_unique_in_an_account_and_region(store).await;
    an_alias_moves_and_keeps_its_birth(store).await;
    aliases_of_a_key_are_limited(store).await;
    use_of_a_version_only_moves_forward(store).await;
    changes_leave_their_event_and_failures_none(store).await;
}

/// [`KeyStore::key_create`], [`KeyStore::key_find`], [`KeyStore::version_find`].
pub async fn a_created_key_is_found_as_it_was(store: &dyn KeyStore) {
    for (spec, origin) in
        [(KeySpec::Aes256, KeyOrigin::AwsKms), (KeySpec::Sm4, KeyOrigin::External)]
    {
        let state = KeyState::PendingDeletion { due_ms: u64::from(u32::MAX) * 1000 };
        let key = Key { spec, origin, state, description: "déjà vu".to_owned(), ..new_key() };
        let new = with_alias(&key, "payroll");
        let version = new.version.clone();
        assert_eq!(store.key_create(new, event()).await, Ok(()));
        assert_eq!(store.key_find(KeyLookup::Id(key.id)).await, Ok(Some(key.clone())));
        assert_eq!(store.version_find(key.id, 1).await, Ok(Some(version)));
        assert_eq!(store.version_find(key.id, 2).await, Ok(None));
        for owner in [&key.account_id, &key.domain_id] {
            let name = &name("payroll");
            let here = KeyLookup::Alias { owner, region: REGION, name };
            assert_eq!(store.key_find(here).await, Ok(Some(key.clone())));
            let elsewhere = KeyLookup::Alias { owner, region: "r-2", name };
            assert_eq!(store.key_find(elsewhere).await, Ok(None));
        }
    }
    assert_eq!(store.key_find(KeyLookup::Id(KeyId::random())).await, Ok(None));
}

/// [`KeyStore::key_create`]: a taken alias or id leaves nothing behind.
pub async fn a_key_is_created_whole_or_not_at_all(store: &dyn KeyStore) {
    let first = new_key();
    assert_eq!(store.key_create(with_alias(&first, "a"), event()).await, Ok(()));
    let second = Key { id: KeyId::random(), ..first.clone() };
    let taken = store.key_create(with_alias(&second, "a"), event()).await;
    assert_eq!(taken, Err(StoreError::Exists));
    assert_eq!(store.key_find(KeyLookup::Id(second.id)).await, Ok(None));
    assert_eq!(store.version_find(second.id, 1).await, Ok(None));
    let again = store.key_create(with_alias(&first, "b"), event()).await;
    assert_eq!(again, Err(StoreError::Exists));
    assert_eq!(names(store, &first, None).await, ["a"]);
}

/// [`KeyStore::key_create`], [`KeyLookup::Default`].
pub async fn an_account_has_one_default_key_a_service(store: &dyn KeyStore) {
    let default = Key { default_for: Some("obs".to_owned()), ..new_key() };
    let none = KeyLimits { account: 0, hardware: 0 };
    let new = NewKey { limits: none, ..with_alias(&default, "obs/default") };
    assert_eq!(store.key_create(new, event()).await, Ok(()), "default keys are not counted");
    let other = Key { id: KeyId::random(), region: "r-2".to_owned(), ..default.clone() };
    assert_eq!(store.key_create(plain(&other), event()).await, Err(StoreError::Exists));
    let evs = Key { default_for: Some("evs".to_owned()), ..other };
    assert_eq!(store.key_create(plain(&evs), event()).await, Ok(()));
    for owner in [&default.account_id, &default.domain_id] {
        let lookup = KeyLookup::Default { owner, service: "obs" };
        assert_eq!(store.key_find(lookup).await, Ok(Some(default.clone())));
    }
    let page = store.key_list(&default.account_id, "r-9", None, 10).await;
    assert_eq!(page.map(|page| page.keys.len()), Ok(2), "default keys serve every region");
}

/// [`KeyStore::key_create`]: [`KeyLimits`].
pub async fn quotas_hold_inside_the_creation(store: &dyn KeyStore) {
    let first = new_key();
    let one = KeyLimits { account: 1, hardware: 1000 };
    let create =
        async |key: &Key, limits| store.key_create(NewKey { limits, ..plain(key) }, event()).await;
    assert_eq!(create(&first, one).await, Ok(()));
    let second = Key { id: KeyId::random(), ..first.clone() };
    assert!(matches!(create(&second, one).await, Err(StoreError::LimitExceeded(_))));
    let elsewhere = Key { region: "r-2".to_owned(), ..second };
    assert_eq!(create(&elsewhere, one).await, Ok(()), "quotas are by region");
    let none = KeyLimits { account: 1000, hardware: 0 };
    let hardware = Key { origin: KeyOrigin::CloudHsm, ..new_key() };
    assert!(matches!(create(&hardware, none).await, Err(StoreError::LimitExceeded(_))));
    assert_eq!(create(&new_key(), none).await, Ok(()), "software keys are no hardware keys");
}

/// [`KeyStore::key_update`].
pub async fn an_update_needs_the_revision_it_was_decided_on(store: &dyn KeyStore) {
    let key = new_key();
    let absent = store.key_update(&key, event()).await;
    assert_eq!(absent, Err(StoreError::NotFound));
    assert_eq!(store.key_create(plain(&key), event()).await, Ok(()));
    let changed = Key { state: KeyState::Disabled, description: "d".to_owned(), ..key.clone() };
    assert_eq!(store.key_update(&changed, event()).await, Ok(()));
    let stale = Key { state: KeyState::Enabled, ..key };
    assert_eq!(store.key_update(&stale, event()).await, Err(StoreError::Conflict));
    let stored = Key { revision: changed.revision + 1, ..changed };
    assert_eq!(store.key_find(KeyLookup::Id(stored.id)).await, Ok(Some(stored)));
}

/// [`KeyStore::key_list`].
pub async fn pages_go_through_all_keys_once(store: &dyn KeyStore) {
    let first = new_key();
    let mut ids = Vec::new();
    for _ in 0..7 {
        let key = Key { id: KeyId::random(), ..first.clone() };
        assert_eq!(store.key_create(plain(&key), event()).await, Ok(()));
        ids.push(key.id);
    }
    ids.sort_unstable();
    let (mut listed, mut after) = (Vec::new(), None);
    while listed.len() < 100 {
        let page = store.key_list(&first.account_id, REGION, after, 3).await.unwrap_or_default();
        listed.extend(page.keys.iter().map(|key| key.id));
        after = listed.last().copied();
        if !page.more {
            break;
        }
    }
    assert_eq!(listed, ids);
}

/// [`KeyStore::alias_create`], [`KeyStore::alias_delete`].
pub async fn aliases_are_unique_in_an_account_and_region(store: &dyn KeyStore) {
    let (mine, theirs) = (new_key(), new_key());
    for key in [&mine, &theirs] {
        assert_eq!(store.key_create(plain(key), event()).await, Ok(()));
        assert_eq!(store.alias_create(alias(key, "a"), 50, event()).await, Ok(()));
    }
    let again = store.alias_create(alias(&mine, "a"), 50, event()).await;
    assert_eq!(again, Err(StoreError::Exists));
    let foreign = Alias { key: theirs.id, ..alias(&mine, "b") };
    let foreign = store.alias_create(foreign, 50, event()).await;
    assert_eq!(foreign, Err(StoreError::NotFound), "an alias names a key of its own account");
    let (account, gone) = (&mine.account_id, name("a"));
    assert_eq!(store.alias_delete(account, REGION, &gone, event()).await, Ok(()));
    let again = store.alias_delete(account, REGION, &gone, event()).await;
    assert_eq!(again, Err(StoreError::NotFound));
    assert_eq!(names(store, &theirs, None).await, ["a"]);
}

/// [`KeyStore::alias_update`], [`KeyStore::alias_list`].
pub async fn an_alias_moves_and_keeps_its_birth(store: &dyn KeyStore) {
    let one = new_key();
    let two = Key { id: KeyId::random(), ..one.clone() };
    assert_eq!(store.key_create(with_alias(&one, "b"), event()).await, Ok(()));
    assert_eq!(store.key_create(with_alias(&two, "a"), event()).await, Ok(()));
    let moved = Alias { created_ms: 999, updated_ms: 999, ..alias(&two, "b") };
    assert_eq!(store.alias_update(moved.clone(), 50, event()).await, Ok(()));
    let absent = store.alias_update(alias(&two, "c"), 50, event()).await;
    assert_eq!(absent, Err(StoreError::NotFound));
    let here = name("b");
    let lookup = KeyLookup::Alias { owner: &one.account_id, region: REGION, name: &here };
    assert_eq!(store.key_find(lookup).await, Ok(Some(two.clone())));
    let query = AliasQuery { key: Some(two.id), after: Some(&name("a")), ..all_of(&one) };
    let kept = Alias { created_ms: one.created_ms, ..moved };
    assert_eq!(store.alias_list(query).await, Ok(vec![kept]));
    assert_eq!(names(store, &two, None).await, ["a", "b"]);
    assert_eq!(names(store, &two, Some(1)).await, ["a"]);
}

/// [`KeyStore::alias_create`]: its limit.
pub async fn aliases_of_a_key_are_limited(store: &dyn KeyStore) {
    let key = new_key();
    assert_eq!(store.key_create(with_alias(&key, "a"), event()).await, Ok(()));
    assert_eq!(store.alias_create(alias(&key, "b"), 2, event()).await, Ok(()));
    let third = store.alias_create(alias(&key, "c"), 2, event()).await;
    assert!(matches!(third, Err(StoreError::LimitExceeded(_))));
    let same = store.alias_update(alias(&key, "b"), 2, event()).await;
    assert_eq!(same, Ok(()), "pointing an alias where it points adds none");
}

/// [`KeyStore::version_mark_used`].
pub async fn use_of_a_version_only_moves_forward(store: &dyn KeyStore) {
    let key = new_key();
    assert_eq!(store.key_create(plain(&key), event()).await, Ok(()));
    for (now_ms, recorded) in [(5, 5), (9, 9), (7, 9)] {
        assert_eq!(store.version_mark_used(key.id, 1, now_ms).await, Ok(()));
        let version = store.version_find(key.id, 1).await.unwrap_or_default();
        assert_eq!(version.and_then(|version| version.api_used_ms), Some(recorded));
    }
    assert_eq!(store.version_mark_used(key.id, 2, 1).await, Err(StoreError::NotFound));
}

/// The outbox.
pub async fn changes_leave_their_event_and_failures_none(store: &dyn KeyStore) {
    let key = new_key();
    let change = |id: &str| AuditEvent { change: Some(format!("{}-{id}", key.id)), ..event() };
    let create = change("create");
    assert_eq!(store.key_create(plain(&key), create.clone()).await, Ok(()));
    let stale = Key { revision: 7, ..key.clone() };
    let conflict = store.key_update(&stale, change("stale")).await;
    assert_eq!(conflict, Err(StoreError::Conflict));
    let (name, owner) = (name("none"), &key.account_id);
    let absent = store.alias_delete(owner, REGION, &name, change("absent")).await;
    assert_eq!(absent, Err(StoreError::NotFound));
    let update = change("update");
    assert_eq!(store.key_update(&key, update.clone()).await, Ok(()));
    let mine = async || {
        let listed = store.outbox_list(10_000).await.unwrap_or_default();
        let of_key = |event: &AuditEvent| {
            event.change.as_ref().is_some_and(|change| change.starts_with(&key.id.to_string()))
        };
        listed.into_iter().filter(of_key).collect::<Vec<_>>()
    };
    assert_eq!(mine().await, [create.clone(), update.clone()]);
    let cleared = create.change.unwrap_or_default();
    assert_eq!(store.outbox_clear(&cleared).await, Ok(()));
    assert_eq!(store.outbox_clear(&cleared).await, Ok(()));
    assert_eq!(mine().await, [update]);
}

/// An enabled key in an account that nobody else has.
fn new_key() -> Key {
    let account = KeyId::random();
    Key {
        id: KeyId::random(),
        account_id: format!("account-{account}"),
        domain_id: format!("domain-{account}"),
        region: REGION.to_owned(),
        spec: KeySpec::Aes256,
        usage: KeyUsage::EncryptDecrypt,
        origin: KeyOrigin::AwsKms,
        state: KeyState::Enabled,
        description: String::new(),
        created_ms: 1_790_000_000_000,
        default_for: None,
        version: 1,
        revision: 1,
        rotation: None,
        expires_ms: None,
        guarded: false,
        frozen: false,
    }
}

fn plain(key: &Key) -> NewKey {
    let material = match key.origin {
        KeyOrigin::AwsKms => VersionMaterial::Wrapped(vec![1, 2, 3]),
        KeyOrigin::External => VersionMaterial::Absent,
        KeyOrigin::CloudHsm => VersionMaterial::Token("label".to_owned()),
    };
    let version = KeyVersion {
        key: key.id,
        number: 1,
        material,
        created_ms: key.created_ms,
        api_used_ms: None,
        cause: VersionCause::Created,
        check: None,
    };
    NewKey { key: key.clone(), version, alias: None, limits: MANY }
}

fn with_alias(key: &Key, alias: &str) -> NewKey {
    NewKey { alias: AliasName::parse(alias).ok(), ..plain(key) }
}

fn alias(key: &Key, alias: &str) -> Alias {
    Alias {
        account_id: key.account_id.clone(),
        region: key.region.clone(),
        name: name(alias),
        key: key.id,
        created_ms: key.created_ms,
        updated_ms: key.created_ms,
    }
}

#[expect(clippy::expect_used, reason = "the names in this file are valid")]
fn name(text: &str) -> AliasName {
    AliasName::parse(text).expect("a valid name")
}

fn all_of(key: &Key) -> AliasQuery<'_> {
    AliasQuery { account: &key.account_id, region: REGION, key: None, after: None, limit: 100 }
}

async fn names(store: &dyn KeyStore, key: &Key, limit: Option<usize>) -> Vec<String> {
    let limit = limit.unwrap_or(100);
    let listed = store.alias_list(AliasQuery { limit, ..all_of(key) }).await.unwrap_or_default();
    listed.into_iter().map(|alias| alias.name.as_str().to_owned()).collect()
}

fn event() -> AuditEvent {
    AuditEvent { action: "test".to_owned(), ..AuditEvent::default() }
}
