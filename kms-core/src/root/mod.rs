//! The root: the one secret under which everything else is wrapped.
//!
//! It lives in the HSM provider and is only known here by its label. The
//! catalog keeps a [`RootRecord`] that says which root it needs and how to prove
//! it. Not here: rotation and migration of the root.
//!
//! Invariant: a root is generated only when the catalog has no record of one. A
//! missing or different root is refused with what to restore; it is never made
//! anew, since nothing under the old one would open again.

mod record;
pub mod service_key;

use std::fmt;
use std::sync::Arc;

use subtle::ConstantTimeEq;
use uuid::Uuid;

pub use self::record::RootRecord;
pub use self::service_key::{
    ServiceKey, ServiceKeyError, ServiceKeyRecord, ServiceKeys, ServicePurpose,
};
use crate::base::{Algorithm, Canonical, SecretBytes};
use crate::hsm::{Hsm, HsmError};
use crate::key::wrap::{self, KeyName, WrapContext, WrapError, WrapKey};

/// The proved root.
pub struct Root {
    hsm: Arc<dyn Hsm>,
    record: RootRecord,
    label: String,
}

/// How [`Root::open`] came by the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Generated and proved just now. Store the record durably before anything
    /// that was wrapped under this root.
    Created(RootRecord),
    /// The recorded root was there and proved itself.
    Opened,
}

/// Why there is no root. The texts are for the operator who must act.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RootError {
    /// The provider does not hold the recorded root: restore it.
    #[error(
        "the catalog needs root {id} (made by provider {recorded}), and {provider} does not hold \
         it. Restore the token or root file that belongs to this catalog, or correct [hsm] in \
         the configuration. Nothing was generated or changed"
    )]
    Missing {
        /// The recorded root's id.
        id: Uuid,
        /// The provider that made it.
        recorded: String,
        /// The provider asked, with its detail.
        provider: String,
    },
    /// A secret bears the root's label and is not the root: restore the right one.
    #[error(
        "the secret for root {id} in {provider} is not the one that this catalog was made with. \
         Restore the token or root file that belongs to this catalog. Nothing was generated or \
         changed"
    )]
    Wrong {
        /// The recorded root's id.
        id: Uuid,
        /// The provider asked, with its detail.
        provider: String,
    },
    /// A fresh root did not prove itself; it was not used. Look at the provider.
    #[error("the root just made in {provider} could not be found again: {reason}")]
    Unproved {
        /// The provider asked, with its detail.
        provider: String,
        /// What went wrong.
        reason: String,
    },
    /// The provider did not answer: see [`HsmError`].
    #[error(transparent)]
    Hsm(#[from] HsmError),
}

impl Root {
    /// Opens the `recorded` root in `hsm` and proves it, or makes the first one
    /// when nothing is recorded. The caller holds the first-start lock, so that
    /// two processes cannot both find no record. Errors: `Missing`, `Wrong`,
    /// `Unproved`, `Hsm`.
    pub async fn open(
        hsm: Arc<dyn Hsm>,
        recorded: Option<RootRecord>,
    ) -> Result<(Self, Outcome), RootError> {
        let Some(record) = recorded else {
            return Self::create(hsm).await;
        };
        let root = Self::new(hsm, record);
        root.prove().await?;
        Ok((root, Outcome::Opened))
    }

    /// Proves that the provider still holds this very root: a known-answer HMAC.
    /// Readiness asks it. Errors: `Missing`, `Wrong`, `Hsm`.
    pub async fn prove(&self) -> Result<(), RootError> {
        let id = self.record.id;
        let code = match self.known_answer().await {
            Ok(code) => code,
            Err(HsmError::NotFound(_)) => {
                let recorded = self.record.provider.clone();
                return Err(RootError::Missing { id, recorded, provider: self.provider() });
            }
            Err(error) => return Err(error.into()),
        };
        if bool::from(code.expose().ct_eq(&self.record.check)) {
            return Ok(());
        }
        Err(RootError::Wrong { id, provider: self.provider() })
    }

    /// Wraps `plaintext` under the root, bound to `context`. Errors: those of
    /// [`wrap::wrap`].
    pub async fn wrap(
        &self,
        context: &WrapContext<'_>,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, WrapError> {
        wrap::wrap(self.wrap_key(), self.name(), context, plaintext).await
    }

    /// Opens a `blob` of [`Root::wrap`]. Errors: those of [`wrap::unwrap`].
    pub async fn unwrap(
        &self,
        context: &WrapContext<'_>,
        blob: &[u8],
    ) -> Result<SecretBytes, WrapError> {
        wrap::unwrap(self.wrap_key(), self.name(), context, blob).await
    }

    /// The provider below, for random bytes and hardware keys.
    pub fn hsm(&self) -> &Arc<dyn Hsm> {
        &self.hsm
    }

    /// The record that the catalog keeps of this root.
    pub fn record(&self) -> &RootRecord {
        &self.record
    }

    /// How blobs name this root.
    pub fn name(&self) -> KeyName {
        KeyName {
            id: self.record.id,
            version: self.record.version,
            algorithm: Algorithm::Aes256Gcm,
        }
    }

    /// A crash between here and the catalog's commit leaves a secret that no
    /// record names; the next start makes another, and nothing is lost.
    async fn create(hsm: Arc<dyn Hsm>) -> Result<(Self, Outcome), RootError> {
        let record = RootRecord {
            id: random_id(hsm.as_ref()).await?,
            version: 1,
            check: [0; 32],
            provider: hsm.description().provider.to_owned(),
        };
        let mut root = Self::new(hsm, record);
        root.hsm.generate(&root.label).await?;
        if !root.hsm.find(&root.label).await? {
            return Err(root.unproved("the provider does not find it"));
        }
        let first = root.known_answer().await?;
        root.record.check = (first.expose().try_into())
            .map_err(|_| root.unproved("its HMAC has the wrong length"))?;
        root.prove().await.map_err(|error| root.unproved(&error.to_string()))?;
        let outcome = Outcome::Created(root.record.clone());
        Ok((root, outcome))
    }

    fn new(hsm: Arc<dyn Hsm>, record: RootRecord) -> Self {
        let label = format!("sealgate-root-{}", record.id);
        Self { hsm, record, label }
    }

    async fn known_answer(&self) -> Result<SecretBytes, HsmError> {
        let question = Canonical::new("sealgate/root-check/1")
            .bytes(self.record.id.as_bytes())
            .number(self.record.version.into());
        self.hsm.hmac_sha256(&self.label, question.as_bytes()).await
    }

    fn wrap_key(&self) -> WrapKey<'_> {
        WrapKey::Token { hsm: self.hsm.as_ref(), label: &self.label }
    }

    fn provider(&self) -> String {
        let description = self.hsm.description();
        format!("{} ({})", description.provider, description.detail)
    }

    fn unproved(&self, reason: &str) -> RootError {
        RootError::Unproved { provider: self.provider(), reason: reason.to_owned() }
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Root({}, version {})", self.record.id, self.record.version)
    }
}

/// An id from the provider's own generator (RFC 9562, version 4).
async fn random_id(hsm: &dyn Hsm) -> Result<Uuid, HsmError> {
    let bytes = hsm.random(16).await?;
    let bytes = (bytes.expose().try_into())
        .map_err(|_| HsmError::Unavailable("random bytes of the wrong length".into()))?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid())
}
