//! Bytes at rest: opaque blobs in a store that people already have.
//!
//! A blob's name is random and never derived from user input; a blob is written
//! once, whole and durably, and never changed or overwritten. This room knows
//! neither objects nor keys: what it stores is ciphertext already. It is the
//! only room of `object_store`.
//!
//! Layout: `PREFIX/xyz/ID`, where ID is the blob's 32 hex digits and `xyz` its
//! last three (the first ones are a time and would crowd into one directory).

mod local;
mod local_writer;
mod reader;
mod remote_writer;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use futures_core::Stream;
use futures_util::StreamExt;
use kms_core::sealed::BlobId;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as StorePath;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, PutMode};
use zeroize::Zeroizing;

pub use reader::BlobReader;
pub use writer::{BlobWriter, Tags};

/// Name of the object that says to which catalog a store belongs.
const IDENTITY: &str = "sealgate-identity";

/// Why the store did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum BackingError {
    /// No such blob: it was removed, or the store lost it.
    #[error("blob {0} is not in the backing store")]
    NotFound(String),
    /// The store is out of reach, full or failing. Retry later.
    #[error("backing store: {0}")]
    Unavailable(String),
    /// The settings do not describe a store.
    #[error("backing store misconfigured: {0}")]
    Misconfigured(String),
}

impl From<object_store::Error> for BackingError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { path, .. } => Self::NotFound(path),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

/// Where an S3 store is and how to reach it.
#[derive(Clone, Debug, Default)]
pub struct S3Location {
    /// Bucket.
    pub bucket: String,
    /// Prefix of all blob names, without slashes at its ends; may be empty.
    pub prefix: String,
    /// Endpoint URL; `None` for AWS itself.
    pub endpoint: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// Access key id; without one the environment decides, as AWS SDKs do.
    pub access_key_id: Option<String>,
    /// Secret access key.
    pub secret_access_key: Option<Zeroizing<String>>,
    /// Whether plain HTTP is allowed. The blobs are ciphertext either way.
    pub allow_http: bool,
    /// PEM file with a CA to trust beside the system's.
    pub ca_file: Option<PathBuf>,
}

/// A store of blobs.
#[derive(Clone, Debug)]
pub struct Backing {
    store: Arc<dyn ObjectStore>,
    prefix: StorePath,
    /// Root directory where the store is a local disk, whose files are read
    /// and opened directly.
    root: Option<PathBuf>,
}

/// A blob as the store lists it.
#[derive(Clone, Debug)]
pub struct StoredBlob {
    /// Id; `None` for a file that is not ours or was left half-written.
    pub id: Option<BlobId>,
    /// Name in the store.
    pub name: String,
    /// Last modification by the store's clock.
    pub modified: SystemTime,
}

impl Backing {
    /// A directory on local disk, created when missing; every write is synced,
    /// file and directory, before it is acknowledged.
    pub fn local(directory: &Path) -> Result<Self, BackingError> {
        let misconfigured = |error: String| BackingError::Misconfigured(error);
        std::fs::create_dir_all(directory).map_err(|error| misconfigured(error.to_string()))?;
        let root = directory.canonicalize().map_err(|error| misconfigured(error.to_string()))?;
        let store = object_store::local::LocalFileSystem::new_with_prefix(&root)
            .map_err(|error| misconfigured(error.to_string()))?
            .with_fsync(true);
        Ok(Self { store: Arc::new(store), prefix: StorePath::default(), root: Some(root) })
    }

