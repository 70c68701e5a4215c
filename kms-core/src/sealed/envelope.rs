//! The envelope: how the data key of an object is wrapped, and under what.
//!
//! One envelope serves all parts of an object. Its binary form stands in the
//! catalog row, which is the authority; its text form is put beside each blob
//! where the backing store has object metadata, for people and for rescue, and
//! is never read to serve a request. It holds no secret: the data key in it is
//! wrapped. Each value has exactly one encoding. Specification: section "Envelope".

use std::collections::BTreeMap;

use super::fields::Fields;
use super::{Commitment, FORMAT, Salt, SealedError, WriteId};
use crate::base::Algorithm;

/// Longest id of a wrapping key, in bytes.
pub const MAX_KEY_ID_LEN: usize = 256;
/// Longest wrapped data key, in bytes.
pub const MAX_WRAPPED_KEY_LEN: usize = 512;

/// What the client asked for, which decides who holds the wrapping key. The
/// numbers are stored; they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Mode {
    /// `kms` or `aws:kms`: wrapped under a customer master key.
    Kms = 1,
    /// `AES256`: wrapped under the account's service key, and announced.
    Aes256 = 2,
    /// Nothing: wrapped under the account's service key, silently.
    None = 3,
    /// SSE-C: wrapped under a key derived from the customer's own.
    SseC = 4,
}

impl Mode {
    /// The mode with this stored number; `None` for a number of a newer format.
    pub fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Kms),
            2 => Some(Self::Aes256),
            3 => Some(Self::None),
            4 => Some(Self::SseC),
            _ => None,
        }
    }

    /// The stored number.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The name in metadata and on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kms => "kms",
            Self::Aes256 => "aes256",
            Self::None => "none",
            Self::SseC => "sse-c",
        }
    }
}

/// The key that a data key is wrapped under, by id and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappingKey {
    /// The full key id, 1 to 256 bytes of printable ASCII.
    pub id: String,
    /// The version of the key that wrapped.
    pub version: u32,
}

/// How the data key of one object is wrapped. Its format is [`FORMAT`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The data algorithm of every blob of the object.
    pub algorithm: Algorithm,
    /// What the client asked for.
    pub mode: Mode,
    /// The wrapping key: always for [`Mode::Kms`], elsewhere where the key has an id.
    pub wrapping_key: Option<WrappingKey>,
    /// The data key as the KMS wrapped it, 1 to 512 bytes.
    pub wrapped_data_key: Vec<u8>,
    /// The write that drew the data key; a claim of its AAD and of the key derivation.
    pub write_id: WriteId,
}

impl Envelope {
    /// The canonical binary form, at most 800 bytes.
    ///
    /// Errors: [`SealedError::TooLong`] when a field is outside its bounds.
    pub fn encode(&self) -> Result<Vec<u8>, SealedError> {
        self.check().map_err(|_| SealedError::TooLong)?;
        let (id, version) = match &self.wrapping_key {
            Some(key) => (key.id.as_str(), key.version),
            None => ("", 0),
        };
        let mut record = vec![FORMAT, self.algorithm.number(), self.mode.number()];
        record.extend_from_slice(&self.write_id.0);
        record.extend_from_slice(&counted(id.len())?);
        record.extend_from_slice(id.as_bytes());
        record.extend_from_slice(&version.to_be_bytes());
        record.extend_from_slice(&counted(self.wrapped_data_key.len())?);
        record.extend_from_slice(&self.wrapped_data_key);
        Ok(record)
    }

    /// Reads the binary form.
    ///
    /// Errors: [`SealedError::UnsupportedFormat`] for another format number,
    /// [`SealedError::Tampered`] for anything that [`Envelope::encode`] does not write.
    pub fn decode(record: &[u8]) -> Result<Self, SealedError> {
        let mut fields = Fields::new(record);
        let format = fields.u8()?;
        if format != FORMAT {
            return Err(SealedError::UnsupportedFormat(format));
        }
        let algorithm = Algorithm::from_number(fields.u8()?).ok_or(SealedError::Tampered)?;
        let mode = Mode::from_number(fields.u8()?).ok_or(SealedError::Tampered)?;
        let write_id = WriteId(fields.array()?);
        let id_len = fields.u16()?;
        let id = str::from_utf8(fields.bytes(id_len.into())?).map_err(|_| SealedError::Tampered)?;
        let wrapping_key = match (id, fields.u32()?) {
            ("", 0) => None,
            (id, version) => Some(WrappingKey { id: id.to_owned(), version }),
        };
        let wrapped_len = fields.u16()?;
        let wrapped_data_key = fields.bytes(wrapped_len.into())?.to_vec();
        fields.end()?;
        let envelope = Self { algorithm, mode, wrapping_key, wrapped_data_key, write_id };
        envelope.check()?;
        Ok(envelope)
    }

