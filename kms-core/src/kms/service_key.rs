//! Data keys of objects for which no customer key was asked (`AES256`, or
//! nothing): wrapped under the account's own service key.
//!
//! The service keys are in memory, so this needs the HSM only for random bytes
//! that its pool has run out of, and reading such objects survives its outage.
//! No customer key is used, so no audit record is made.

use super::object_key::OBJECT_KEY_LEN;
use super::{Kms, KmsError, ObjectContext};
use crate::base::DataKey;

/// A new data key under the account's service key.
#[derive(Debug)]
pub struct ServiceDataKey {
    /// The data key.
    pub plaintext: DataKey,
    /// The data key wrapped, for the envelope.
    pub ciphertext: Vec<u8>,
}

impl Kms {
    /// Makes and wraps the data key of an object of the bucket's account.
    /// Errors: `Unavailable`.
    pub async fn service_data_key(
        &self,
        object: &ObjectContext<'_>,
    ) -> Result<ServiceDataKey, KmsError> {
        let plaintext = DataKey::new(self.root.hsm().random(OBJECT_KEY_LEN).await?);
        let (account, place) = (object.bucket.account_id, object.place());
        let wrapped = self.service_keys.wrap_for_account(account, &place, plaintext.expose()).await;
        Ok(ServiceDataKey { plaintext, ciphertext: wrapped? })
    }

    /// Opens a data key of [`Kms::service_data_key`]. Errors: `InvalidCiphertext`.
    pub async fn service_open_key(
        &self,
        ciphertext: &[u8],
        object: &ObjectContext<'_>,
    ) -> Result<DataKey, KmsError> {
        let (account, place) = (object.bucket.account_id, object.place());
        let opened = self.service_keys.unwrap_for_account(account, &place, ciphertext).await?;
        Ok(DataKey::new(opened))
    }
}
