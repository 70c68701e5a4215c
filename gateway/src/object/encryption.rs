//! Data keys and envelopes: how an object gets its DEK and gets it back.
//!
//! This is where a mode becomes a call of the key service. A plaintext DEK
//! leaves this file only inside [`Sealing`] or a reader's state, both dropped
//! with the request.

use std::str::FromStr;
use std::sync::Arc;

use kms_core::audit::Ticket;
use kms_core::base::{Algorithm, DataKey};
use kms_core::key::KeyRef;
use kms_core::kms::{
    Bucket as KeyBucket, Caller, CustomerKey, EncryptionContext, KeySummary, KmsError,
    ObjectAccess, ObjectContext,
};
use kms_core::sealed::{Envelope, FORMAT, Mode, WrappingKey, WriteId};

use super::{ObjectError, Objects, sealed};
use crate::catalog::model::BucketFacts;

/// The encryption that a new object gets: what was asked, or the bucket's
/// default.
#[derive(Clone, Debug)]
pub struct Encryption {
    /// Mode.
    pub mode: Mode,
    /// The CMK; `None` for the default key. Only with [`Mode::Kms`].
    pub key: Option<KeyRef>,
    /// Data algorithm.
    pub algorithm: Algorithm,
    /// The client's own context, bound to the DEK.
    pub context: EncryptionContext,
    /// The customer's own key, with [`Mode::SseC`] and only there.
    pub customer_key: Option<Arc<CustomerKey>>,
}

impl Encryption {
    /// A service key's encryption: `AES256`, or nothing asked.
    pub fn by_service(mode: Mode) -> Self {
        Self {
            mode,
            key: None,
            algorithm: Algorithm::Aes256Gcm,
            context: EncryptionContext::new(),
            customer_key: None,
        }
    }

    /// Encryption under a key that the customer brings.
    pub fn by_customer(key: Arc<CustomerKey>) -> Self {
        Self { customer_key: Some(key), ..Self::by_service(Mode::SseC) }
    }
}

/// Who opens a data key, with the key that he brings for it, if any.
#[derive(Clone, Copy)]
pub struct Bearer<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// The customer's key of this request.
    pub customer_key: Option<&'a CustomerKey>,
}

/// What is wrong with a request's customer key, or with the lack of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CustomerKeyFault {
    /// The object is under a customer's key and the request brings none.
    #[error("the object needs the customer's key")]
    Missing,
    /// The request brings a key and the object is under none.
    #[error("the object is under no customer's key")]
    NotApplicable,
    /// The key is not the one that the object is under.
    #[error("the customer's key is another one")]
    Other,
}

/// Where an object stands: what its DEK is bound to beside the write id.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// Its bucket.
    pub facts: &'a BucketFacts,
    /// Its key.
    pub key: &'a [u8],
}

/// A DEK with the envelope that wraps it.
pub struct Sealing {
    /// The plaintext DEK, wiped when this is dropped.
    pub data_key: DataKey,
    /// How it is wrapped.
    pub envelope: Envelope,
    /// Durability of the key's use in the audit trail.
    pub ticket: Ticket,
}

/// The full name of the CMK in an envelope: `REGION:ACCOUNT:DOMAIN:key/ID`,
/// enough to write it in either dialect without asking the key service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyName {
    /// Region.
    pub region: String,
    /// Account id, 12 digits.
    pub account_id: String,
    /// Domain id of the same account.
    pub domain_id: String,
    /// Key id.
    pub id: String,
}

impl KeyName {
    fn of(key: &KeySummary) -> Self {
        Self {
            region: key.region.clone(),
            account_id: key.account_id.clone(),
            domain_id: key.domain_id.clone(),
            id: key.id.to_string(),
        }
    }
}

impl std::fmt::Display for KeyName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}:key/{}", self.region, self.account_id, self.domain_id, self.id)
    }
}

impl FromStr for KeyName {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut fields = text.splitn(4, ':').map(str::to_owned);
        let mut field = || fields.next().ok_or(());
        let (region, account_id, domain_id, key) = (field()?, field()?, field()?, field()?);
        let id = key.strip_prefix("key/").ok_or(())?.to_owned();
        Ok(Self { region, account_id, domain_id, id })
    }
}

/// What an answer says about an object's encryption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Mode.
    pub mode: Mode,
    /// The CMK with [`Mode::Kms`].
    pub key: Option<KeyName>,
    /// Data algorithm.
    pub algorithm: Algorithm,
    /// Base64 of the MD5 of the customer's key, as the request brought it.
    pub customer_md5: Option<String>,
}

