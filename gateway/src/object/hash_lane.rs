//! MD5 beside the pipeline.
//!
//! MD5 is a serial chain at some 0.6 GB/s and the slowest step of a write. Fed
//! from the pipeline, it runs on a blocking thread while the next bytes are
//! received, sealed and stored; a small body is hashed in place, where a thread
//! hop would cost more than the hash.

use bytes::Bytes;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::stream::BodyError;
use crate::stream::checksum::Md5;

/// Bytes gathered before they are handed over.
const BATCH_LEN: usize = 256 * 1024;

/// An MD5 over a stream of chunks; one batch is hashed while one is gathered.
pub(super) struct HashLane {
    state: State,
    batch: Vec<Bytes>,
    batch_len: usize,
}

enum State {
    Here(Box<Md5>),
    Away(JoinHandle<Box<Md5>>),
}

impl HashLane {
    pub(super) fn new() -> Self {
        Self { state: State::Here(Box::default()), batch: Vec::new(), batch_len: 0 }
    }

    /// Appends a chunk; waits while a batch is still being hashed.
    pub(super) async fn update(&mut self, chunk: Bytes) -> Result<(), BodyError> {
        self.batch_len += chunk.len();
        self.batch.push(chunk);
        if self.batch_len < BATCH_LEN {
            return Ok(());
        }
        let mut md5 = self.arrived().await?;
        let batch = std::mem::take(&mut self.batch);
        self.batch_len = 0;
        self.state = State::Away(spawn_blocking(move || {
            batch.iter().for_each(|chunk| md5.update(chunk));
            md5
        }));
        Ok(())
    }

    /// The digest of all chunks.
    pub(super) async fn finish(mut self) -> Result<[u8; 16], BodyError> {
        let mut md5 = self.arrived().await?;
        self.batch.iter().for_each(|chunk| md5.update(chunk));
        Ok(md5.finish())
    }

    async fn arrived(&mut self) -> Result<Box<Md5>, BodyError> {
        match std::mem::replace(&mut self.state, State::Here(Box::default())) {
            State::Here(md5) => Ok(md5),
            State::Away(task) => task.await.map_err(|panic| BodyError::Io(panic.to_string())),
        }
    }
}
