//! TLS 1.2 and 1.3 with a certificate that can change while the server runs.
//!
//! Connections under way keep the certificate they began with. Invariant: a
//! pair of files that cannot be read or does not fit leaves the running one in
//! place.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use tokio::net::TcpStream;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::interval;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::Shutdown;
use super::local_ca::LocalCa;

/// How often the files are looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(10);

/// Why there is no usable certificate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written: mend the path or its rights.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file holds no usable certificate or key, or they are not a pair:
    /// replace the file.
    #[error("{}: {reason}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The cryptographic library refuses.
    #[error("tls: {0}")]
    Library(String),
}

/// A certificate chain and its key, both PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// The private key: PKCS#8, SEC1 or PKCS#1.
    pub key: PathBuf,
}

/// The server's side of TLS.
pub struct Tls {
    acceptor: TlsAcceptor,
    current: Arc<Current>,
    files: CertificateFiles,
    /// The CA that issues the certificate, when it is our own.
    issuer: Option<LocalCa>,
}

impl Tls {
    /// TLS with an operator's own files.
    ///
    /// Errors: `File` and `Invalid` as for [`Tls::reload`], `Library` when the
    /// cryptographic library does not offer what TLS needs.
    pub fn from_files(files: CertificateFiles) -> Result<Arc<Self>, Error> {
        Self::new(files, None)
    }

    /// TLS with a local CA and a certificate under `dir` for this machine's
    /// names and `names` (host names and addresses); made when missing, kept
    /// when present, and renewed near its end if the CA issued it.
    ///
    /// Errors: as [`Tls::from_files`].
    pub fn local(dir: &Path, names: &[String], now: SystemTime) -> Result<Arc<Self>, Error> {
        let issuer = LocalCa::new(dir, names);
        let files = issuer.ensure(now)?;
        Self::new(files, Some(issuer))
    }

    fn new(files: CertificateFiles, issuer: Option<LocalCa>) -> Result<Arc<Self>, Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let current = Arc::new(Current {
            key: RwLock::new(Arc::new(load(&files, &provider)?)),
            provider: provider.clone(),
        });
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(library)?
            .with_no_client_auth()
            .with_cert_resolver(current.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config.ticketer = aws_lc_rs::Ticketer::new().map_err(library)?;
        Ok(Arc::new(Self { acceptor: TlsAcceptor::from(Arc::new(config)), current, files, issuer }))
    }

    /// Reads the files anew, after renewing them where that is due and ours to
    /// do. Blocks on the disk.
    ///
    /// Errors: `File` for a file that cannot be read, `Invalid` for one without
    /// a usable certificate or key; the certificate in use stays.
    pub fn reload(&self, now: SystemTime) -> Result<(), Error> {
        if let Some(issuer) = &self.issuer {
            issuer.ensure(now)?;
        }
        let key = Arc::new(load(&self.files, &self.current.provider)?);
        *self.current.key.write().unwrap_or_else(PoisonError::into_inner) = key;
        Ok(())
    }

    /// Reloads when a file changes, when the certificate is due for renewal and
    /// at SIGHUP, until `shutdown`. Failures are logged and tried again.
    pub async fn watch(self: Arc<Self>, shutdown: Shutdown) {
        self.watch_every(LOOK_INTERVAL, shutdown).await;
    }

    async fn watch_every(self: Arc<Self>, pause: Duration, shutdown: Shutdown) {
        let mut seen = self.stamp();
        let mut tick = interval(pause);
        let mut hangup = match signal(SignalKind::hangup()) {
            Ok(hangup) => Some(hangup),
            Err(error) => {
                tracing::warn!(%error, "SIGHUP will not reload certificates");
                None
            }
        };
        loop {
            let is_asked = tokio::select! {
                () = shutdown.requested() => return,
                () = hang_up(&mut hangup) => true,
                _ = tick.tick() => false,
            };
            let now = SystemTime::now();
            let stamp = self.stamp();
            let is_due = self.issuer.as_ref().is_some_and(|issuer| issuer.is_due(now));
            if !is_asked && !is_due && stamp == seen {
                continue;
            }
            let tls = self.clone();
            match tokio::task::spawn_blocking(move || tls.reload(now)).await {
                Ok(Ok(())) => {
                    seen = self.stamp();
                    tracing::info!(file = %self.files.certificate.display(), "certificate loaded");
                }
                Ok(Err(error)) => {
                    // Said once for each change; a half-written pair changes again.
                    seen = stamp;
                    tracing::error!(%error, "the certificate in use stays");
                }
                Err(error) => tracing::error!(%error, "the certificate was not loaded"),
            }
        }
    }

    /// The handshake.
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.acceptor.accept(stream).await
    }

    /// Changes when a file is replaced or written.
    fn stamp(&self) -> [Option<(SystemTime, u64)>; 2] {
        [&self.files.certificate, &self.files.key].map(|path| {
            let meta = fs::metadata(path).ok()?;
            Some((meta.modified().ok()?, meta.len()))
        })
    }
}

async fn hang_up(hangup: &mut Option<tokio::signal::unix::Signal>) {
    let heard = match hangup {
        Some(hangup) => hangup.recv().await,
        None => None,
    };
    if heard.is_none() {
        std::future::pending::<()>().await;
    }
}

/// The certificate in use.
#[derive(Debug)]
struct Current {
    key: RwLock<Arc<CertifiedKey>>,
    provider: Arc<CryptoProvider>,
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.key.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

fn load(files: &CertificateFiles, provider: &CryptoProvider) -> Result<CertifiedKey, Error> {
    let chain = read_chain(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_slice(&read(&files.key)?)
        .map_err(|error| invalid(&files.key, error))?;
    // Fails, too, when the key is not the certificate's.
    CertifiedKey::from_der(chain, key, provider).map_err(|error| invalid(&files.key, error))
}

/// The certificates in a PEM file, at least one.
pub(super) fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(path)?).collect();
    let chain = chain.map_err(|error| invalid(path, error))?;
    if chain.is_empty() {
        return Err(invalid(path, "no certificate in it"));
    }
    Ok(chain)
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|source| Error::File { path: path.to_owned(), source })
}

pub(super) fn invalid(path: &Path, reason: impl ToString) -> Error {
    Error::Invalid { path: path.to_owned(), reason: reason.to_string() }
}

pub(super) fn library(error: impl ToString) -> Error {
    Error::Library(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(tls: &Tls) -> Vec<CertificateDer<'static>> {
        tls.current.key.read().expect("not poisoned").cert.clone()
    }

    #[tokio::test]
    async fn a_changed_file_is_noticed_and_a_broken_one_is_not_used() {
        let dir = tempfile::tempdir().expect("dir");
        let now = SystemTime::now();
        let files = LocalCa::new(dir.path(), &[]).ensure(now).expect("made");
        let tls = Tls::from_files(files.clone()).expect("loaded");
        let (trigger, shutdown) = Shutdown::new();
        let watch = tokio::spawn(tls.clone().watch_every(Duration::from_millis(10), shutdown));
        let first = chain(&tls);

        fs::write(&files.certificate, "half a file").expect("written");
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(chain(&tls), first);

        fs::remove_file(&files.certificate).expect("removed");
        LocalCa::new(dir.path(), &[]).ensure(now).expect("made anew");
        for _ in 0..500 {
            tokio::time::sleep(Duration::from_millis(10)).await;
            if chain(&tls) != first {
                break;
            }
        }
        assert_ne!(chain(&tls), first);
        trigger.stop();
        watch.await.expect("no panic");
    }
}
