//! How many refusals are listed: beyond a rate per principal they are counted.
//!
//! A refusal costs its sender nothing, so without a bound anyone could fill the
//! disk with them. Uses that were allowed are always listed. The table is
//! bounded; principals that find no place in it share one row.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{AuditEvent, Outcome};

/// Length of a window in milliseconds.
const WINDOW_MS: u64 = 60_000;
/// Refusals of one principal that are listed in a window.
const LISTED: u64 = 60;
/// Principals that are told apart in a window.
const PRINCIPALS: usize = 1024;

/// Counts refusals by principal in windows of a minute.
#[derive(Debug, Default)]
pub struct RefusalMeter(Mutex<Window>);

/// What is to be recorded.
#[derive(Debug, Default)]
pub struct Admission {
    /// The refusal itself, unless it was only counted.
    pub listed: Option<AuditEvent>,
    /// Summaries of the window that has just ended.
    pub summaries: Vec<AuditEvent>,
}

#[derive(Debug, Default)]
struct Window {
    start_ms: u64,
    rows: HashMap<Who, u64>,
}

/// A principal and its account; none of them for the shared row.
type Who = Option<(String, String)>;

impl RefusalMeter {
    /// Takes a refusal at its own time.
    pub fn admit(&self, event: AuditEvent) -> Admission {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut summaries = Vec::new();
        if event.time_ms.abs_diff(window.start_ms) >= WINDOW_MS {
            summaries = window.end(event.time_ms);
        }
        let mut who = Some((event.account.clone(), event.principal.clone()));
        if window.rows.len() >= PRINCIPALS && !window.rows.contains_key(&who) {
            who = None;
        }
        let refused = window.rows.entry(who).or_default();
        *refused = refused.saturating_add(1);
        Admission { listed: (*refused <= LISTED).then_some(event), summaries }
    }

    /// Ends the window at `now_ms` and gives its summaries.
    pub fn drain(&self, now_ms: u64) -> Vec<AuditEvent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).end(now_ms)
    }
}

impl Window {
    fn end(&mut self, now_ms: u64) -> Vec<AuditEvent> {
        self.start_ms = now_ms;
        let counted = self.rows.drain().filter(|(_, refused)| *refused > LISTED);
        counted.map(|(who, refused)| summary(who, refused.saturating_sub(LISTED), now_ms)).collect()
    }
}

fn summary(who: Who, count: u64, now_ms: u64) -> AuditEvent {
    let (account, principal) = who.unwrap_or_else(|| (String::new(), "(others)".to_owned()));
    AuditEvent {
        time_ms: now_ms,
        action: "kms:*".to_owned(),
        principal,
        account,
        result: Outcome::refused("RefusalsCounted"),
        count: Some(count),
        ..AuditEvent::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(principal: &str, time_ms: u64) -> AuditEvent {
        AuditEvent { time_ms, principal: principal.into(), ..AuditEvent::default() }
    }

    #[test]
    fn a_flood_of_refusals_is_counted_and_no_one_elses_are_lost() {
        let meter = RefusalMeter::default();
        let listed = |time| meter.admit(refusal("a", time)).listed.is_some();
        let first = (0..100).filter(|_| listed(WINDOW_MS)).count();
        assert_eq!(first as u64, LISTED);
        assert!(meter.admit(refusal("b", WINDOW_MS)).listed.is_some());
        let next = meter.admit(refusal("a", 2 * WINDOW_MS));
        assert!(next.listed.is_some());
        assert_eq!(next.summaries.len(), 1);
        assert_eq!(next.summaries[0].count, Some(100 - LISTED));
        assert_eq!(next.summaries[0].principal, "a");
    }

    #[test]
    fn a_flood_of_principals_does_not_grow_the_table() {
        let meter = RefusalMeter::default();
        for number in 0..10_000 {
            drop(meter.admit(refusal(&number.to_string(), 1)));
        }
        assert!(meter.0.lock().unwrap().rows.len() <= PRINCIPALS + 1);
        let counted: u64 = meter.drain(2).iter().filter_map(|event| event.count).sum();
        assert_eq!(counted, 10_000 - PRINCIPALS as u64 - LISTED);
    }
}
