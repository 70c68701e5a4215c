//! Retention and legal hold: what keeps a version from being removed.
//!
//! Judged in the transaction that removes it, by what stands there then.
//! Source: S3 "How S3 Object Lock works".

use serde::{Deserialize, Serialize};

use super::model::Metadata;

/// How strict a retention is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RetentionMode {
    /// Who has the right to bypass it may.
    Governance,
    /// Nobody may, also not the owner.
    Compliance,
}

/// Until when a version is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// How strictly.
    pub mode: RetentionMode,
    /// Until when, in milliseconds since the Unix epoch.
    pub until_ms: i64,
}

impl Retention {
    /// Whether `next` may take this one's place: a retention that is in force is
    /// only prolonged, unless it is bypassed.
    pub fn yields_to(&self, next: Option<&Self>, bypassed: bool, now_ms: i64) -> bool {
        if self.until_ms <= now_ms || (bypassed && self.mode == RetentionMode::Governance) {
            return true;
        }
        next.is_some_and(|next| next.mode == self.mode && next.until_ms >= self.until_ms)
    }
}

/// Whether a version with this metadata must stay. A bypass counts for
/// governance only, and never for a legal hold.
pub(super) fn holds(metadata: &Metadata, bypassed: bool, now_ms: i64) -> bool {
    let retained = metadata.retention.is_some_and(|kept| !kept.yields_to(None, bypassed, now_ms));
    retained || metadata.legal_hold == Some(true)
}

#[cfg(test)]
mod tests {
    use super::RetentionMode::{Compliance, Governance};
    use super::*;

    #[test]
    fn a_retention_in_force_is_only_prolonged() {
        let until = |mode, until_ms| Retention { mode, until_ms };
        for mode in [Governance, Compliance] {
            let kept = until(mode, 100);
            assert!(kept.yields_to(Some(&until(mode, 101)), false, 50));
            assert!(!kept.yields_to(Some(&until(mode, 99)), false, 50));
            assert!(!kept.yields_to(None, false, 50));
            assert!(kept.yields_to(None, false, 100));
        }
        assert!(until(Governance, 100).yields_to(None, true, 50));
        assert!(!until(Compliance, 100).yields_to(None, true, 50));
        assert!(!until(Compliance, 100).yields_to(Some(&until(Governance, 200)), true, 50));
        assert!(!until(Governance, 100).yields_to(Some(&until(Compliance, 200)), false, 50));
    }

    #[test]
    fn a_bypass_never_lifts_a_legal_hold() {
        let held = Metadata { legal_hold: Some(true), ..Metadata::default() };
        assert!(holds(&held, true, 0));
        assert!(!holds(&Metadata { legal_hold: Some(false), ..held }, false, 0));
    }
}
