//! The PKCS#11 provider: secrets that stay in a token (PKCS#11 2.40 and later).
//!
//! The async face of [`super::session`]: a crew of threads, a deadline, a
//! breaker, and a stock of the token's random bytes. One provider for a module in
//! a process, since login and initialisation are the process's. Never forks.
//!
//! Invariant: no call waits longer than the deadline, and nothing here falls
//! back to the operating system's generator.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::breaker::Breaker;
use super::crew::Crew;
use super::random_pool::{BLOCK_LEN, RandomPool};
use super::session::{Library, TokenSession};
use super::{Description, Hsm, HsmError, Label, MAX_RANDOM_LEN, private_file, token_dir};
use crate::base::SecretBytes;

/// Where the token is and how to use it.
#[derive(Debug)]
pub struct Settings {
    /// Path of the PKCS#11 module, a shared library.
    pub module: PathBuf,
    /// Label of the token, which exactly one token bears.
    pub token_label: String,
    /// The user PIN; see [`read_pin_file`].
    pub pin: SecretBytes,
    /// Sessions, each on its own thread. One is best for SoftHSM, which locks
    /// inside; 4 to 16 for a token across a network.
    pub threads: usize,
    /// Longest wait for an answer; a thread that takes longer is written off.
    pub deadline: Duration,
    /// Where a token in software keeps its files (SoftHSM's
    /// `directories.tokendir`), to be synced after each new key, which SoftHSM does
    /// not do itself. `None` for a device.
    pub token_dir: Option<PathBuf>,
}

impl Settings {
    /// Settings with one thread and a deadline of five seconds.
    pub fn new(module: PathBuf, token_label: String, pin: SecretBytes) -> Self {
        let deadline = Duration::from_secs(5);
        Self { module, token_label, pin, threads: 1, deadline, token_dir: None }
    }
}

/// Reads a PIN from a file of mode 0600, without its line break. Blocking. Errors:
/// `Misconfigured`.
pub fn read_pin_file(path: &Path) -> Result<SecretBytes, HsmError> {
    let content = private_file::read(path)?.ok_or_else(|| {
        HsmError::Misconfigured(format!("{}: the PIN file does not exist", path.display()))
    })?;
    let pin = SecretBytes::copy_from(content.expose().trim_ascii_end());
    if pin.is_empty() {
        return Err(HsmError::Misconfigured(format!("{}: no PIN in it", path.display())));
    }
    Ok(pin)
}

/// The provider over one token.
pub struct Pkcs11Hsm {
    crew: Crew<TokenSession>,
    breaker: Breaker,
    pool: RandomPool,
    description: Description,
    token_dir: Option<PathBuf>,
    /// One key is made or destroyed at a time: SoftHSM, for one, answers
    /// CKR_GENERAL_ERROR when two sessions change its directory at once.
    changes: Semaphore,
}

impl Pkcs11Hsm {
    /// Loads the module, logs into the token and checks what it can do. Errors:
    /// `Misconfigured` (module, PIN, mechanisms), `Unavailable`.
    pub async fn open(settings: Settings) -> Result<Self, HsmError> {
        let Settings { module, token_label, pin, threads, deadline, token_dir } = settings;
        let detail = format!("token {token_label}, module {}", module.display());
        let library = Arc::new(Library::new(module, token_label, pin));
        let hsm = Self {
            crew: Crew::new(threads, deadline, move || TokenSession::new(Arc::clone(&library))),
            breaker: Breaker::default(),
            pool: RandomPool::default(),
            description: Description { provider: "pkcs11", detail, hardware: true },
            token_dir,
            changes: Semaphore::new(1),
        };
        hsm.call(TokenSession::check).await?;
        Ok(hsm)
    }

    async fn call<T, W>(&self, work: W) -> Result<T, HsmError>
    where
        T: Send + 'static,
        W: FnOnce(&mut TokenSession) -> Result<T, HsmError> + Send + 'static,
    {
        self.breaker.admit(Instant::now()).map_err(HsmError::Unavailable)?;
        let outcome = match self.crew.run(work).await {
            Ok(outcome) => outcome,
            Err(error) => Err(HsmError::Unavailable(error.to_string())),
        };
        match &outcome {
            Err(HsmError::Unavailable(reason)) => self.breaker.failed(Instant::now(), reason),
            // Answered without the token, or about one key only.
            Err(HsmError::Misconfigured(_)) => {}
            Err(HsmError::NotFound(_) | HsmError::Exists(_)) | Ok(_) => self.breaker.succeeded(),
        }
        outcome
    }
}

#[async_trait]
impl Hsm for Pkcs11Hsm {
    fn description(&self) -> Description {
        self.description.clone()
    }

    async fn random(&self, len: usize) -> Result<SecretBytes, HsmError> {
        if len > MAX_RANDOM_LEN {
            return Err(HsmError::Misconfigured(format!("{len} random bytes at once")));
        }
        if let Some(bytes) = self.pool.take(len) {
            return Ok(bytes);
        }
        let block = self.call(|session| session.random(BLOCK_LEN)).await?;
        self.pool
            .take_fresh(block, len)
            .ok_or_else(|| HsmError::Unavailable("the token gave too few random bytes".into()))
    }

    async fn generate(&self, label: &Label) -> Result<(), HsmError> {
        let (label, token_dir) = (label.to_owned(), self.token_dir.clone());
        // The semaphore is never closed.
        let _alone = self.changes.acquire().await;
        self.call(move |session| {
            session.generate(&label)?;
            token_dir.map_or(Ok(()), |dir| token_dir::sync(&dir)).map_err(|error| {
                HsmError::Unavailable(format!("the new key {label} is not on disk: {error}"))
            })
        })
        .await
    }

    async fn find(&self, label: &Label) -> Result<bool, HsmError> {
        let label = label.to_owned();
        self.call(move |session| session.find(&label)).await
    }

    async fn hmac_sha256(&self, label: &Label, data: &[u8]) -> Result<SecretBytes, HsmError> {
        let (label, data) = (label.to_owned(), SecretBytes::copy_from(data));
        self.call(move |session| session.hmac_sha256(&label, data.expose())).await
    }

    async fn destroy(&self, label: &Label) -> Result<(), HsmError> {
        let label = label.to_owned();
        let _alone = self.changes.acquire().await;
        self.call(move |session| session.destroy(&label)).await
    }
}

impl fmt::Debug for Pkcs11Hsm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pkcs11Hsm({})", self.description.detail)
    }
}
