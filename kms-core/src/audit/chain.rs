//! The chain: how a record's text and its link are laid out.
//!
//! A line is `{...,"mac":"<64 hex>"}`; the MAC is HMAC-SHA256 under the audit
//! key over the MAC of the line before and every byte of this line up to the
//! comma before `"mac"`. So no line can be altered, dropped or moved without
//! the key. Specified in `docs/formats/audit.md`. Files, batches and the disk
//! are elsewhere.

use serde::{Deserialize, Serialize};

use super::AuditEvent;
use crate::base::{Canonical, SecretBytes};
use crate::hsm::hmac::hmac_sha256;

/// Number of the format that this release writes and reads.
pub(super) const FORMAT: u32 = 1;
/// What stands before the first line of a node.
pub(super) const GENESIS: Link = Link([0; 32]);

const SUFFIX_HEAD: &[u8] = b",\"mac\":\"";
const SUFFIX_TAIL: &[u8] = b"\"}";
const SUFFIX_LEN: usize = SUFFIX_HEAD.len() + 64 + SUFFIX_TAIL.len();

/// The audit service key of one version.
#[derive(Debug)]
pub struct AuditKey {
    /// The version, which a file's first line names.
    pub version: u32,
    /// The 32 bytes.
    pub material: SecretBytes,
}

/// How far a chain is known to have come: kept in the catalog, it shows when
/// the tail of a log was cut off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The node that wrote the chain.
    pub node: String,
    /// Its boot, which is one file.
    pub boot: u64,
    /// The last durable record.
    pub sequence: u64,
    /// That record's MAC, 64 hex digits.
    pub mac: String,
}

/// The MAC of a line, which the next one is chained to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link([u8; 32]);

/// A line without its MAC.
#[derive(Serialize)]
pub(super) struct Body<'a> {
    pub(super) v: u32,
    pub(super) node: &'a str,
    pub(super) boot: u64,
    pub(super) sequence: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start: Option<&'a Start>,
    #[serde(flatten)]
    pub(super) event: Option<&'a AuditEvent>,
}

/// What the first line of a file says, at sequence 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Start {
    /// When, Unix milliseconds.
    pub(super) time_ms: u64,
    /// The version of the audit key of this file.
    pub(super) key_version: u32,
    /// Where the node's chain stood before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) previous: Option<Previous>,
}

/// The end of the file before, as the next boot found it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Previous {
    pub(super) boot: u64,
    pub(super) sequence: u64,
    pub(super) mac: String,
}

/// What verification reads of a line.
#[derive(Debug, Deserialize)]
pub(super) struct Place {
    pub(super) v: u32,
    pub(super) node: String,
    pub(super) boot: u64,
    pub(super) sequence: u64,
    #[serde(default)]
    pub(super) start: Option<Start>,
}

/// A line cut into what is authenticated and what it claims its MAC to be.
pub(super) struct Line<'a> {
    pub(super) body: &'a [u8],
    pub(super) link: Link,
    pub(super) place: Place,
}

impl Link {
    /// The MAC of the line `body` behind the line of MAC `self`.
    pub(super) fn next(self, key: &AuditKey, body: &[u8]) -> Self {
        let message = Canonical::new("sealgate/audit/1").bytes(&self.0).bytes(body);
        let code = hmac_sha256(&key.material, message.as_bytes());
        Self(code.expose().try_into().unwrap_or_default())
    }

    pub(super) fn to_hex(self) -> String {
        hex::encode(self.0)
    }

    pub(super) fn from_hex(text: &[u8]) -> Option<Self> {
        let mut link = [0; 32];
        hex::decode_to_slice(text, &mut link).ok()?;
        Some(Self(link))
    }
}

impl Body<'_> {
    /// Appends the whole line, newline included, to `lines`; returns its MAC.
    pub(super) fn write(
        &self,
        key: &AuditKey,
        before: Link,
        lines: &mut Vec<u8>,
    ) -> Result<Link, serde_json::Error> {
        let mut body = serde_json::to_vec(self)?;
        // The closing brace moves behind the MAC.
        body.pop();
        let link = before.next(key, &body);
        lines.extend_from_slice(&body);
        lines.extend_from_slice(SUFFIX_HEAD);
        lines.extend_from_slice(link.to_hex().as_bytes());
        lines.extend_from_slice(SUFFIX_TAIL);
        lines.push(b'\n');
        Ok(link)
    }
}

impl<'a> Line<'a> {
    /// Reads a line without its newline. None if it is no line of this format.
    pub(super) fn parse(line: &'a [u8]) -> Option<Self> {
        let (body, suffix) = line.split_at_checked(line.len().checked_sub(SUFFIX_LEN)?)?;
        let mac = suffix.strip_prefix(SUFFIX_HEAD)?.strip_suffix(SUFFIX_TAIL)?;
        let place: Place = serde_json::from_slice(line).ok()?;
        if place.v != FORMAT {
            return None;
        }
        Some(Self { body, link: Link::from_hex(mac)?, place })
    }
}

/// The name of the file of a node's boot: `audit-<node>-<boot>.jsonl`.
pub(super) fn file_name(node: &str, boot: u64) -> String {
    format!("audit-{node}-{boot:08}.jsonl")
}

/// The node and boot that a file name says.
pub(super) fn parse_file_name(name: &str) -> Option<(&str, u64)> {
    let stem = name.strip_prefix("audit-")?.strip_suffix(".jsonl")?;
    let (node, boot) = stem.rsplit_once('-')?;
    Some((node, boot.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Outcome;

    #[test]
    fn a_line_is_the_golden_text() {
        let key = AuditKey { version: 1, material: SecretBytes::copy_from(&[7; 32]) };
        let event = AuditEvent {
            time_ms: 1_790_000_000_000,
            action: "kms:Decrypt".into(),
            principal: "root".into(),
            account: "111122223333".into(),
            request_id: "r".into(),
            result: Outcome::refused("Disabled"),
            ..AuditEvent::default()
        };
        let body = Body { v: 1, node: "n", boot: 3, sequence: 5, start: None, event: Some(&event) };
        let mut lines = Vec::new();
        let link = body.write(&key, GENESIS, &mut lines).unwrap();
        let text = String::from_utf8(lines).unwrap();
        let golden = concat!(
            r#"{"v":1,"node":"n","boot":3,"sequence":5,"time_ms":1790000000000,"#,
            r#""action":"kms:Decrypt","principal":"root","account":"111122223333","#,
            r#""request_id":"r","result":"Disabled""#
        );
        assert_eq!(text, format!("{golden},\"mac\":\"{}\"}}\n", link.to_hex()));
        let line = Line::parse(text.trim_end().as_bytes()).unwrap();
        assert_eq!(line.body, golden.as_bytes());
        assert_eq!(line.link, GENESIS.next(&key, golden.as_bytes()));
        assert_eq!(line.place.sequence, 5);
    }
}
