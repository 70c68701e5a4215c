//! The one layout in which a key wraps a secret, whatever provider holds it.
//!
//! For each wrap a fresh 32-byte salt is drawn and K = HMAC-SHA256(key, label,
//! header, salt) is computed, in the token or in memory; K seals the secret once
//! (AES-256-GCM, or SM4-GCM with the first half of K) and is wiped. So no key
//! meets GCM's limit of 2^32 messages, and all a token must do is an HMAC.
//! Specified in `docs/formats/wrapped-key.md`.
//!
//! Invariant: a blob opens only under the key version it names and in the
//! context it was wrapped in; blobs of one purpose never open as another's.
//! Which keys exist and who may use them is decided above.

mod context;

use uuid::Uuid;

pub use self::context::{Purpose, WrapContext};
use crate::base::aead::{NONCE_LEN, TAG_LEN};
use crate::base::{Aead, Algorithm, Canonical, SecretBytes};
use crate::hsm::hmac::hmac_sha256;
use crate::hsm::{Hsm, HsmError, Label};

/// Number of the blob layout that this release writes and reads.
pub const FORMAT: u8 = 1;
/// Longest secret that can be wrapped, in bytes: what the `Encrypt` operation
/// of AWS KMS and `encrypt-data` of Huawei's KMS take.
pub const MAX_PLAINTEXT_LEN: usize = 4096;
/// Length of a wrapped blob beyond its plaintext, in bytes: header, salt, tag.
pub const OVERHEAD: usize = HEADER_LEN + SALT_LEN + TAG_LEN;

const HEADER_LEN: usize = 23;
const SALT_LEN: usize = 32;
/// K is used once, so its only nonce is zero.
const NONCE: [u8; NONCE_LEN] = [0; NONCE_LEN];

/// The key that wraps: in memory, or in a token and only known by its label.
#[derive(Clone, Copy)]
pub enum WrapKey<'a> {
    /// Material in memory, 32 bytes (16 for an imported SM4 key).
    Software {
        /// The key's bytes.
        material: &'a SecretBytes,
    },
    /// A secret that stays in its provider.
    Token {
        /// The provider.
        hsm: &'a dyn Hsm,
        /// The secret's label there.
        label: &'a Label,
    },
}

/// Which key version wraps, and with which algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyName {
    /// The key's id.
    pub id: Uuid,
    /// The key's version, from 1.
    pub version: u32,
    /// AES-256-GCM, or SM4-GCM for SM4 keys.
    pub algorithm: Algorithm,
}

/// What a blob says of itself before any key is at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrappedHeader {
    /// What the blob is for.
    pub purpose: Purpose,
    /// The key version that opens it.
    pub key: KeyName,
}

/// Why a blob was not made or not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrapError {
    /// The secret is longer than [`MAX_PLAINTEXT_LEN`]: refuse the request.
    #[error("a secret of more than {MAX_PLAINTEXT_LEN} bytes cannot be wrapped")]
    TooLong,
    /// Not a blob, or one of a newer release: treat it as an invalid ciphertext.
    #[error("not a wrapped key of a known format")]
    Malformed,
    /// The blob names another key or version than the one at hand: find that one.
    #[error("wrapped under key {0} version {1}, not under the given key")]
    OtherKey(Uuid, u32),
    /// The blob was changed, or belongs to another place or purpose. One kind on
    /// purpose: the difference helps only an attacker.
    #[error("the wrapped key does not open here")]
    Tampered,
    /// The operating system's generator failed; nothing was wrapped.
    #[error("the operating system gave no random bytes")]
    NoRandom,
    /// The provider that holds the wrapping key did not answer.
    #[error(transparent)]
    Hsm(#[from] HsmError),
}

/// Length in bytes of the blob that wraps `plaintext_len` bytes.
pub fn wrapped_len(plaintext_len: usize) -> usize {
    plaintext_len.saturating_add(OVERHEAD)
}

/// Wraps `plaintext` (0 to [`MAX_PLAINTEXT_LEN`] bytes) under `key`, which the
/// blob calls `name`, bound to `context`. Errors: `TooLong`, `NoRandom`, `Hsm`.
pub async fn wrap(
    key: WrapKey<'_>,
    name: KeyName,
    context: &WrapContext<'_>,
    plaintext: &[u8],
) -> Result<Vec<u8>, WrapError> {
    let mut salt = [0; SALT_LEN];
    getrandom::fill(&mut salt).map_err(|_| WrapError::NoRandom)?;
    wrap_salted(key, name, context, plaintext, &salt).await
}

