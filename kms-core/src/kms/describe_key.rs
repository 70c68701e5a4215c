//! DescribeKey and ListKeys, and the check of a bucket's encryption setting.

use policy::Action;

use super::find::Home;
use super::grant::GRANTS_PER_KEY;
use super::record::{about_key, about_ref};
use super::{Bucket, Caller, KeySummary, Kms, KmsError};
use crate::authorize::Denied;
use crate::key::{Key, KeyId, KeyRef};
use crate::store::KeyPage;

/// Most keys in a page (AWS ListKeys: 1,000).
const MAX_PAGE: usize = 1000;

/// How many keys an account has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyQuota {
    /// Custom keys, those pending deletion too.
    pub keys: u64,
    /// How many it may have in the region.
    pub keys_max: u32,
    /// Grants that one key may have.
    pub grants_max: usize,
}

impl Kms {
    /// The key's record, in whatever state. Errors: `AccessDenied`, `NotFound`,
    /// `WrongRegion`, `Unavailable`, `Audit`. Source: AWS DescribeKey, Huawei
    /// describe-key.
    pub async fn describe_key(&self, caller: &Caller, key_ref: &KeyRef) -> Result<Key, KmsError> {
        let mut event = about_ref(self.event(caller, Action::KmsDescribeKey), key_ref);
        let found = self.find(caller, Action::KmsDescribeKey, key_ref, Home::of(caller)).await;
        let result = found.map(|found| found.key);
        if let Ok(key) = &result {
            about_key(&mut event, key, None);
        }
        self.settle(event, result).await
    }

    /// The keys of the caller's account and region in order of id, from the one
    /// after `after`, at most `limit` (1 to 1,000). Errors: `AccessDenied`,
    /// `Unavailable`, `Audit`. Source: AWS ListKeys, Huawei list-keys.
    pub async fn list_keys(
        &self,
        caller: &Caller,
        after: Option<KeyId>,
        limit: usize,
    ) -> Result<KeyPage, KmsError> {
        let event = self.event(caller, Action::KmsListKeys);
        let result = self.page_of(caller, after, limit).await;
        self.settle(event, result).await
    }

    /// How many keys the caller's account has, and may have. Errors:
    /// `AccessDenied`, `Unavailable`, `Audit`. Source: Huawei user-quotas.
    pub async fn key_quota(&self, caller: &Caller) -> Result<KeyQuota, KmsError> {
        let event = self.event(caller, Action::KmsCmkGetQuota);
        let result = async {
            let account = caller.check_account(Action::KmsCmkGetQuota)?;
            let counted = self.store.key_count(&account.id, &caller.region).await;
            let keys = counted.map_err(|error| KmsError::Unavailable(error.to_string()))?;
            let keys_max = self.settings.keys_per_account;
            Ok(KeyQuota { keys, keys_max, grants_max: GRANTS_PER_KEY })
        }
        .await;
        self.settle(event, result).await
    }

    /// The token that holds hardware keys, by its provider's words; none for the
    /// software provider.
    pub fn token(&self) -> Option<String> {
        let described = self.root.hsm().description();
        described.hardware.then_some(described.detail)
    }

    /// Whether `key_ref` may become the default encryption key of `bucket`: it
    /// exists, the caller may see it, it belongs to the bucket's account and
    /// serves the bucket's region. Errors: as [`Kms::describe_key`].
    pub async fn check_object_key(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
        bucket: &Bucket<'_>,
    ) -> Result<KeySummary, KmsError> {
        let mut event = about_ref(self.event(caller, Action::KmsDescribeKey), key_ref);
        let home = Home { owner: bucket.account_id, region: bucket.region };
        let found = self.find(caller, Action::KmsDescribeKey, key_ref, home).await;
        let result = found.and_then(|found| {
            about_key(&mut event, &found.key, None);
            if found.key.account_id != bucket.account_id {
                return Err(Denied::foreign().into());
            }
            Ok(KeySummary::of(&found.key, found.key.version))
        });
        self.settle(event, result).await
    }

    async fn page_of(
        &self,
        caller: &Caller,
        after: Option<KeyId>,
        limit: usize,
    ) -> Result<KeyPage, KmsError> {
        let account = caller.check_account(Action::KmsListKeys)?;
        let limit = limit.clamp(1, MAX_PAGE);
        let page = self.store.key_list(&account.id, &caller.region, after, limit).await;
        page.map_err(|error| KmsError::Unavailable(error.to_string()))
    }
}
