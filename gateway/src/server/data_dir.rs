//! The data directory: made closed to others, and locked so that two servers
//! never share it.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A data directory that this process alone uses until the value is dropped.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the directory when missing, and locks it. Errors: a sentence that
    /// says what to do.
    pub fn open(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let cannot = |error: std::io::Error| {
            format!("cannot use {shown} as data directory: {error}; name another with --data-dir")
        };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(cannot)?;
        let path = path.canonicalize().map_err(cannot)?;
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path.join("lock"))
            .map_err(cannot)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                let _ = lock.read_to_string(&mut owner);
                let owner = owner.trim();
                return Err(format!(
                    "{shown} is in use by another server (process {owner}); stop it, or name \
                     another directory with --data-dir"
                ));
            }
            Err(TryLockError::Error(error)) => return Err(cannot(error)),
        }
        lock.set_len(0).map_err(cannot)?;
        writeln!(lock, "{}", std::process::id()).map_err(cannot)?;
        Ok(Self { path, _lock: lock })
    }

    /// The directory's absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Makes a directory that only this user can enter, unless it is there.
pub(super) fn make_closed(path: &Path) -> std::io::Result<PathBuf> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    Ok(path.to_owned())
}

/// The name of this data directory among those that share a catalog: drawn at
/// its first start and kept in `node`. Errors: the directory's, or that the
/// system has no random bytes.
pub(super) fn node(path: &Path) -> std::io::Result<String> {
    let file = path.join("node");
    match std::fs::read_to_string(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        read => return read.map(|name| name.trim().to_owned()),
    }
    let mut drawn = [0; 4];
    getrandom::fill(&mut drawn).map_err(std::io::Error::other)?;
    let name = hex::encode(drawn);
    let draft = path.join("node.new");
    std::fs::write(&draft, format!("{name}\n"))?;
    File::open(&draft)?.sync_all()?;
    std::fs::rename(draft, file)?;
    File::open(path)?.sync_all()?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn two_servers_never_share_a_directory() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("deep/data");
        let first = DataDir::open(&path).unwrap();
        let refused = DataDir::open(&path).unwrap_err();
        assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");
        drop(first);
        DataDir::open(&path).unwrap();
    }

    #[test]
    fn a_directory_keeps_its_node_name() {
        let dir = tempfile::tempdir().unwrap();
        let name = node(dir.path()).unwrap();
        assert_eq!(name.len(), 8);
        assert_eq!(node(dir.path()).unwrap(), name);
    }

    #[test]
    fn a_new_directory_is_closed_to_others() {
        let parent = tempfile::tempdir().unwrap();
        let dir = DataDir::open(&parent.path().join("data")).unwrap();
        assert_eq!(dir.path().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    }
}
