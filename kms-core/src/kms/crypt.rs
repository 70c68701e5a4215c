//! Encrypt and Decrypt, and the wrapping under all of the public API.
//!
//! Ciphertexts made here carry the API's purpose and never open as an object's
//! data key, nor the other way round (`docs/formats/wrapped-key.md`).

use policy::Action;

use super::find::Home;
use super::record::{about_key, about_ref};
use super::{Caller, Ciphertext, EncryptionContext, KeySummary, Kms, KmsError};
use crate::audit::AuditEvent;
use crate::base::SecretBytes;
use crate::key::wrap::{self, Purpose, WrapContext, WrappedHeader};
use crate::key::{KeyId, KeyOperation, KeyRef};

/// Longest plaintext in bytes (AWS Encrypt, Huawei encrypt-data).
const MAX_PLAINTEXT: usize = 4096;
/// Longest encryption context: the sum of its names and values in bytes
/// (Huawei: 8,192).
const MAX_CONTEXT: usize = 8192;
/// How old a version's recorded use by the API may be before it is recorded
/// again, in milliseconds. The first use is always recorded first.
const USE_GRAIN_MS: u64 = 3_600_000;

/// What was in a ciphertext.
#[derive(Debug)]
pub struct Decrypted {
    /// The plaintext.
    pub plaintext: SecretBytes,
    /// Which key opened it.
    pub key: KeySummary,
}

/// What is to be wrapped.
pub(super) enum Input<'a> {
    /// So many random bytes from the provider.
    Random(usize),
    /// Bytes of the caller's.
    Given(&'a [u8]),
}

/// A ciphertext to open.
pub(super) struct Opening<'a> {
    pub(super) action: Action,
    pub(super) key_ref: Option<&'a KeyRef>,
    pub(super) ciphertext: &'a [u8],
    pub(super) context: &'a EncryptionContext,
}

impl Kms {
    /// Encrypts `plaintext` (1 to 4,096 bytes) under the key, bound to
    /// `context`. Errors: as [`Kms::generate_data_key`]. Source: AWS Encrypt,
    /// Huawei encrypt-data and encrypt-datakey.
    pub async fn encrypt(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
        plaintext: &[u8],
        context: &EncryptionContext,
    ) -> Result<Ciphertext, KmsError> {
        self.encrypt_as(caller, Action::KmsEncrypt, key_ref, plaintext, context).await
    }

    /// As [`Kms::encrypt`], by the right to `action`: Huawei's encrypt-data and
    /// encrypt-datakey are rights of their own.
    pub async fn encrypt_as(
        &self,
        caller: &Caller,
        action: Action,
        key_ref: &KeyRef,
        plaintext: &[u8],
        context: &EncryptionContext,
    ) -> Result<Ciphertext, KmsError> {
        let mut event = about_ref(self.event(caller, action), key_ref);
        let result = async {
            if plaintext.is_empty() || plaintext.len() > MAX_PLAINTEXT {
                let why = "must be 1 to 4096 bytes".to_owned();
                return Err(KmsError::Invalid { field: "plaintext", why });
            }
            check_context(context)?;
            let input = Input::Given(plaintext);
            let (sealed, _) =
                self.wrap_for_api(caller, action, key_ref, input, context, &mut event).await?;
            Ok(sealed)
        }
        .await;
        self.settle(event, result).await
    }

    /// Opens a ciphertext of the public API under the key and version it names.
    /// If `key_ref` is given it must be that key. Errors: `InvalidCiphertext`
    /// (also for another context), `IncorrectKey`, `AccessDenied`, `NotFound`,
    /// `WrongRegion`, `Disabled`, `PendingDeletion`, `PendingImport`,
    /// `Unavailable`, `Audit`. Source: AWS Decrypt, Huawei decrypt-data and
    /// decrypt-datakey.
    pub async fn decrypt(
        &self,
        caller: &Caller,
        key_ref: Option<&KeyRef>,
        ciphertext: &[u8],
        context: &EncryptionContext,
    ) -> Result<Decrypted, KmsError> {
        self.decrypt_as(caller, Action::KmsDecrypt, key_ref, ciphertext, context).await
    }

