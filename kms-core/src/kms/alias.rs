//! Aliases: create, point elsewhere, delete, list.

use policy::Action;

use super::find::{Found, Home};
use super::record::{about_key, about_ref};
use super::{Caller, Kms, KmsError};
use crate::audit::AuditEvent;
use crate::key::{Alias, AliasName, Key, KeyOperation, KeyRef};
use crate::store::{AliasQuery, StoreError};

/// Aliases that may name one key (AWS quotas; KMS API create-alias).
const ALIASES_PER_KEY: usize = 50;
/// Most aliases in a page (AWS ListAliases: 100; Huawei: 1,000).
const MAX_PAGE: usize = 1000;

/// One page of aliases in order of name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AliasPage {
    /// The aliases, those of default keys included.
    pub aliases: Vec<Alias>,
    /// Whether more follow after the last.
    pub more: bool,
}

impl Kms {
    /// Names a custom key. Errors: `AccessDenied`, `NotFound` (the key),
    /// `WrongRegion`, `DefaultKey`, `PendingDeletion`, `Invalid` (reserved
    /// name), `AlreadyExists`, `LimitExceeded` (50 a key), `Unavailable`, `Audit`. Source: AWS
    /// CreateAlias, Huawei create-alias.
    pub async fn create_alias(
        &self,
        caller: &Caller,
        name: &AliasName,
        key_ref: &KeyRef,
    ) -> Result<Alias, KmsError> {
        let mut event = about_ref(self.change_event(caller, Action::KmsCreateAlias), key_ref);
        let result = async {
            check_name(name)?;
            let found =
                self.alias_target(caller, Action::KmsCreateAlias, key_ref, &mut event).await?;
            let alias = self.alias_to(&found, name);
            let stored =
                self.store.alias_create(alias.clone(), ALIASES_PER_KEY, event.clone()).await;
            stored.map_err(|error| of_alias(name, error)).map(|()| alias)
        }
        .await;
        self.settle_change(event, result).await
    }

    /// Points an alias at another custom key. Errors: as [`Kms::create_alias`],
    /// and `NotFound` for the alias; an alias of a default key is `DefaultKey`.
    /// Source: AWS UpdateAlias, Huawei associate-alias.
    pub async fn update_alias(
        &self,
        caller: &Caller,
        name: &AliasName,
        key_ref: &KeyRef,
    ) -> Result<Alias, KmsError> {
        let mut event = about_ref(self.change_event(caller, Action::KmsUpdateAlias), key_ref);
        let result = async {
            let named = KeyRef::alias(name.clone());
            self.alias_target(caller, Action::KmsUpdateAlias, &named, &mut event).await?;
            let found =
                self.alias_target(caller, Action::KmsUpdateAlias, key_ref, &mut event).await?;
            let alias = self.alias_to(&found, name);
            let stored =
                self.store.alias_update(alias.clone(), ALIASES_PER_KEY, event.clone()).await;
            stored.map_err(|error| of_alias(name, error)).map(|()| alias)
        }
        .await;
        self.settle_change(event, result).await
    }

    /// Removes an alias; its key stays. Allowed in every state of the key.
    /// Errors: `AccessDenied`, `NotFound`, `DefaultKey`, `Unavailable`, `Audit`.
    pub async fn delete_alias(&self, caller: &Caller, name: &AliasName) -> Result<(), KmsError> {
        let named = KeyRef::alias(name.clone());
        let mut event = about_ref(self.change_event(caller, Action::KmsDeleteAlias), &named);
        let result = async {
            let action = Action::KmsDeleteAlias;
            let found = self.changeable(caller, action, &named, &mut event).await?;
            let (account, region) = (&found.key.account_id, &found.key.region);
            let stored = self.store.alias_delete(account, region, name, event.clone()).await;
            stored.map_err(|error| of_alias(name, error))
        }
        .await;
        self.settle_change(event, result).await
    }

