//! Reading a blob from a local disk through one open file.
//!
//! `object_store` reads local files in 8 KiB steps, a thread hop each, and
//! opens the file anew for each range; here the file is opened once and read in
//! pieces of up to 1 MiB, the next while the last is being sent. A small blob
//! that the kernel has in memory is read where the caller stands: the hop to
//! another thread would cost more than the read.

use std::fs::File;
use std::io::{self, IoSliceMut};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::BytesMut;
use kms_core::sealed::BlobId;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::{ReadWriteFlags, preadv2};
use tokio::task::{JoinHandle, spawn_blocking};

use super::{BackingError, BlobReader};

/// Largest piece in bytes: 15 sealed segments and a bit.
const PIECE_LEN: u64 = 1024 * 1024;
/// Largest piece that is read without a hop: one segment and its tag.
const NEAR_LEN: u64 = 64 * 1024 + 16;

/// Pieces of an open file.
pub(super) struct FileReader {
    file: Arc<File>,
    /// Where the piece after `ahead` starts.
    next: u64,
    end: u64,
    first: Option<BytesMut>,
    ahead: Option<JoinHandle<io::Result<BytesMut>>>,
}

/// Opens the file and reads the first piece in the same hop: a small object
/// costs one.
pub(super) async fn open(
    path: PathBuf,
    id: BlobId,
    start: u64,
    end: u64,
) -> Result<BlobReader, BackingError> {
    let next = end.min(start.saturating_add(PIECE_LEN));
    if end.saturating_sub(start) <= NEAR_LEN
        && let Some((file, first)) = read_near(&path, start, next)
    {
        let file = Arc::new(file);
        return Ok(BlobReader::local(FileReader {
            file,
            next,
            end,
            first: Some(first),
            ahead: None,
        }));
    }
    let opened = spawn_blocking(move || {
        let file = File::open(path)?;
        let first = read(&file, start, next)?;
        Ok((Arc::new(file), first))
    });
    let (file, first) = finish(opened).await.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => BackingError::NotFound(id.to_string()),
        _ => unavailable(&error),
    })?;
    let mut reader = FileReader { file, next, end, first: Some(first), ahead: None };
    reader.read_ahead();
    Ok(BlobReader::local(reader))
}

impl FileReader {
    pub(super) async fn piece(&mut self) -> Result<Option<BytesMut>, BackingError> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let Some(ahead) = self.ahead.take() else { return Ok(None) };
        let piece = finish(ahead).await.map_err(|error| unavailable(&error))?;
        self.read_ahead();
        Ok(Some(piece))
    }

    fn read_ahead(&mut self) {
        if self.next >= self.end {
            return;
        }
        let (file, start) = (self.file.clone(), self.next);
        let end = self.end.min(start.saturating_add(PIECE_LEN));
        self.next = end;
        self.ahead = Some(spawn_blocking(move || read(&file, start, end)));
    }
}

/// Opens and reads without ever waiting for the disk; `None` when that would be
/// necessary, or anything else is in the way.
fn read_near(path: &Path, start: u64, end: u64) -> Option<(File, BytesMut)> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let file = openat2(CWD, path, flags, Mode::empty(), ResolveFlags::CACHED).ok()?;
    let mut piece = BytesMut::zeroed(usize::try_from(end.checked_sub(start)?).ok()?);
    let into = &mut [IoSliceMut::new(&mut piece)];
    let read = preadv2(&file, into, start, ReadWriteFlags::NOWAIT).ok()?;
    (read == piece.len()).then(|| (File::from(file), piece))
}

fn read(file: &File, start: u64, end: u64) -> io::Result<BytesMut> {
    let len = usize::try_from(end.saturating_sub(start)).map_err(io::Error::other)?;
    let mut piece = BytesMut::zeroed(len);
    file.read_exact_at(&mut piece, start)?;
    Ok(piece)
}

async fn finish<T>(task: JoinHandle<io::Result<T>>) -> io::Result<T> {
    task.await.unwrap_or_else(|panic| Err(io::Error::other(panic)))
}

fn unavailable(error: &io::Error) -> BackingError {
    BackingError::Unavailable(error.to_string())
}
