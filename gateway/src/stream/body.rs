//! A body is a stream of byte chunks with a length that may be known.
//!
//! Every layer between the socket and the backing store is an adapter over
//! this type: chunk signatures, checksums, sealing, opening. At most one chunk
//! is held by each layer; the only place that collects is [`Body::collect`],
//! which wants a limit and serves small documents (XML, JSON), never objects.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::StreamExt;

/// Why a body ended before its end. Each has its S3 code in `api/faults.rs`.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// Fewer bytes than announced arrived, or the peer hung up.
    #[error("the body ended before its announced length")]
    Truncated,
    /// More bytes than announced or allowed arrived.
    #[error("the body is longer than allowed: {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// An aws-chunked frame is malformed.
    #[error("malformed chunk: {0}")]
    MalformedChunk(&'static str),
    /// A chunk's or the trailer's signature does not match.
    #[error("a chunk signature does not match")]
    ChunkSignature,
    /// The SHA-256 of the body is not the signed one.
    #[error("x-amz-content-sha256 does not match the body")]
    ContentSha256,
    /// The MD5 of the body is not `Content-MD5`.
    #[error("Content-MD5 does not match the body")]
    ContentMd5,
    /// A checksum announced in a header or trailer does not match.
    #[error("{0} does not match the body")]
    Checksum(&'static str),
    /// The announced trailer is missing or another one came.
    #[error("the trailer is not the announced one")]
    Trailer,
    /// Bytes came slower than the edge allows.
    #[error("the body arrived too slowly")]
    TooSlow,
    /// A sealed segment failed authentication: what the store holds is not
    /// what was written.
    #[error("sealed bytes failed authentication")]
    Tampered,
    /// The backing store or the network failed; the text is for the log.
    #[error("i/o: {0}")]
    Io(String),
}

/// A stream of byte chunks.
pub struct Body {
    chunks: Pin<Box<dyn Stream<Item = Result<Bytes, BodyError>> + Send>>,
    len: Option<u64>,
}

impl Body {
    /// A body over `chunks`, of `len` bytes when that is known.
    pub fn new(
        chunks: impl Stream<Item = Result<Bytes, BodyError>> + Send + 'static,
        len: Option<u64>,
    ) -> Self {
        Self { chunks: Box::pin(chunks), len }
    }

    /// A body of no bytes.
    pub fn empty() -> Self {
        Self::new(futures_util::stream::empty(), Some(0))
    }

    /// A body of one chunk.
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let len = bytes.len() as u64;
        Self::new(futures_util::stream::iter([Ok(bytes)]), Some(len))
    }

    /// Length in bytes, when known before the end.
    pub fn len(&self) -> Option<u64> {
        self.len
    }

    /// True for a body that is known to have no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == Some(0)
    }

    /// The next chunk; `None` at the end. After an error nothing follows.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, BodyError>> {
        self.chunks.next().await
    }

    /// The whole body, if it has at most `limit` bytes. For documents only.
    pub async fn collect(mut self, limit: usize) -> Result<Bytes, BodyError> {
        let mut whole = BytesMut::new();
        while let Some(chunk) = self.chunk().await {
            let chunk = chunk?;
            if whole.len() + chunk.len() > limit {
                return Err(BodyError::TooLarge { limit: limit as u64 });
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }
}

impl Stream for Body {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.chunks.as_mut().poll_next(cx)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({:?} bytes)", self.len)
    }
}
