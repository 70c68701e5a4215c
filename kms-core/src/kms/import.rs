//! BYOK: parameters for import, the import itself, and taking material back.
//!
//! An import token is the key's id followed by a blob under the root that
//! holds the private wrapping key, its algorithm and the end of its 24 hours,
//! bound to the key. So nothing is stored for an import that never comes, and
//! a token opens nothing at any other key. Of material that was deleted only a
//! digest is kept, under the root too: only the same bytes may come again.

use policy::Action;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::find::material_context;
use super::record::about_ref;
use super::wrapping::{self, WrappingAlgorithm, WrappingKeySpec};
use super::{Caller, ImportRefusal, Kms, KmsError};
use crate::audit::AuditEvent;
use crate::base::SecretBytes;
use crate::key::wrap::WrapContext;
use crate::key::{Key, KeyOperation, KeyOrigin, KeyRef, KeyState, KeyVersion, VersionMaterial};

/// How long parameters are good for, in milliseconds.
const PARAMETERS_MS: u64 = 86_400_000;

/// What a client needs to import material.
#[derive(Clone, Debug)]
pub struct ImportParameters {
    /// The key.
    pub key: Key,
    /// To be given back with the material.
    pub token: Vec<u8>,
    /// The wrapping key: SubjectPublicKeyInfo in DER.
    pub public_key: Vec<u8>,
    /// Until when, Unix milliseconds.
    pub valid_to_ms: u64,
}

/// Material on its way in.
#[derive(Clone, Copy, Debug)]
pub struct ImportMaterial<'a> {
    /// The token of the parameters.
    pub token: &'a [u8],
    /// The material under the wrapping key.
    pub encrypted: &'a [u8],
    /// When it shall be deleted by itself, Unix milliseconds.
    pub expires_ms: Option<u64>,
    /// Whether a key that has its material may get it again, with another
    /// expiry (AWS), or must be pending import (Huawei).
    pub reimport: bool,
}

impl Kms {
    /// Makes a wrapping key and an import token for an external key. Errors: as
    /// [`Kms::update_key_description`], and `WrongOrigin`. Source: AWS
    /// GetParametersForImport, Huawei get-parameters-for-import.
    pub async fn parameters_for_import(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
        algorithm: WrappingAlgorithm,
        spec: WrappingKeySpec,
    ) -> Result<ImportParameters, KmsError> {
        let action = Action::KmsGetParametersForImport;
        let mut event = about_ref(self.event(caller, action), key_ref);
        let result = async {
            let found = self.changeable(caller, action, key_ref, &mut event).await?;
            check_external(&found.key)?;
            found.check(KeyOperation::Import)?;
            let failed = |why: &str| KmsError::Unavailable(why.to_owned());
            let permit = self.wrapping_keys.acquire().await;
            let _permit = permit.map_err(|_| failed("the key service stops"))?;
            let pair = tokio::task::spawn_blocking(move || wrapping::generate(spec)).await;
            let pair = pair.ok().flatten().ok_or_else(|| failed("no wrapping key was made"))?;
            let valid_to_ms = self.now().saturating_add(PARAMETERS_MS);
            let mut text = SecretBytes::zeroed(9 + pair.private.expose().len());
            let head = valid_to_ms.to_be_bytes().into_iter().chain([algorithm.number()]);
            let bytes = head.chain(pair.private.expose().iter().copied());
            text.expose_mut().iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
            let blob = self.root.wrap(&token_context(&found.key), text.expose()).await?;
            let token = [found.key.id.uuid().as_bytes().as_slice(), &blob].concat();
            Ok(ImportParameters { key: found.key, token, public_key: pair.public, valid_to_ms })
        }
        .await;
        self.settle(event, result).await
    }

    /// Imports material; a key pending import is enabled by it. Errors: as
    /// [`Kms::parameters_for_import`], and `Import`. Source: AWS
    /// ImportKeyMaterial, Huawei import-key-material.
    pub async fn import_key_material(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
        import: ImportMaterial<'_>,
    ) -> Result<Key, KmsError> {
        let action = Action::KmsImportKeyMaterial;
        let mut event = about_ref(self.change_event(caller, action), key_ref);
        let result = async {
            let found = self.changeable(caller, action, key_ref, &mut event).await?;
            check_external(&found.key)?;
            found.check(KeyOperation::Import)?;
            self.take_material(&found.key, import, &event).await
        }
        .await;
        self.settle_change(event, result).await
    }

    /// Deletes imported material at once; the key waits for it again. Without
    /// material nothing happens. Errors: as [`Kms::parameters_for_import`].
    /// Source: AWS DeleteImportedKeyMaterial, Huawei delete-imported-key-material.
    pub async fn delete_imported_key_material(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
    ) -> Result<Key, KmsError> {
        let action = Action::KmsDeleteImportedKeyMaterial;
        let mut event = about_ref(self.change_event(caller, action), key_ref);
        let result = async {
            let found = self.changeable(caller, action, key_ref, &mut event).await?;
            check_external(&found.key)?;
            self.drop_material(&found.key, &event).await
        }
        .await;
        self.settle_change(event, result).await
    }

