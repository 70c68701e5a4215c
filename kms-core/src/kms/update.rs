//! How a change of a key's record is made: find, judge, compare-and-set, record.

use policy::Action;

use super::find::{Found, Home};
use super::record::{about_key, about_ref};
use super::{Caller, Kms, KmsError};
use crate::audit::AuditEvent;
use crate::key::{Key, KeyOperation, KeyRef};

impl Kms {
    /// Changes a custom key. `change` gets the found key, whose state allows
    /// `operation`, and returns what it shall be.
    pub(super) async fn update(
        &self,
        caller: &Caller,
        (action, operation): (Action, KeyOperation),
        key_ref: &KeyRef,
        change: impl FnOnce(&Key) -> Result<Key, KmsError>,
    ) -> Result<Key, KmsError> {
        let mut event = about_ref(self.change_event(caller, action), key_ref);
        let result = async {
            let found = self.changeable(caller, action, key_ref, &mut event).await?;
            found.check(operation)?;
            self.store_changed(change(&found.key)?, &event).await
        }
        .await;
        self.settle_change(event, result).await
    }

    /// A custom key that the caller may do `action` to, if its state allows it.
    pub(super) async fn changeable(
        &self,
        caller: &Caller,
        action: Action,
        key_ref: &KeyRef,
        event: &mut AuditEvent,
    ) -> Result<Found, KmsError> {
        let found = self.find(caller, action, key_ref, Home::of(caller)).await?;
        about_key(event, &found.key, None);
        found.check_custom()?;
        Ok(found)
    }

    /// Writes the changed record, and gives it as it is stored.
    pub(super) async fn store_changed(
        &self,
        changed: Key,
        event: &AuditEvent,
    ) -> Result<Key, KmsError> {
        let stored = self.store.key_update(&changed, event.clone()).await;
        stored.map_err(|error| KmsError::of_store(changed.id, error))?;
        Ok(Key { revision: changed.revision.saturating_add(1), ..changed })
    }
}
