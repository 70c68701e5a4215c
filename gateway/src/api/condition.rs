//! If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since (RFC 9110,
//! section 13), for reads, copy sources and writes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::catalog::model::Precondition;
use crate::http::{Code, Fault, Incoming};

/// Conditions on a version that is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadConditions {
    if_match: Option<String>,
    if_none_match: Option<String>,
    if_modified_since: Option<SystemTime>,
    if_unmodified_since: Option<SystemTime>,
}

impl ReadConditions {
    /// The conditions of a GET or HEAD.
    pub fn of_read(request: &Incoming) -> Result<Self, Fault> {
        Self::read(|name| request.header(name))
    }

    /// The conditions on a copy's source (`x-amz-copy-source-if-*`).
    pub fn of_copy_source(request: &Incoming) -> Result<Self, Fault> {
        Self::read(|name| request.vendor(&format!("copy-source-{name}")))
    }

    fn read<'a>(header: impl Fn(&str) -> Result<Option<&'a str>, Fault>) -> Result<Self, Fault> {
        // A date that cannot be read is ignored (RFC 9110, section 13.1.3).
        let date =
            |value: Option<&str>| value.and_then(|text| httpdate::parse_http_date(text).ok());
        Ok(Self {
            if_match: header("if-match")?.map(str::to_owned),
            if_none_match: header("if-none-match")?.map(str::to_owned),
            if_modified_since: date(header("if-modified-since")?),
            if_unmodified_since: date(header("if-unmodified-since")?),
        })
    }

    /// Judges a read in the order of RFC 9110, section 13.2.2. Errors:
    /// `PreconditionFailed`, `NotModified`.
    pub fn check_read(&self, etag: &str, modified_ms: i64) -> Result<(), Fault> {
        self.check_unmodified(etag, modified_ms)?;
        if self.is_unchanged(etag, modified_ms) {
            return Err(Fault::new(Code::NotModified).header("etag", format!("\"{etag}\"")));
        }
        Ok(())
    }

    /// Judges a copy's source, where "not modified" is a failure. Errors:
    /// `PreconditionFailed`.
    pub fn check_copy_source(&self, etag: &str, modified_ms: i64) -> Result<(), Fault> {
        self.check_unmodified(etag, modified_ms)?;
        match self.is_unchanged(etag, modified_ms) {
            true => Err(failed("x-amz-copy-source-If-None-Match")),
            false => Ok(()),
        }
    }

    fn check_unmodified(&self, etag: &str, modified_ms: i64) -> Result<(), Fault> {
        if let Some(wanted) = &self.if_match {
            return if lists(wanted, etag) { Ok(()) } else { Err(failed("If-Match")) };
        }
        match self.if_unmodified_since {
            Some(since) if seconds(modified_ms) > since => Err(failed("If-Unmodified-Since")),
            _ => Ok(()),
        }
    }

    fn is_unchanged(&self, etag: &str, modified_ms: i64) -> bool {
        if let Some(unwanted) = &self.if_none_match {
            return lists(unwanted, etag);
        }
        self.if_modified_since.is_some_and(|since| seconds(modified_ms) <= since)
    }
}

/// The condition of a write: `If-None-Match: *` or `If-Match: etag`. Errors:
/// `NotImplemented` for other forms, as S3 answers.
pub fn of_write(request: &Incoming) -> Result<Precondition, Fault> {
    match (request.header("if-none-match")?, request.header("if-match")?) {
        (None, None) => Ok(Precondition::None),
        (Some("*"), None) => Ok(Precondition::Absent),
        (None, Some("*")) => Ok(Precondition::Present),
        (None, Some(etag)) => Ok(Precondition::Etag(unquoted(etag).to_owned())),
        _ => Err(Code::NotImplemented.into()),
    }
}

fn failed(condition: &'static str) -> Fault {
    Fault::new(Code::PreconditionFailed).detail("Condition", condition)
}

/// Whether a list of entity tags (or `*`) has `etag`. S3 clients leave quotes
/// out now and then.
fn lists(header: &str, etag: &str) -> bool {
    header.split(',').map(str::trim).any(|tag| tag == "*" || unquoted(tag) == etag)
}

/// An entity tag without `W/` and quotes, which the OBS SDK for Python
/// percent-encodes in headers.
pub fn unquoted(tag: &str) -> &str {
    let tag = tag.trim();
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    let inside = |quote| tag.strip_prefix(quote)?.strip_suffix(quote);
    inside("\"").or_else(|| inside("%22")).unwrap_or(tag)
}

/// HTTP dates have whole seconds: the fraction would make "since" never true.
fn seconds(ms: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(ms / 1000).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODIFIED_MS: i64 = 1_000_500;

    fn conditions() -> ReadConditions {
        ReadConditions::default()
    }

    fn at(seconds: u64) -> Option<SystemTime> {
        Some(UNIX_EPOCH + Duration::from_secs(seconds))
    }

    #[test]
    fn if_match_wins_over_if_unmodified_since() {
        let both = ReadConditions {
            if_match: Some("\"e\"".into()),
            if_unmodified_since: at(1),
            ..conditions()
        };
        assert!(both.check_read("e", MODIFIED_MS).is_ok());
        assert!(both.check_read("other", MODIFIED_MS).is_err());
    }

    #[test]
    fn if_none_match_wins_over_if_modified_since() {
        let both = ReadConditions {
            if_none_match: Some("\"other\"".into()),
            if_modified_since: at(2_000),
            ..conditions()
        };
        assert!(both.check_read("e", MODIFIED_MS).is_ok());
        let same = ReadConditions { if_none_match: Some("\"a\", \"e\"".into()), ..conditions() };
        assert_eq!(same.check_read("e", MODIFIED_MS).map_err(|f| f.code), Err(Code::NotModified));
        let failed = same.check_copy_source("e", MODIFIED_MS).map_err(|f| f.code);
        assert_eq!(failed, Err(Code::PreconditionFailed));
    }

    #[test]
    fn tags_are_read_in_all_quotes() {
        for tag in ["e", "\"e\"", "W/\"e\"", "%22e%22", " \"e\" "] {
            assert_eq!(unquoted(tag), "e", "{tag}");
        }
        assert_eq!(unquoted("\"e"), "\"e");
    }

    #[test]
    fn dates_compare_in_whole_seconds() {
        let since = ReadConditions { if_modified_since: at(1_000), ..conditions() };
        assert_eq!(since.check_read("e", MODIFIED_MS).map_err(|f| f.code), Err(Code::NotModified));
        let until = ReadConditions { if_unmodified_since: at(1_000), ..conditions() };
        assert!(until.check_read("e", MODIFIED_MS).is_ok());
    }
}