    /// The text form for the metadata of one blob in a backing store: names and
    /// values of printable ASCII, together at most 2 KiB (the limit of S3, the
    /// lowest of the stores). Bytes are lower-case hexadecimal.
    ///
    /// Errors: [`SealedError::TooLong`] as [`Envelope::encode`].
    pub fn blob_metadata(
        &self,
        salt: &Salt,
        commitment: &Commitment,
    ) -> Result<BTreeMap<&'static str, String>, SealedError> {
        self.check().map_err(|_| SealedError::TooLong)?;
        let mut metadata = BTreeMap::from([
            ("sealgate-format", FORMAT.to_string()),
            ("sealgate-algorithm", self.algorithm.number().to_string()),
            ("sealgate-mode", self.mode.name().to_owned()),
            ("sealgate-write-id", self.write_id.to_string()),
            ("sealgate-wrapped-key", hex::encode(&self.wrapped_data_key)),
            ("sealgate-salt", salt.to_string()),
            ("sealgate-commitment", commitment.to_string()),
        ]);
        if let Some(key) = &self.wrapping_key {
            metadata.insert("sealgate-key-id", key.id.clone());
            metadata.insert("sealgate-key-version", key.version.to_string());
        }
        Ok(metadata)
    }

    fn check(&self) -> Result<(), SealedError> {
        let key_fits = match &self.wrapping_key {
            Some(key) => {
                (1..=MAX_KEY_ID_LEN).contains(&key.id.len())
                    && key.id.bytes().all(|byte| byte.is_ascii_graphic())
            }
            None => self.mode != Mode::Kms,
        };
        let wrapped_fits = (1..=MAX_WRAPPED_KEY_LEN).contains(&self.wrapped_data_key.len());
        if key_fits && wrapped_fits { Ok(()) } else { Err(SealedError::Tampered) }
    }
}

fn counted(len: usize) -> Result<[u8; 2], SealedError> {
    u16::try_from(len).map(u16::to_be_bytes).map_err(|_| SealedError::TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn longest() -> Envelope {
        Envelope {
            algorithm: Algorithm::Sm4Gcm,
            mode: Mode::Kms,
            wrapping_key: Some(WrappingKey { id: "k".repeat(MAX_KEY_ID_LEN), version: u32::MAX }),
            wrapped_data_key: vec![0xAB; MAX_WRAPPED_KEY_LEN],
            write_id: WriteId([5; 16]),
        }
    }

    #[test]
    fn the_longest_envelope_fits_the_metadata_of_every_store() {
        let metadata = longest().blob_metadata(&Salt([1; 32]), &Commitment([2; 32])).unwrap();
        let size: usize = metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!(size <= 2048, "{size}");
        assert!(longest().encode().unwrap().len() <= 800);
    }

    #[test]
    fn fields_outside_their_bounds_are_not_written() {
        let key = |id: &str| Some(WrappingKey { id: id.to_owned(), version: 1 });
        let bad = [
            Envelope { wrapping_key: None, ..longest() },
            Envelope { wrapping_key: key(""), ..longest() },
            Envelope { wrapping_key: key("a b"), ..longest() },
            Envelope { wrapping_key: key(&"k".repeat(257)), ..longest() },
            Envelope { wrapped_data_key: vec![], ..longest() },
            Envelope { wrapped_data_key: vec![0; 513], ..longest() },
        ];
        for envelope in bad {
            assert_eq!(envelope.encode(), Err(SealedError::TooLong));
            assert!(envelope.blob_metadata(&Salt([1; 32]), &Commitment([2; 32])).is_err());
        }
    }
}
