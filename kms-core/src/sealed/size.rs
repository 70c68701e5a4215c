//! Sizes and ranges: plain and sealed lengths convert by arithmetic alone.
//!
//! Lengths are bytes of one blob. A blob of `n` plain bytes has
//! `max(1, ceil(n / 65536))` segments, each 16 bytes longer when sealed; so a
//! LIST needs no look at the store, and a range is served from the segments it
//! touches. Specification: section "Segments".

use std::ops::Range;

use super::SealedError;
use crate::base::aead::TAG_LEN;

/// Plain bytes in every segment but the last.
pub const SEGMENT_LEN: usize = 65_536;
/// Sealed bytes of a full segment: its ciphertext, then its tag.
pub const SEALED_SEGMENT_LEN: usize = SEGMENT_LEN + TAG_LEN;
/// Plain bytes that one blob can hold (256 TiB): the segment counter has 32 bits.
pub const MAX_PLAIN_LEN: u64 = SEGMENT << 32;

const SEGMENT: u64 = SEGMENT_LEN as u64;
const SEALED_SEGMENT: u64 = SEALED_SEGMENT_LEN as u64;
const TAG: u64 = TAG_LEN as u64;

/// The sealed length of `plain` bytes; `None` beyond [`MAX_PLAIN_LEN`].
pub fn sealed_len(plain: u64) -> Option<u64> {
    (plain <= MAX_PLAIN_LEN).then(|| plain + plain.div_ceil(SEGMENT).max(1) * TAG)
}

/// The plain length of a blob of `sealed` bytes.
///
/// Errors: [`SealedError::Truncated`] for a length that no blob has (a last
/// segment shorter than its tag, or empty behind others), [`SealedError::TooLong`].
pub fn plain_len(sealed: u64) -> Result<u64, SealedError> {
    let (full, rest) = (sealed / SEALED_SEGMENT, sealed % SEALED_SEGMENT);
    let last = match rest {
        0 if full > 0 => 0,
        TAG if full == 0 => 0,
        0..=TAG => return Err(SealedError::Truncated),
        _ => rest - TAG,
    };
    let plain = full.checked_mul(SEGMENT).and_then(|whole| whole.checked_add(last));
    plain.filter(|plain| *plain <= MAX_PLAIN_LEN).ok_or(SealedError::TooLong)
}

/// Which sealed bytes serve a plain range of a blob, and what to trim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The bytes to ask the store for: whole segments, never empty.
    pub sealed: Range<u64>,
    /// The wanted plain bytes, counted from the start of the blob.
    pub plain: Range<u64>,
    /// Plain length of the whole blob, which says where the last segment is.
    blob_len: u64,
}

impl Span {
    /// The span of `plain` in a blob of `blob_len` plain bytes; `None` when the
    /// range is reversed or leaves the blob, or the blob is too long.
    ///
    /// An empty range still spans one segment, so that it too is authenticated.
    pub fn of(blob_len: u64, plain: Range<u64>) -> Option<Self> {
        let blob_end = sealed_len(blob_len)?;
        if plain.start > plain.end || plain.end > blob_len {
            return None;
        }
        let first = (plain.start / SEGMENT).min(last_segment(blob_len));
        let after = plain.end.div_ceil(SEGMENT).max(first + 1);
        let sealed = first * SEALED_SEGMENT..(after * SEALED_SEGMENT).min(blob_end);
        Some(Self { sealed, plain, blob_len })
    }

    /// The span of a whole blob; `None` when it is too long.
    pub fn whole(blob_len: u64) -> Option<Self> {
        Self::of(blob_len, 0..blob_len)
    }

    /// Index of the first segment in the span.
    pub(super) fn first_segment(&self) -> u64 {
        self.sealed.start / SEALED_SEGMENT
    }

    /// Index behind the last segment in the span.
    pub(super) fn end_segment(&self) -> u64 {
        self.sealed.end.div_ceil(SEALED_SEGMENT)
    }

    /// Plain length of segment `index`, and whether it is the blob's last.
    pub(super) fn segment(&self, index: u64) -> (usize, bool) {
        if index != last_segment(self.blob_len) {
            return (SEGMENT_LEN, false);
        }
        let len = self.blob_len.saturating_sub(index * SEGMENT);
        (usize::try_from(len).unwrap_or(SEGMENT_LEN), true)
    }

    /// Which bytes of segment `index`, of `len` plain bytes, the caller wants.
    pub(super) fn wanted(&self, index: u64, len: usize) -> Range<usize> {
        let within =
            |at: u64| usize::try_from(at.saturating_sub(index * SEGMENT)).unwrap_or(len).min(len);
        within(self.plain.start)..within(self.plain.end)
    }
}

fn last_segment(blob_len: u64) -> u64 {
    blob_len.div_ceil(SEGMENT).max(1) - 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn impossible_lengths_are_refused() {
        for sealed in [0, 1, 15, SEALED_SEGMENT + 1, SEALED_SEGMENT + 16] {
            assert_eq!(plain_len(sealed), Err(SealedError::Truncated), "{sealed}");
        }
        assert_eq!(plain_len(u64::MAX), Err(SealedError::TooLong));
        assert_eq!(sealed_len(MAX_PLAIN_LEN + 1), None);
        assert_eq!(sealed_len(0), Some(16));
        assert_eq!(plain_len(16), Ok(0));
    }

    proptest! {
        #[test]
        fn lengths_convert_both_ways(plain in 0..=MAX_PLAIN_LEN) {
            prop_assert_eq!(plain_len(sealed_len(plain).unwrap()), Ok(plain));
        }

        #[test]
        fn a_sealed_length_is_refused_or_comes_back(sealed in 0..1u64 << 50) {
            if let Ok(plain) = plain_len(sealed) {
                prop_assert_eq!(sealed_len(plain), Some(sealed));
            }
        }

        #[test]
        fn a_span_is_the_fewest_segments_that_hold_the_range(
            len in 1..MAX_PLAIN_LEN, a in any::<u64>(), b in any::<u64>()
        ) {
            let (a, b) = (a % len, b % len);
            let span = Span::of(len, a.min(b)..a.max(b) + 1).unwrap();
            prop_assert_eq!(span.first_segment(), a.min(b) / SEGMENT);
            prop_assert_eq!(span.end_segment(), a.max(b) / SEGMENT + 1);
            prop_assert!(span.sealed.end <= sealed_len(len).unwrap());
        }
    }
}
