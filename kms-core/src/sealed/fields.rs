//! Reading the packed records of this room: fixed numbers and counted bytes.
//!
//! Every read is checked; what does not fit is [`SealedError::Tampered`], since
//! all records lie behind the row MAC or a wrap.

use super::SealedError;

/// What is left to read of a record.
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn new(record: &'a [u8]) -> Self {
        Self(record)
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], SealedError> {
        let (field, rest) = self.0.split_first_chunk().ok_or(SealedError::Tampered)?;
        self.0 = rest;
        Ok(*field)
    }

    /// The next `len` bytes.
    pub(super) fn bytes(&mut self, len: usize) -> Result<&'a [u8], SealedError> {
        let (field, rest) = self.0.split_at_checked(len).ok_or(SealedError::Tampered)?;
        self.0 = rest;
        Ok(field)
    }

    pub(super) fn u8(&mut self) -> Result<u8, SealedError> {
        self.array().map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, SealedError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, SealedError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, SealedError> {
        self.array().map(u64::from_be_bytes)
    }

    /// Bytes behind the last field would give one record two encodings.
    pub(super) fn end(self) -> Result<(), SealedError> {
        if self.0.is_empty() { Ok(()) } else { Err(SealedError::Tampered) }
    }
}
