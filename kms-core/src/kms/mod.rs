//! The key service: the one door to keys.
//!
//! Each method is one operation: find the key, judge the caller, judge the
//! key's state, do it, and leave an audit record, whether it was done or
//! refused. Both REST dialects and the object path of the gateway come through
//! here; none of them reads [`crate::store`] or [`crate::hsm`] for keys by itself.
//!
//! Not here: names of dialects' fields and codes.
//! Invariants: the key's record is read afresh for every operation, so a change
//! holds for the next call of every node; what is cached is only unwrapped
//! material by key version, which cannot go stale; nothing is answered before
//! its audit record is durable ([`crate::audit::Audited`] lets the object path
//! overlap that wait).

mod alias;
mod create_key;
mod crypt;
mod customer_key;
mod data_key;
mod default_key;
mod describe_key;
mod error;
mod find;
mod freeze;
mod grant;
mod impact;
mod import;
mod key_policy;
mod key_state;
mod lifecycle;
mod material;
mod object_key;
mod re_encrypt;
mod record;
mod rotation;
mod service_key;
mod tag;
mod throttle;
mod update;
mod wrapping;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::audit::{AuditSink, RefusalMeter};
use crate::key::{AliasName, Key, KeyId, KeySpec};
use crate::root::{Root, ServiceKeys};
use crate::store::KeyStore;

use material::MaterialCache;
use throttle::Throttle;
use tokio::sync::Semaphore;

pub use crate::authorize::{Caller, Rights};
pub use alias::AliasPage;
pub use create_key::CreateKey;
pub use crypt::Decrypted;
pub use customer_key::CustomerKey;
pub use data_key::{Ciphertext, GeneratedKey};
pub use describe_key::KeyQuota;
pub use error::{ImportRefusal, KmsError};
pub use grant::{GrantFilter, GrantPage, NewGrant};
pub use impact::Impact;
pub use import::{ImportMaterial, ImportParameters};
pub use key_policy::KeyPolicy;
pub use lifecycle::Due;
pub use object_key::{Bucket, ObjectAccess, ObjectContext, ObjectDataKey};
pub use re_encrypt::{ReEncrypt, ReEncrypted};
pub use rotation::{RotationChange, RotationStatus};
pub use service_key::ServiceDataKey;
pub use tag::PROTECTION_TAG;
pub use wrapping::{WrappingAlgorithm, WrappingKeySpec};

/// The caller's encryption context: pairs that are authenticated with a
/// ciphertext and must be given again, all alike, to open it.
pub type EncryptionContext = BTreeMap<String, String>;

/// Unix milliseconds, from wherever the process has its time.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What the key service is built from.
pub struct KmsParts {
    /// The proved root and, through it, the HSM provider.
    pub root: Arc<Root>,
    /// The unwrapped service keys.
    pub service_keys: Arc<ServiceKeys>,
    /// Key records.
    pub store: Arc<dyn KeyStore>,
    /// Where audit events go.
    pub audit: Arc<dyn AuditSink>,
    /// The time.
    pub clock: Clock,
    /// The rest.
    pub settings: KmsSettings,
}

/// Settings of the key service.
#[derive(Clone, Debug)]
pub struct KmsSettings {
    /// The region that default keys are recorded under.
    pub region: String,
    /// The alias of the object service's default keys.
    pub default_alias: AliasName,
    /// Custom keys that an account may have in a region.
    pub keys_per_account: u32,
    /// Hardware keys that the token may hold.
    pub hardware_keys: u32,
    /// Calls of the public API in a second for each account; 0 for no limit.
    pub requests_per_s: u32,
    /// Uses by objects in a second for each account; 0 for no limit.
    pub object_requests_per_s: u32,
    /// Refuses the deletion of keys that objects or uploads depend on.
    pub refuse_deletion_in_use: bool,
}

/// The service whose default key the object path uses.
pub const OBJECT_SERVICE: &str = "obs";

/// The key service.
pub struct Kms {
    root: Arc<Root>,
    service_keys: Arc<ServiceKeys>,
    store: Arc<dyn KeyStore>,
    audit: Arc<dyn AuditSink>,
    clock: Clock,
    settings: KmsSettings,
    materials: MaterialCache,
    refusals: RefusalMeter,
    throttle: Throttle,
    wrapping_keys: Semaphore,
}

/// Which key and version did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySummary {
    /// The key's id.
    pub id: KeyId,
    /// The version that wrapped or unwrapped.
    pub version: u32,
    /// What it encrypts with.
    pub spec: KeySpec,
    /// Its region.
    pub region: String,
    /// Its account: 12 digits.
    pub account_id: String,
    /// The same account's domain id.
    pub domain_id: String,
    /// Whether it is a default key.
    pub is_default: bool,
}

impl Kms {
    /// Builds the service. Call [`Kms::chain_outbox`] before the first request.
    pub fn new(parts: KmsParts) -> Self {
        Self {
            root: parts.root,
            service_keys: parts.service_keys,
            store: parts.store,
            audit: parts.audit,
            clock: parts.clock,
            throttle: Throttle::new(&parts.settings),
            wrapping_keys: Semaphore::new(wrapping::AT_ONCE),
            settings: parts.settings,
            materials: MaterialCache::default(),
            refusals: RefusalMeter::default(),
        }
    }

    /// Wipes cached material that is older than a minute. Uses do it by
    /// themselves; a job calls it every few seconds so that an idle process
    /// holds none either.
    pub fn expire_material(&self) {
        self.materials.expire(self.now());
    }

    /// Admits one call of the public API by this caller. Errors: `Throttled`.
    pub fn admit(&self, caller: &Caller) -> Result<(), KmsError> {
        self.throttle.call(caller, self.now())
    }

    fn now(&self) -> u64 {
        (self.clock)()
    }
}

impl KeySummary {
    fn of(key: &Key, version: u32) -> Self {
        Self {
            id: key.id,
            version,
            spec: key.spec,
            region: key.region.clone(),
            account_id: key.account_id.clone(),
            domain_id: key.domain_id.clone(),
            is_default: key.is_default(),
        }
    }
}