    /// As [`Kms::decrypt`], by the right to `action`: Huawei's decrypt-data and
    /// decrypt-datakey are rights of their own.
    pub async fn decrypt_as(
        &self,
        caller: &Caller,
        action: Action,
        key_ref: Option<&KeyRef>,
        ciphertext: &[u8],
        context: &EncryptionContext,
    ) -> Result<Decrypted, KmsError> {
        let mut event = self.event(caller, action);
        if let Some(key_ref) = key_ref {
            event = about_ref(event, key_ref);
        }
        let opening = Opening { action, key_ref, ciphertext, context };
        let result = self.unwrap_for_api(caller, opening, &mut event).await;
        self.settle(event, result).await
    }

    /// Wraps `input` for the public API and gives back what was wrapped. The
    /// version is recorded as used outside before the ciphertext leaves.
    pub(super) async fn wrap_for_api(
        &self,
        caller: &Caller,
        action: Action,
        key_ref: &KeyRef,
        input: Input<'_>,
        context: &EncryptionContext,
        event: &mut AuditEvent,
    ) -> Result<(Ciphertext, SecretBytes), KmsError> {
        let home = Home::of(caller);
        let found = self.find_in(caller, action, key_ref, home, Some(context)).await?;
        let key = &found.key;
        about_key(event, key, Some(key.version));
        found.check(KeyOperation::Wrap)?;
        let material = self.material(&found, key.version).await?;
        let now = self.now();
        let used_ms = material.api_used_ms();
        if used_ms == 0 || now.saturating_sub(used_ms) > USE_GRAIN_MS {
            let marked = self.store.version_mark_used(key.id, key.version, now).await;
            marked.map_err(|error| KmsError::of_store(key.id, error))?;
            material.set_api_used_ms(now);
        }
        let hsm = self.root.hsm().as_ref();
        let input = match input {
            Input::Random(len) => hsm.random(len).await?,
            Input::Given(bytes) => SecretBytes::copy_from(bytes),
        };
        let place = WrapContext::Api { encryption_context: context };
        let name = key.name(key.version);
        let blob = wrap::wrap(material.wrap_key(hsm), name, &place, input.expose()).await?;
        Ok((Ciphertext { ciphertext: blob, key: KeySummary::of(key, key.version) }, input))
    }

    pub(super) async fn unwrap_for_api(
        &self,
        caller: &Caller,
        opening: Opening<'_>,
        event: &mut AuditEvent,
    ) -> Result<Decrypted, KmsError> {
        let Opening { action, key_ref, ciphertext, context } = opening;
        let header = WrappedHeader::parse(ciphertext)?;
        if header.purpose != Purpose::Api {
            return Err(KmsError::InvalidCiphertext);
        }
        let id = KeyId::from_uuid(header.key.id);
        let named = key_ref.cloned().unwrap_or(KeyRef::id(id));
        let found = self.find_in(caller, action, &named, Home::of(caller), Some(context)).await?;
        let key = &found.key;
        about_key(event, key, Some(header.key.version));
        if key.id != id {
            return Err(KmsError::IncorrectKey);
        }
        found.check(KeyOperation::Unwrap)?;
        let version = header.key.version;
        let material = self.material(&found, version).await?;
        let place = WrapContext::Api { encryption_context: context };
        let wrap_key = material.wrap_key(self.root.hsm().as_ref());
        let plaintext = wrap::unwrap(wrap_key, key.name(version), &place, ciphertext).await?;
        Ok(Decrypted { plaintext, key: KeySummary::of(key, version) })
    }
}

/// Errors: `Invalid` for a context beyond its bound.
pub(super) fn check_context(context: &EncryptionContext) -> Result<(), KmsError> {
    let len: usize = context.iter().map(|(name, value)| name.len() + value.len()).sum();
    if len <= MAX_CONTEXT {
        return Ok(());
    }
    let why = format!("must not be longer than {MAX_CONTEXT} bytes");
    Err(KmsError::Invalid { field: "encryption_context", why })
}
