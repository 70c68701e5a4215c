//! How many calls an account may make in a second: a bucket of tokens each,
//! of one second's calls. Calls of the public API and uses by objects have
//! buckets of their own. What is refused is not recorded.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Caller, KmsError, KmsSettings};

/// How many accounts are remembered; beyond, buckets that are full again go.
const ACCOUNTS: usize = 65_536;

/// The buckets of all accounts.
pub(super) struct Throttle {
    calls: Limit,
    objects: Limit,
}

struct Limit {
    per_s: u32,
    buckets: Mutex<HashMap<String, Bucket>>,
}

/// Thousandths of calls that are left, as of a time.
struct Bucket {
    milli: u64,
    at_ms: u64,
}

impl Throttle {
    pub(super) fn new(settings: &KmsSettings) -> Self {
        let limit = |per_s| Limit { per_s, buckets: Mutex::default() };
        Self {
            calls: limit(settings.requests_per_s),
            objects: limit(settings.object_requests_per_s),
        }
    }

    /// Takes one call of the public API. Errors: `Throttled`.
    pub(super) fn call(&self, caller: &Caller, now_ms: u64) -> Result<(), KmsError> {
        self.calls.take(caller, now_ms)
    }

    /// Takes one use by an object. Errors: `Throttled`.
    pub(super) fn object(&self, caller: &Caller, now_ms: u64) -> Result<(), KmsError> {
        self.objects.take(caller, now_ms)
    }
}

impl Limit {
    fn take(&self, caller: &Caller, now_ms: u64) -> Result<(), KmsError> {
        match caller.account() {
            Some(account) if self.per_s > 0 => self.take_of(&account.id, now_ms),
            _ => Ok(()),
        }
    }

    fn take_of(&self, account: &str, now_ms: u64) -> Result<(), KmsError> {
        let full = u64::from(self.per_s).saturating_mul(1000);
        let mut buckets = self.lock();
        if buckets.len() >= ACCOUNTS && !buckets.contains_key(account) {
            buckets.retain(|_, bucket| now_ms.abs_diff(bucket.at_ms) < 1000);
        }
        if !buckets.contains_key(account) {
            buckets.insert(account.to_owned(), Bucket { milli: full, at_ms: now_ms });
        }
        let bucket = buckets.get_mut(account).ok_or(KmsError::Throttled)?;
        // A clock that was set back gives nothing, one set forward a full bucket.
        let passed = now_ms.saturating_sub(bucket.at_ms);
        let gained = passed.saturating_mul(u64::from(self.per_s));
        bucket.milli = bucket.milli.saturating_add(gained).min(full);
        bucket.at_ms = now_ms;
        bucket.milli = bucket.milli.checked_sub(1000).ok_or(KmsError::Throttled)?;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_its_calls_of_a_second_and_gets_them_back() {
        let limit = Limit { per_s: 3, buckets: Mutex::default() };
        let take = |now| limit.take_of("a", now).is_ok();
        assert_eq!([take(0), take(0), take(0), take(0)], [true, true, true, false]);
        assert_eq!([take(333), take(334), take(334)], [false, true, false]);
        assert!(limit.take_of("b", 334).is_ok(), "accounts do not share");
        assert_eq!([take(5000), take(5000), take(5000), take(5000)], [true, true, true, false]);
    }
}
