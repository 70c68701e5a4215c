//! Sealed bytes in, plaintext out: the reading side of one span of one blob.
//!
//! A segment is opened in place in the buffer it arrived in, and leaves only
//! after its tag has been checked, trimmed to the wanted range. Bytes of a
//! segment that straddles two buffers are gathered in one of 64 KiB, which is
//! all that an [`Opener`] ever holds. Specification: section "Reading".

use bytes::{Buf, Bytes, BytesMut};

use super::SealedError;
use super::blob_key::BlobKey;
use super::size::Span;
use crate::base::aead::TAG_LEN;

/// Opens the segments of one [`Span`], in order.
///
/// ```text
/// let mut sealed = owned(chunk);
/// while let Some(plain) = opener.push(&mut sealed)? { send(plain).await?; }
/// ...
/// opener.finish()?;
/// ```
///
/// After an error it stays refused; what it yielded before was verified, but the
/// object is not whole: abort the transfer.
#[derive(Debug)]
pub struct Opener {
    key: BlobKey,
    span: Span,
    /// Index of the segment to be opened next.
    next: u64,
    /// The front of that segment, when its rest has not arrived yet.
    held: BytesMut,
    failed: bool,
}

impl Opener {
    /// Starts reading the bytes `span.sealed` of the blob that `key` opens.
    pub fn new(key: BlobKey, span: Span) -> Self {
        let next = span.first_segment();
        Self { key, span, next, held: BytesMut::new(), failed: false }
    }

    /// Takes bytes off the front of `sealed` and returns the wanted plaintext of
    /// a segment as soon as it is verified, never empty; `None` once `sealed` is
    /// used up.
    ///
    /// Errors: [`SealedError::Tampered`], also for bytes behind the span; then
    /// `sealed` is empty and the segment in it has been wiped.
    pub fn push(&mut self, sealed: &mut BytesMut) -> Result<Option<Bytes>, SealedError> {
        let opened = self.open_next_wanted(sealed);
        if opened.is_err() {
            self.failed = true;
            self.held.clear();
            sealed.clear();
        }
        opened
    }

    /// Says that the store has sent everything.
    ///
    /// Errors: [`SealedError::Truncated`] when segments are missing,
    /// [`SealedError::Tampered`] when one was refused before.
    pub fn finish(self) -> Result<(), SealedError> {
        if self.failed {
            return Err(SealedError::Tampered);
        }
        if self.next < self.span.end_segment() {
            return Err(SealedError::Truncated);
        }
        Ok(())
    }

    fn open_next_wanted(&mut self, sealed: &mut BytesMut) -> Result<Option<Bytes>, SealedError> {
        if self.failed {
            return Err(SealedError::Tampered);
        }
        while !sealed.is_empty() {
            if self.next >= self.span.end_segment() {
                return Err(SealedError::Tampered);
            }
            let (plain_len, last) = self.span.segment(self.next);
            let Some(segment) = self.gather(sealed, plain_len + TAG_LEN) else {
                break;
            };
            let plain = self.open_segment(segment, last)?;
            if !plain.is_empty() {
                return Ok(Some(plain));
            }
        }
        Ok(None)
    }

    /// The next `len` bytes as one buffer, without a copy when `sealed` holds
    /// them all; `None` when some are yet to come.
    fn gather(&mut self, sealed: &mut BytesMut, len: usize) -> Option<BytesMut> {
        if self.held.is_empty() && sealed.len() >= len {
            return Some(sealed.split_to(len));
        }
        let missing = len - self.held.len();
        self.held.reserve(missing);
        let front = sealed.split_to(missing.min(sealed.len()));
        self.held.extend_from_slice(&front);
        (self.held.len() == len).then(|| std::mem::take(&mut self.held))
    }

    fn open_segment(&mut self, mut segment: BytesMut, last: bool) -> Result<Bytes, SealedError> {
        let index = u32::try_from(self.next).map_err(|_| SealedError::TooLong)?;
        let len = self.key.open_segment(index, last, &mut segment)?;
        let wanted = self.span.wanted(self.next, len);
        self.next += 1;
        segment.truncate(wanted.end);
        segment.advance(wanted.start.min(wanted.end));
        Ok(segment.freeze())
    }
}

/// The same bytes, writable: without a copy where nobody else holds the buffer.
pub fn owned(bytes: Bytes) -> BytesMut {
    bytes.try_into_mut().unwrap_or_else(|shared| BytesMut::from(shared.as_ref()))
}
