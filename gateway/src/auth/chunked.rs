//! An aws-chunked body, decoded and held to its signatures and announcements.
//!
//! Data flow on as they come: a chunk may be as long as the object, and holding
//! it until its signature has been seen would take as much memory. So bytes
//! leave here before they are verified, but never the end of the body: what
//! does not hold ends with an error, and an object is committed only at its
//! body's end. Invariant: `None` is yielded only when every chunk signature,
//! the decoded length, the set of trailers and the trailer's signature held.

use bytes::Bytes;
use futures_util::stream;
use sha2::{Digest, Sha256};

use super::chunk_frame::{Frame, Frames, TRAILER_SIGNATURE};
use super::signature::ChunkChain;
use crate::stream::{Body, BodyError, Trailers};

/// What the request says about its chunked body.
pub(super) struct Framing {
    /// `x-amz-decoded-content-length`, in bytes.
    pub(super) decoded_len: u64,
    /// The chain of signatures, when chunks are signed.
    pub(super) chain: Option<ChunkChain>,
    /// Whether a trailer section follows the last chunk.
    pub(super) has_trailer: bool,
    /// Names in `x-amz-trailer`, lower case and sorted.
    pub(super) announced: Vec<String>,
    /// Where the trailer fields go.
    pub(super) trailers: Trailers,
}

/// The decoded body, of the announced length. It ends with
/// [`BodyError::MalformedChunk`], [`BodyError::ChunkSignature`],
/// [`BodyError::Truncated`] or [`BodyError::Trailer`] when something does not hold.
pub(super) fn decoded(body: Body, framing: Framing) -> Body {
    let len = framing.decoded_len;
    let decoder = Decoder {
        body,
        input: Bytes::new(),
        frames: Frames::new(framing.chain.is_some(), framing.has_trailer),
        left: len,
        chunk: None,
        chain: framing.chain,
        has_trailer: framing.has_trailer,
        announced: framing.announced,
        fields: Vec::new(),
        trailer_signature: None,
        trailers: framing.trailers,
    };
    let chunks = stream::unfold(Some(decoder), |decoder| async move {
        let mut decoder = decoder?;
        match decoder.next().await {
            Ok(Some(data)) => Some((Ok(data), Some(decoder))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    });
    Body::new(chunks, Some(len))
}

struct Decoder {
    body: Body,
    /// What has come and is not yet decoded: one piece of the body.
    input: Bytes,
    frames: Frames,
    /// Bytes of the decoded length that have not come.
    left: u64,
    /// The chunk that is flowing by, when chunks are signed.
    chunk: Option<Chunk>,
    chain: Option<ChunkChain>,
    has_trailer: bool,
    announced: Vec<String>,
    fields: Vec<(String, String)>,
    trailer_signature: Option<String>,
    trailers: Trailers,
}

/// A signed chunk: how much is to come, what came, what it should be.
struct Chunk {
    left: u64,
    sha: Sha256,
    signature: String,
}

impl Decoder {
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            match self.frames.next(&mut self.input)? {
                Some(Frame::Chunk { len, signature }) => self.chunk_begins(len, signature)?,
                Some(Frame::Data(data)) => {
                    self.data_passes(&data)?;
                    return Ok(Some(data));
                }
                Some(Frame::Trailer(name, value)) if name == TRAILER_SIGNATURE => {
                    self.trailer_signature_comes(value)?;
                }
                Some(Frame::Trailer(name, value)) => self.fields.push((name, value)),
                None => match self.body.chunk().await {
                    Some(input) => self.input = input?,
                    None if self.frames.is_done() => return self.finish().map(|()| None),
                    None => return Err(BodyError::Truncated),
                },
            }
        }
    }

    fn chunk_begins(&mut self, len: u64, signature: Option<String>) -> Result<(), BodyError> {
        let left = self.left.checked_sub(len);
        self.left = left.ok_or(BodyError::MalformedChunk("more data than announced"))?;
        self.chunk = signature.map(|signature| Chunk { left: len, sha: Sha256::new(), signature });
        self.chunk_may_end()
    }

    fn data_passes(&mut self, data: &[u8]) -> Result<(), BodyError> {
        if let Some(chunk) = &mut self.chunk {
            chunk.sha.update(data);
            chunk.left = chunk.left.saturating_sub(data.len() as u64);
        }
        self.chunk_may_end()
    }

    /// Verifies a chunk as soon as its last byte has come.
    fn chunk_may_end(&mut self) -> Result<(), BodyError> {
        let Some(chunk) = self.chunk.take_if(|chunk| chunk.left == 0) else {
            return Ok(());
        };
        let hash = hex::encode(chunk.sha.finalize());
        let chain = self.chain.as_mut();
        match chain.is_some_and(|chain| chain.has_signed_chunk(&hash, chunk.signature)) {
            true => Ok(()),
            false => Err(BodyError::ChunkSignature),
        }
    }

    fn trailer_signature_comes(&mut self, value: String) -> Result<(), BodyError> {
        match (&self.chain, self.trailer_signature.replace(value)) {
            (Some(_), None) => Ok(()),
            _ => Err(BodyError::Trailer),
        }
    }

    /// The whole body has come: judges length and trailer, and hands the
    /// trailer's fields on.
    fn finish(&mut self) -> Result<(), BodyError> {
        if self.left > 0 {
            return Err(BodyError::Truncated);
        }
        let mut fields = std::mem::take(&mut self.fields);
        fields.sort_unstable();
        if !fields.iter().map(|(name, _)| name).eq(&self.announced) {
            return Err(BodyError::Trailer);
        }
        if let (Some(chain), true) = (&self.chain, self.has_trailer) {
            let canonical: String = fields.iter().map(|(n, v)| format!("{n}:{v}\n")).collect();
            let hash = hex::encode(Sha256::digest(canonical));
            let signature = self.trailer_signature.as_ref();
            if !signature.is_some_and(|signature| chain.has_signed_trailer(&hash, signature)) {
                return Err(BodyError::ChunkSignature);
            }
        }
        self.trailers.set(fields);
        Ok(())
    }
}
