//! A local certificate authority, so that HTTPS works from the first start.
//!
//! `ca.pem` and `ca.key` sign `server.pem` and `server.key`. What exists is
//! kept: a server certificate is renewed only if it bears this CA's remark, so
//! an operator's own file is never replaced. Private keys have mode 0600.
//!
//! Sources: RFC 5280 sections 4.2.1.1 to 4.2.1.3 (key identifiers, key usage),
//! RFC 7468 section 2 (text before a PEM block).

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use sha2::{Digest, Sha256};

use super::tls::{CertificateFiles, Error, invalid, library, read, read_chain};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const CA_LIFE: Duration = DAY.saturating_mul(3650);
/// Browsers refuse more than 398 days.
const SERVER_LIFE: Duration = DAY.saturating_mul(397);
/// A certificate is renewed when less than this is left.
const RENEWAL: Duration = DAY.saturating_mul(30);
/// Clocks of clients may be behind ours.
const BACKDATE: Duration = DAY;

/// The names under which every gateway is reached on its own machine.
/// `*.localhost` alone would not do: OpenSSL wants two labels after a star.
const LOCAL_NAMES: [&str; 6] =
    ["localhost", "127.0.0.1", "::1", "*.localhost", "*.s3.localhost", "*.obs.localhost"];

/// Stands before certificates that this CA may renew.
const REMARK: &str =
    "Issued by Sealgate's local CA and renewed by it as long as this line is here.";

const PUBLIC: u32 = 0o644;
const PRIVATE: u32 = 0o600;

/// A CA's directory and the names it vouches for.
#[derive(Clone, Debug)]
pub struct LocalCa {
    dir: PathBuf,
    names: Vec<String>,
}

impl LocalCa {
    /// The CA in `dir`, for this machine's names and `names`. A host name also
    /// stands for the buckets below it. Nothing is read or made yet.
    pub fn new(dir: &Path, names: &[String]) -> Self {
        let mut all: Vec<String> = LOCAL_NAMES.map(str::to_owned).to_vec();
        for name in names {
            all.push(name.clone());
            if name.parse::<IpAddr>().is_err() && !name.starts_with("*.") {
                all.push(format!("*.{name}"));
            }
        }
        let mut unique = Vec::new();
        for name in all {
            if !unique.contains(&name) {
                unique.push(name);
            }
        }
        Self { dir: dir.to_owned(), names: unique }
    }

    /// Makes what is missing and renews what is due. Blocks on the disk.
    ///
    /// Errors: `File` for a path that cannot be read or written, `Invalid` for
    /// a file without a usable key or certificate, `Library` for a name that
    /// no certificate can carry.
    pub fn ensure(&self, now: SystemTime) -> Result<CertificateFiles, Error> {
        let files = CertificateFiles {
            certificate: self.dir.join("server.pem"),
            key: self.dir.join("server.key"),
        };
        fs::create_dir_all(&self.dir).map_err(|source| file(&self.dir, source))?;
        if files.certificate.exists() && !self.is_due(now) {
            return Ok(files);
        }
        let ca_file = self.dir.join("ca.pem");
        let ca_key_file = self.dir.join("ca.key");
        if ca_file.exists() && !ca_key_file.exists() {
            return Err(invalid(&ca_key_file, "it is missing beside ca.pem"));
        }
        let ca_key = key_pair(&ca_key_file)?;
        let ca = ca_params(&ca_key, now);
        if !ca_file.exists() {
            let certificate = ca.self_signed(&ca_key).map_err(library)?;
            write(&ca_file, &certificate.pem(), PUBLIC)?;
        }
        let server_key = key_pair(&files.key)?;
        let certificate = server_params(&self.names, now)?
            .signed_by(&server_key, &Issuer::new(ca, ca_key))
            .map_err(library)?;
        self.verify(&[certificate.der().clone()], now)?;
        write(&files.certificate, &format!("{REMARK}\n{}", certificate.pem()), PUBLIC)?;
        Ok(files)
    }

    /// Whether the server certificate is ours and, 30 days from `now`, would no
    /// longer be accepted for all our names by a client that trusts the CA.
    /// Never true once the CA's key was taken away from this machine.
    pub fn is_due(&self, now: SystemTime) -> bool {
        let path = self.dir.join("server.pem");
        let is_ours = read(&path).is_ok_and(|pem| pem.starts_with(REMARK.as_bytes()));
        if !is_ours || !self.dir.join("ca.key").exists() {
            return false;
        }
        read_chain(&path).and_then(|chain| self.verify(&chain, now + RENEWAL)).is_err()
    }

