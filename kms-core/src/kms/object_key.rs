//! The data keys of objects: one call for each write and each read.
//!
//! A data key is bound to its object's place and write id, so that it opens
//! nowhere else, and goes out with the ticket of its record. Which right a use
//! needs depends on what the caller gets by it ([`ObjectAccess`]).

use policy::Action;

use super::crypt::check_context;
use super::find::Home;
use super::record::{about_key, about_ref};
use super::{Caller, EncryptionContext, KeySummary, Kms, KmsError};
use crate::audit::{AuditEvent, Audited, ObjectName};
use crate::authorize::Denied;
use crate::base::{Algorithm, DataKey};
use crate::key::wrap::{self, Purpose, WrapContext, WrappedHeader};
use crate::key::{KeyId, KeyOperation, KeyRef};

/// Length of an object's data key in bytes, whatever algorithm seals the body:
/// the blob keys are derived from it.
pub const OBJECT_KEY_LEN: usize = 32;

/// The bucket that an object is in.
#[derive(Clone, Copy, Debug)]
pub struct Bucket<'a> {
    /// Its name, for the record.
    pub name: &'a str,
    /// Its id, which survives no deletion, for the binding.
    pub id: &'a [u8],
    /// Its region: custom keys must be of the same.
    pub region: &'a str,
    /// The owning account: 12 digits. Default keys are this account's.
    pub account_id: &'a str,
    /// The owning account's domain id.
    pub domain_id: &'a str,
}

/// The object that a data key is bound to.
#[derive(Clone, Copy, Debug)]
pub struct ObjectContext<'a> {
    /// Its bucket.
    pub bucket: Bucket<'a>,
    /// Its key, any bytes.
    pub object_key: &'a [u8],
    /// Drawn at PUT or Initiate.
    pub write_id: &'a [u8; 16],
    /// Format number of the sealed body.
    pub data_format: u8,
    /// Algorithm of the sealed body.
    pub data_algorithm: Algorithm,
    /// The client's own context, where the API has one.
    pub client_context: &'a EncryptionContext,
}

/// What an object's data key is opened for, which decides the right needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectAccess {
    /// To give plaintext to the caller: `kms:Decrypt` (`kms:dek:crypto`).
    Read,
    /// To seal one more part or append: the right to write,
    /// `kms:GenerateDataKey` (`kms:dek:create`).
    Write,
}

/// A new data key of an object.
#[derive(Debug)]
pub struct ObjectDataKey {
    /// The data key.
    pub plaintext: DataKey,
    /// The data key under the CMK, for the envelope.
    pub ciphertext: Vec<u8>,
    /// Which key wrapped it.
    pub key: KeySummary,
}

impl Kms {
    /// Makes and wraps the data key of a new object, upload or append. Without
    /// `key_ref` it is wrapped under the default key of the bucket's account,
    /// which is made at its first use. The answer to the client waits for the
    /// ticket. Errors: `AccessDenied`, `NotFound`, `WrongRegion`, `Disabled`,
    /// `PendingDeletion`, `PendingImport`, `Invalid` (context), `Unavailable`, `Audit`.
    pub async fn object_data_key(
        &self,
        caller: &Caller,
        key_ref: Option<&KeyRef>,
        object: &ObjectContext<'_>,
    ) -> Result<Audited<ObjectDataKey>, KmsError> {
        let mut event = self.event(caller, Action::KmsGenerateDataKey);
        event.object = Some(ObjectName::new(object.bucket.name, object.object_key));
        if let Some(key_ref) = key_ref {
            event = about_ref(event, key_ref);
        }
        let result = self.wrap_object_key(caller, key_ref, object, &mut event).await;
        self.conclude(event, result).await
    }

    /// Opens the data key of an object under the key and version its envelope
    /// names. No byte of the answer leaves before the ticket resolves. Errors:
    /// as [`Kms::object_data_key`], and `InvalidCiphertext`.
    pub async fn object_open_key(
        &self,
        caller: &Caller,
        ciphertext: &[u8],
        object: &ObjectContext<'_>,
        access: ObjectAccess,
    ) -> Result<Audited<DataKey>, KmsError> {
        let mut event = self.event(caller, access.action());
        event.object = Some(ObjectName::new(object.bucket.name, object.object_key));
        let result = self.unwrap_object_key(caller, ciphertext, object, access, &mut event).await;
        self.conclude(event, result).await
    }

    async fn wrap_object_key(
        &self,
        caller: &Caller,
        key_ref: Option<&KeyRef>,
        object: &ObjectContext<'_>,
        event: &mut AuditEvent,
    ) -> Result<ObjectDataKey, KmsError> {
        let action = Action::KmsGenerateDataKey;
        self.throttle.object(caller, self.now())?;
        check_context(object.client_context)?;
        let bucket = &object.bucket;
        let home = Home { owner: bucket.account_id, region: bucket.region };
        let found = match key_ref {
            Some(key_ref) => {
                self.find_in(caller, action, key_ref, home, Some(object.client_context)).await?
            }
            None => self.find_default(caller, action, bucket).await?,
        };
        let key = &found.key;
        about_key(event, key, Some(key.version));
        if key.is_default() && key.account_id != bucket.account_id {
            return Err(Denied::foreign().into());
        }
        found.check(KeyOperation::Wrap)?;
        let material = self.material(&found, key.version).await?;
        let hsm = self.root.hsm().as_ref();
        let plaintext = DataKey::new(hsm.random(OBJECT_KEY_LEN).await?);
        let (wrap_key, name) = (material.wrap_key(hsm), key.name(key.version));
        let ciphertext = wrap::wrap(wrap_key, name, &object.place(), plaintext.expose()).await?;
        Ok(ObjectDataKey { plaintext, ciphertext, key: KeySummary::of(key, key.version) })
    }

    async fn unwrap_object_key(
        &self,
        caller: &Caller,
        ciphertext: &[u8],
        object: &ObjectContext<'_>,
        access: ObjectAccess,
        event: &mut AuditEvent,
    ) -> Result<DataKey, KmsError> {
        self.throttle.object(caller, self.now())?;
        let header = WrappedHeader::parse(ciphertext)?;
        if header.purpose != Purpose::Object {
            return Err(KmsError::InvalidCiphertext);
        }
        let id = KeyId::from_uuid(header.key.id);
        event.key = Some(id.to_string());
        event.key_version = Some(header.key.version);
        let context = Some(object.client_context);
        let found = self.find_by_id(caller, access.action(), id, context).await?;
        found.check(KeyOperation::Unwrap)?;
        let version = header.key.version;
        let material = self.material(&found, version).await?;
        let wrap_key = material.wrap_key(self.root.hsm().as_ref());
        let name = found.key.name(version);
        let opened = wrap::unwrap(wrap_key, name, &object.place(), ciphertext).await?;
        Ok(DataKey::new(opened))
    }
}

impl ObjectContext<'_> {
    pub(super) fn place(&self) -> WrapContext<'_> {
        WrapContext::Object {
            data_format: self.data_format,
            data_algorithm: self.data_algorithm,
            bucket_id: self.bucket.id,
            object_key: self.object_key,
            write_id: self.write_id,
            client_context: self.client_context,
        }
    }
}

impl ObjectAccess {
    fn action(self) -> Action {
        match self {
            Self::Read => Action::KmsDecrypt,
            Self::Write => Action::KmsGenerateDataKey,
        }
    }
}
