//! ReEncrypt and GenerateRandom: what needs no plaintext of the caller's.

use policy::Action;

use super::crypt::{Input, Opening, check_context};
use super::record::about_ref;
use super::{Caller, Ciphertext, EncryptionContext, KeySummary, Kms, KmsError};
use crate::base::SecretBytes;
use crate::hsm::MAX_RANDOM_LEN;
use crate::key::KeyRef;

/// What is to be wrapped anew, and how.
#[derive(Clone, Copy, Debug)]
pub struct ReEncrypt<'a> {
    /// A ciphertext of the public API.
    pub ciphertext: &'a [u8],
    /// The key it must be under, if that is to be checked.
    pub source: Option<&'a KeyRef>,
    /// The encryption context that it was made in.
    pub source_context: &'a EncryptionContext,
    /// The key to wrap it under.
    pub destination: &'a KeyRef,
    /// The encryption context of the new ciphertext.
    pub destination_context: &'a EncryptionContext,
}

/// A ciphertext under its new key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReEncrypted {
    /// The new ciphertext.
    pub made: Ciphertext,
    /// The key that opened the old one.
    pub source: KeySummary,
}

impl Kms {
    /// Opens a ciphertext and wraps its plaintext under another key, which
    /// needs a right to each (`kms:ReEncryptFrom`, `kms:ReEncryptTo`). Errors:
    /// as [`Kms::decrypt`] and [`Kms::encrypt`]. Source: AWS ReEncrypt, Huawei
    /// re-encrypt.
    pub async fn re_encrypt(
        &self,
        caller: &Caller,
        wanted: ReEncrypt<'_>,
    ) -> Result<ReEncrypted, KmsError> {
        let (from, to) = (Action::KmsReEncryptFrom, Action::KmsReEncryptTo);
        let mut event = self.event(caller, from);
        let opening = Opening {
            action: from,
            key_ref: wanted.source,
            ciphertext: wanted.ciphertext,
            context: wanted.source_context,
        };
        let opened = self.unwrap_for_api(caller, opening, &mut event).await;
        let opened = self.settle(event, opened).await?;
        let mut event = about_ref(self.event(caller, to), wanted.destination);
        let result = async {
            let context = wanted.destination_context;
            check_context(context)?;
            let input = Input::Given(opened.plaintext.expose());
            let key_ref = wanted.destination;
            let (made, _) =
                self.wrap_for_api(caller, to, key_ref, input, context, &mut event).await?;
            Ok(ReEncrypted { made, source: opened.key })
        }
        .await;
        self.settle(event, result).await
    }

    /// `len` random bytes (1 to 1,024) from the provider. Errors:
    /// `AccessDenied`, `Invalid`, `Unavailable`, `Audit`. Source: AWS
    /// GenerateRandom, Huawei gen-random.
    pub async fn generate_random(
        &self,
        caller: &Caller,
        len: usize,
    ) -> Result<SecretBytes, KmsError> {
        let event = self.event(caller, Action::KmsGenerateRandom);
        let result = async {
            let account = caller.check_account(Action::KmsGenerateRandom)?;
            self.check_thawed(&account.id).await?;
            if !(1..=MAX_RANDOM_LEN).contains(&len) {
                let why = format!("must be 1 to {MAX_RANDOM_LEN} bytes");
                return Err(KmsError::Invalid { field: "random_data_length", why });
            }
            Ok(self.root.hsm().random(len).await?)
        }
        .await;
        self.settle(event, result).await
    }
}
