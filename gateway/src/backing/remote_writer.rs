//! Writing a blob to a remote store: one request when it is small, parts when it
//! is not.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path as StorePath;
use object_store::{
    Attribute, AttributeValue, Attributes, MultipartUpload, ObjectStore, PutMultipartOptions,
    PutOptions, PutPayload, UploadPart,
};
use tokio::task::JoinHandle;

use super::BackingError;
use super::writer::Tags;

/// Smallest part sent to a remote store; S3 wants 5 MiB at least.
const REMOTE_PIECE: u64 = 8 * 1024 * 1024;
/// S3 takes at most 10,000 parts.
const REMOTE_PARTS: u64 = 9_000;
/// Parts on their way at once: one is sent while the next is gathered.
const IN_FLIGHT: usize = 1;

/// A blob being written.
pub(super) struct RemoteWriter {
    store: Arc<dyn ObjectStore>,
    path: StorePath,
    attributes: Attributes,
    piece_len: usize,
    pending: Vec<Bytes>,
    pending_len: usize,
    upload: Option<Box<dyn MultipartUpload>>,
    in_flight: VecDeque<JoinHandle<object_store::Result<()>>>,
}

impl RemoteWriter {
    /// A writer of the blob at `path`; `len` is its sealed length when known.
    pub(super) fn new(
        store: Arc<dyn ObjectStore>,
        path: StorePath,
        len: Option<u64>,
        tags: Tags,
    ) -> Self {
        let attribute = |(name, value): (&'static str, String)| {
            (Attribute::Metadata(name.into()), AttributeValue::from(value))
        };
        Self {
            store,
            path,
            attributes: tags.into_iter().map(attribute).collect(),
            piece_len: piece_len(len),
            pending: Vec::new(),
            pending_len: 0,
            upload: None,
            in_flight: VecDeque::new(),
        }
    }

    pub(super) async fn write(&mut self, bytes: Bytes) -> Result<(), BackingError> {
        if self.pending_len >= self.piece_len {
            self.send_pending().await?;
        }
        self.pending_len += bytes.len();
        self.pending.push(bytes);
        Ok(())
    }

    pub(super) async fn finish(mut self) -> Result<(), BackingError> {
        if self.upload.is_none() {
            let payload = PutPayload::from_iter(std::mem::take(&mut self.pending));
            let attributes = std::mem::take(&mut self.attributes);
            let options = PutOptions { attributes, ..PutOptions::default() };
            self.store.put_opts(&self.path, payload, options).await?;
            return Ok(());
        }
        self.send_pending().await?;
        while let Some(part) = self.in_flight.pop_front() {
            joined(part).await?;
        }
        if let Some(mut upload) = self.upload.take() {
            upload.complete().await?;
        }
        Ok(())
    }

    async fn send_pending(&mut self) -> Result<(), BackingError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let payload = PutPayload::from_iter(std::mem::take(&mut self.pending));
        self.pending_len = 0;
        while self.in_flight.len() >= IN_FLIGHT {
            if let Some(part) = self.in_flight.pop_front() {
                joined(part).await?;
            }
        }
        let part = self.upload().await?.put_part(payload);
        self.in_flight.push_back(tokio::spawn(drive(part)));
        Ok(())
    }

    async fn upload(&mut self) -> Result<&mut Box<dyn MultipartUpload>, BackingError> {
        let upload = match self.upload.take() {
            Some(upload) => upload,
            None => {
                let attributes = std::mem::take(&mut self.attributes);
                let options = PutMultipartOptions { attributes, ..PutMultipartOptions::default() };
                self.store.put_multipart_opts(&self.path, options).await?
            }
        };
        Ok(self.upload.insert(upload))
    }
}

impl Drop for RemoteWriter {
    /// Gives an unfinished blob up: a client that hangs up drops its request, and
    /// an S3 store keeps, and bills, parts until somebody aborts them. What is
    /// left when this fails is an orphan for the sweeper or the store's own rules.
    fn drop(&mut self) {
        let Some(mut upload) = self.upload.take() else { return };
        let parts = std::mem::take(&mut self.in_flight);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                for part in parts {
                    let _ = part.await;
                }
                let _ = upload.abort().await;
            });
        }
    }
}

async fn drive(part: UploadPart) -> object_store::Result<()> {
    part.await
}

async fn joined(part: JoinHandle<object_store::Result<()>>) -> Result<(), BackingError> {
    match part.await {
        Ok(written) => Ok(written?),
        Err(panic) => Err(BackingError::Unavailable(panic.to_string())),
    }
}

/// Remote parts grow with the blob, so that 10,000 of them always suffice.
fn piece_len(len: Option<u64>) -> usize {
    let wanted = REMOTE_PIECE.max(len.unwrap_or(0).div_ceil(REMOTE_PARTS));
    usize::try_from(wanted).unwrap_or(usize::MAX)
}
