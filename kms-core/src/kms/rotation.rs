//! Rotation: a new version wraps, the old ones still open.
//!
//! Default, imported and deleted keys are not rotated. A key that is disabled
//! when it is due is rotated once it is enabled again.

use policy::Action;

use super::find::Home;
use super::record::{about_key, about_ref};
use super::{Caller, Kms, KmsError};
use crate::audit::AuditEvent;
use crate::key::{
    Key, KeyOperation, KeyOrigin, KeyRef, KeyVersion, Rotation, VersionCause, VersionMaterial,
};
use crate::store::StoreError;

const DAY_MS: u64 = 86_400_000;

/// How automatic rotation shall be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotationChange {
    /// On with this interval in days, whatever it was (AWS EnableKeyRotation).
    On(u32),
    /// On, if it is off (Huawei enable-key-rotation).
    Enable(u32),
    /// Another interval, if it is on (Huawei update-key-rotation-interval).
    Interval(u32),
    /// Off.
    Off,
}

/// How a key is and was rotated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotationStatus {
    /// The key.
    pub key: Key,
    /// Its versions, oldest first.
    pub versions: Vec<KeyVersion>,
}

impl Kms {
    /// Changes automatic rotation. Errors: as [`Kms::enable_key`], and
    /// `WrongOrigin` (imported keys), `RotationEnabled`, `RotationDisabled`.
    /// Bounds of the interval are the dialects'.
    pub async fn set_key_rotation(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
        change: RotationChange,
    ) -> Result<Key, KmsError> {
        let action = match change {
            RotationChange::On(_) | RotationChange::Enable(_) => Action::KmsEnableKeyRotation,
            RotationChange::Interval(_) => Action::KmsCmkUpdateRotation,
            RotationChange::Off => Action::KmsDisableKeyRotation,
        };
        let now = self.now();
        self.update(caller, (action, KeyOperation::Rotate), key_ref, |key| {
            check_origin(key)?;
            Ok(Key { rotation: changed(key, change, now)?, ..key.clone() })
        })
        .await
    }

    /// How the key is rotated, in every state. Errors: `AccessDenied`,
    /// `NotFound`, `WrongOrigin`, `Unavailable`, `Audit`.
    pub async fn rotation_status(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
    ) -> Result<RotationStatus, KmsError> {
        let action = Action::KmsGetKeyRotationStatus;
        let mut event = about_ref(self.event(caller, action), key_ref);
        let result = async {
            let found = self.find(caller, action, key_ref, Home::of(caller)).await?;
            about_key(&mut event, &found.key, None);
            check_origin(&found.key)?;
            let versions = self.store.version_list(found.key.id).await;
            let versions = versions.map_err(|error| KmsError::of_store(found.key.id, error))?;
            Ok(RotationStatus { key: found.key, versions })
        }
        .await;
        self.settle(event, result).await
    }

    /// Makes a new version now. Errors: as [`Kms::set_key_rotation`]. Source:
    /// AWS RotateKeyOnDemand, Huawei rotate-on-demand.
    pub async fn rotate_key(&self, caller: &Caller, key_ref: &KeyRef) -> Result<Key, KmsError> {
        let action = Action::KmsRotateKeyOnDemand;
        let mut event = about_ref(self.change_event(caller, action), key_ref);
        let result = async {
            let found = self.changeable(caller, action, key_ref, &mut event).await?;
            found.check(KeyOperation::Rotate)?;
            check_origin(&found.key)?;
            self.store_version(&found.key, VersionCause::OnDemand, &mut event).await
        }
        .await;
        self.settle_change(event, result).await
    }

    /// Makes the next version of `key` and stores it. A refusal by the store
    /// removes a secret again that was made for it in the token.
    pub(super) async fn store_version(
        &self,
        key: &Key,
        cause: VersionCause,
        event: &mut AuditEvent,
    ) -> Result<Key, KmsError> {
        let (number, now) = (key.version.saturating_add(1), self.now());
        let version = KeyVersion {
            key: key.id,
            number,
            material: self.new_material(key, number).await?,
            created_ms: now,
            api_used_ms: None,
            cause,
            check: None,
        };
        let rotation = key.rotation.map(|rotation| from_now(rotation.days, now));
        let rotated = Key { version: number, rotation, ..key.clone() };
        about_key(event, &rotated, Some(number));
        let material = version.material.clone();
        match self.store.version_put(&rotated, version, event.clone()).await {
            Ok(()) => Ok(Key { revision: key.revision.saturating_add(1), ..rotated }),
            Err(error) => {
                if let VersionMaterial::Token(label) = &material
                    && !matches!(error, StoreError::Unavailable(_))
                {
                    self.root.hsm().destroy(label).await?;
                }
                Err(KmsError::of_store(key.id, error))
            }
        }
    }
}

fn changed(key: &Key, change: RotationChange, now: u64) -> Result<Option<Rotation>, KmsError> {
    match (change, key.rotation) {
        (RotationChange::Enable(_), Some(_)) => Err(KmsError::RotationEnabled(key.id)),
        (RotationChange::Interval(_), None) => Err(KmsError::RotationDisabled(key.id)),
        (RotationChange::Off, _) => Ok(None),
        (
            RotationChange::On(days)
            | RotationChange::Enable(days)
            | RotationChange::Interval(days),
            _,
        ) => Ok(Some(from_now(days, now))),
    }
}

fn from_now(days: u32, now: u64) -> Rotation {
    Rotation { days, next_ms: now.saturating_add(u64::from(days).saturating_mul(DAY_MS)) }
}

/// Errors: `WrongOrigin` for imported keys.
fn check_origin(key: &Key) -> Result<(), KmsError> {
    match key.origin {
        KeyOrigin::External => Err(KmsError::WrongOrigin { key: key.id, origin: key.origin }),
        KeyOrigin::AwsKms | KeyOrigin::CloudHsm => Ok(()),
    }
}
