//! Plaintext in, one sealed blob out.
//!
//! One pipeline: body, checksums of the plaintext, seal, MD5, store. Each stage
//! holds one piece of about 1 MiB. Nothing is visible until the catalog commits
//! what this returns; whatever fails here leaves at most an orphan blob.

use bytes::Bytes;
use kms_core::base::Algorithm;
use kms_core::sealed::{BlobId, BlobKey, Checksum, Part, Salt, SealedError, Sealer, sealed_len};

use super::encryption::Sealing;
use super::hash_lane::HashLane;
use super::{ObjectError, Objects, sealed};
use crate::backing::{BackingError, BlobWriter};
use crate::stream::announced::{Announced, Digests};
use crate::stream::checksum::{ChecksumAlgorithm, ChecksumValue};
use crate::stream::{Body, BodyError, EtagOver, Trailers};

/// A body with what was announced about it.
pub struct Payload {
    /// The plaintext.
    pub body: Body,
    /// What comes behind it.
    pub trailers: Trailers,
    /// Content-MD5 and checksum to verify.
    pub announced: Announced,
    /// A checksum to compute when none was announced.
    pub compute: Option<ChecksumAlgorithm>,
    /// Most bytes that are taken.
    pub limit: u64,
}

/// A blob that is durable in the store but not yet in the catalog.
pub struct SealedBlob {
    /// Everything the manifest needs to know.
    pub part: Part,
    /// The verified or computed checksum of the plaintext.
    pub checksum: Option<ChecksumValue>,
}

impl Objects {
    /// Seals `payload` into a new blob as part `number`. Errors: `Body` when the
    /// payload is not what was announced, `Backing`, `Sealed` (too long).
    pub async fn seal_blob(
        &self,
        sealing: &Sealing,
        number: u32,
        payload: Payload,
        etag_over: EtagOver,
    ) -> Result<SealedBlob, ObjectError> {
        let blob = BlobId(*uuid::Uuid::now_v7().as_bytes());
        let mut salt = Salt([0; 32]);
        getrandom::fill(&mut salt.0).map_err(|error| BodyError::Io(error.to_string()))?;
        let write_id = sealing.envelope.write_id;
        let refused = |error| sealed(&write_id.0, error);
        let algorithm = sealing.envelope.algorithm;
        let (blob_key, commitment) =
            BlobKey::derive(&sealing.data_key, algorithm, &write_id, &salt).map_err(refused)?;
        let tags = sealing.envelope.blob_metadata(&salt, &commitment).map_err(refused)?;
        let len = payload.body.len();
        let announced_md5 = payload.announced.content_md5.is_some();
        let mut pipeline = Pipeline {
            digests: Digests::new(
                announced_md5 && etag_over == EtagOver::Ciphertext,
                payload.announced.algorithm().or(payload.compute),
            ),
            sealer: Sealer::new(blob_key, len),
            slow: (algorithm == Algorithm::Sm4Gcm).then_some(self),
            etag: HashLane::new(),
            etag_over,
            writer: self.backing.writer(blob, len.and_then(sealed_len), tags.into_iter().collect()),
            plain_len: 0,
        };
        let pumped = pipeline.pump(payload.body, payload.limit).await;
        pumped.map_err(|stopped| stopped.told(&write_id.0))?;
        let ended = pipeline.end(&payload.announced, &payload.trailers).await;
        let Ended { etag_md5, plain_len, checksum } =
            ended.map_err(|stopped| stopped.told(&write_id.0))?;
        let kept = checksum.as_ref().map(kept_checksum).transpose().map_err(refused)?;
        let part = Part { number, blob, plain_len, salt, commitment, etag_md5, checksum: kept };
        Ok(SealedBlob { part, checksum })
    }
}

/// The stages between a body and its blob.
struct Pipeline<'a> {
    digests: Digests,
    sealer: Sealer,
    /// Set when sealing is slow enough to need a place among the slow ciphers.
    slow: Option<&'a Objects>,
    etag: HashLane,
    etag_over: EtagOver,
    writer: BlobWriter,
    plain_len: u64,
}

