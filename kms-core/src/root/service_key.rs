//! Service keys: what the service itself encrypts and authenticates with.
//!
//! Each is 32 bytes from the provider's generator, kept in the catalog wrapped
//! by the root, unwrapped once at start and held in wiped memory, so objects
//! without a customer's key stay readable while the HSM is out of reach. Not
//! here: customers' keys, and what a MAC covers.
//!
//! Invariant: one key has one purpose. Old versions stay and open what they
//! sealed; the highest version of a purpose seals.

use uuid::Uuid;

use super::Root;
use crate::base::{Algorithm, Canonical, SecretBytes};
use crate::hsm::HsmError;
use crate::hsm::hmac::hmac_sha256;
use crate::key::wrap::{self, KeyName, WrapContext, WrapError, WrapKey, WrappedHeader};

/// Length of a service key in bytes.
const SERVICE_KEY_LEN: usize = 32;

/// What a service key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServicePurpose {
    /// Parent of each account's own key for `AES256` and unencrypted uploads.
    Object,
    /// MACs over the catalog's version rows.
    Row,
    /// MACs over the links of the audit chain.
    Audit,
    /// Secrets at rest in the catalog, such as access-key secrets.
    Secret,
}

impl ServicePurpose {
    /// Every purpose; a service runs with a key for each.
    pub const ALL: [Self; 4] = [Self::Object, Self::Row, Self::Audit, Self::Secret];

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Row => "row",
            Self::Audit => "audit",
            Self::Secret => "secret",
        }
    }

    /// The purpose with this stored name; `None` for one of a newer release.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == name)
    }
}

/// What the catalog keeps of a service key. No secret: `wrapped` opens only
/// under the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceKeyRecord {
    /// The key's id, which blobs under it name.
    pub id: Uuid,
    /// What it is for.
    pub purpose: ServicePurpose,
    /// Its version, from 1.
    pub version: u32,
    /// The 32 bytes, wrapped by the root.
    pub wrapped: Vec<u8>,
}

/// Why the service keys are not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceKeyError {
    /// The catalog has no key of this purpose. Make one with
    /// [`ServiceKeyRecord::generate`] only if the catalog never had one.
    #[error("the catalog holds no service key for {}", .0.as_str())]
    Missing(ServicePurpose),
    /// A record does not open under the root: restore the catalog.
    #[error("the service key for {}, version {}, does not open: {}", .0.as_str(), .1, .2)]
    Unreadable(ServicePurpose, u32, WrapError),
    /// The provider did not answer: see [`HsmError`].
    #[error(transparent)]
    Hsm(#[from] HsmError),
}

impl ServiceKeyRecord {
    /// Makes a service key, wraps it under `root` and forgets the plaintext.
    /// Store the record durably before opening it. Errors: those of the provider.
    pub async fn generate(
        root: &Root,
        purpose: ServicePurpose,
        version: u32,
    ) -> Result<Self, WrapError> {
        let id = super::random_id(root.hsm().as_ref()).await?;
        let material = root.hsm().random(SERVICE_KEY_LEN).await?;
        let mut record = Self { id, purpose, version, wrapped: Vec::new() };
        record.wrapped = root.wrap(&record.context(), material.expose()).await?;
        Ok(record)
    }

    fn context(&self) -> WrapContext<'static> {
        let (purpose, key_id) = (self.purpose.as_str(), self.id);
        WrapContext::ServiceKey { purpose, key_id, version: self.version }
    }
}

/// A service key, unwrapped.
#[derive(Debug)]
pub struct ServiceKey {
    id: Uuid,
    purpose: ServicePurpose,
    version: u32,
    material: SecretBytes,
}

impl ServiceKey {
    /// The version, to be stored beside what the key authenticates.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The 32 bytes, for MACs of this key's purpose.
    pub fn material(&self) -> &SecretBytes {
        &self.material
    }

    fn name(&self) -> KeyName {
        KeyName { id: self.id, version: self.version, algorithm: Algorithm::Aes256Gcm }
    }

    /// The own key of `account_id` below this one. AES256 and unencrypted uploads
    /// wrap under it, so that no account's key opens another's objects.
    fn account_object_key(&self, account_id: &str) -> SecretBytes {
        let label = Canonical::new("sealgate/account-object-key/1").text(account_id);
        hmac_sha256(&self.material, label.as_bytes())
    }
}

/// All service keys, unwrapped: a line of versions for each purpose.
#[derive(Debug)]
pub struct ServiceKeys {
    object: Line,
    row: Line,
    audit: Line,
    secret: Line,
}

/// The versions of one purpose.
#[derive(Debug)]
struct Line {
    current: ServiceKey,
    older: Vec<ServiceKey>,
}

impl ServiceKeys {
    /// The first records of a new catalog: version 1 of each purpose. Store them
    /// with the root's record in one transaction. Errors: those of the provider.
    pub async fn generate(root: &Root) -> Result<Vec<ServiceKeyRecord>, WrapError> {
        let mut records = Vec::new();
        for purpose in ServicePurpose::ALL {
            records.push(ServiceKeyRecord::generate(root, purpose, 1).await?);
        }
        Ok(records)
    }

