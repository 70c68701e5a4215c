//! From a reference to a key that this caller may do this with.
//!
//! The order is fixed, so that nobody learns of another's keys: find, owner,
//! right, region; only then is the key's state judged. Whoever does not own a
//! key gets one answer for keys that exist and keys that do not.

use policy::Action;

use std::sync::Arc;

use super::material::{Epoch, Material, Source};
use super::{Caller, EncryptionContext, Kms, KmsError, OBJECT_SERVICE};
use crate::authorize::Allowed;
use crate::key::wrap::WrapContext;
use crate::key::{Key, KeyId, KeyOperation, KeyRef, KeyRights, KeyState, NamedBy, VersionMaterial};
use crate::store::KeyLookup;

/// What remains possible with keys of a frozen account.
const OPEN_WHILE_FROZEN: [Action; 2] = [Action::KmsDescribeKey, Action::KmsListResourceTags];

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
    /// What allowed it.
    pub(super) allowed: Allowed,
    /// Policy and grants of the key, as they were when it was judged.
    pub(super) rights: KeyRights,
    epoch: Epoch,
}

/// The encryption context of an operation, where it has one.
pub(super) type Context<'a> = Option<&'a EncryptionContext>;

impl Kms {
    /// Finds the key of `key_ref` for `action`. Errors: `AccessDenied`,
    /// `NotFound`, `WrongRegion`, `Frozen`, `Unavailable`.
    pub(super) async fn find(
        &self,
        caller: &Caller,
        action: Action,
        key_ref: &KeyRef,
        home: Home<'_>,
    ) -> Result<Found, KmsError> {
        self.find_in(caller, action, key_ref, home, None).await
    }

    /// As [`Kms::find`], for a cryptographic operation in `context`.
    pub(super) async fn find_in(
        &self,
        caller: &Caller,
        action: Action,
        key_ref: &KeyRef,
        home: Home<'_>,
        context: Context<'_>,
    ) -> Result<Found, KmsError> {
        let epoch = self.materials.epoch();
        let key = self.look_up(key_ref, home).await?;
        let Some(key) = key.filter(|key| key_ref.names_owner_of(key)) else {
            return Err(self.missing(caller, action, key_ref, home));
        };
        let found = self.judge(caller, action, key, epoch, context).await?;
        let key = &found.key;
        // A grant on the key itself is worth something in every region it names.
        if !key_ref.names_region_of(key) || !key.serves(home.region) {
            return Err(KmsError::WrongRegion { key: key.id, region: key.region.clone() });
        }
        Ok(found)
    }

    /// Finds the key that an object's envelope names, in whatever region.
    pub(super) async fn find_by_id(
        &self,
        caller: &Caller,
        action: Action,
        id: KeyId,
        context: Context<'_>,
    ) -> Result<Found, KmsError> {
        let epoch = self.materials.epoch();
        let found = self.store.key_find(KeyLookup::Id(id)).await;
        let key = found.map_err(|error| KmsError::of_store(id, error))?;
        let Some(key) = key.filter(|key| key.state != KeyState::Deleted) else {
            return Err(self.missing(caller, action, &KeyRef::id(id), Home::of(caller)));
        };
        self.judge(caller, action, key, epoch, context).await
    }

    async fn judge(
        &self,
        caller: &Caller,
        action: Action,
        key: Key,
        epoch: Epoch,
        context: Context<'_>,
    ) -> Result<Found, KmsError> {
        let rights = match key.guarded {
            true => self.store.rights_find(key.id).await,
            false => Ok(KeyRights::default()),
        };
        let rights = rights.map_err(|error| KmsError::of_store(key.id, error))?;
        let allowed = caller.check_key(action, &key, &rights, context)?;
        if key.frozen && !OPEN_WHILE_FROZEN.contains(&action) {
            return Err(KmsError::Frozen(key.account_id));
        }
        Ok(Found { key, allowed, rights, epoch })
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
        let found = self.store.key_find(lookup).await;
        let key = found.map_err(|error| KmsError::Unavailable(error.to_string()))?;
        Ok(key.filter(|key| key.state != KeyState::Deleted))
    }

    /// A key whose grants say who may end them; nobody's right was judged yet.
    pub(super) async fn look_up_for_retiring(
        &self,
        key_ref: &KeyRef,
        home: Home<'_>,
    ) -> Result<Option<Found>, KmsError> {
        let epoch = self.materials.epoch();
        let Some(key) = self.look_up(key_ref, home).await? else { return Ok(None) };
        let rights = self.store.rights_find(key.id).await;
        let rights = rights.map_err(|error| KmsError::of_store(key.id, error))?;
        Ok(Some(Found { key, allowed: Allowed::ByGrant, rights, epoch }))
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