    /// The aliases of the caller's account and region, or of one key, after
    /// `after`, at most `limit` (1 to 1,000). Errors: `AccessDenied`, `NotFound`
    /// (the key), `Unavailable`, `Audit`. Source: AWS ListAliases, Huawei list-aliases.
    pub async fn list_aliases(
        &self,
        caller: &Caller,
        key_ref: Option<&KeyRef>,
        after: Option<&AliasName>,
        limit: usize,
    ) -> Result<AliasPage, KmsError> {
        let mut event = self.event(caller, Action::KmsListAliases);
        let result = async {
            let account = caller.check_account(Action::KmsListAliases)?;
            let key = match key_ref {
                None => None,
                Some(key_ref) => {
                    let home = Home::of(caller);
                    let found = self.find(caller, Action::KmsListAliases, key_ref, home).await?;
                    about_key(&mut event, &found.key, None);
                    Some(found.key.id)
                }
            };
            let limit = limit.clamp(1, MAX_PAGE);
            let (account, region) = (account.id.as_str(), caller.region.as_str());
            let query = AliasQuery { account, region, key, after, limit: limit + 1 };
            let listed = self.store.alias_list(query).await;
            let mut aliases = listed.map_err(|error| KmsError::Unavailable(error.to_string()))?;
            let more = aliases.len() > limit;
            aliases.truncate(limit);
            Ok(AliasPage { aliases, more })
        }
        .await;
        self.settle(event, result).await
    }

    /// Gives a key another name in place of the first that it has. Errors: as
    /// [`Kms::create_alias`]. Source: Huawei update-key-alias.
    pub async fn rename_key(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
        name: &AliasName,
    ) -> Result<Alias, KmsError> {
        let mut event = about_ref(self.change_event(caller, Action::KmsUpdateAlias), key_ref);
        let result = async {
            check_name(name)?;
            let action = Action::KmsUpdateAlias;
            let found = self.alias_target(caller, action, key_ref, &mut event).await?;
            let former = self.alias_of(&found.key).await?;
            let alias = self.alias_to(&found, name);
            if former.as_ref() == Some(name) {
                return Ok(alias);
            }
            let stored =
                self.store.alias_create(alias.clone(), ALIASES_PER_KEY, event.clone()).await;
            stored.map_err(|error| of_alias(name, error))?;
            if let Some(former) = former {
                // The change is recorded once, with the new name's making.
                let event = AuditEvent { change: None, ..event.clone() };
                let Alias { account_id, region, .. } = &alias;
                let deleted = self.store.alias_delete(account_id, region, &former, event).await;
                deleted.map_err(|error| of_alias(&former, error))?;
            }
            Ok(alias)
        }
        .await;
        self.settle_change(event, result).await
    }

    /// The oldest alias of a key, to show beside it to whoever was shown the
    /// key; no operation of its own. Errors: `Unavailable`.
    pub async fn alias_of(&self, key: &Key) -> Result<Option<AliasName>, KmsError> {
        let (account, region) = (key.account_id.as_str(), key.region.as_str());
        let query =
            AliasQuery { account, region, key: Some(key.id), after: None, limit: ALIASES_PER_KEY };
        let listed = self.store.alias_list(query).await;
        let listed = listed.map_err(|error| KmsError::Unavailable(error.to_string()))?;
        let oldest = listed.into_iter().min_by_key(|alias| alias.created_ms);
        Ok(oldest.map(|alias| alias.name))
    }

    /// A custom key that may be given, or deprived of, an alias.
    async fn alias_target(
        &self,
        caller: &Caller,
        action: Action,
        key_ref: &KeyRef,
        event: &mut AuditEvent,
    ) -> Result<Found, KmsError> {
        let found = self.changeable(caller, action, key_ref, event).await?;
        found.check(KeyOperation::Update)?;
        Ok(found)
    }

    fn alias_to(&self, found: &Found, name: &AliasName) -> Alias {
        let now = self.now();
        Alias {
            account_id: found.key.account_id.clone(),
            region: found.key.region.clone(),
            name: name.clone(),
            key: found.key.id,
            created_ms: now,
            updated_ms: now,
        }
    }
}

/// Errors: `Invalid` for a name that is reserved for services.
pub(super) fn check_name(name: &AliasName) -> Result<(), KmsError> {
    if !name.is_reserved() {
        return Ok(());
    }
    let why = "names that begin with aws/ or end with /default are the services'".to_owned();
    Err(KmsError::Invalid { field: "alias", why })
}

fn of_alias(name: &AliasName, error: StoreError) -> KmsError {
    match error {
        StoreError::NotFound => KmsError::NotFound(format!("alias/{name}")),
        StoreError::Exists => KmsError::AlreadyExists(format!("alias/{name}")),
        StoreError::LimitExceeded(what) => KmsError::LimitExceeded(what),
        StoreError::Conflict | StoreError::Unavailable(_) => {
            KmsError::Unavailable(error.to_string())
        }
    }
}
