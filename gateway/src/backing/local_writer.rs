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
use std::num::NonZeroU64;
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
    /// The piece before, which takes the open file with it. Without one there is
    /// no file yet, or no longer, or it is whole.
    writing: Option<JoinHandle<io::Result<Open>>>,
}

/// An open file and how much has been written to it.
struct Open {
    file: File,
    len: u64,
}

impl FileWriter {
    /// Nothing is created yet.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, pending: Vec::new(), pending_len: 0, writing: None }
    }

    pub(super) async fn write(&mut self, bytes: Bytes) -> Result<(), BackingError> {
        if self.pending_len >= PIECE_LEN {
            self.write_pending(Open::start_writeback).await?;
        }
        self.pending_len += bytes.len();
        self.pending.push(bytes);
        Ok(())
    }

    pub(super) async fn finish(mut self) -> Result<(), BackingError> {
        let path = self.path.clone();
        self.write_pending(move |open, _| {
            open.file.sync_all()?;
            sync_directory(&path)
        })
        .await?;
        self.written().await.map(drop)
    }

    /// Starts to write what is pending, then to do what follows with the file
    /// and the place where these bytes began.
    async fn write_pending(
        &mut self,
        then: impl FnOnce(&Open, u64) -> io::Result<()> + Send + 'static,
    ) -> Result<(), BackingError> {
        let before = self.written().await?;
        let (path, pieces) = (self.path.clone(), std::mem::take(&mut self.pending));
        self.pending_len = 0;
        self.writing = Some(spawn_blocking(move || {
            let mut open = before.map_or_else(|| create(&path), Ok)?;
            let start = open.len;
            if let Err(error) = open.append(&pieces).and_then(|()| then(&open, start)) {
                remove(&path);
                return Err(error);
            }
            Ok(open)
        }));
        Ok(())
    }

    /// The file as the piece before left it; `None` before the first.
    async fn written(&mut self) -> Result<Option<Open>, BackingError> {
        let Some(writing) = &mut self.writing else { return Ok(None) };
        let done = writing.await.unwrap_or_else(|panic| Err(io::Error::other(panic)));
        self.writing = None;
        done.map(Some).map_err(|error| BackingError::Unavailable(error.to_string()))
    }
}

impl Drop for FileWriter {
    /// Gives an unfinished blob up, once nobody writes to it any more.
    fn drop(&mut self) {
        let Some(writing) = self.writing.take() else { return };
        let path = std::mem::take(&mut self.path);
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                if let Ok(Ok(_)) = writing.await {
                    spawn_blocking(move || remove(&path));
                }
            });
        }
    }
}

impl Open {
    fn append(&mut self, pieces: &[Bytes]) -> io::Result<()> {
        for piece in pieces {
            self.file.write_all(piece)?;
            self.len += piece.len() as u64;
        }
        Ok(())
    }

    /// Starts the disk on the bytes from `start` on, which are dirty and so stay
    /// cached, and does not wait: the sync at the end finds most of its work
    /// done. A file system that takes no advice is only slower.
    fn start_writeback(&self, start: u64) -> io::Result<()> {
        let len = NonZeroU64::new(self.len - start);
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

/// Removes a torn file. What cannot be removed is an orphan for the sweeper.
fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::debug!(%error, "a torn blob is left to the sweeper");
    }
}

/// Makes the entry of `path` in its directory durable.
fn sync_directory(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
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
    async fn a_blob_that_is_given_up_leaves_no_file() {
        let (_root, path) = in_new_directory();
        let mut writer = FileWriter::new(path.clone());
        for _ in 0..3 {
            writer.write(vec![1; PIECE_LEN].into()).await.expect("written");
        }
        drop(writer);
        while path.exists() || !path.parent().is_some_and(Path::exists) {
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
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        assert_eq!(fs::read(&path).expect("a file"), b"first");
    }
}
