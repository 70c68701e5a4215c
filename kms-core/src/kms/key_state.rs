//! EnableKey, DisableKey, ScheduleKeyDeletion, CancelKeyDeletion and the
//! description: the changes of one key's record.

use policy::Action;

use super::create_key::check_description;
use super::record::about_ref;
use super::{Caller, Kms, KmsError};
use crate::key::{Key, KeyOperation, KeyRef, KeyState, StateRefusal, VersionMaterial};

/// Days after which a scheduled key may be destroyed (Huawei
/// schedule-key-deletion; AWS's edge allows 7 to 30).
const PENDING_DAYS: std::ops::RangeInclusive<u32> = 7..=1096;
const DAY_MS: u64 = 86_400_000;

impl Kms {
    /// Disabled -> enabled; the key as it is afterwards. Errors: `AccessDenied`,
    /// `NotFound`, `WrongRegion`, `DefaultKey`, `InvalidState` (enabled already),
    /// `PendingDeletion`, `PendingImport`, `Conflict`, `Unavailable`, `Audit`.
    pub async fn enable_key(&self, caller: &Caller, key_ref: &KeyRef) -> Result<Key, KmsError> {
        let operation = KeyOperation::Enable;
        self.update(caller, (Action::KmsEnableKey, operation), key_ref, |key| {
            moved(key, operation, key.state.enable())
        })
        .await
    }

    /// Enabled -> disabled, from the next call on. Errors: as
    /// [`Kms::enable_key`], `InvalidState` when disabled already.
    pub async fn disable_key(&self, caller: &Caller, key_ref: &KeyRef) -> Result<Key, KmsError> {
        let operation = KeyOperation::Disable;
        let change = (Action::KmsDisableKey, operation);
        let key = self
            .update(caller, change, key_ref, |key| moved(key, operation, key.state.disable()))
            .await?;
        self.materials.drop_key(key.id);
        Ok(key)
    }

    /// Schedules the key's destruction in `days` (7 to 1,096); unusable from the
    /// next call on. What depends on it stands in the record. Errors: as
    /// [`Kms::enable_key`], and `Invalid` (days), `Protected`, `InUse`.
    pub async fn schedule_key_deletion(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
        days: u32,
    ) -> Result<Key, KmsError> {
        let (action, operation) = (Action::KmsScheduleKeyDeletion, KeyOperation::ScheduleDeletion);
        let due_ms = self.now().saturating_add(u64::from(days).saturating_mul(DAY_MS));
        let mut event = about_ref(self.change_event(caller, action), key_ref);
        let result = async {
            let found = self.changeable(caller, action, key_ref, &mut event).await?;
            found.check(operation)?;
            if !PENDING_DAYS.contains(&days) {
                let why = "must be 7 to 1096 days".to_owned();
                return Err(KmsError::Invalid { field: "pending_days", why });
            }
            self.check_unprotected(&found.key).await?;
            let impact = self.impact_of(found.key.clone()).await?;
            event.detail = Some(impact.to_string());
            if self.settings.refuse_deletion_in_use && impact.is_in_use() {
                return Err(KmsError::InUse(found.key.id));
            }
            let state = found.key.state.schedule_deletion(due_ms);
            self.store_changed(moved(&found.key, operation, state)?, &event).await
        }
        .await;
        let key = self.settle_change(event, result).await?;
        self.materials.drop_key(key.id);
        Ok(key)
    }

    /// Pending deletion -> disabled (pending import for a key without material).
    /// Errors: as [`Kms::enable_key`], `InvalidState` when nothing is scheduled.
    pub async fn cancel_key_deletion(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
    ) -> Result<Key, KmsError> {
        let action = Action::KmsCancelKeyDeletion;
        let operation = KeyOperation::CancelDeletion;
        let mut event = about_ref(self.change_event(caller, action), key_ref);
        let result = async {
            let found = self.changeable(caller, action, key_ref, &mut event).await?;
            let has_material = self.has_material(&found.key).await?;
            let state = found.key.state.cancel_deletion(has_material);
            self.store_changed(moved(&found.key, operation, state)?, &event).await
        }
        .await;
        self.settle_change(event, result).await
    }

    /// Replaces the description. Errors: as [`Kms::enable_key`], and `Invalid`.
    pub async fn update_key_description(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
        description: String,
    ) -> Result<Key, KmsError> {
        let change = (Action::KmsUpdateKeyDescription, KeyOperation::Update);
        self.update(caller, change, key_ref, |key| {
            check_description(&description)?;
            Ok(Key { description, ..key.clone() })
        })
        .await
    }

    async fn has_material(&self, key: &Key) -> Result<bool, KmsError> {
        let version = self.store.version_find(key.id, key.version).await;
        let version = version.map_err(|error| KmsError::of_store(key.id, error))?;
        Ok(version.is_some_and(|version| version.material != VersionMaterial::Absent))
    }
}

fn moved(
    key: &Key,
    operation: KeyOperation,
    state: Result<KeyState, StateRefusal>,
) -> Result<Key, KmsError> {
    match state {
        Ok(state) => Ok(Key { state, ..key.clone() }),
        Err(refusal) => Err(KmsError::of_state(key.id, operation, key.state, refusal)),
    }
}
