//! Answers at once while the token is known not to.
//!
//! After some failures in a row calls are refused for a short while; then one
//! call each such while is let through as a probe, and the first success closes
//! the breaker. A probe that is dropped midway blocks nothing: the next one goes
//! a while later. Time is a parameter.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures in a row that open the breaker.
const FAILURES: u32 = 5;
/// How long an open breaker refuses between two probes.
const COOL_DOWN: Duration = Duration::from_secs(1);

/// The breaker of one provider.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    open_until: Option<Instant>,
    last_error: String,
}

impl Breaker {
    /// Whether a call may go through at `now`; if not, the last failure's text.
    pub(super) fn admit(&self, now: Instant) -> Result<(), String> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.open_until {
            None => Ok(()),
            Some(until) if now < until => Err(state.last_error.clone()),
            Some(_) => {
                state.open_until = Some(now + COOL_DOWN);
                Ok(())
            }
        }
    }

    /// The token answered, whatever it said.
    pub(super) fn succeeded(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }

    /// The token did not answer at `now`, for the reason `error`.
    pub(super) fn failed(&self, now: Instant, error: &str) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = state.failures.saturating_add(1);
        error.clone_into(&mut state.last_error);
        if state.failures >= FAILURES {
            state.open_until = Some(now + COOL_DOWN);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_after_failures_in_a_row_and_lets_one_probe_through() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..FAILURES {
            assert_eq!(breaker.admit(now), Ok(()));
            breaker.failed(now, "gone");
        }
        assert_eq!(breaker.admit(now), Err("gone".to_owned()));
        let later = now + COOL_DOWN;
        assert_eq!(breaker.admit(later), Ok(()), "the probe");
        assert_eq!(breaker.admit(later), Err("gone".to_owned()), "and only one");
        assert_eq!(breaker.admit(later + COOL_DOWN), Ok(()), "a lost probe blocks nothing");
        breaker.succeeded();
        assert_eq!(breaker.admit(later + COOL_DOWN), Ok(()));
    }

    #[test]
    fn failures_between_successes_do_not_open_it() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..3 * FAILURES {
            breaker.failed(now, "slow");
            breaker.succeeded();
        }
        assert_eq!(breaker.admit(now), Ok(()));
    }
}
