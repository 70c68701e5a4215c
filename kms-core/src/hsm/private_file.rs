//! Files that hold secrets: read only when nobody else can read them, replaced
//! only as a whole.
//!
//! Blocking; callers are at start or on a blocking thread. Not for anything
//! that grows: everything is held in memory.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use super::HsmError;
use crate::base::SecretBytes;

/// Longest file that is read, in bytes.
const MAX_LEN: u64 = 1 << 20;

/// The file's content, or `None` where there is no file. Refuses symbolic links,
/// anything but a regular file, files that group or others may touch, and files
/// above 1 MiB. Errors: `Misconfigured`, which says what to change.
pub(super) fn read(path: &Path) -> Result<Option<SecretBytes>, HsmError> {
    let seen = match fs::symlink_metadata(path) {
        Ok(seen) => seen,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused(path, &error.to_string())),
    };
    if !seen.file_type().is_file() {
        return Err(refused(path, "it must be a regular file, not a link or directory"));
    }
    let mut file = File::open(path).map_err(|error| refused(path, &error.to_string()))?;
    let opened = file.metadata().map_err(|error| refused(path, &error.to_string()))?;
    if (opened.dev(), opened.ino()) != (seen.dev(), seen.ino()) {
        return Err(refused(path, "it was replaced while it was opened"));
    }
    if opened.mode() & 0o077 != 0 {
        return Err(refused(path, "group or others may access it; run chmod 600"));
    }
    if opened.len() > MAX_LEN {
        return Err(refused(path, "it is larger than 1 MiB"));
    }
    let mut content = SecretBytes::zeroed(usize::try_from(opened.len()).unwrap_or(0));
    file.read_exact(content.expose_mut()).map_err(|error| refused(path, &error.to_string()))?;
    Ok(Some(content))
}

/// Replaces the file by `content`, mode 0600, so that a crash leaves the old or
/// the new one, and the new one is on disk when this returns.
pub(super) fn replace(path: &Path, content: &SecretBytes) -> io::Result<()> {
    let temporary = path.with_added_extension("tmp");
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(content.expose())?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

/// Holds off other processes that change the same file, until it is dropped.
/// Errors at once with `WouldBlock` when another process is at it.
pub(super) fn lock(path: &Path) -> io::Result<File> {
    let beside = path.with_added_extension("lock");
    let file =
        OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(beside)?;
    file.try_lock()?;
    Ok(file)
}

fn refused(path: &Path, reason: &str) -> HsmError {
    HsmError::Misconfigured(format!("{}: {reason}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_replaced_file_is_private_and_leaves_nothing_beside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        replace(&path, &SecretBytes::copy_from(b"one")).unwrap();
        replace(&path, &SecretBytes::copy_from(b"two")).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(read(&path).unwrap().unwrap().expose(), b"two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        replace(&path, &SecretBytes::copy_from(b"x")).unwrap();
        for mode in [0o640, 0o604, 0o660, 0o601] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(matches!(read(&path), Err(HsmError::Misconfigured(_))), "{mode:o}");
        }
    }

    #[test]
    fn a_symbolic_link_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("secret"), dir.path().join("link"));
        replace(&path, &SecretBytes::copy_from(b"x")).unwrap();
        symlink(&path, &link).unwrap();
        assert!(matches!(read(&link), Err(HsmError::Misconfigured(_))));
        assert!(read(&dir.path().join("absent")).unwrap().is_none());
    }
}