    /// Unwraps all `records`. Errors: `Missing`, `Unreadable`, `Hsm`.
    pub async fn open(root: &Root, records: &[ServiceKeyRecord]) -> Result<Self, ServiceKeyError> {
        let mut keys = Vec::with_capacity(records.len());
        for record in records {
            keys.push(open_record(root, record).await?);
        }
        keys.sort_by_key(|key| key.version);
        let mut line = |purpose| {
            let mut older: Vec<_> = keys.extract_if(.., |key| key.purpose == purpose).collect();
            let current = older.pop().ok_or(ServiceKeyError::Missing(purpose))?;
            Ok::<_, ServiceKeyError>(Line { current, older })
        };
        Ok(Self {
            object: line(ServicePurpose::Object)?,
            row: line(ServicePurpose::Row)?,
            audit: line(ServicePurpose::Audit)?,
            secret: line(ServicePurpose::Secret)?,
        })
    }

    /// The key that authenticates new things of `purpose`.
    pub fn current(&self, purpose: ServicePurpose) -> &ServiceKey {
        &self.line(purpose).current
    }

    /// The key that authenticated with `version`; `None` where there is none.
    pub fn version(&self, purpose: ServicePurpose, version: u32) -> Option<&ServiceKey> {
        self.line(purpose).versions().find(|key| key.version == version)
    }

    /// Wraps a data key of `account_id` where no customer key was asked for.
    /// Needs no HSM. Errors: those of [`wrap::wrap`].
    pub async fn wrap_for_account(
        &self,
        account_id: &str,
        context: &WrapContext<'_>,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, WrapError> {
        let parent = self.current(ServicePurpose::Object);
        let material = parent.account_object_key(account_id);
        wrap::wrap(WrapKey::Software { material: &material }, parent.name(), context, plaintext)
            .await
    }

    /// Opens a `blob` of [`ServiceKeys::wrap_for_account`]. Errors: those of
    /// [`wrap::unwrap`].
    pub async fn unwrap_for_account(
        &self,
        account_id: &str,
        context: &WrapContext<'_>,
        blob: &[u8],
    ) -> Result<SecretBytes, WrapError> {
        let parent = self.opening(ServicePurpose::Object, blob)?;
        let material = parent.account_object_key(account_id);
        wrap::unwrap(WrapKey::Software { material: &material }, parent.name(), context, blob).await
    }

    /// Seals a secret for its place in the catalog, `context` being
    /// [`WrapContext::Secret`]. Needs no HSM. Errors: those of [`wrap::wrap`].
    pub async fn seal_secret(
        &self,
        context: &WrapContext<'_>,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, WrapError> {
        let key = self.current(ServicePurpose::Secret);
        wrap::wrap(WrapKey::Software { material: &key.material }, key.name(), context, plaintext)
            .await
    }

    /// Opens a `blob` of [`ServiceKeys::seal_secret`] in the same place. Errors:
    /// those of [`wrap::unwrap`].
    pub async fn open_secret(
        &self,
        context: &WrapContext<'_>,
        blob: &[u8],
    ) -> Result<SecretBytes, WrapError> {
        let key = self.opening(ServicePurpose::Secret, blob)?;
        wrap::unwrap(WrapKey::Software { material: &key.material }, key.name(), context, blob).await
    }

    fn line(&self, purpose: ServicePurpose) -> &Line {
        match purpose {
            ServicePurpose::Object => &self.object,
            ServicePurpose::Row => &self.row,
            ServicePurpose::Audit => &self.audit,
            ServicePurpose::Secret => &self.secret,
        }
    }

    fn opening(&self, purpose: ServicePurpose, blob: &[u8]) -> Result<&ServiceKey, WrapError> {
        let named = WrappedHeader::parse(blob)?.key;
        self.line(purpose)
            .versions()
            .find(|key| key.name() == named)
            .ok_or(WrapError::OtherKey(named.id, named.version))
    }
}

impl Line {
    fn versions(&self) -> impl Iterator<Item = &ServiceKey> {
        std::iter::once(&self.current).chain(&self.older)
    }
}

async fn open_record(
    root: &Root,
    record: &ServiceKeyRecord,
) -> Result<ServiceKey, ServiceKeyError> {
    let (id, purpose, version) = (record.id, record.purpose, record.version);
    match root.unwrap(&record.context(), &record.wrapped).await {
        Ok(material) if material.len() == SERVICE_KEY_LEN => {
            Ok(ServiceKey { id, purpose, version, material })
        }
        Ok(_) => Err(ServiceKeyError::Unreadable(purpose, version, WrapError::Malformed)),
        Err(WrapError::Hsm(error)) => Err(error.into()),
        Err(error) => Err(ServiceKeyError::Unreadable(purpose, version, error)),
    }
}
