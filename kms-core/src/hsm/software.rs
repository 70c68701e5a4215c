//! The software provider: secrets in one private file, and no hardware at all.
//!
//! For trying out and for people without an HSM. Whoever can read the file or
//! this process's memory has every key; the description says so. The file is
//! text, a header and a line `<label> <64 hex digits>` for each secret, so that it
//! can be backed up on paper. It is mode 0600 and replaced as a whole.
//!
//! Invariant: memory holds what the file held when it was last written or opened
//! by this provider; a change is on disk before it is in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;

use super::hmac::hmac_sha256;
use super::{Description, Hsm, HsmError, Label, MAX_RANDOM_LEN, private_file};
use crate::base::SecretBytes;

/// Secrets by label.
type Secrets = BTreeMap<String, SecretBytes>;

/// The provider over one file.
pub struct SoftwareHsm {
    path: PathBuf,
    secrets: Arc<RwLock<Secrets>>,
}

impl SoftwareHsm {
    /// Opens the file at `path`; an absent one is made by the first secret.
    /// Blocking: for the start of a process. Errors: `Misconfigured` for a link, a
    /// file that others may touch, or one that cannot be read.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, HsmError> {
        let path = path.into();
        let secrets = Arc::new(RwLock::new(load(&path)?));
        Ok(Self { path, secrets })
    }

    /// Applies `edit` to the file and then to memory, on a blocking thread.
    async fn change<E>(&self, edit: E) -> Result<(), HsmError>
    where
        E: FnOnce(&mut Secrets) -> Result<(), HsmError> + Send + 'static,
    {
        let (path, shared) = (self.path.clone(), Arc::clone(&self.secrets));
        let changed = tokio::task::spawn_blocking(move || {
            let _lock = private_file::lock(&path).map_err(|error| unwritable(&path, &error))?;
            let mut secrets = load(&path)?;
            edit(&mut secrets)?;
            private_file::replace(&path, &render(&secrets)?)
                .map_err(|error| unwritable(&path, &error))?;
            *shared.write().unwrap_or_else(PoisonError::into_inner) = secrets;
            Ok(())
        });
        changed.await.map_err(|_| HsmError::Unavailable("the process is shutting down".into()))?
    }
}

#[async_trait]
impl Hsm for SoftwareHsm {
    fn description(&self) -> Description {
        let detail = self.path.display().to_string();
        Description { provider: "software", detail, hardware: false }
    }

    async fn random(&self, len: usize) -> Result<SecretBytes, HsmError> {
        if len > MAX_RANDOM_LEN {
            return Err(HsmError::Misconfigured(format!("{len} random bytes at once")));
        }
        random(len)
    }

    async fn generate(&self, label: &Label) -> Result<(), HsmError> {
        let label = label.to_owned();
        let secret = random(SECRET_LEN)?;
        self.change(move |secrets| {
            if secrets.contains_key(&label) {
                return Err(HsmError::Exists(label));
            }
            secrets.insert(label, secret);
            Ok(())
        })
        .await
    }

    async fn find(&self, label: &Label) -> Result<bool, HsmError> {
        Ok(self.secrets.read().unwrap_or_else(PoisonError::into_inner).contains_key(label))
    }

    async fn hmac_sha256(&self, label: &Label, data: &[u8]) -> Result<SecretBytes, HsmError> {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        match secrets.get(label) {
            Some(secret) => Ok(hmac_sha256(secret, data)),
            None => Err(HsmError::NotFound(label.to_owned())),
        }
    }

    async fn destroy(&self, label: &Label) -> Result<(), HsmError> {
        if !self.find(label).await? {
            return Ok(());
        }
        let label = label.to_owned();
        self.change(move |secrets| {
            secrets.remove(&label);
            Ok(())
        })
        .await
    }
}

impl fmt::Debug for SoftwareHsm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SoftwareHsm({})", self.path.display())
    }
}

/// First line of the file, with its format's number.
const HEADER: &[u8] = b"sealgate-secrets 1\n";
const SECRET_LEN: usize = 32;
const HEX_LEN: usize = 2 * SECRET_LEN;

