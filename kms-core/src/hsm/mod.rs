//! The root of trust below every key.
//!
//! A provider can do what every token can do, and no more: make random bytes,
//! make, find and destroy a 32-byte generic secret under a label, and compute
//! HMAC-SHA256 with it. Everything else (wrapping, contexts, versions) is built
//! above from these in [`crate::key::wrap`], so all providers share one layout
//! and pass one conformance suite.

mod breaker;
pub mod conformance;
mod crew;
pub mod hmac;
pub mod pkcs11;
mod private_file;
mod random_pool;
mod session;
pub mod software;
mod token_dir;

use async_trait::async_trait;

use crate::base::SecretBytes;

/// The label of a secret in the provider: `sealgate-root-<id>` for a root,
/// `sealgate-cmk-<key id>-<version>` for a hardware key.
pub type Label = str;

/// Most random bytes that one call asks for.
pub const MAX_RANDOM_LEN: usize = 1024;

/// Why a provider did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HsmError {
    /// The provider is out of reach, or its breaker is open. Retry later; the
    /// text says what an operator should look at.
    #[error("HSM unavailable: {0}")]
    Unavailable(String),
    /// No secret bears this label: it was destroyed, or this is another token.
    #[error("no key labelled {0} in the HSM")]
    NotFound(String),
    /// A secret with this label exists already; nothing was changed.
    #[error("a key labelled {0} already exists in the HSM")]
    Exists(String),
    /// The settings are wrong (module, token label, PIN); retrying is no use.
    #[error("HSM misconfigured: {0}")]
    Misconfigured(String),
}

/// What a provider says of itself, for logs, readiness and `DescribeKey`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// `software` or `pkcs11`.
    pub provider: &'static str,
    /// Token label and module, or the path of the root file. No secret.
    pub detail: String,
    /// True when secrets live in a device and cannot leave it.
    pub hardware: bool,
}

/// A provider of random bytes and of secrets that only compute HMACs.
///
/// Every method may be called from many tasks at once. `software.rs` and
/// `pkcs11.rs` implement it; `conformance.rs` is the suite both pass.
#[async_trait]
pub trait Hsm: Send + Sync + 'static {
    /// What this provider is.
    fn description(&self) -> Description;

    /// `len` random bytes (1 to 1024) from the provider's own generator.
    /// Errors: [`HsmError::Unavailable`].
    async fn random(&self, len: usize) -> Result<SecretBytes, HsmError>;

    /// Makes a 32-byte secret under `label`, sensitive and never extractable
    /// where the provider has the notion. Errors: `Exists`, `Unavailable`.
    async fn generate(&self, label: &Label) -> Result<(), HsmError>;

    /// True when a secret bears `label`. Errors: `Unavailable`.
    async fn find(&self, label: &Label) -> Result<bool, HsmError>;

    /// HMAC-SHA256 of `data` under the secret `label`, 32 bytes. Errors:
    /// `NotFound`, `Unavailable`. PKCS#11: CKM_SHA256_HMAC (section 6.23.3).
    async fn hmac_sha256(&self, label: &Label, data: &[u8]) -> Result<SecretBytes, HsmError>;

    /// Destroys the secret `label`; absent is fine. Errors: `Unavailable`.
    async fn destroy(&self, label: &Label) -> Result<(), HsmError>;
}
