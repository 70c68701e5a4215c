//! Data keys of objects under a key that the customer brings with each request
//! (SSE-C).
//!
//! The customer's key is never stored, and neither is a digest of it: that it
//! opens the wrapped data key is the only proof that it is the right one. It
//! does not wrap by itself but through HKDF-SHA256 (RFC 5869), bound to the
//! write and the bucket, so the same key never wraps two objects alike. No key
//! of this service is used, so no audit record is made.

use uuid::Uuid;

use super::object_key::OBJECT_KEY_LEN;
use super::service_key::ServiceDataKey;
use super::{Kms, KmsError, ObjectContext};
use crate::base::{Algorithm, Canonical, DataKey, SecretBytes};
use crate::hsm::hmac::hmac_sha256;
use crate::key::wrap::{self, KeyName, WrapKey};

/// The name that wrapped data keys carry where a customer's key wraps.
const NAME: KeyName = KeyName { id: Uuid::nil(), version: 1, algorithm: Algorithm::Aes256Gcm };

/// A customer's key: 32 bytes, wiped on drop.
#[derive(Debug)]
pub struct CustomerKey(SecretBytes);

impl CustomerKey {
    /// Length of a customer's key in bytes.
    pub const LEN: usize = 32;

    /// Takes over the bytes; `None` when they are not 32.
    pub fn new(bytes: SecretBytes) -> Option<Self> {
        (bytes.len() == Self::LEN).then_some(Self(bytes))
    }

    /// HKDF-SHA256 with the write id as salt and the bucket as info; one block of
    /// output is the first HMAC of its expansion.
    fn wrapping_key(&self, object: &ObjectContext<'_>) -> SecretBytes {
        let salt = SecretBytes::copy_from(object.write_id);
        let pseudorandom = hmac_sha256(&salt, self.0.expose());
        let info = Canonical::new("sealgate/customer-key/1").bytes(object.bucket.id);
        hmac_sha256(&pseudorandom, &[info.as_bytes(), &[1]].concat())
    }
}

impl Kms {
    /// Makes the data key of an object and wraps it under the customer's key.
    /// Errors: `Unavailable`.
    pub async fn customer_data_key(
        &self,
        key: &CustomerKey,
        object: &ObjectContext<'_>,
    ) -> Result<ServiceDataKey, KmsError> {
        let plaintext = DataKey::new(self.root.hsm().random(OBJECT_KEY_LEN).await?);
        let material = key.wrapping_key(object);
        let under = WrapKey::Software { material: &material };
        let ciphertext = wrap::wrap(under, NAME, &object.place(), plaintext.expose()).await?;
        Ok(ServiceDataKey { plaintext, ciphertext })
    }

    /// Opens a data key of [`Kms::customer_data_key`]. Errors:
    /// `InvalidCiphertext` when it is not the customer's key that wrapped it.
    pub async fn customer_open_key(
        &self,
        key: &CustomerKey,
        ciphertext: &[u8],
        object: &ObjectContext<'_>,
    ) -> Result<DataKey, KmsError> {
        let material = key.wrapping_key(object);
        let under = WrapKey::Software { material: &material };
        Ok(DataKey::new(wrap::unwrap(under, NAME, &object.place(), ciphertext).await?))
    }
}
