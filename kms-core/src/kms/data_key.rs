//! GenerateDataKey, with and without the plaintext.

use policy::Action;

use super::crypt::{Input, check_context};
use super::record::about_ref;
use super::{Caller, EncryptionContext, KeySummary, Kms, KmsError};
use crate::base::DataKey;
use crate::key::KeyRef;

/// Lengths of data keys in bytes (AWS GenerateDataKey: NumberOfBytes; Huawei:
/// datakey_length 8 to 8,192 bits).
const DATA_KEY_LEN: std::ops::RangeInclusive<usize> = 1..=1024;

/// A data key and its ciphertext.
#[derive(Debug)]
pub struct GeneratedKey {
    /// The data key, for the caller's eyes only.
    pub plaintext: DataKey,
    /// The data key under the key, for [`Kms::decrypt`].
    pub ciphertext: Vec<u8>,
    /// Which key wrapped it.
    pub key: KeySummary,
}

/// A ciphertext of the public API, for [`Kms::decrypt`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ciphertext {
    /// The bytes, opaque to clients.
    pub ciphertext: Vec<u8>,
    /// Which key wrapped it.
    pub key: KeySummary,
}

impl Kms {
    /// Makes a data key of `len` bytes (1 to 1,024) and wraps it under the key,
    /// bound to `context`. Errors: `AccessDenied`, `NotFound`, `WrongRegion`,
    /// `Disabled`, `PendingDeletion`, `PendingImport`, `Invalid` (length,
    /// context), `Unavailable`, `Audit`. Source: AWS GenerateDataKey, Huawei
    /// create-datakey.
    pub async fn generate_data_key(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
        len: usize,
        context: &EncryptionContext,
    ) -> Result<GeneratedKey, KmsError> {
        self.generate(caller, Action::KmsGenerateDataKey, key_ref, len, context).await
    }

    /// As [`Kms::generate_data_key`]; the plaintext is wiped here. A right of its own.
    pub async fn generate_data_key_without_plaintext(
        &self,
        caller: &Caller,
        key_ref: &KeyRef,
        len: usize,
        context: &EncryptionContext,
    ) -> Result<Ciphertext, KmsError> {
        let action = Action::KmsGenerateDataKeyWithoutPlaintext;
        let GeneratedKey { ciphertext, key, .. } =
            self.generate(caller, action, key_ref, len, context).await?;
        Ok(Ciphertext { ciphertext, key })
    }

    async fn generate(
        &self,
        caller: &Caller,
        action: Action,
        key_ref: &KeyRef,
        len: usize,
        context: &EncryptionContext,
    ) -> Result<GeneratedKey, KmsError> {
        let mut event = about_ref(self.event(caller, action), key_ref);
        let result = async {
            if !DATA_KEY_LEN.contains(&len) {
                let why = "must be 1 to 1024 bytes".to_owned();
                return Err(KmsError::Invalid { field: "data_key_length", why });
            }
            check_context(context)?;
            let input = Input::Random(len);
            let (sealed, input) =
                self.wrap_for_api(caller, action, key_ref, input, context, &mut event).await?;
            let Ciphertext { ciphertext, key } = sealed;
            Ok(GeneratedKey { plaintext: DataKey::new(input), ciphertext, key })
        }
        .await;
        self.settle(event, result).await
    }
}
