//! The identifiers and public values that a sealed blob is bound to.
//!
//! None is a secret. Their randomness is the caller's: drawn once, at PUT or
//! Initiate for a [`WriteId`], for each blob for a [`BlobId`] and a [`Salt`].

use std::fmt;
use std::str::FromStr;

use super::SealedError;

/// One write of one object, drawn at PUT or Initiate; every part of the object shares it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WriteId(pub [u8; 16]);

/// The name of one blob in the backing store: random, never derived from user input.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobId(pub [u8; 16]);

/// 32 random bytes, fresh for every blob.
///
/// Two blobs under one data key and one salt would share key and nonces, which
/// breaks GCM: never derive, store ahead or reuse one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Salt(pub [u8; 32]);

/// Commits to one data key, salt, algorithm and write id; public, compared in constant time.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Commitment(pub [u8; 32]);

/// Gives a type of bytes its text form: lower-case hexadecimal, exactly as long as the bytes.
macro_rules! hex_text {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = SealedError;

            fn from_str(text: &str) -> Result<Self, SealedError> {
                let mut bytes = Self([0; _]).0;
                hex::decode_to_slice(text, &mut bytes).map_err(|_| SealedError::Tampered)?;
                let id = Self(bytes);
                if id.to_string() == text { Ok(id) } else { Err(SealedError::Tampered) }
            }
        }
    };
}

hex_text!(WriteId);
hex_text!(BlobId);
hex_text!(Salt);
hex_text!(Commitment);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_text_form() {
        let id = BlobId([0xAB; 16]);
        let text = "abababababababababababababababab";
        assert_eq!(id.to_string(), text);
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(text.to_uppercase().parse::<BlobId>(), Err(SealedError::Tampered));
        assert_eq!("ab".parse::<BlobId>(), Err(SealedError::Tampered));
    }
}
