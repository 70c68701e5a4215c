//! Secrets that stand in files: who else can read the file is checked first.
//!
//! Symbolic links are followed, since container orchestrators mount secrets
//! through them; what counts is the mode of the file itself.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use kms_core::base::SecretBytes;

use super::declare::{Kind, Setting};
use super::sources::Entry;

/// The longest secret that is read, in bytes.
const LEN_MAX: usize = 4096;

/// Mode bits that a secret's file must not have: written by the group, anything
/// for others.
const FORBIDDEN: u32 = 0o027;

/// Reads a secret; one line end behind it is cut off. Errors: a sentence that
/// names the file and what to do.
pub fn read(path: &Path) -> Result<SecretBytes, String> {
    let shown = path.display();
    let mut file = std::fs::File::open(path).map_err(|e| format!("cannot read {shown}: {e}"))?;
    let facts = file.metadata().map_err(|e| format!("cannot read {shown}: {e}"))?;
    if facts.permissions().mode() & FORBIDDEN != 0 {
        return Err(format!("{shown} is open to other users; run: chmod 600 {shown}"));
    }
    let len = usize::try_from(facts.len()).unwrap_or(usize::MAX);
    if len > LEN_MAX {
        return Err(format!("{shown} is longer than {LEN_MAX} bytes; it must hold one secret"));
    }
    let mut buffer = SecretBytes::zeroed(len);
    file.read_exact(buffer.expose_mut()).map_err(|e| format!("cannot read {shown}: {e}"))?;
    let text = buffer.expose();
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    if text.is_empty() {
        return Err(format!("{shown} is empty; it must hold one secret"));
    }
    Ok(SecretBytes::copy_from(text))
}

/// A problem when a configuration file holds a secret and others can read it.
pub(super) fn refuse_secrets_in_open_file(
    path: &Path,
    entries: &[Entry],
    table: &BTreeMap<String, Setting>,
) -> Option<String> {
    let is_secret = |entry: &&Entry| table.get(&entry.name).is_some_and(|s| s.kind == Kind::Secret);
    let secret = entries.iter().find(is_secret)?;
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    (mode & FORBIDDEN != 0).then(|| {
        format!(
            "{}: {} stands in a file that is open to other users; run: chmod 600 {}",
            secret.origin,
            secret.name,
            path.display()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &str, mode: u32) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    #[test]
    fn a_secret_loses_its_line_end_and_nothing_else() {
        assert_eq!(read(file(" 12 34 \n", 0o600).path()).unwrap().expose(), b" 12 34 ");
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let file = file("1234", 0o644);
        assert!(read(file.path()).unwrap_err().contains("chmod 600"));
    }

    #[test]
    fn an_empty_secret_is_refused() {
        assert!(read(file("\n", 0o600).path()).unwrap_err().contains("is empty"));
    }
}
