//! Writing a blob, wherever it goes.
//!
//! At most a piece is on its way while the next is gathered, so memory stays
//! bounded whatever the store's pace. Dropping a writer gives the blob up and
//! leaves at most an orphan, which the sweeper finds; nothing is visible before
//! the catalog says so.

use bytes::Bytes;
use kms_core::sealed::BlobId;

use super::local_writer::FileWriter;
use super::remote_writer::RemoteWriter;
use super::{Backing, BackingError, relative};

/// Names and values that become object metadata where the store has it.
pub type Tags = Vec<(&'static str, String)>;

/// A blob being written.
pub struct BlobWriter(Sink);

enum Sink {
    Local(FileWriter),
    Remote(RemoteWriter),
}

impl BlobWriter {
    pub(super) fn new(backing: &Backing, id: BlobId, len: Option<u64>, tags: Tags) -> Self {
        Self(match &backing.root {
            // Local disks have no object metadata; the catalog is the authority anyway.
            Some(root) => Sink::Local(FileWriter::new(root.join(relative(&id)))),
            None => {
                let (store, path) = (backing.store.clone(), backing.path(&id));
                Sink::Remote(RemoteWriter::new(store, path, len, tags))
            }
        })
    }

    /// Appends bytes; waits while too much is in flight.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), BackingError> {
        match &mut self.0 {
            Sink::Local(file) => file.write(bytes).await,
            Sink::Remote(upload) => upload.write(bytes).await,
        }
    }

    /// Makes the blob whole and durable.
    pub async fn finish(self) -> Result<(), BackingError> {
        match self.0 {
            Sink::Local(file) => file.finish().await,
            Sink::Remote(upload) => upload.finish().await,
        }
    }
}
