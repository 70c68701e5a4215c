//! What an audit record says.
//!
//! Values only; its place in the chain is given by the sink. Invariant: no field
//! can hold a plaintext, a key, a ciphertext or a value of an encryption context.

use serde::{Deserialize, Serialize};

/// One thing that was done with a key, or refused.
///
/// Absent fields are not written. Field names are part of the format
/// (`docs/formats/audit.md`); new ones may be added, none is ever renamed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// When, Unix milliseconds by the node's clock. Order is by sequence, not by time.
    pub time_ms: u64,
    /// The action in its canonical spelling, for instance `kms:GenerateDataKey`.
    pub action: String,
    /// Who asked, as policies name principals.
    pub principal: String,
    /// The account of who asked.
    pub account: String,
    /// From where: the client's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_ip: Option<String>,
    /// The id that the answer carries, too.
    pub request_id: String,
    /// The service through which the key was used (`s3`), if not the KMS API itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// The key's id or, if none was found, the reference as it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The version of the key that wrapped or unwrapped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_version: Option<u32>,
    /// The object whose data key this was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectName>,
    /// `ok`, or the kind of refusal.
    pub result: Outcome,
    /// For a summary of refusals that were counted, not listed: how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// What else belongs to the record in a few words: a grant, how much a
    /// scheduled deletion concerns. No secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The id (a UUID) of a key change that went through the store's outbox. After a
    /// crash it may be recorded twice, both times with this id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
}

/// Which object an event is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectName {
    /// The bucket's name at the time.
    pub bucket: String,
    /// The object's key, with every byte outside printable ASCII, and `%`, as `%XX`.
    pub key: String,
}

impl ObjectName {
    /// Names the object `key`, any bytes, of `bucket`.
    pub fn new(bucket: &str, key: &[u8]) -> Self {
        let mut text = String::with_capacity(key.len());
        for &byte in key {
            match byte {
                b' '..=b'~' if byte != b'%' => text.push(char::from(byte)),
                _ => text.push_str(&format!("%{byte:02X}")),
            }
        }
        Self { bucket: bucket.to_owned(), key: text }
    }
}

/// How it ended: `ok` or the kind of refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Outcome(String);

impl Outcome {
    /// It was done.
    pub fn ok() -> Self {
        Self("ok".to_owned())
    }

    /// It was refused for this kind of reason.
    pub fn refused(code: &str) -> Self {
        Self(code.to_owned())
    }

    /// The text of the record.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True unless refused.
    pub fn is_ok(&self) -> bool {
        self.0 == "ok"
    }
}

impl Default for Outcome {
    fn default() -> Self {
        Self::ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_keys_of_any_bytes_stay_distinct_and_printable() {
        assert_eq!(ObjectName::new("b", b"a/\xFF%41\n").key, "a/%FF%2541%0A");
    }
}
