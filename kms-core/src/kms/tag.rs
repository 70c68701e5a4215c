//! Tags of keys, one of which means something here: [`PROTECTION_TAG`].

use policy::Action;

use super::find::Home;
use super::record::{about_key, about_ref};
use super::{Caller, Kms, KmsError};
use crate::key::{Key, KeyId, KeyOperation, KeyRef};
use crate::store::{KeyLookup, StoreError, Tag};

/// The tag that protects its key against deletion unless its value is `off`.
pub const PROTECTION_TAG: &str = "sealgate:deletion-protection";

/// Most tags of a key (AWS: 50; Huawei: 20).
const TAGS_PER_KEY: usize = 50;

impl Kms {
    /// Sets tags. Errors: as [`Kms::update_key_description`], and
    /// `LimitExceeded` (50 a key). Source: AWS TagResource, Huawei tags.
    pub async fn tag_key(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
        tags: &[Tag],
    ) -> Result<(), KmsError> {
        let action = Action::KmsTagResource;
        let mut event = about_ref(self.change_event(caller, action), key_ref);
        let result = async {
            let found = self.changeable(caller, action, key_ref, &mut event).await?;
            found.check(KeyOperation::Update)?;
            let id = found.key.id;
            let stored = self.store.tag_put(id, tags, TAGS_PER_KEY, event.clone()).await;
            stored.map_err(|error| KmsError::of_store(id, error))
        }
        .await;
        self.settle_change(event, result).await
    }

    /// Removes tags; absent ones are fine. Errors: as [`Kms::tag_key`].
    pub async fn untag_key(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
        names: &[String],
    ) -> Result<(), KmsError> {
        let action = Action::KmsUntagResource;
        let mut event = about_ref(self.change_event(caller, action), key_ref);
        let result = async {
            let found = self.changeable(caller, action, key_ref, &mut event).await?;
            found.check(KeyOperation::Update)?;
            let stored = self.store.tag_delete(found.key.id, names, event.clone()).await;
            stored.map_err(|error| KmsError::of_store(found.key.id, error))
        }
        .await;
        self.settle_change(event, result).await
    }

    /// The tags of a key in order of name, in every state. Errors:
    /// `AccessDenied`, `NotFound`, `Unavailable`, `Audit`.
    pub async fn key_tags(&self, caller: &Caller, key_ref: &KeyRef) -> Result<Vec<Tag>, KmsError> {
        let action = Action::KmsListResourceTags;
        let mut event = about_ref(self.event(caller, action), key_ref);
        let result = async {
            let found = self.find(caller, action, key_ref, Home::of(caller)).await?;
            about_key(&mut event, &found.key, None);
            self.tags_of(found.key.id).await
        }
        .await;
        self.settle(event, result).await
    }

    /// All tags of the caller's account and region by key. Errors:
    /// `AccessDenied`, `Unavailable`, `Audit`. Source: Huawei list tags,
    /// resource_instances.
    pub async fn account_tags(&self, caller: &Caller) -> Result<Vec<(KeyId, Tag)>, KmsError> {
        let event = self.event(caller, Action::KmsCmkTagListInstance);
        let result = async {
            let account = caller.check_account(Action::KmsCmkTagListInstance)?;
            let listed = self.store.tag_list_all(&account.id, &caller.region).await;
            listed.map_err(|error| KmsError::Unavailable(error.to_string()))
        }
        .await;
        self.settle(event, result).await
    }

    /// Switches deletion protection, for an operator. Errors: `NotFound`,
    /// `DefaultKey`, `Unavailable`.
    pub async fn protect_key(&self, id: KeyId, on: bool) -> Result<(), KmsError> {
        let key = self.store.key_find(KeyLookup::Id(id)).await;
        let key = key.map_err(|error| KmsError::of_store(id, error))?;
        let key = key.ok_or_else(|| KmsError::NotFound(id.to_string()))?;
        if key.is_default() {
            return Err(KmsError::DefaultKey(id));
        }
        let mut event = self.service_event("operator", "sealgate:ProtectKey");
        event.key = Some(id.to_string());
        let value = if on { "on" } else { "off" };
        event.detail = Some(value.to_owned());
        let tag = (PROTECTION_TAG.to_owned(), value.to_owned());
        let stored = self.store.tag_put(id, &[tag], TAGS_PER_KEY + 1, event.clone()).await;
        let stored = stored.map_err(|error| KmsError::of_store(id, error));
        self.settle_change(event, stored).await
    }

    /// Errors: `Protected`.
    pub(super) async fn check_unprotected(&self, key: &Key) -> Result<(), KmsError> {
        let tags = self.tags_of(key.id).await?;
        let protects = |(name, value): &Tag| {
            let off = ["off", "false", "0"].iter().any(|off| value.eq_ignore_ascii_case(off));
            name == PROTECTION_TAG && !off
        };
        if tags.iter().any(protects) { Err(KmsError::Protected(key.id)) } else { Ok(()) }
    }

    async fn tags_of(&self, id: KeyId) -> Result<Vec<Tag>, KmsError> {
        let listed = self.store.tag_list(id).await;
        listed.map_err(|error: StoreError| KmsError::of_store(id, error))
    }
}
