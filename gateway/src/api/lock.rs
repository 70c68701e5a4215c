//! Object lock as writes ask for it, by header or by the bucket's default.
//!
//! Source: S3 "Locking objects with Object Lock", PutObject.

use policy::{Action, Attribute};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::operation::{Need, On};
use super::setting::lock_rule;
use crate::catalog::model::{BucketFacts, Metadata, Retention, RetentionMode};
use crate::dialect::Dialect;
use crate::http::{Code, Fault, Incoming, Reply, xml};

const MODE: &str = "object-lock-mode";
const UNTIL: &str = "object-lock-retain-until-date";
const HOLD: &str = "object-lock-legal-hold";

/// What a write asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct AskedLock {
    retention: Option<Retention>,
    legal_hold: Option<bool>,
}

impl AskedLock {
    /// Reads the headers. Errors: `InvalidArgument`.
    pub fn of_headers(request: &Incoming) -> Result<Self, Fault> {
        let retention = match (request.vendor(MODE)?, request.vendor(UNTIL)?) {
            (None, None) => None,
            (Some(mode), Some(until)) => {
                let mode = mode_named(mode)
                    .ok_or_else(|| Fault::argument(MODE, mode, "Unknown wormMode directive."))?;
                Some(Retention { mode, until_ms: future(until, request)? })
            }
            _ => {
                return Err(Fault::new(Code::InvalidArgument).message(
                    "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
                ));
            }
        };
        let legal_hold = match request.vendor(HOLD)? {
            None => None,
            Some("ON") => Some(true),
            Some("OFF") => Some(false),
            Some(other) => {
                return Err(Fault::argument(HOLD, other, "Legal Hold must be either of 'ON' or 'OFF'"));
            }
        };
        Ok(Self { retention, legal_hold })
    }

    /// The rights beside the right to write.
    pub fn needs(&self, on: &On) -> Vec<Need> {
        let retain = self.retention.map(|retention| {
            Need::new(Action::PutObjectRetention, on.clone())
                .when(Attribute::ObjectLockMode, Some(mode_name(retention.mode)))
        });
        let hold = self.legal_hold.map(|_| Need::new(Action::PutObjectLegalHold, on.clone()));
        retain.into_iter().chain(hold).collect()
    }

    /// Puts into `metadata` what holds for a new version. Errors:
    /// `InvalidRequest` in a bucket without object lock.
    pub fn settle(
        &self,
        facts: &BucketFacts,
        metadata: &mut Metadata,
        now_ms: i64,
    ) -> Result<(), Fault> {
        // A copy never inherits the source's.
        (metadata.retention, metadata.legal_hold) = (None, None);
        let Some(rule) = lock_rule(facts)? else {
            return match self.retention.is_some() || self.legal_hold.is_some() {
                true => Err(without_lock()),
                false => Ok(()),
            };
        };
        metadata.retention = self.retention.or_else(|| rule.retention(now_ms));
        metadata.legal_hold = self.legal_hold;
        Ok(())
    }
}

/// The refusal of a bucket without object lock.
pub fn without_lock() -> Fault {
    Fault::new(Code::InvalidRequest).message("Bucket is missing Object Lock Configuration")
}

/// A mode by name.
pub fn mode_named(text: &str) -> Option<RetentionMode> {
    match text {
        "GOVERNANCE" => Some(RetentionMode::Governance),
        "COMPLIANCE" => Some(RetentionMode::Compliance),
        _ => None,
    }
}

/// A mode's name.
pub fn mode_name(mode: RetentionMode) -> &'static str {
    match mode {
        RetentionMode::Governance => "GOVERNANCE",
        RetentionMode::Compliance => "COMPLIANCE",
    }
}

/// A time in the future, in milliseconds. Errors: `InvalidArgument`.
pub fn future(text: &str, request: &Incoming) -> Result<i64, Fault> {
    let refused = |why: &'static str| Fault::argument(UNTIL, text, why);
    let time = OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| refused("The retain until date must be provided in ISO 8601 format"))?;
    if time <= OffsetDateTime::from(request.received) {
        return Err(refused("The retain until date must be in the future!"));
    }
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000)
        .map_err(|_| refused("The retain until date is too far away"))
}

/// Whether the request asks to bypass governance.
pub fn bypass_asked(request: &Incoming) -> Result<bool, Fault> {
    let header = request.vendor("bypass-governance-retention")?;
    Ok(header.is_some_and(|text| text.eq_ignore_ascii_case("true")))
}

/// Writes what holds a version.
pub fn announce(reply: Reply, dialect: &Dialect, metadata: &Metadata) -> Reply {
    let retention = metadata.retention.as_ref();
    let hold = metadata.legal_hold.map(|on| if on { "ON" } else { "OFF" });
    reply
        .with_some(&dialect.header(MODE), retention.map(|kept| mode_name(kept.mode)))
        .with_some(&dialect.header(UNTIL), retention.map(|kept| xml::date(kept.until_ms)))
        .with_some(&dialect.header(HOLD), hold)
}
