//! Writing a blob to a local disk: one new file, written in order.
//!
//! The file has its final name from the start. Nobody knows that name before
//! the catalog does, so nothing is gained by writing elsewhere and renaming,
//! and the rename would cost a second commit of the file system's journal. A
//! crash leaves a torn file that no row names: an orphan as any other.
//!
//! Invariant: when [`FileWriter::finish`] returns, file and directory entry are
//! synced.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use rustix::fs::{Advice, fadvise};
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, spawn_blocking};

use super::BackingError;

/// Bytes that are gathered before they are written, so that a small blob costs
/// one hop to another thread.
const PIECE_LEN: usize = 1024 * 1024;

/// A file being written.
pub(super) struct FileWriter {
    path: PathBuf,
    pending: Vec<Bytes>,
    pending_len: usize,
    /// The piece before, which takes the open file with it.
    writing: Option<JoinHandle<io::Result<Open>>>,
    is_whole: bool,
}

/// An open file and how much has been written to it.
struct Open {
    file: File,
    len: u64,
}

impl FileWriter {
    /// Nothing is created yet.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, pending: Vec::new(), pending_len: 0, writing: None, is_whole: false }
    }

    pub(super) async fn write(&mut self, bytes: Bytes) -> Result<(), BackingError> {
        if self.pending_len >= PIECE_LEN {
            let before = self.written().await?;
            let (path, pieces) = (self.path.clone(), std::mem::take(&mut self.pending));
            self.pending_len = 0;
            self.writing = Some(spawn_blocking(move || {
                let mut open = before.map_or_else(|| create(&path), Ok)?;
                open.append(&pieces)?;
                Ok(open)
            }));
        }
        self.pending_len += bytes.len();
        self.pending.push(bytes);
        Ok(())
    }

    pub(super) async fn finish(mut self) -> Result<(), BackingError> {
        let before = self.written().await?;
        let (path, pieces) = (self.path.clone(), std::mem::take(&mut self.pending));
        let synced = spawn_blocking(move || {
            let mut open = before.map_or_else(|| create(&path), Ok)?;
            pieces.iter().try_for_each(|piece| open.file.write_all(piece))?;
            open.file.sync_all()?;
            sync_directory(&path)
        });
        joined(synced).await?;
        self.is_whole = true;
        Ok(())
    }

    pub(super) async fn abort(mut self) {
        // The file must not be created after it has been removed.
        let _ = self.written().await;
    }

    /// The file as the piece before left it; `None` before the first.
    async fn written(&mut self) -> Result<Option<Open>, BackingError> {
        match self.writing.take() {
            Some(writing) => Ok(Some(joined(writing).await?)),
            None => Ok(None),
        }
    }
}

impl Drop for FileWriter {
    fn drop(&mut self) {
        if self.is_whole {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            let path = std::mem::take(&mut self.path);
            // What cannot be removed is an orphan for the sweeper.
            runtime.spawn_blocking(move || drop(fs::remove_file(path)));
        }
    }
}

impl Open {
    fn append(&mut self, pieces: &[Bytes]) -> io::Result<()> {
        let start = self.len;
        for piece in pieces {
            self.file.write_all(piece)?;
            self.len += piece.len() as u64;
        }
        // Starts the disk on these bytes, which are dirty and so stay cached,
        // and does not wait: the sync at the end finds most of its work done. A
        // kernel that takes no advice is only slower.
        let len = std::num::NonZeroU64::new(self.len - start);
        let _ = fadvise(&self.file, start, len, Advice::DontNeed);
        Ok(())
    }
}

/// The new file, and its directory where that is missing.
fn create(path: &Path) -> io::Result<Open> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    let opened = match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(directory) = path.parent() {
                fs::create_dir_all(directory)?;
                sync_directory(directory)?;
            }
            options.open(path)
        }
        opened => opened,
    };
    Ok(Open { file: opened?, len: 0 })
}

/// Makes the entry of `path` in its directory durable.
fn sync_directory(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
}

async fn joined<T>(task: JoinHandle<io::Result<T>>) -> Result<T, BackingError> {
    let done = task.await.unwrap_or_else(|panic| Err(io::Error::other(panic)));
    done.map_err(|error| BackingError::Unavailable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_new_directory() -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().expect("a directory");
        let path = root.path().join("xyz").join("blob");
        (root, path)
    }

    #[tokio::test]
    async fn pieces_stand_in_the_file_in_their_order() {
        let (_root, path) = in_new_directory();
        let mut writer = FileWriter::new(path.clone());
        let pieces: Vec<Vec<u8>> = (0..7).map(|n| vec![n; 300_000 * usize::from(n)]).collect();
        for piece in &pieces {
            writer.write(piece.clone().into()).await.expect("written");
        }
        writer.finish().await.expect("finished");
        assert_eq!(fs::read(path).expect("a file"), pieces.concat());
    }

    #[tokio::test]
    async fn an_aborted_blob_leaves_no_file() {
        let (_root, path) = in_new_directory();
        let mut writer = FileWriter::new(path.clone());
        for _ in 0..3 {
            writer.write(vec![1; PIECE_LEN].into()).await.expect("written");
        }
        writer.abort().await;
        while path.exists() {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }

    #[tokio::test]
    async fn a_blob_is_never_overwritten() {
        let (_root, path) = in_new_directory();
        let write = |text: &'static str| async {
            let mut writer = FileWriter::new(path.clone());
            writer.write(text.into()).await.expect("gathered");
            writer.finish().await
        };
        write("first").await.expect("written");
        assert!(write("second").await.is_err());
        assert_eq!(fs::read(&path).expect("a file"), b"first");
    }
}
