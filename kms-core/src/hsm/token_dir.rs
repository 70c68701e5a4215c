//! Makes a token that is a directory of files durable (SoftHSM).
//!
//! SoftHSM 2.6 writes a new key without any fsync, so a power cut within seconds
//! could take a root away that already wraps data. A device needs none of this.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

/// Levels below the directory: tokens, then their objects.
const MAX_DEPTH: usize = 3;

/// Puts every file and directory below `dir` on disk. Blocking.
pub(super) fn sync(dir: &Path) -> io::Result<()> {
    sync_level(dir, MAX_DEPTH)
}

fn sync_level(dir: &Path, depth: usize) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let synced = match (kind.is_dir(), depth.checked_sub(1)) {
            (true, Some(below)) => sync_level(&entry.path(), below),
            (true, None) => Ok(()),
            (false, _) => File::open(entry.path()).and_then(|file| file.sync_all()),
        };
        // Another thread may have destroyed a key meanwhile.
        synced.or_else(|error| match error.kind() {
            ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })?;
    }
    File::open(dir)?.sync_all()
}