    /// Deletes the material of an external key. A key pending deletion stays so.
    pub(super) async fn drop_material(
        &self,
        key: &Key,
        event: &AuditEvent,
    ) -> Result<Key, KmsError> {
        let version = self.imported_version(key).await?;
        let state = match key.state {
            KeyState::Enabled | KeyState::Disabled => KeyState::PendingImport,
            other => other,
        };
        let emptied = Key { state, expires_ms: None, ..key.clone() };
        let version = KeyVersion { material: VersionMaterial::Absent, ..version };
        let stored = self.store.version_put(&emptied, version, event.clone()).await;
        stored.map_err(|error| KmsError::of_store(key.id, error))?;
        self.materials.drop_key(key.id);
        Ok(Key { revision: key.revision.saturating_add(1), ..emptied })
    }

    async fn take_material(
        &self,
        key: &Key,
        import: ImportMaterial<'_>,
        event: &AuditEvent,
    ) -> Result<Key, KmsError> {
        if !import.reimport && key.state != KeyState::PendingImport {
            return Err(ImportRefusal::NotPending.into());
        }
        if import.expires_ms.is_some_and(|at| at <= self.now()) {
            return Err(ImportRefusal::ExpiryPast.into());
        }
        let (algorithm, private) = self.open_token(key, import.token).await?;
        let material = wrapping::open(algorithm, &private, import.encrypted)?;
        if material.expose().len() != key.spec.import_len() {
            return Err(ImportRefusal::Length.into());
        }
        let version = self.imported_version(key).await?;
        let check = self.check_of(key, &version, &material).await?;
        let context = material_context(key, version.number);
        let blob = self.root.wrap(&context, material.expose()).await?;
        let state = match key.state {
            KeyState::PendingImport => KeyState::Enabled,
            other => other,
        };
        let filled = Key { state, expires_ms: import.expires_ms, ..key.clone() };
        let material = VersionMaterial::Wrapped(blob);
        let version = KeyVersion { material, check: Some(check), ..version };
        let stored = self.store.version_put(&filled, version, event.clone()).await;
        stored.map_err(|error| KmsError::of_store(key.id, error))?;
        Ok(Key { revision: key.revision.saturating_add(1), ..filled })
    }

    async fn open_token(
        &self,
        key: &Key,
        token: &[u8],
    ) -> Result<(WrappingAlgorithm, SecretBytes), KmsError> {
        let (id, blob) = token.split_first_chunk::<16>().ok_or(ImportRefusal::Token)?;
        if id != key.id.uuid().as_bytes() {
            return Err(ImportRefusal::OtherKey.into());
        }
        let opened = self.root.unwrap(&token_context(key), blob).await;
        let opened = opened.map_err(|error| match KmsError::from(error) {
            KmsError::InvalidCiphertext => ImportRefusal::Token.into(),
            other => other,
        })?;
        let (valid_to, rest) =
            opened.expose().split_first_chunk::<8>().ok_or(ImportRefusal::Token)?;
        let (number, private) = rest.split_first().ok_or(ImportRefusal::Token)?;
        if u64::from_be_bytes(*valid_to) <= self.now() {
            return Err(ImportRefusal::TokenExpired.into());
        }
        let algorithm = WrappingAlgorithm::from_number(*number).ok_or(ImportRefusal::Token)?;
        Ok((algorithm, SecretBytes::copy_from(private)))
    }

    /// The digest to keep of `material`. Errors: `OtherMaterial`.
    async fn check_of(
        &self,
        key: &Key,
        version: &KeyVersion,
        material: &SecretBytes,
    ) -> Result<Vec<u8>, KmsError> {
        let digest = Sha256::digest(material.expose());
        let Some(kept) = &version.check else {
            return Ok(self.root.wrap(&check_context(key), &digest).await?);
        };
        let known = self.root.unwrap(&check_context(key), kept).await?;
        match bool::from(known.expose().ct_eq(digest.as_slice())) {
            true => Ok(kept.clone()),
            false => Err(ImportRefusal::OtherMaterial.into()),
        }
    }

    async fn imported_version(&self, key: &Key) -> Result<KeyVersion, KmsError> {
        let version = self.store.version_find(key.id, key.version).await;
        let version = version.map_err(|error| KmsError::of_store(key.id, error))?;
        version.ok_or_else(|| KmsError::Unavailable(format!("key {} has no version", key.id)))
    }
}

/// Errors: `WrongOrigin`.
fn check_external(key: &Key) -> Result<(), KmsError> {
    match key.origin {
        KeyOrigin::External => Ok(()),
        origin => Err(KmsError::WrongOrigin { key: key.id, origin }),
    }
}

/// Tokens and digests are bound to their key; version 0 and their own words
/// keep them apart from material.
fn token_context(key: &Key) -> WrapContext<'static> {
    WrapContext::KeyMaterial { key_id: key.id.uuid(), key_version: 0, spec: "import-token" }
}

fn check_context(key: &Key) -> WrapContext<'static> {
    WrapContext::KeyMaterial { key_id: key.id.uuid(), key_version: 0, spec: "import-check" }
}