/// Opens a `blob` of [`wrap`]. `key` is the one called `name`; `context` must
/// equal the one it was wrapped in. Errors: `Malformed`, `OtherKey`, `Tampered`,
/// `Hsm`.
pub async fn unwrap(
    key: WrapKey<'_>,
    name: KeyName,
    context: &WrapContext<'_>,
    blob: &[u8],
) -> Result<SecretBytes, WrapError> {
    let parts = Parts::split(blob)?;
    if parts.header.key != name {
        return Err(WrapError::OtherKey(parts.header.key.id, parts.header.key.version));
    }
    if parts.header.purpose != context.purpose() {
        return Err(WrapError::Tampered);
    }
    let once = key.derive(&parts.header, parts.salt).await?;
    let aad = context.aad(&parts.header);
    let mut buffer = SecretBytes::copy_from(parts.sealed);
    let plaintext = aead(name.algorithm, &once)?
        .open_in_place(&NONCE, aad.as_bytes(), buffer.expose_mut())
        .map_err(|_| WrapError::Tampered)?;
    Ok(SecretBytes::copy_from(plaintext))
}

impl WrappedHeader {
    /// Reads the front of `blob` without a key. It is not yet authenticated: use
    /// it to find the key, and believe it after [`unwrap`]. Errors: `Malformed`.
    pub fn parse(blob: &[u8]) -> Result<Self, WrapError> {
        Parts::split(blob).map(|parts| parts.header)
    }

    fn decode(bytes: [u8; HEADER_LEN]) -> Option<Self> {
        let [format, algorithm, purpose, id @ .., v0, v1, v2, v3] = bytes;
        if format != FORMAT {
            return None;
        }
        let key = KeyName {
            id: Uuid::from_bytes(id),
            version: u32::from_be_bytes([v0, v1, v2, v3]),
            algorithm: Algorithm::from_number(algorithm)?,
        };
        Some(Self { purpose: Purpose::from_number(purpose)?, key })
    }

    fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_LEN);
        bytes.extend([FORMAT, self.key.algorithm.number(), self.purpose.number()]);
        bytes.extend(self.key.id.as_bytes());
        bytes.extend(self.key.version.to_be_bytes());
        bytes
    }
}

impl WrapKey<'_> {
    /// K, for one wrap only.
    async fn derive(
        &self,
        header: &WrappedHeader,
        salt: &[u8; SALT_LEN],
    ) -> Result<SecretBytes, HsmError> {
        let message = Canonical::new("sealgate/wrap/1").bytes(&header.to_bytes()).bytes(salt);
        match self {
            Self::Software { material } => Ok(hmac_sha256(material, message.as_bytes())),
            Self::Token { hsm, label } => hsm.hmac_sha256(label, message.as_bytes()).await,
        }
    }
}

/// A blob cut into its fields.
struct Parts<'a> {
    header: WrappedHeader,
    salt: &'a [u8; SALT_LEN],
    sealed: &'a [u8],
}

impl<'a> Parts<'a> {
    fn split(blob: &'a [u8]) -> Result<Self, WrapError> {
        if blob.len() < OVERHEAD || blob.len() > wrapped_len(MAX_PLAINTEXT_LEN) {
            return Err(WrapError::Malformed);
        }
        let (header, rest) = blob.split_first_chunk().ok_or(WrapError::Malformed)?;
        let (salt, sealed) = rest.split_first_chunk().ok_or(WrapError::Malformed)?;
        let header = WrappedHeader::decode(*header).ok_or(WrapError::Malformed)?;
        Ok(Self { header, salt, sealed })
    }
}

/// `wrap` with a salt from outside, which only [`wrap`] and the vectors choose.
async fn wrap_salted(
    key: WrapKey<'_>,
    name: KeyName,
    context: &WrapContext<'_>,
    plaintext: &[u8],
    salt: &[u8; SALT_LEN],
) -> Result<Vec<u8>, WrapError> {
    if plaintext.len() > MAX_PLAINTEXT_LEN {
        return Err(WrapError::TooLong);
    }
    let header = WrappedHeader { purpose: context.purpose(), key: name };
    let once = key.derive(&header, salt).await?;
    let mut sealed = SecretBytes::copy_from(plaintext);
    let tag = aead(name.algorithm, &once)?
        .seal_in_place(&NONCE, context.aad(&header).as_bytes(), sealed.expose_mut())
        .map_err(|_| WrapError::TooLong)?;
    Ok([&header.to_bytes(), salt.as_slice(), sealed.expose(), &tag].concat())
}

/// A provider that returns fewer than 32 bytes has answered no HMAC.
fn aead(algorithm: Algorithm, once: &SecretBytes) -> Result<Aead, WrapError> {
    once.expose()
        .get(..algorithm.key_len())
        .and_then(|key| Aead::new(algorithm, key).ok())
        .ok_or_else(|| HsmError::Unavailable("an HMAC of the wrong length".into()).into())
}

#[cfg(test)]
mod tests;
