//! The sealed object: how bytes lie at rest, and the records that bind them.
//!
//! A body is cut into segments of 64 KiB, each sealed by an AEAD under a key
//! derived for this one blob; beside it stand the [`Envelope`] (how the data key
//! is wrapped), the [`Manifest`] (which blobs make up the object) and the row
//! MAC, which ties both to the catalog row. Specified byte for byte in
//! `docs/formats/sealed-object.md`; vectors in `tests/vectors/sealed/`.
//!
//! What it is not: it reads and writes no store, runs no task, asks no KMS and
//! draws no random number. It is synchronous and pure; pipelines drive it.
//!
//! Invariants: nothing unverified is ever yielded, and no segment is sealed
//! twice under one key (a [`Sealer`] owns its [`BlobKey`] and only counts up;
//! every blob has a fresh [`Salt`]).

mod blob_key;
mod envelope;
mod fields;
mod id;
mod manifest;
mod open;
mod row_mac;
mod seal;
mod size;

pub use blob_key::BlobKey;
pub use envelope::{Envelope, MAX_KEY_ID_LEN, MAX_WRAPPED_KEY_LEN, Mode, WrappingKey};
pub use id::{BlobId, Commitment, Salt, WriteId};
pub use manifest::{Checksum, MAX_PARTS, Manifest, Part, PartRange};
pub use open::{Opener, owned};
pub use row_mac::{RowClaims, part_mac, row_mac, verify_part_mac, verify_row_mac};
pub use seal::{PIECE_LEN, Sealer};
pub use size::{MAX_PLAIN_LEN, SEALED_SEGMENT_LEN, SEGMENT_LEN, Span, plain_len, sealed_len};

/// The number of the format that this code writes, in every envelope and key derivation.
pub const FORMAT: u8 = 1;

/// Why sealed bytes, or the records beside them, are refused.
///
/// No text says which byte, tag or length was wrong: that helps only an attacker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealedError {
    /// Bytes, keys or records do not belong together. Abort the transfer, keep
    /// the blob, raise an alarm; reading again does not help.
    #[error("sealed data failed authentication: abort, keep the blob and investigate")]
    Tampered,
    /// Fewer bytes than the length says. Abort; the store may answer in full at
    /// the next attempt, else the blob is damaged.
    #[error("sealed data ends early: read again, and if it repeats treat the blob as damaged")]
    Truncated,
    /// Written by a newer release: upgrade this one before reading it.
    #[error("sealed data has format {0}, which this release does not know: upgrade it")]
    UnsupportedFormat(u8),
    /// More bytes or parts than the format can hold: refuse the upload.
    #[error("longer than the sealed format can hold: refuse the request")]
    TooLong,
    /// The data key is not 32 bytes long, so it was never made for an object.
    #[error("this data key does not fit an object: ask the KMS for one of 32 bytes")]
    DataKey,
}
