//! Metering: how often each key was asked for what, counted from the records
//! themselves, so that a bill and the audit trail can never disagree.
//!
//! A change that a crash recorded twice counts once. Whether the records are
//! whole is for [`super::verify`] to say.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::ops::Range;
use std::path::Path;

use super::chain::parse_file_name;
use super::{AuditError, AuditEvent};

/// Calls of one operation with one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Done.
    pub done: u64,
    /// Refused, those that were counted and not listed too.
    pub refused: u64,
}

/// Calls by key (empty where there is none) and action.
pub type Usage = BTreeMap<(String, String), Calls>;

/// Counts the account's calls of `period` (Unix milliseconds) in all logs of
/// `directory`. Errors: `Read`.
pub fn usage(directory: &Path, account: &str, period: &Range<u64>) -> Result<Usage, AuditError> {
    let read = |error: std::io::Error| AuditError::Read(error.to_string());
    let mut usage = Usage::new();
    let mut changes = HashSet::new();
    for entry in fs::read_dir(directory).map_err(read)? {
        let entry = entry.map_err(read)?;
        if entry.file_name().to_str().and_then(parse_file_name).is_none() {
            continue;
        }
        for line in BufReader::new(File::open(entry.path()).map_err(read)?).lines() {
            // The first line of a file, and a torn last one, are no events.
            let Ok(event) = serde_json::from_str::<AuditEvent>(&line.map_err(read)?) else {
                continue;
            };
            let is_new = event.change.clone().is_none_or(|change| changes.insert(change));
            if event.account == account && period.contains(&event.time_ms) && is_new {
                count(&mut usage, event);
            }
        }
    }
    Ok(usage)
}

fn count(usage: &mut Usage, event: AuditEvent) {
    let calls = usage.entry((event.key.unwrap_or_default(), event.action)).or_default();
    let times = event.count.unwrap_or(1);
    match event.result.is_ok() {
        true => calls.done = calls.done.saturating_add(times),
        false => calls.refused = calls.refused.saturating_add(times),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_key_and_action_and_a_repeated_change_once() {
        let dir = tempfile::tempdir().unwrap();
        let event = |time_ms: u64, rest: &str| {
            format!(
                r#"{{"v":1,"time_ms":{time_ms},"action":"kms:Encrypt","principal":"p",
                "account":"a","request_id":"r","key":"k",{rest}}}"#
            )
            .replace('\n', "")
        };
        let lines = [
            r#"{"v":1,"node":"n","boot":1,"sequence":0,"start":{"time_ms":1,"key_version":1}}"#
                .to_owned(),
            event(10, r#""result":"ok""#),
            event(11, r#""result":"ok","change":"c""#),
            event(12, r#""result":"ok","change":"c""#),
            event(13, r#""result":"AccessDenied","count":5"#),
            event(99, r#""result":"ok""#),
            event(14, r#""result":"ok""#).replace(r#""account":"a""#, r#""account":"b""#),
            r#"{"v":1,"torn"#.to_owned(),
        ];
        fs::write(dir.path().join("audit-n-00000001.jsonl"), lines.join("\n")).unwrap();
        fs::write(dir.path().join("notes.txt"), event(10, r#""result":"ok""#)).unwrap();
        let counted = usage(dir.path(), "a", &(10..99)).unwrap();
        let key = ("k".to_owned(), "kms:Encrypt".to_owned());
        assert_eq!(counted, Usage::from([(key, Calls { done: 2, refused: 5 })]));
    }
}
