//! The manifest: the ordered parts of one object, each a blob of its own.
//!
//! A single PUT has one part, a multipart upload one for each part, and an OBS
//! append adds one. Packed, so that 10,000 parts decode in about a millisecond;
//! it is authenticated by the row MAC and so carries no tag itself.
//! Specification: section "Manifest".

use std::fmt;
use std::ops::Range;

use super::fields::Fields;
use super::{BlobId, Commitment, FORMAT, MAX_PLAIN_LEN, Salt, SealedError};

/// Most parts of one object (S3 and OBS: 10,000).
pub const MAX_PARTS: usize = 10_000;

const MAX_CHECKSUM_LEN: usize = 32;
const SHORTEST_PART_LEN: usize = 110;

/// A checksum of a part's plaintext as the client gave it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Checksum {
    kind: u8,
    len: u8,
    value: [u8; MAX_CHECKSUM_LEN],
}

impl Checksum {
    /// `kind` is the caller's number for the algorithm (stored, never zero),
    /// `value` 1 to 32 bytes. Errors: [`SealedError::TooLong`] otherwise.
    pub fn new(kind: u8, value: &[u8]) -> Result<Self, SealedError> {
        let mut padded = [0; MAX_CHECKSUM_LEN];
        let front = padded.get_mut(..value.len()).filter(|front| !front.is_empty() && kind != 0);
        front.ok_or(SealedError::TooLong)?.copy_from_slice(value);
        let len = u8::try_from(value.len()).map_err(|_| SealedError::TooLong)?;
        Ok(Self { kind, len, value: padded })
    }

    /// The caller's number for the algorithm.
    pub fn kind(&self) -> u8 {
        self.kind
    }

    /// The value, 1 to 32 bytes.
    pub fn value(&self) -> &[u8] {
        self.value.get(..self.len.into()).unwrap_or_default()
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checksum({}, {})", self.kind, hex::encode(self.value()))
    }
}

/// One part of an object: a blob and what is needed to open it beside the data key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The part number that the client gave, 1 or more; appends count on.
    pub number: u32,
    /// The blob's name in the backing store.
    pub blob: BlobId,
    /// Plain bytes of the part, at most [`MAX_PLAIN_LEN`].
    pub plain_len: u64,
    /// The blob's own salt.
    pub salt: Salt,
    /// The blob's key commitment.
    pub commitment: Commitment,
    /// The MD5 that is this part's ETag.
    pub etag_md5: [u8; 16],
    /// The checksum that the client asked to be kept.
    pub checksum: Option<Checksum>,
}

/// The part that serves a piece of a plain range, and which of its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartRange<'a> {
    /// The part.
    pub part: &'a Part,
    /// Plain bytes within the part, never empty.
    pub plain: Range<u64>,
}

/// The parts of one object, by ascending number; at least one, at most [`MAX_PARTS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    parts: Vec<Part>,
    /// Where each part ends in the object, in plain bytes.
    ends: Vec<u64>,
}

impl Manifest {
    /// Checks `parts`: not empty, ascending numbers from 1, each of a legal length.
    ///
    /// Errors: [`SealedError::TooLong`] for too many parts or too long a part,
    /// [`SealedError::Tampered`] for none, or for numbers out of order.
    pub fn new(parts: Vec<Part>) -> Result<Self, SealedError> {
        if parts.len() > MAX_PARTS || parts.iter().any(|part| part.plain_len > MAX_PLAIN_LEN) {
            return Err(SealedError::TooLong);
        }
        let mut before = 0;
        let mut end = 0;
        let mut ends = Vec::with_capacity(parts.len());
        for part in &parts {
            if part.number <= before {
                return Err(SealedError::Tampered);
            }
            before = part.number;
            end += part.plain_len;
            ends.push(end);
        }
        if parts.is_empty() { Err(SealedError::Tampered) } else { Ok(Self { parts, ends }) }
    }

    /// The canonical binary form.
    pub fn encode(&self) -> Vec<u8> {
        let mut record = Vec::with_capacity(5 + self.parts.len() * (SHORTEST_PART_LEN + 32));
        record.push(FORMAT);
        let count = u32::try_from(self.parts.len()).unwrap_or(u32::MAX);
        record.extend_from_slice(&count.to_be_bytes());
        for part in &self.parts {
            part.encode_into(&mut record);
        }
        record
    }

    /// Reads the binary form.
    ///
    /// Errors: [`SealedError::UnsupportedFormat`] for another format number,
    /// [`SealedError::Tampered`] for anything that [`Manifest::encode`] does not write.
    pub fn decode(record: &[u8]) -> Result<Self, SealedError> {
        let mut fields = Fields::new(record);
        let format = fields.u8()?;
        if format != FORMAT {
            return Err(SealedError::UnsupportedFormat(format));
        }
        let count = usize::try_from(fields.u32()?).map_err(|_| SealedError::Tampered)?;
        if count > record.len() / SHORTEST_PART_LEN {
            return Err(SealedError::Tampered);
        }
        let parts: Result<Vec<_>, _> = (0..count).map(|_| Part::decode(&mut fields)).collect();
        let parts = parts?;
        fields.end()?;
        Self::new(parts).map_err(|_| SealedError::Tampered)
    }

    /// The parts, by ascending number.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Plain bytes of the whole object.
    pub fn plain_len(&self) -> u64 {
        self.ends.last().copied().unwrap_or_default()
    }

    /// The parts that hold the plain bytes `range` of the object, in order, and
    /// which of their bytes. Bytes beyond the object are not there; an empty
    /// range, and so an empty object, needs no part.
    pub fn locate(&self, range: Range<u64>) -> impl Iterator<Item = PartRange<'_>> {
        let first = self.ends.partition_point(|end| *end <= range.start);
        let parts = self.parts.iter().zip(&self.ends).skip(first);
        parts
            .map(move |(part, end)| {
                let start = end - part.plain_len;
                let within = |at: u64| at.saturating_sub(start).min(part.plain_len);
                (start, PartRange { part, plain: within(range.start)..within(range.end) })
            })
            .take_while(move |(start, _)| *start < range.end)
            .map(|(_, piece)| piece)
            .filter(|piece| !piece.plain.is_empty())
    }
}

impl Part {
    fn encode_into(&self, record: &mut Vec<u8>) {
        record.extend_from_slice(&self.number.to_be_bytes());
        record.extend_from_slice(&self.blob.0);
        record.extend_from_slice(&self.plain_len.to_be_bytes());
        record.extend_from_slice(&self.salt.0);
        record.extend_from_slice(&self.commitment.0);
        record.extend_from_slice(&self.etag_md5);
        match &self.checksum {
            Some(checksum) => {
                record.extend_from_slice(&[checksum.kind, checksum.len]);
                record.extend_from_slice(checksum.value());
            }
            None => record.extend_from_slice(&[0, 0]),
        }
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, SealedError> {
        Ok(Self {
            number: fields.u32()?,
            blob: BlobId(fields.array()?),
            plain_len: fields.u64()?,
            salt: Salt(fields.array()?),
            commitment: Commitment(fields.array()?),
            etag_md5: fields.array()?,
            checksum: match (fields.u8()?, fields.u8()?) {
                (0, 0) => None,
                (kind, len) => {
                    let value = fields.bytes(len.into())?;
                    Some(Checksum::new(kind, value).map_err(|_| SealedError::Tampered)?)
                }
            },
        })
    }
}
