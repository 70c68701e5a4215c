//! A key service over the software provider, with hands on its clock, store,
//! audit and provider.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use kms_core::audit::MemoryAudit;
use kms_core::base::{Algorithm, SecretBytes};
use kms_core::hsm::software::SoftwareHsm;
use kms_core::hsm::{Description, Hsm, HsmError, Label};
use kms_core::key::{AliasName, Key, KeyOrigin, KeyRef, KeySpec};
use kms_core::kms::{
    Bucket, Caller, CreateKey, EncryptionContext, Kms, KmsParts, KmsSettings, ObjectContext, Rights,
};
use kms_core::root::{Root, ServiceKeys};
use kms_core::store::MemoryStore;
use policy::{Account, Action, Identity, Policy, Principal, Request, Resource, Service};
use tempfile::TempDir;

pub const REGION: &str = "r-1";
pub const ALICE: &str = "111111111111";
pub const BOB: &str = "222222222222";

pub struct World {
    pub kms: Kms,
    pub store: Arc<MemoryStore>,
    pub audit: Arc<MemoryAudit>,
    pub hsm: Arc<Device>,
    now: Arc<AtomicU64>,
    _dir: TempDir,
}

impl World {
    /// Over a provider that says it is hardware.
    pub async fn new() -> Self {
        Self::over(true).await
    }

    pub async fn over(hardware: bool) -> Self {
        let dir = TempDir::new().unwrap();
        let inner = SoftwareHsm::open(dir.path().join("root.key")).unwrap();
        let hsm = Arc::new(Device { inner, hardware, out: AtomicBool::new(false) });
        let provider: Arc<dyn Hsm> = hsm.clone();
        let (root, _) = Root::open(provider, None).await.unwrap();
        let records = ServiceKeys::generate(&root).await.unwrap();
        let service_keys = ServiceKeys::open(&root, &records).await.unwrap();
        let (store, audit) = (Arc::new(MemoryStore::default()), Arc::new(MemoryAudit::default()));
        let now = Arc::new(AtomicU64::new(1_790_000_000_000));
        let clock = Arc::clone(&now);
        let kms = Kms::new(KmsParts {
            root: Arc::new(root),
            service_keys: Arc::new(service_keys),
            store: store.clone(),
            audit: audit.clone(),
            clock: Arc::new(move || clock.load(Ordering::SeqCst)),
            settings: KmsSettings {
                region: REGION.to_owned(),
                default_alias: AliasName::parse("obs/default").unwrap(),
                keys_per_account: 100,
                hardware_keys: 2,
                requests_per_s: 0,
                object_requests_per_s: 0,
                refuse_deletion_in_use: false,
            },
        });
        Self { kms, store, audit, hsm, now, _dir: dir }
    }

    pub fn pass_ms(&self, ms: u64) {
        self.now.fetch_add(ms, Ordering::SeqCst);
    }

    pub async fn key(&self, account: &str) -> Key {
        self.key_of(account, KeySpec::Aes256, KeyOrigin::AwsKms).await
    }

    pub async fn key_of(&self, account: &str, spec: KeySpec, origin: KeyOrigin) -> Key {
        let wanted = CreateKey { spec, origin, ..CreateKey::default() };
        self.kms.create_key(&root(account), wanted).await.unwrap()
    }
}

/// The software provider in hardware's clothes, with a plug to pull.
pub struct Device {
    inner: SoftwareHsm,
    hardware: bool,
    out: AtomicBool,
}

impl Device {
    pub fn pull(&self, out: bool) {
        self.out.store(out, Ordering::SeqCst);
    }

    fn check(&self) -> Result<(), HsmError> {
        match self.out.load(Ordering::SeqCst) {
            true => Err(HsmError::Unavailable("pulled".to_owned())),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl Hsm for Device {
    fn description(&self) -> Description {
        Description { hardware: self.hardware, ..self.inner.description() }
    }

    async fn random(&self, len: usize) -> Result<SecretBytes, HsmError> {
        self.check()?;
        self.inner.random(len).await
    }

    async fn generate(&self, label: &Label) -> Result<(), HsmError> {
        self.check()?;
        self.inner.generate(label).await
    }

    async fn find(&self, label: &Label) -> Result<bool, HsmError> {
        self.check()?;
        self.inner.find(label).await
    }

    async fn hmac_sha256(&self, label: &Label, data: &[u8]) -> Result<SecretBytes, HsmError> {
        self.check()?;
        self.inner.hmac_sha256(label, data).await
    }

    async fn destroy(&self, label: &Label) -> Result<(), HsmError> {
        self.check()?;
        self.inner.destroy(label).await
    }
}

/// The root of an account.
pub fn root(account: &str) -> Caller {
    caller(Principal::Caller { account: ids(account), identity: Identity::Root })
}

/// A user of an account with one identity policy.
pub fn user(account: &str, policy: &str) -> Caller {
    let (name, id, path) = ("ursula".into(), "AIDA1".into(), "/".into());
    let identity = Identity::User { name, id, path };
    let policy = Arc::new(Policy::identity(policy.as_bytes()).unwrap());
    let rights = Rights { identity: Arc::from([policy]), ..Rights::default() };
    let principal = Principal::Caller { account: ids(account), identity };
    Caller { rights, ..caller(principal) }
}

pub fn caller(principal: Principal) -> Caller {
    let service = Resource::service(Service::Keys);
    Caller {
        request: Request::new(principal, Action::KmsListKeys, service),
        rights: Rights::default(),
        region: REGION.to_owned(),
        source_ip: "192.0.2.1".parse().ok(),
        request_id: "request-1".to_owned(),
        via: None,
    }
}

fn ids(account: &str) -> Arc<Account> {
    let (domain, canonical) = (format!("domain-{account}"), format!("canonical-{account}"));
    Arc::new(Account { id: account.to_owned(), domain, canonical })
}

/// A reference as a client would write it.
pub fn named(key: &Key) -> KeyRef {
    KeyRef::id(key.id)
}

pub fn context(pairs: &[(&str, &str)]) -> EncryptionContext {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub static NO_CONTEXT: EncryptionContext = BTreeMap::new();

/// An object in a bucket of ALICE's.
pub fn object(key: &[u8]) -> ObjectContext<'_> {
    ObjectContext {
        bucket: Bucket {
            name: "photos",
            id: b"bucket-1",
            region: REGION,
            account_id: ALICE,
            domain_id: "domain-111111111111",
        },
        object_key: key,
        write_id: &[7; 16],
        data_format: 1,
        data_algorithm: Algorithm::Aes256Gcm,
        client_context: &NO_CONTEXT,
    }
}
