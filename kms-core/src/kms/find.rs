//! From a reference to a key that this caller may do this with.
//!
//! The order is fixed, so that nobody learns of another's keys: find, owner,
//! right, region; only then is the key's state judged. Whoever does not own a
//! key gets one answer for keys that exist and keys that do not.

use policy::Action;

use std::sync::Arc;

use super::material::{Epoch, Material, Source};
use super::{Caller, Kms, KmsError, OBJECT_SERVICE};
use crate::key::wrap::WrapContext;
use crate::key::{Key, KeyId, KeyOperation, KeyRef, NamedBy, VersionMaterial};
use crate::store::KeyLookup;

/// Where a name without region or owner is looked up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Home<'a> {
    /// Account id or domain id.
    pub(super) owner: &'a str,
    pub(super) region: &'a str,
}

impl<'a> Home<'a> {
    /// The account and region of a caller of the KMS API.
    pub(super) fn of(caller: &'a Caller) -> Self {
        let owner = caller.account().map_or("", |account| account.id.as_str());
        Self { owner, region: &caller.region }
    }
}

/// A key that was found and that the caller may use for the action.
pub(super) struct Found {
    pub(super) key: Key,
    epoch: Epoch,
}

impl Kms {
    /// Finds the key of `key_ref` for `action`. Errors: `AccessDenied`,
    /// `NotFound`, `WrongRegion`, `Unavailable`.
    pub(super) async fn find(
        &self,
        caller: &Caller,
        action: Action,
        key_ref: &KeyRef,
        home: Home<'_>,
    ) -> Result<Found, KmsError> {
        let epoch = self.materials.epoch();
        let key = self.look_up(key_ref, home).await?;
        let Some(key) = key.filter(|key| key_ref.names_owner_of(key)) else {
            return Err(self.missing(caller, action, key_ref, home));
        };
        caller.check_key(action, &key)?;
        if !key_ref.names_region_of(&key) || !key.serves(home.region) {
            return Err(KmsError::WrongRegion { key: key.id, region: key.region });
        }
        Ok(Found { key, epoch })
    }

    /// Finds the key that a ciphertext names, in whatever region.
    pub(super) async fn find_by_id(
        &self,
        caller: &Caller,
        action: Action,
        id: KeyId,
    ) -> Result<Found, KmsError> {
        let epoch = self.materials.epoch();
        let found = self.store.key_find(KeyLookup::Id(id)).await;
        let key = found.map_err(|error| KmsError::of_store(id, error))?;
        let Some(key) = key else {
            return Err(self.missing(caller, action, &KeyRef::id(id), Home::of(caller)));
        };
        caller.check_key(action, &key)?;
        Ok(Found { key, epoch })
    }

    async fn look_up(&self, key_ref: &KeyRef, home: Home<'_>) -> Result<Option<Key>, KmsError> {
        let owner = key_ref.owner.as_deref().unwrap_or(home.owner);
        let region = key_ref.region.as_deref().unwrap_or(home.region);
        let lookup = match &key_ref.name {
            NamedBy::Id(id) => KeyLookup::Id(*id),
            NamedBy::Alias(name) if *name == self.settings.default_alias => {
                KeyLookup::Default { owner, service: OBJECT_SERVICE }
            }
            NamedBy::Alias(name) => KeyLookup::Alias { owner, region, name },
        };
        self.store.key_find(lookup).await.map_err(|error| KmsError::Unavailable(error.to_string()))
    }

    /// What a caller hears about a key that is not there: the truth in his own
    /// account if he might use such a key, else what he hears of others' keys.
    fn missing(
        &self,
        caller: &Caller,
        action: Action,
        key_ref: &KeyRef,
        home: Home<'_>,
    ) -> KmsError {
        let owner = key_ref.owner.as_deref().unwrap_or(home.owner);
        match caller.check_absent_key(action, key_ref, owner) {
            Ok(()) => KmsError::NotFound(key_ref.to_string()),
            Err(denied) => denied.into(),
        }
    }

    /// The material of `version` of a found key, from the cache or unwrapped by
    /// the root. Errors: `InvalidCiphertext` for a version that never was,
    /// `PendingImport`, `Unavailable`.
    pub(super) async fn material(
        &self,
        found: &Found,
        version: u32,
    ) -> Result<Arc<Material>, KmsError> {
        let (key, now) = (&found.key, self.now());
        if let Some(material) = self.materials.find(key.id, version, now) {
            return Ok(material);
        }
        let stored = self.store.version_find(key.id, version).await;
        let stored = stored.map_err(|error| KmsError::of_store(key.id, error))?;
        let stored = stored.ok_or(KmsError::InvalidCiphertext)?;
        let source = match stored.material {
            VersionMaterial::Absent => return Err(KmsError::PendingImport(key.id)),
            VersionMaterial::Token(label) => Source::Token(label),
            VersionMaterial::Wrapped(blob) => {
                let context = material_context(key, version);
                let opened = self.root.unwrap(&context, &blob).await;
                Source::Software(opened.map_err(|error| {
                    KmsError::Unavailable(format!("material of key {}: {error}", key.id))
                })?)
            }
        };
        let material = Arc::new(Material::new(source, stored.api_used_ms));
        self.materials.hold(found.epoch, key.id, version, Arc::clone(&material), now);
        Ok(material)
    }
}

impl Found {
    /// Judges the key's state. Errors: `Disabled`, `PendingDeletion`,
    /// `PendingImport`, `InvalidState`.
    pub(super) fn check(&self, operation: KeyOperation) -> Result<(), KmsError> {
        let Key { id, state, .. } = self.key;
        state.check(operation).map_err(|refusal| KmsError::of_state(id, operation, state, refusal))
    }

    /// Refuses default keys. Errors: `DefaultKey`.
    pub(super) fn check_custom(&self) -> Result<(), KmsError> {
        if self.key.is_default() { Err(KmsError::DefaultKey(self.key.id)) } else { Ok(()) }
    }
}

/// What the material of a key version is bound to when the root wraps it.
pub(super) fn material_context(key: &Key, version: u32) -> WrapContext<'static> {
    WrapContext::KeyMaterial { key_id: key.id.uuid(), key_version: version, spec: key.spec.name() }
}
