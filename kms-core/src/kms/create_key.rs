//! CreateKey: a custom key, software or hardware.

use policy::Action;

use super::alias::check_name;
use super::find::material_context;
use super::record::about_key;
use super::{Caller, Kms, KmsError};
use crate::audit::AuditEvent;
use crate::key::{
    AliasName, Key, KeyId, KeyOrigin, KeySpec, KeyState, KeyUsage, KeyVersion, VersionCause,
    VersionMaterial,
};
use crate::store::{KeyLimits, NewKey, StoreError};

/// Length of a key's material in bytes.
const MATERIAL_LEN: usize = 32;

/// What a new key shall be.
#[derive(Clone, Debug)]
pub struct CreateKey {
    /// What it encrypts with.
    pub spec: KeySpec,
    /// Software, hardware, or to be imported.
    pub origin: KeyOrigin,
    /// Free text, at most [`Key::MAX_DESCRIPTION`] bytes.
    pub description: String,
    /// An alias made together with it (the Huawei dialect demands one).
    pub alias: Option<AliasName>,
}

impl Default for CreateKey {
    fn default() -> Self {
        Self {
            spec: KeySpec::Aes256,
            origin: KeyOrigin::AwsKms,
            description: String::new(),
            alias: None,
        }
    }
}

impl Kms {
    /// Makes a custom key in the caller's account and region. An external one
    /// waits for its material, all others are enabled. Errors: `AccessDenied`,
    /// `Invalid` (description, alias), `AlreadyExists` (alias), `LimitExceeded`,
    /// `Unsupported` (hardware without a token), `Unavailable`, `Audit`.
    /// Source: AWS CreateKey, Huawei create-key.
    pub async fn create_key(&self, caller: &Caller, wanted: CreateKey) -> Result<Key, KmsError> {
        let mut event = self.change_event(caller, Action::KmsCreateKey);
        let result = self.create_custom(caller, wanted, &mut event).await;
        self.settle_change(event, result).await
    }

    async fn create_custom(
        &self,
        caller: &Caller,
        wanted: CreateKey,
        event: &mut AuditEvent,
    ) -> Result<Key, KmsError> {
        let account = caller.check_account(Action::KmsCreateKey)?;
        self.check_thawed(&account.id).await?;
        check_description(&wanted.description)?;
        wanted.alias.as_ref().map_or(Ok(()), check_name)?;
        let hardware = self.root.hsm().description().hardware;
        if wanted.origin == KeyOrigin::CloudHsm && !hardware {
            return Err(KmsError::Unsupported("hardware keys need the pkcs11 provider"));
        }
        let state = match wanted.origin {
            KeyOrigin::External => KeyState::PendingImport,
            KeyOrigin::AwsKms | KeyOrigin::CloudHsm => KeyState::Enabled,
        };
        let key = Key {
            id: KeyId::random(),
            account_id: account.id.clone(),
            domain_id: account.domain.clone(),
            region: caller.region.clone(),
            spec: wanted.spec,
            usage: KeyUsage::EncryptDecrypt,
            origin: wanted.origin,
            state,
            description: wanted.description,
            created_ms: self.now(),
            default_for: None,
            version: 1,
            revision: 1,
            rotation: None,
            expires_ms: None,
            guarded: false,
            frozen: false,
        };
        about_key(event, &key, Some(1));
        self.store_new(key, wanted.alias, event).await
    }

    /// Makes the first version of `key` and stores everything in one
    /// transaction. A crash between the two leaves at most a secret in the token
    /// that no record names; a refusal by the store removes it again.
    pub(super) async fn store_new(
        &self,
        key: Key,
        alias: Option<AliasName>,
        event: &AuditEvent,
    ) -> Result<Key, KmsError> {
        let version = KeyVersion {
            key: key.id,
            number: key.version,
            material: self.new_material(&key, key.version).await?,
            created_ms: key.created_ms,
            api_used_ms: None,
            cause: VersionCause::Created,
            check: None,
        };
        let limits = KeyLimits {
            account: self.settings.keys_per_account,
            hardware: self.settings.hardware_keys,
        };
        let new = NewKey { key: key.clone(), version: version.clone(), alias, limits };
        let taken = new.alias.clone();
        match self.store.key_create(new, event.clone()).await {
            Ok(()) => Ok(key),
            Err(error) => {
                if let VersionMaterial::Token(label) = &version.material
                    && !matches!(error, StoreError::Unavailable(_))
                {
                    self.root.hsm().destroy(label).await?;
                }
                Err(match (error, taken) {
                    (StoreError::Exists, Some(name)) => {
                        KmsError::AlreadyExists(format!("alias/{name}"))
                    }
                    (error, _) => KmsError::of_store(key.id, error),
                })
            }
        }
    }

    /// Material for `version` of a key, made by the provider.
    pub(super) async fn new_material(
        &self,
        key: &Key,
        version: u32,
    ) -> Result<VersionMaterial, KmsError> {
        match key.origin {
            KeyOrigin::External => Ok(VersionMaterial::Absent),
            KeyOrigin::CloudHsm => {
                let label = format!("sealgate-cmk-{}-{version}", key.id);
                self.root.hsm().generate(&label).await?;
                Ok(VersionMaterial::Token(label))
            }
            KeyOrigin::AwsKms => {
                let material = self.root.hsm().random(MATERIAL_LEN).await?;
                let context = material_context(key, version);
                let blob = self.root.wrap(&context, material.expose()).await?;
                Ok(VersionMaterial::Wrapped(blob))
            }
        }
    }
}

/// Errors: `Invalid`.
pub(super) fn check_description(description: &str) -> Result<(), KmsError> {
    if description.len() <= Key::MAX_DESCRIPTION {
        return Ok(());
    }
    let why = format!("must not be longer than {} bytes", Key::MAX_DESCRIPTION);
    Err(KmsError::Invalid { field: "description", why })
}
