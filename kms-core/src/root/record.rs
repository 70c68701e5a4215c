//! What the catalog keeps of a root: which one it is and how it proves itself.
//!
//! No secret: the check is an HMAC of a public text under the root. As JSON:
//! `{"id":"<uuid>","version":1,"check":"<64 hex digits>","provider":"pkcs11"}`.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The catalog's record of the root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct RootRecord {
    /// The root's id, which its label in the provider carries.
    pub id: Uuid,
    /// The root's version, from 1; a rotation makes a new id and the next version.
    pub version: u32,
    /// HMAC-SHA256 of the known question under the root.
    pub check: [u8; 32],
    /// `software` or `pkcs11`: which provider made it, for error texts.
    pub provider: String,
}

/// The record as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    id: String,
    version: u32,
    check: String,
    provider: String,
}

impl From<RootRecord> for Stored {
    fn from(record: RootRecord) -> Self {
        Self {
            id: record.id.to_string(),
            version: record.version,
            check: hex::encode(record.check),
            provider: record.provider,
        }
    }
}

impl TryFrom<Stored> for RootRecord {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let mut check = [0; 32];
        hex::decode_to_slice(&stored.check, &mut check)
            .map_err(|_| "the root's check is not 64 hex digits")?;
        let id = Uuid::try_parse(&stored.id).map_err(|_| "the root's id is not a UUID")?;
        Ok(Self { id, version: stored.version, check, provider: stored.provider })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOLDEN: &str = concat!(
        r#"{"id":"6f2a1c30-0000-4000-8000-0123456789ab","version":3,"check":""#,
        "abababababababababababababababababababababababababababababababab",
        r#"","provider":"pkcs11"}"#
    );

    #[test]
    fn a_record_is_stored_as_the_golden_text() {
        let record = RootRecord {
            id: Uuid::from_u128(0x6f2a_1c30_0000_4000_8000_0123_4567_89ab),
            version: 3,
            check: [0xAB; 32],
            provider: "pkcs11".into(),
        };
        assert_eq!(serde_json::to_string(&record).unwrap(), GOLDEN);
        assert_eq!(serde_json::from_str::<RootRecord>(GOLDEN).unwrap(), record);
    }

    #[test]
    fn a_record_with_a_short_check_is_refused() {
        let cut = GOLDEN.replacen("abab", "ab", 1);
        assert!(serde_json::from_str::<RootRecord>(&cut).is_err());
    }
}
