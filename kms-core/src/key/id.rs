//! The identity of a key.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// The id of a key: a random UUID, shown as 36 lower-case characters.
///
/// It is the same in every dialect and is bound into every ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(Uuid);

impl KeyId {
    /// The id that this UUID is.
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// A fresh random id.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// The UUID itself, as wrapped blobs name it.
    pub fn uuid(&self) -> Uuid {
        self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl FromStr for KeyId {
    type Err = NotAKeyId;

    /// Reads the hyphenated form of 36 characters in either case; the braced,
    /// URN and bare-hex forms of a UUID are refused.
    fn from_str(text: &str) -> Result<Self, NotAKeyId> {
        if text.len() != 36 {
            return Err(NotAKeyId);
        }
        Uuid::try_parse(text).map(Self).map_err(|_| NotAKeyId)
    }
}

/// The text is no key id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key id is a UUID of 36 characters")]
pub struct NotAKeyId;