impl Announcement {
    /// What `envelope` says.
    pub fn of(envelope: &Envelope) -> Self {
        let named = envelope.wrapping_key.as_ref().filter(|_| envelope.mode == Mode::Kms);
        let key = named.and_then(|key| key.id.parse().ok());
        Self { mode: envelope.mode, key, algorithm: envelope.algorithm, customer_md5: None }
    }

    /// What an encoded envelope says. Errors: `Sealed`.
    pub fn read(envelope: &[u8], write_id: &[u8; 16]) -> Result<Self, ObjectError> {
        let envelope = Envelope::decode(envelope).map_err(|error| sealed(write_id, error))?;
        Ok(Self::of(&envelope))
    }
}

impl Objects {
    /// Makes the DEK of a new object, upload or append: one KMS call. Errors:
    /// `Kms`.
    pub async fn new_sealing(
        &self,
        caller: &Caller,
        place: Place<'_>,
        encryption: &Encryption,
        write_id: WriteId,
    ) -> Result<Sealing, ObjectError> {
        let context = context(place, &write_id, encryption.algorithm, &encryption.context);
        let (data_key, wrapped_data_key, wrapping_key, ticket) = match encryption.mode {
            Mode::Kms => {
                let made =
                    self.kms.object_data_key(caller, encryption.key.as_ref(), &context).await?;
                let (made, ticket) = made.into_parts();
                let id = KeyName::of(&made.key).to_string();
                let wrapping_key = WrappingKey { id, version: made.key.version };
                (made.plaintext, made.ciphertext, Some(wrapping_key), ticket)
            }
            Mode::Aes256 | Mode::None => {
                let made = self.kms.service_data_key(&context).await?;
                (made.plaintext, made.ciphertext, None, Ticket::done())
            }
            Mode::SseC => {
                let key = encryption.customer_key.as_ref().ok_or(CustomerKeyFault::Missing)?;
                let made = self.kms.customer_data_key(key, &context).await?;
                (made.plaintext, made.ciphertext, None, Ticket::done())
            }
        };
        let (algorithm, mode) = (encryption.algorithm, encryption.mode);
        let envelope = Envelope { algorithm, mode, wrapping_key, wrapped_data_key, write_id };
        Ok(Sealing { data_key, envelope, ticket })
    }

    /// Opens the DEK of an object or upload again: one KMS call. Errors: `Kms`,
    /// `CustomerKey`.
    pub async fn open_sealing(
        &self,
        bearer: Bearer<'_>,
        place: Place<'_>,
        envelope: Envelope,
        client_context: &EncryptionContext,
        access: ObjectAccess,
    ) -> Result<Sealing, ObjectError> {
        let Bearer { caller, customer_key } = bearer;
        if customer_key.is_some() && envelope.mode != Mode::SseC {
            return Err(CustomerKeyFault::NotApplicable.into());
        }
        let write_id = envelope.write_id;
        let context = context(place, &write_id, envelope.algorithm, client_context);
        let wrapped = &envelope.wrapped_data_key;
        let (data_key, ticket) = match envelope.mode {
            Mode::Kms => {
                self.kms.object_open_key(caller, wrapped, &context, access).await?.into_parts()
            }
            Mode::Aes256 | Mode::None => {
                (self.kms.service_open_key(wrapped, &context).await?, Ticket::done())
            }
            Mode::SseC => {
                let key = customer_key.ok_or(CustomerKeyFault::Missing)?;
                match self.kms.customer_open_key(key, wrapped, &context).await {
                    Err(KmsError::InvalidCiphertext) => return Err(CustomerKeyFault::Other.into()),
                    opened => (opened?, Ticket::done()),
                }
            }
        };
        Ok(Sealing { data_key, envelope, ticket })
    }
}

fn context<'a>(
    place: Place<'a>,
    write_id: &'a WriteId,
    data_algorithm: Algorithm,
    client_context: &'a EncryptionContext,
) -> ObjectContext<'a> {
    let BucketFacts { bucket, owner, .. } = place.facts;
    ObjectContext {
        bucket: KeyBucket {
            name: &bucket.name,
            id: bucket.id.as_bytes(),
            region: &bucket.region,
            account_id: &owner.id,
            domain_id: &owner.domain_id,
        },
        object_key: place.key,
        write_id: &write_id.0,
        data_format: FORMAT,
        data_algorithm,
        client_context,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_name_reads_as_written() {
        let name = KeyName {
            region: "eu-de".into(),
            account_id: "111122223333".into(),
            domain_id: "d0".into(),
            id: "0000-1".into(),
        };
        assert_eq!(name.to_string(), "eu-de:111122223333:d0:key/0000-1");
        assert_eq!(name.to_string().parse(), Ok(name));
        assert_eq!("eu-de:1:key/2".parse::<KeyName>(), Err(()));
    }
}
