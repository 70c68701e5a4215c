//! What is done to keys when its time has come: destruction, expiry of
//! imported material, automatic rotation.
//!
//! Each step is a compare-and-set on the key's record, so a round may be cut
//! off anywhere and repeated, and a change by its owner always wins. A key's
//! end is first recorded and then done in the token; the labels that are left
//! to destroy stay in the store until they are.

use super::record::about_key;
use super::{Kms, KmsError};
use crate::audit::AuditEvent;
use crate::key::{Key, KeyState, VersionCause, VersionMaterial};

/// Keys of one round.
const BATCH: usize = 100;

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Keys that were destroyed.
    pub destroyed: usize,
    /// Keys whose imported material expired.
    pub expired: usize,
    /// Keys that were rotated.
    pub rotated: usize,
}

impl Kms {
    /// Does what is due for at most a hundred keys; repeat until it did nothing.
    /// A key that fails is logged and does not hold up the others. Errors:
    /// `Unavailable`.
    pub async fn run_due(&self) -> Result<Due, KmsError> {
        let now = self.now();
        let due = self.store.key_due(now, BATCH).await;
        let due = due.map_err(|error| KmsError::Unavailable(error.to_string()))?;
        let mut done = Due::default();
        for key in due {
            let id = key.id;
            if let Err(error) = self.do_due(key, now, &mut done).await {
                tracing::warn!(key.id = %id, %error, "what is due for a key is tried again");
            }
        }
        Ok(done)
    }

    async fn do_due(&self, key: Key, now: u64, done: &mut Due) -> Result<(), KmsError> {
        match key.state {
            KeyState::Deleted => self.destroy_in_token(&key).await,
            KeyState::PendingDeletion { due_ms } if due_ms <= now => {
                self.destroy(&key, now).await?;
                done.destroyed += 1;
                Ok(())
            }
            _ if key.expires_ms.is_some_and(|at| at <= now) => {
                let event = self.key_event("sealgate:ExpireKeyMaterial", &key);
                let result = self.drop_material(&key, &event).await;
                self.settle_change(event, result).await?;
                done.expired += 1;
                Ok(())
            }
            KeyState::Enabled => {
                let mut event = self.key_event("sealgate:RotateKey", &key);
                let cause = VersionCause::Automatic;
                let result = self.store_version(&key, cause, &mut event).await;
                self.settle_change(event, result).await?;
                done.rotated += 1;
                Ok(())
            }
            KeyState::Disabled | KeyState::PendingImport | KeyState::PendingDeletion { .. } => {
                Ok(())
            }
        }
    }

    async fn destroy(&self, key: &Key, now: u64) -> Result<(), KmsError> {
        let event = self.key_event("sealgate:DeleteKey", key);
        let stored = self.store.key_destroy(key, now, event.clone()).await;
        let stored = stored.map_err(|error| KmsError::of_store(key.id, error));
        self.settle_change(event, stored).await?;
        self.materials.drop_key(key.id);
        self.destroy_in_token(key).await
    }

    async fn destroy_in_token(&self, key: &Key) -> Result<(), KmsError> {
        let versions = self.store.version_list(key.id).await;
        let versions = versions.map_err(|error| KmsError::of_store(key.id, error))?;
        for version in versions {
            if let VersionMaterial::Token(label) = &version.material {
                self.root.hsm().destroy(label).await?;
            }
        }
        let forgotten = self.store.token_forget(key.id).await;
        forgotten.map_err(|error| KmsError::of_store(key.id, error))
    }

    fn key_event(&self, action: &str, key: &Key) -> AuditEvent {
        let mut event = self.service_event("service:kms", action);
        event.account.clone_from(&key.account_id);
        about_key(&mut event, key, None);
        event
    }
}