/// What is known at the end of a body.
struct Ended {
    etag_md5: [u8; 16],
    plain_len: u64,
    checksum: Option<ChecksumValue>,
}

/// Why a pipeline stopped; [`Stopped::told`] names the object.
enum Stopped {
    Object(ObjectError),
    Sealed(SealedError),
}

impl Pipeline<'_> {
    /// Drives the body to its end.
    async fn pump(&mut self, mut body: Body, limit: u64) -> Result<(), Stopped> {
        while let Some(chunk) = body.chunk().await {
            let chunk = chunk?;
            self.plain_len += chunk.len() as u64;
            if self.plain_len > limit {
                return Err(BodyError::TooLarge { limit }.into());
            }
            self.digests.update(&chunk);
            self.seal(&chunk).await?;
            if self.etag_over == EtagOver::Plaintext {
                self.etag.update(chunk).await?;
            }
        }
        Ok(())
    }

    async fn seal(&mut self, mut chunk: &[u8]) -> Result<(), Stopped> {
        loop {
            let piece = match self.slow {
                None => self.sealer.push(&mut chunk),
                Some(objects) => objects.slowly(|| self.sealer.push(&mut chunk)).await,
            };
            match piece? {
                Some(piece) => self.store(piece).await?,
                None => return Ok(()),
            }
        }
    }

    async fn store(&mut self, piece: Bytes) -> Result<(), Stopped> {
        if self.etag_over == EtagOver::Ciphertext {
            self.etag.update(piece.clone()).await?;
        }
        Ok(self.writer.write(piece).await?)
    }

    /// Checks what was announced, seals the last segment and makes the blob
    /// durable. A body that was not what was announced leaves no blob.
    async fn end(mut self, announced: &Announced, trailers: &Trailers) -> Result<Ended, Stopped> {
        let mut finished = std::mem::take(&mut self.digests).finish();
        let mut etag_md5 = None;
        if self.etag_over == EtagOver::Plaintext {
            let md5 = std::mem::replace(&mut self.etag, HashLane::new()).finish().await?;
            (finished.md5, etag_md5) = (Some(md5), Some(md5));
        }
        let checksum = announced.verify(finished, trailers)?;
        let last = self.sealer.finish()?;
        if self.etag_over == EtagOver::Ciphertext {
            self.etag.update(last.clone()).await?;
        }
        self.writer.write(last).await?;
        // The hash lane still runs while the store syncs.
        self.writer.finish().await?;
        let etag_md5 = match etag_md5 {
            Some(md5) => md5,
            None => self.etag.finish().await?,
        };
        Ok(Ended { etag_md5, plain_len: self.plain_len, checksum })
    }
}

impl Objects {
    /// Runs a slow cipher's work at one of the few places for it.
    async fn slowly<T>(&self, work: impl FnOnce() -> T) -> T {
        // The semaphore is never closed, so a place always comes.
        let _place = self.slow_ciphers.acquire().await;
        tokio::task::block_in_place(work)
    }
}

impl Stopped {
    fn told(self, write_id: &[u8; 16]) -> ObjectError {
        match self {
            Self::Object(error) => error,
            Self::Sealed(error) => sealed(write_id, error),
        }
    }
}

impl From<BodyError> for Stopped {
    fn from(error: BodyError) -> Self {
        Self::Object(error.into())
    }
}

impl From<BackingError> for Stopped {
    fn from(error: BackingError) -> Self {
        Self::Object(error.into())
    }
}

impl From<SealedError> for Stopped {
    fn from(error: SealedError) -> Self {
        Self::Sealed(error)
    }
}

fn kept_checksum(value: &ChecksumValue) -> Result<Checksum, SealedError> {
    Checksum::new(value.algorithm().number(), value.bytes())
}
