//! Whether anything still happens on a connection.
//!
//! Request bodies and replies report progress here, and the connection's own
//! task judges at a slow tick: cheaper than a timer for each request, and it
//! covers HTTP/1 and HTTP/2 alike. What a client sends too slowly is judged in
//! `body`, per request.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::limits::EdgeLimits;

/// What a connection's task should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing.
    Keep,
    /// Say goodbye: nothing is under way, and that for too long.
    Retire,
    /// Cut it: a first request did not come, or an answer is not being read.
    Cut,
}

/// The connection's activity, shared with the bodies on it.
#[derive(Debug)]
pub(super) struct Activity {
    opened: Instant,
    served: AtomicBool,
    requests: AtomicUsize,
    /// Replies that handed out a chunk and were not asked for the next.
    unread_replies: AtomicUsize,
    /// Milliseconds from `opened` to the last progress.
    progress: AtomicU64,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self {
            opened: Instant::now(),
            served: AtomicBool::new(false),
            requests: AtomicUsize::new(0),
            unread_replies: AtomicUsize::new(0),
            progress: AtomicU64::new(0),
        }
    }

    pub(super) fn request_began(&self) {
        self.served.store(true, Ordering::Relaxed);
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.progressed();
    }

    pub(super) fn request_ended(&self) {
        self.requests.fetch_sub(1, Ordering::Relaxed);
        self.progressed();
    }

    pub(super) fn reply_waits(&self) {
        self.unread_replies.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn reply_is_read(&self) {
        self.unread_replies.fetch_sub(1, Ordering::Relaxed);
        self.progressed();
    }

    /// What to do at `now`.
    pub(super) fn judge(&self, now: Instant, limits: &EdgeLimits) -> Verdict {
        let age = now.saturating_duration_since(self.opened);
        let quiet =
            age.saturating_sub(Duration::from_millis(self.progress.load(Ordering::Relaxed)));
        if !self.served.load(Ordering::Relaxed) {
            return if age > limits.header_timeout { Verdict::Cut } else { Verdict::Keep };
        }
        if quiet <= limits.idle_timeout {
            return Verdict::Keep;
        }
        if self.requests.load(Ordering::Relaxed) == 0 {
            return Verdict::Retire;
        }
        let unread = self.unread_replies.load(Ordering::Relaxed) > 0;
        if unread { Verdict::Cut } else { Verdict::Keep }
    }

    fn progressed(&self) {
        let millis = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.progress.store(millis, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(activity: &Activity, wait: Duration) -> Verdict {
        activity.judge(activity.opened + wait, &EdgeLimits::default())
    }

    #[test]
    fn a_connection_that_sends_no_request_is_cut() {
        let activity = Activity::new();
        let limit = EdgeLimits::default().header_timeout;
        assert_eq!(after(&activity, limit), Verdict::Keep);
        assert_eq!(after(&activity, limit * 2), Verdict::Cut);
    }

    #[test]
    fn an_idle_connection_is_retired_and_a_working_one_kept() {
        let activity = Activity::new();
        let long = EdgeLimits::default().idle_timeout * 3;
        activity.request_began();
        assert_eq!(after(&activity, long), Verdict::Keep, "the handler may take its time");
        activity.request_ended();
        assert_eq!(after(&activity, long), Verdict::Retire);
    }

    #[test]
    fn a_client_that_does_not_read_its_answer_is_cut() {
        let activity = Activity::new();
        let long = EdgeLimits::default().idle_timeout * 3;
        activity.request_began();
        activity.reply_waits();
        assert_eq!(after(&activity, long), Verdict::Cut);
        activity.reply_is_read();
        assert_eq!(after(&activity, long), Verdict::Keep);
    }
}