    /// What a client that trusts `ca.pem` does at that time, for each name.
    fn verify(&self, chain: &[CertificateDer<'_>], at: SystemTime) -> Result<(), Error> {
        let ca_file = self.dir.join("ca.pem");
        let mut roots = RootCertStore::empty();
        for certificate in read_chain(&ca_file)? {
            roots.add(certificate).map_err(|error| invalid(&ca_file, error))?;
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(library)?;
        let at = at.duration_since(SystemTime::UNIX_EPOCH).map_err(library)?;
        let at = UnixTime::since_unix_epoch(at);
        let Some((leaf, others)) = chain.split_first() else {
            return Ok(());
        };
        // Names with a star come with their plain one.
        for name in self.names.iter().filter(|name| !name.starts_with('*')) {
            let name = ServerName::try_from(name.as_str()).map_err(library)?;
            verifier
                .verify_server_cert(leaf, others, &name, &[], at)
                .map_err(|error| invalid(&ca_file, format!("does not vouch: {error}")))?;
        }
        Ok(())
    }
}

/// The CA's parameters follow from its key alone but for their dates, so the
/// issuer's name and key identifier in a certificate match `ca.pem`.
fn ca_params(key: &KeyPair, now: SystemTime) -> CertificateParams {
    let digest = hex::encode(Sha256::digest(key.public_key_raw()));
    let mark: String = digest.chars().take(8).collect();
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(&format!("Sealgate local CA {mark}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    params.not_before = (now - BACKDATE).into();
    params.not_after = (now + CA_LIFE).into();
    params
}

fn server_params(names: &[String], now: SystemTime) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::new(names.to_vec()).map_err(library)?;
    params.distinguished_name = common_name("Sealgate");
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.not_before = (now - BACKDATE).into();
    params.not_after = (now + SERVER_LIFE).into();
    Ok(params)
}

fn common_name(text: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, text);
    name
}

/// The key in a file, made when there is none.
fn key_pair(path: &Path) -> Result<KeyPair, Error> {
    if path.exists() {
        let pem = String::from_utf8(read(path)?).map_err(|error| invalid(path, error))?;
        return KeyPair::from_pem(&pem).map_err(|error| invalid(path, error));
    }
    let key = KeyPair::generate().map_err(library)?;
    write(path, &key.serialize_pem(), PRIVATE)?;
    Ok(key)
}

/// Writes a file so that it is there wholly or not at all.
fn write(path: &Path, text: &str, mode: u32) -> Result<(), Error> {
    let draft = path.with_extension("new");
    let written = || -> io::Result<()> {
        // A draft that a crash left behind may have another mode.
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut to = OpenOptions::new().write(true).create_new(true).mode(mode).open(&draft)?;
        to.write_all(text.as_bytes())?;
        to.sync_all()?;
        fs::rename(&draft, path)
    };
    written().map_err(|source| file(path, source))
}

fn file(path: &Path, source: io::Error) -> Error {
    Error::File { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn verify(ca: &LocalCa, at: SystemTime) -> Result<(), Error> {
        ca.verify(&read_chain(&ca.dir.join("server.pem"))?, at)
    }

    fn text(dir: &Path, name: &str) -> String {
        fs::read_to_string(dir.join(name)).expect("readable")
    }

    #[test]
    fn the_certificate_is_accepted_for_every_name_and_keys_are_private() {
        let dir = tempfile::tempdir().expect("dir");
        let names = ["store.example.com".to_owned(), "192.0.2.9".to_owned()];
        let ca = LocalCa::new(dir.path(), &names);
        let now = SystemTime::now();
        ca.ensure(now).expect("made");
        verify(&ca, now).expect("valid");
        for key in ["ca.key", "server.key"] {
            let mode = fs::metadata(dir.path().join(key)).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{key}");
        }
        let stranger = LocalCa::new(dir.path(), &["other.example.com".to_owned()]);
        assert!(verify(&stranger, now).is_err());
    }

    #[test]
    fn a_certificate_is_renewed_near_its_end_and_the_ca_stays() {
        let dir = tempfile::tempdir().expect("dir");
        let ca = LocalCa::new(dir.path(), &[]);
        let now = SystemTime::now();
        ca.ensure(now).expect("made");
        let (root, first) = (text(dir.path(), "ca.pem"), text(dir.path(), "server.pem"));

        ca.ensure(now + DAY * 300).expect("kept");
        assert_eq!(text(dir.path(), "server.pem"), first);

        let later = now + DAY * 380;
        ca.ensure(later).expect("renewed");
        assert_ne!(text(dir.path(), "server.pem"), first);
        assert_eq!(text(dir.path(), "ca.pem"), root);
        verify(&ca, later + DAY * 300).expect("signed by the CA that stayed");
    }

    #[test]
    fn a_new_base_domain_renews_the_certificate() {
        let dir = tempfile::tempdir().expect("dir");
        let now = SystemTime::now();
        LocalCa::new(dir.path(), &[]).ensure(now).expect("made");
        let ca = LocalCa::new(dir.path(), &["store.example.com".to_owned()]);
        assert!(ca.is_due(now));
        ca.ensure(now).expect("renewed");
        verify(&ca, now).expect("valid for the new name");
    }

    #[test]
    fn a_ca_whose_key_was_taken_away_is_not_replaced() {
        let dir = tempfile::tempdir().expect("dir");
        let ca = LocalCa::new(dir.path(), &[]);
        let now = SystemTime::now();
        ca.ensure(now).expect("made");
        fs::remove_file(dir.path().join("ca.key")).expect("removed");
        let (root, first) = (text(dir.path(), "ca.pem"), text(dir.path(), "server.pem"));
        ca.ensure(now + DAY * 390).expect("kept");
        assert_eq!((text(dir.path(), "ca.pem"), text(dir.path(), "server.pem")), (root, first));
        fs::remove_file(dir.path().join("server.pem")).expect("removed");
        assert!(matches!(ca.ensure(now), Err(Error::Invalid { .. })));
    }

    #[test]
    fn an_operators_own_certificate_is_never_replaced() {
        let dir = tempfile::tempdir().expect("dir");
        let ca = LocalCa::new(dir.path(), &[]);
        let now = SystemTime::now();
        ca.ensure(now).expect("made");
        let own = text(dir.path(), "server.pem").replace(REMARK, "Ours");
        fs::write(dir.path().join("server.pem"), &own).expect("written");
        ca.ensure(now + DAY * 1000).expect("kept");
        assert_eq!(text(dir.path(), "server.pem"), own);
    }
}
