//! The default key of an account for objects.
//!
//! One an account, made by the service at first use, for every region and user
//! of the account. Tenants see and use it; [`super::find::Found::check_custom`]
//! keeps them from everything else.

use policy::Action;

use super::find::{Found, Home};
use super::record::about_key;
use super::{Bucket, Caller, Kms, KmsError, OBJECT_SERVICE};
use crate::key::{Key, KeyId, KeyOrigin, KeyRef, KeySpec, KeyState, KeyUsage};
use crate::store::KeyLookup;

impl Kms {
    /// Finds the default key of the bucket's account for `action`, making it if
    /// this is the first use, for which the caller needs the right to make keys
    /// (OBS, "SSE-KMS": kms:cmk:create). Another account never gets that far.
    pub(super) async fn find_default(
        &self,
        caller: &Caller,
        action: Action,
        bucket: &Bucket<'_>,
    ) -> Result<Found, KmsError> {
        let home = Home { owner: bucket.account_id, region: bucket.region };
        let key_ref = KeyRef::alias(self.settings.default_alias.clone());
        match self.find(caller, action, &key_ref, home).await {
            // Only one of the account, with the right to use the key, is told
            // that it does not exist.
            Err(KmsError::NotFound(_)) => {
                caller.check_account(Action::KmsCreateKey)?;
                self.create_default(caller, bucket).await?;
            }
            found => return found,
        }
        self.find(caller, action, &key_ref, home).await
    }

    /// Two first uses may meet: the store keeps one key, the other is dropped.
    async fn create_default(&self, caller: &Caller, bucket: &Bucket<'_>) -> Result<(), KmsError> {
        let key = Key {
            id: KeyId::random(),
            account_id: bucket.account_id.to_owned(),
            domain_id: bucket.domain_id.to_owned(),
            region: self.settings.region.clone(),
            spec: KeySpec::Aes256,
            usage: KeyUsage::EncryptDecrypt,
            origin: KeyOrigin::AwsKms,
            state: KeyState::Enabled,
            description: "Default key of the object service".to_owned(),
            created_ms: self.now(),
            default_for: Some(OBJECT_SERVICE.to_owned()),
            version: 1,
            revision: 1,
            rotation: None,
            expires_ms: None,
            guarded: false,
            frozen: false,
        };
        let mut event = self.change_event(caller, Action::KmsCreateKey);
        event.principal = format!("service:{OBJECT_SERVICE}");
        about_key(&mut event, &key, Some(1));
        let alias = Some(self.settings.default_alias.clone());
        match self.store_new(key, alias, &event).await {
            Err(KmsError::AlreadyExists(_)) if self.has_default(bucket).await? => Ok(()),
            result => self.settle_change(event, result.map(|_| ())).await,
        }
    }

    async fn has_default(&self, bucket: &Bucket<'_>) -> Result<bool, KmsError> {
        let lookup = KeyLookup::Default { owner: bucket.account_id, service: OBJECT_SERVICE };
        let found = self.store.key_find(lookup).await;
        Ok(found.map_err(|error| KmsError::Unavailable(error.to_string()))?.is_some())
    }
}