    /// A bucket of an S3 store. Payloads are not hashed for the signature:
    /// every segment is authenticated when it is read.
    pub fn s3(location: &S3Location) -> Result<Self, BackingError> {
        let misconfigured = |error: String| BackingError::Misconfigured(error);
        let mut options = ClientOptions::new().with_allow_http(location.allow_http);
        if let Some(file) = &location.ca_file {
            let pem = std::fs::read(file)
                .map_err(|error| misconfigured(format!("{}: {error}", file.display())))?;
            let roots = object_store::Certificate::from_pem_bundle(&pem)
                .map_err(|error| misconfigured(error.to_string()))?;
            options = roots.into_iter().fold(options, ClientOptions::with_root_certificate);
        }
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(&location.bucket)
            .with_client_options(options)
            .with_unsigned_payload(true);
        if let Some(endpoint) = &location.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        if let Some(region) = &location.region {
            builder = builder.with_region(region);
        }
        if let (Some(id), Some(secret)) = (&location.access_key_id, &location.secret_access_key) {
            builder = builder.with_access_key_id(id).with_secret_access_key(secret.as_str());
        }
        let store = builder.build().map_err(|error| misconfigured(error.to_string()))?;
        let prefix = StorePath::from(location.prefix.as_str());
        Ok(Self { store: Arc::new(store), prefix, root: None })
    }

    /// True for a local disk, whose open files stay readable when removed.
    pub fn is_local(&self) -> bool {
        self.root.is_some()
    }

    /// Starts to write blob `id`; `len` is its sealed length when known. `tags`
    /// become object metadata where the store has it.
    pub fn writer(&self, id: BlobId, len: Option<u64>, tags: Tags) -> BlobWriter {
        BlobWriter::new(self, id, len, tags)
    }

    /// Opens blob `id` and reads `start..end` of its sealed bytes. When this
    /// returns, the blob is held: removing it does not disturb the reader on a
    /// local disk. Errors: `NotFound`, `Unavailable`.
    pub async fn reader(
        &self,
        id: BlobId,
        start: u64,
        end: u64,
    ) -> Result<BlobReader, BackingError> {
        match &self.root {
            Some(root) => local::open(root.join(relative(&id)), id, start, end).await,
            None => reader::remote(&self.store, &self.path(&id), start, end).await,
        }
    }

    /// Removes blob `id`; absent is fine.
    pub async fn remove(&self, id: &BlobId) -> Result<(), BackingError> {
        self.remove_named(self.path(id)).await
    }

    /// Removes something by the name that [`Backing::list`] gave.
    pub async fn remove_stray(&self, name: &str) -> Result<(), BackingError> {
        let path =
            StorePath::parse(name).map_err(|error| BackingError::Unavailable(error.to_string()))?;
        self.remove_named(path).await
    }

    async fn remove_named(&self, path: StorePath) -> Result<(), BackingError> {
        match self.store.delete(&path).await {
            Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Every blob in the store, in no order.
    pub fn list(&self) -> impl Stream<Item = Result<StoredBlob, BackingError>> + Send + use<> {
        let listed = self.store.list(Some(&self.prefix));
        listed.map(|entry| {
            let entry = entry?;
            Ok(StoredBlob {
                id: entry.location.filename().and_then(|name| name.parse().ok()),
                name: entry.location.to_string(),
                modified: entry.last_modified.into(),
            })
        })
    }

    /// The identity that the store carries; `own` becomes it when it has none.
    /// Of two gateways that come first at once, one wins.
    pub async fn identity(&self, own: &str) -> Result<String, BackingError> {
        let path = self.prefix.clone().join(IDENTITY);
        let mode = PutMode::Create;
        let written = self.store.put_opts(&path, own.to_owned().into(), mode.into()).await;
        match written {
            Ok(_) => Ok(own.to_owned()),
            Err(object_store::Error::AlreadyExists { .. }) => {
                let bytes = self.store.get(&path).await?.bytes().await?;
                Ok(String::from_utf8_lossy(&bytes).into_owned())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Writes, reads and removes a small blob: is the store there and ours to
    /// use? The probe's name is no blob id.
    pub async fn probe(&self) -> Result<(), BackingError> {
        let path = self.prefix.clone().join("sealgate-probe");
        self.store.put(&path, "probe".into()).await?;
        self.store.head(&path).await?;
        self.remove_named(path).await
    }

    fn path(&self, id: &BlobId) -> StorePath {
        relative(id).split('/').fold(self.prefix.clone(), |path, part| path.join(part))
    }
}

/// `xyz/ID`.
fn relative(id: &BlobId) -> String {
    let name = id.to_string();
    let (_, fan) = name.split_at(name.len().saturating_sub(3));
    format!("{fan}/{name}")
}
