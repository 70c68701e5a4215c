//! Key policies: who may do what with one key, beside the account's policies.
//!
//! A key without one is its account's: the policies of the account's users
//! decide. That is what [`KeyPolicy::Default`] says in words.

use policy::{Action, Policy};

use super::find::Home;
use super::record::{about_key, about_ref};
use super::{Caller, Kms, KmsError};
use crate::key::{Key, KeyRef, KeyRights};

/// The policy of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPolicy {
    /// None was put: the account's own policies decide.
    Default,
    /// The document as it was accepted.
    Document(String),
}

impl Kms {
    /// The key and its policy, in every state. Errors: `AccessDenied`,
    /// `NotFound`, `Unavailable`, `Audit`. Source: AWS GetKeyPolicy,
    /// ListKeyPolicies.
    pub async fn key_policy(
        &self,
        caller: &Caller,
        action: Action,
        key_ref: &KeyRef,
    ) -> Result<(Key, KeyPolicy), KmsError> {
        let mut event = about_ref(self.event(caller, action), key_ref);
        let found = self.find(caller, action, key_ref, Home::of(caller)).await;
        let result = found.map(|found| {
            about_key(&mut event, &found.key, None);
            let policy = match found.rights.policy {
                None => KeyPolicy::Default,
                Some(text) => KeyPolicy::Document(String::from_utf8_lossy(&text).into_owned()),
            };
            (found.key, policy)
        });
        self.settle(event, result).await
    }

    /// Puts the policy. Unless `bypass_lockout_check`, the caller must still be
    /// allowed to put the next one. Errors: as [`Kms::key_policy`], and
    /// `DefaultKey`, `Policy`. Source: AWS PutKeyPolicy.
    pub async fn put_key_policy(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
        document: String,
        bypass_lockout_check: bool,
    ) -> Result<(), KmsError> {
        let action = Action::KmsPutKeyPolicy;
        let mut event = about_ref(self.change_event(caller, action), key_ref);
        let result = async {
            let found = self.changeable(caller, action, key_ref, &mut event).await?;
            let document = document.into_bytes();
            Policy::key(&document).map_err(|error| KmsError::Policy(error.to_string()))?;
            if !bypass_lockout_check {
                let rights = KeyRights { policy: Some(document.clone()), grants: Vec::new() };
                caller.check_key(action, &found.key, &rights, None).map_err(|_| {
                    KmsError::Policy("it would lock its author out of the key".to_owned())
                })?;
            }
            let stored = self.store.policy_put(found.key.id, document, event.clone()).await;
            stored.map_err(|error| KmsError::of_store(found.key.id, error))
        }
        .await;
        self.settle_change(event, result).await
    }
}
