//! What the key service refuses, by what the caller should do about it.
//!
//! No dialect's code is named here; the gateway maps each variant to S3, OBS,
//! AWS and Huawei codes. The texts may be shown to clients: they name keys the
//! caller already named or owns, and never a secret.

use crate::audit::AuditError;
use crate::authorize::Denied;
use crate::hsm::HsmError;
use crate::key::wrap::WrapError;
use crate::key::{KeyId, KeyOperation, KeyOrigin, KeyState, StateRefusal};
use crate::store::StoreError;

/// A refusal or failure of the key service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KmsError {
    /// The caller may not do this, or names a key of another account, which may
    /// or may not exist. Ask the key's owner. The text is for the log only.
    #[error("access to the key is denied: {0}")]
    AccessDenied(String),
    /// No such key or alias in the caller's account; carries the reference.
    #[error("key {0} does not exist")]
    NotFound(String),
    /// Enable the key first.
    #[error("key {0} is disabled")]
    Disabled(KeyId),
    /// Cancel the key's deletion first.
    #[error("key {0} is pending deletion")]
    PendingDeletion(KeyId),
    /// Import the key's material first.
    #[error("key {0} is pending import")]
    PendingImport(KeyId),
    /// The change wants another state: enabling what is enabled, disabling what
    /// is disabled, cancelling what is not scheduled. (AWS answers the first two
    /// with success; its edge turns this variant into one.)
    #[error("key {key} is {} already or not in the state for this", state.name())]
    InvalidState {
        /// The key.
        key: KeyId,
        /// What was wanted of it.
        operation: KeyOperation,
        /// The state it is in.
        state: KeyState,
    },
    /// Default keys belong to the service: use another key.
    #[error("not allowed on the default key {0}")]
    DefaultKey(KeyId),
    /// The ciphertext was not made by this service, was changed, or belongs to
    /// another encryption context, object or purpose. One kind on purpose.
    #[error("the ciphertext is invalid, or its encryption context is another one")]
    InvalidCiphertext,
    /// The ciphertext was made under another key than the one named.
    #[error("the ciphertext was not made under the key given")]
    IncorrectKey,
    /// A field of the request is out of its bounds.
    #[error("{field}: {why}")]
    Invalid {
        /// The field, in the core's spelling.
        field: &'static str,
        /// What it must be.
        why: String,
    },
    /// The key serves another region than the one it is wanted for.
    #[error("key {key} belongs to region {region}")]
    WrongRegion {
        /// The key.
        key: KeyId,
        /// Its region.
        region: String,
    },
    /// The account is frozen until its bills are paid: nothing is lost meanwhile.
    #[error("account {0} is frozen")]
    Frozen(String),
    /// Too many calls: slow down.
    #[error("too many calls of the key service")]
    Throttled,
    /// The key's origin does not allow it: imported keys are not rotated, and
    /// only imported ones take material.
    #[error("key {key} has origin {}, which does not allow this", origin.name())]
    WrongOrigin {
        /// The key.
        key: KeyId,
        /// Its origin.
        origin: KeyOrigin,
    },
    /// Deletion protection is on: take it off first.
    #[error("key {0} is protected against deletion")]
    Protected(KeyId),
    /// Objects or uploads depend on the key, and the configuration refuses its
    /// deletion while any do.
    #[error("key {0} still protects objects or uploads")]
    InUse(KeyId),
    /// Material is not imported so.
    #[error("key material: {0}")]
    Import(#[from] ImportRefusal),
    /// Automatic rotation is on already.
    #[error("rotation of key {0} is enabled already")]
    RotationEnabled(KeyId),
    /// Automatic rotation is off: enable it first.
    #[error("rotation of key {0} is not enabled")]
    RotationDisabled(KeyId),
    /// No such grant on this key.
    #[error("grant {0} does not exist")]
    NoGrant(String),
    /// The key policy was not accepted.
    #[error("the key policy is malformed: {0}")]
    Policy(String),
    /// A quota is exhausted: delete something or have it raised.
    #[error("limit exceeded: {0}")]
    LimitExceeded(&'static str),
    /// An alias of this name exists already.
    #[error("{0} already exists")]
    AlreadyExists(String),
    /// This installation cannot do it, and will not on a retry.
    #[error("not supported: {0}")]
    Unsupported(&'static str),
    /// Two changes of one key met: repeat the request.
    #[error("key {0} was changed at the same time")]
    Conflict(KeyId),
    /// HSM or key store do not answer: retry later. The text is for the log only.
    #[error("key service unavailable: {0}")]
    Unavailable(String),
    /// The use could not be recorded, so it did not happen: retry later.
    #[error("key service unavailable: {0}")]
    Audit(#[from] AuditError),
}

/// Why material was not imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportRefusal {
    /// The token was not made by this service.
    #[error("the import token is invalid")]
    Token,
    /// Get new parameters.
    #[error("the import token has expired")]
    TokenExpired,
    /// The token belongs to another key.
    #[error("the import token belongs to another key")]
    OtherKey,
    /// The material would have expired already.
    #[error("the expiration time must be in the future")]
    ExpiryPast,
    /// Not encrypted under the wrapping key with its algorithm.
    #[error("the encrypted key material does not open")]
    Unwrap,
    /// Not as long as the key's spec wants.
    #[error("the key material has the wrong length")]
    Length,
    /// Only the same bytes may be imported again.
    #[error("the key material differs from what was imported before")]
    OtherMaterial,
    /// It has its material already.
    #[error("the key is not pending import")]
    NotPending,
}

impl KmsError {
    /// The name of the variant, as audit records carry it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::AccessDenied(_) => "AccessDenied",
            Self::NotFound(_) => "NotFound",
            Self::Disabled(_) => "Disabled",
            Self::PendingDeletion(_) => "PendingDeletion",
            Self::PendingImport(_) => "PendingImport",
            Self::InvalidState { .. } => "InvalidState",
            Self::DefaultKey(_) => "DefaultKey",
            Self::InvalidCiphertext => "InvalidCiphertext",
            Self::IncorrectKey => "IncorrectKey",
            Self::Invalid { .. } => "Invalid",
            Self::WrongRegion { .. } => "WrongRegion",
            Self::Frozen(_) => "Frozen",
            Self::Throttled => "Throttled",
            Self::WrongOrigin { .. } => "WrongOrigin",
            Self::Protected(_) => "Protected",
            Self::InUse(_) => "InUse",
            Self::Import(_) => "Import",
            Self::RotationEnabled(_) => "RotationEnabled",
            Self::RotationDisabled(_) => "RotationDisabled",
            Self::NoGrant(_) => "NoGrant",
            Self::Policy(_) => "Policy",
            Self::LimitExceeded(_) => "LimitExceeded",
            Self::AlreadyExists(_) => "AlreadyExists",
            Self::Unsupported(_) => "Unsupported",
            Self::Conflict(_) => "Conflict",
            Self::Unavailable(_) => "Unavailable",
            Self::Audit(_) => "Audit",
        }
    }

    /// The refusal of `operation` on `key` in `state`.
    pub(crate) fn of_state(
        key: KeyId,
        operation: KeyOperation,
        state: KeyState,
        refusal: StateRefusal,
    ) -> Self {
        match refusal {
            StateRefusal::Disabled => Self::Disabled(key),
            StateRefusal::PendingDeletion => Self::PendingDeletion(key),
            StateRefusal::PendingImport => Self::PendingImport(key),
            StateRefusal::WrongState => Self::InvalidState { key, operation, state },
        }
    }

    /// A store's refusal of a change to `key`.
    pub(crate) fn of_store(key: KeyId, error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound(key.to_string()),
            StoreError::Exists => Self::AlreadyExists(key.to_string()),
            StoreError::Conflict => Self::Conflict(key),
            StoreError::LimitExceeded(what) => Self::LimitExceeded(what),
            StoreError::Unavailable(why) => Self::Unavailable(why),
        }
    }
}

impl From<Denied> for KmsError {
    fn from(Denied(why): Denied) -> Self {
        Self::AccessDenied(why)
    }
}

impl From<HsmError> for KmsError {
    fn from(error: HsmError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<WrapError> for KmsError {
    fn from(error: WrapError) -> Self {
        match error {
            WrapError::Malformed | WrapError::OtherKey(..) | WrapError::Tampered => {
                Self::InvalidCiphertext
            }
            WrapError::TooLong => {
                Self::Invalid { field: "plaintext", why: "is longer than 4096 bytes".to_owned() }
            }
            WrapError::NoRandom => Self::Unavailable(error.to_string()),
            WrapError::Hsm(error) => error.into(),
        }
    }
}
