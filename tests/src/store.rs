//! A look at the data directory from outside, past every API.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use md5::{Digest, Md5};
use rusqlite::Connection;

use crate::Gateway;

impl Gateway {
    /// Every blob on the local store.
    pub fn blobs(&self) -> Vec<PathBuf> {
        let mut found = files(&self.data_dir().join("blobs"));
        found.retain(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
        found
    }

    /// The one blob that a write added to those `before`.
    #[track_caller]
    pub fn new_blob(&self, before: &[PathBuf]) -> PathBuf {
        let mut added = self.blobs();
        added.retain(|path| !before.contains(path));
        assert_eq!(added.len(), 1, "one new blob: {added:?}");
        added.remove(0)
    }

    /// The file of a blob by its id.
    #[track_caller]
    pub fn blob(&self, id: &str) -> PathBuf {
        let id = id.replace('-', "");
        let found = self.blobs().into_iter().find(|path| path.ends_with(&id));
        found.unwrap_or_else(|| panic!("no blob {id}"))
    }

    /// The files of the data directory that hold this text.
    pub fn files_with(&self, text: &[u8]) -> Vec<PathBuf> {
        let mut found = files(&self.data_dir());
        found.retain(|path| fs::read(path).is_ok_and(|bytes| contains(&bytes, text)));
        found
    }

    /// The catalog, as another process sees it; writes wait for the gateway's.
    pub fn catalog(&self) -> Connection {
        let catalog = Connection::open(self.data_dir().join("catalog.sqlite"));
        let catalog = catalog.expect("the catalog");
        catalog.busy_timeout(Duration::from_secs(10)).expect("a timeout");
        catalog
    }
}

/// MD5 in hexadecimal.
pub fn md5(bytes: &[u8]) -> String {
    hex::encode(Md5::digest(bytes))
}

/// Whether `bytes` hold `text`.
pub fn contains(bytes: &[u8], text: &[u8]) -> bool {
    memchr::memmem::find(bytes, text).is_some()
}

/// Flips one bit in the middle of a file.
pub fn flip_a_bit(path: &Path) {
    let mut bytes = fs::read(path).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).expect("written");
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => found.extend(files(&path)),
            Ok(kind) if kind.is_file() => found.push(path),
            _ => {}
        }
    }
    found
}