fn random(len: usize) -> Result<SecretBytes, HsmError> {
    let mut bytes = SecretBytes::zeroed(len);
    getrandom::fill(bytes.expose_mut())
        .map_err(|error| HsmError::Unavailable(format!("operating system's generator: {error}")))?;
    Ok(bytes)
}

fn load(path: &Path) -> Result<Secrets, HsmError> {
    let Some(content) = private_file::read(path)? else {
        return Ok(Secrets::new());
    };
    parse(content.expose()).ok_or_else(|| {
        let reason = "not a complete file of secrets; restore it from its backup";
        HsmError::Misconfigured(format!("{}: {reason}", path.display()))
    })
}

/// `None` for anything but whole lines: a cut file must not pass for a short one.
fn parse(content: &[u8]) -> Option<Secrets> {
    let body = content.strip_prefix(HEADER)?;
    let mut secrets = Secrets::new();
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let (entry, digits) = line.strip_suffix(b"\n")?.split_last_chunk::<HEX_LEN>()?;
        let label = std::str::from_utf8(entry.strip_suffix(b" ")?).ok()?;
        let mut secret = SecretBytes::zeroed(SECRET_LEN);
        hex::decode_to_slice(digits, secret.expose_mut()).ok()?;
        if !is_label(label) || secrets.insert(label.to_owned(), secret).is_some() {
            return None;
        }
    }
    Some(secrets)
}

/// The file's content, in one buffer that is wiped.
fn render(secrets: &Secrets) -> Result<SecretBytes, HsmError> {
    if let Some(label) = secrets.keys().find(|label| !is_label(label)) {
        return Err(HsmError::Misconfigured(format!("{label:?} cannot be a label")));
    }
    let lines: usize = secrets.keys().map(|label| label.len() + HEX_LEN + 2).sum();
    let mut content = SecretBytes::zeroed(HEADER.len() + lines);
    let mut rest = content.expose_mut();
    copy(&mut rest, HEADER);
    for (label, secret) in secrets {
        let mut digits = SecretBytes::zeroed(HEX_LEN);
        hex::encode_to_slice(secret.expose(), digits.expose_mut())
            .map_err(|_| HsmError::Misconfigured(format!("{label} has the wrong length")))?;
        for field in [label.as_bytes(), b" ", digits.expose(), b"\n"] {
            copy(&mut rest, field);
        }
    }
    Ok(content)
}

/// Copies `field` to the front of `rest` and steps over it.
fn copy(rest: &mut &mut [u8], field: &[u8]) {
    if let Some(front) = rest.split_off_mut(..field.len()) {
        front.copy_from_slice(field);
    }
}

fn is_label(label: &str) -> bool {
    (1..=128).contains(&label.len()) && label.bytes().all(|byte| byte.is_ascii_graphic())
}

fn unwritable(path: &Path, error: &std::io::Error) -> HsmError {
    HsmError::Unavailable(format!("{} cannot be changed: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_secrets() -> Secrets {
        let secret = |byte| SecretBytes::copy_from(&[byte; SECRET_LEN]);
        [("a".to_owned(), secret(0x11)), ("b-2".to_owned(), secret(0x22))].into()
    }

    #[test]
    fn the_file_is_the_golden_text() {
        let text = format!("sealgate-secrets 1\na {}\nb-2 {}\n", "11".repeat(32), "22".repeat(32));
        assert_eq!(render(&two_secrets()).unwrap().expose(), text.as_bytes());
        let parsed = parse(text.as_bytes()).unwrap();
        assert_eq!(parsed["b-2"].expose(), [0x22; 32]);
    }

    #[test]
    fn a_cut_or_odd_file_is_refused_and_never_read_as_fewer_secrets() {
        let whole = render(&two_secrets()).unwrap();
        let second_line = HEADER.len() + 1 + 1 + HEX_LEN + 1;
        for len in (0..whole.len()).filter(|len| ![HEADER.len(), second_line].contains(len)) {
            assert!(parse(&whole.expose()[..len]).is_none(), "{len} bytes");
        }
        let twice = [whole.expose(), &whole.expose()[HEADER.len()..]].concat();
        assert!(parse(&twice).is_none());
    }
}
