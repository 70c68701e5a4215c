//! Plaintext in, sealed bytes out: the writing side of one blob.
//!
//! Each byte is copied once, into its final place in a piece of 16 segments, and
//! sealed there; a piece leaves as soon as it is complete, so one piece is all
//! that a [`Sealer`] ever holds. A full segment is sealed only when a further
//! byte arrives, since it might be the last, whose nonce says so.
//! Specification: section "Segments".

use bytes::{Bytes, BytesMut};

use super::SealedError;
use super::blob_key::BlobKey;
use super::size::{SEALED_SEGMENT_LEN, SEGMENT_LEN, sealed_len};

/// Sealed bytes of a whole piece: 16 segments, 1 MiB of plaintext and its tags.
pub const PIECE_LEN: usize = 16 * SEALED_SEGMENT_LEN;

/// Seals one blob.
///
/// ```text
/// let mut rest: &[u8] = &chunk;
/// while let Some(piece) = sealer.push(&mut rest)? { write(piece).await?; }
/// ...
/// write(sealer.finish()?).await?;
/// ```
///
/// After an error it is of no use: drop it and the blob.
#[derive(Debug)]
pub struct Sealer {
    key: BlobKey,
    /// Index of the open segment.
    segment: u64,
    /// Sealed segments, then the plaintext of the open one.
    piece: BytesMut,
    /// How many bytes at the front of `piece` are sealed.
    sealed: usize,
}

impl Sealer {
    /// Starts a blob. `announced_len` is the plain length that the client
    /// announced; it only sizes the first buffer, so that small objects stay
    /// small, and may be wrong.
    pub fn new(key: BlobKey, announced_len: Option<u64>) -> Self {
        let sealed = announced_len.and_then(sealed_len).and_then(|len| usize::try_from(len).ok());
        let piece = BytesMut::with_capacity(sealed.unwrap_or(PIECE_LEN).min(PIECE_LEN));
        Self { key, segment: 0, piece, sealed: 0 }
    }

    /// Takes bytes off the front of `plain` and returns a piece of [`PIECE_LEN`]
    /// bytes as soon as it is complete; `None` once `plain` is empty.
    ///
    /// Errors: [`SealedError::TooLong`] beyond [`super::MAX_PLAIN_LEN`].
    pub fn push(&mut self, plain: &mut &[u8]) -> Result<Option<Bytes>, SealedError> {
        while !plain.is_empty() {
            let open = self.piece.len() - self.sealed;
            if open == SEGMENT_LEN {
                self.seal_open_segment(false)?;
                if self.sealed >= PIECE_LEN {
                    return Ok(Some(self.take_piece()));
                }
                continue;
            }
            let Some((now, later)) = plain.split_at_checked(plain.len().min(SEGMENT_LEN - open))
            else {
                break;
            };
            self.piece.extend_from_slice(now);
            *plain = later;
        }
        Ok(None)
    }

    /// Seals the last segment, which marks the end, and returns the last bytes;
    /// at least 16, also for an empty blob. Errors: [`SealedError::TooLong`].
    pub fn finish(mut self) -> Result<Bytes, SealedError> {
        self.seal_open_segment(true)?;
        Ok(self.piece.freeze())
    }

    fn seal_open_segment(&mut self, last: bool) -> Result<(), SealedError> {
        let index = u32::try_from(self.segment).map_err(|_| SealedError::TooLong)?;
        let text = self.piece.get_mut(self.sealed..).unwrap_or_default();
        let tag = self.key.seal_segment(index, last, text)?;
        self.piece.extend_from_slice(&tag);
        self.sealed = self.piece.len();
        self.segment += 1;
        Ok(())
    }

    fn take_piece(&mut self) -> Bytes {
        self.sealed = 0;
        std::mem::replace(&mut self.piece, BytesMut::with_capacity(PIECE_LEN)).freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Algorithm, DataKey, SecretBytes};
    use crate::sealed::{Salt, WriteId};

    fn sealer(announced_len: Option<u64>) -> Sealer {
        let data_key = DataKey::new(SecretBytes::zeroed(32));
        let (key, _) =
            BlobKey::derive(&data_key, Algorithm::Aes256Gcm, &WriteId([1; 16]), &Salt([2; 32]))
                .unwrap();
        Sealer::new(key, announced_len)
    }

    #[test]
    fn the_counter_never_wraps() {
        let mut sealer = sealer(None);
        sealer.segment = 1 << 32;
        assert_eq!(sealer.finish(), Err(SealedError::TooLong));
    }

    #[test]
    fn a_wrong_announcement_changes_no_byte() {
        let plain = vec![7; 3 * SEGMENT_LEN];
        let seal = |announced_len| {
            let mut sealer = sealer(announced_len);
            assert_eq!(sealer.push(&mut &plain[..]), Ok(None));
            sealer.finish().unwrap()
        };
        assert_eq!(seal(None), seal(Some(1)));
        assert_eq!(seal(None), seal(Some(u64::MAX)));
    }

    #[test]
    fn memory_stays_at_one_piece() {
        let mut sealer = sealer(None);
        let mut rest: &[u8] = &vec![7; 5 << 20];
        let mut pieces = 0;
        while let Some(piece) = sealer.push(&mut rest).unwrap() {
            assert_eq!(piece.len(), PIECE_LEN);
            assert!(sealer.piece.capacity() <= PIECE_LEN);
            pieces += 1;
        }
        assert_eq!(pieces, 4);
        assert_eq!(sealer.finish().unwrap().len(), PIECE_LEN);
    }
}
