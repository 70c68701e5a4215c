//! The client's body as a [`Body`]: frames pass straight through, slow and
//! vanished clients become errors.
//!
//! Invariant: nothing is read before the first poll, so a client that sent
//! `Expect: 100-continue` sends its body only once an operation wants it.

use std::error::Error as _;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::limits::{EdgeLimits, LINGER_BYTES, LINGER_TIME};
use crate::stream::{Body, BodyError};

/// How a body is to be received.
pub(super) struct Reception {
    pub(super) limits: EdgeLimits,
    /// Counts the bytes received.
    pub(super) received: Arc<AtomicU64>,
    /// Whether the client waits for `100 Continue`.
    pub(super) expects_continue: bool,
    /// Whether what an operation leaves unread is to be read and dropped: on
    /// HTTP/1, where closing instead would cut off the answer.
    pub(super) linger: bool,
}

/// Wraps hyper's body. Errors of the stream: `TooSlow` below the minimum rate,
/// `MalformedChunk` for broken chunked encoding, `Truncated` for all that ends
/// early.
pub(super) fn receive(body: Incoming, reception: Reception) -> Body {
    let len = body.size_hint().exact();
    let pace = Pace::new(&reception.limits);
    Body::new(ClientBody { body: Some(body), pace, polled: false, reception }, len)
}

struct ClientBody {
    /// `None` after the end or an error.
    body: Option<Incoming>,
    pace: Pace,
    polled: bool,
    reception: Reception,
}

impl Stream for ClientBody {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        this.polled = true;
        loop {
            let Some(body) = this.body.as_mut() else {
                return Poll::Ready(None);
            };
            let end = match Pin::new(body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    // HTTP's own trailers are nothing that S3 or OBS knows.
                    let Ok(chunk) = frame.into_data() else {
                        continue;
                    };
                    let bytes = chunk.len() as u64;
                    this.pace.received(bytes);
                    this.reception.received.fetch_add(bytes, Ordering::Relaxed);
                    return Poll::Ready(Some(Ok(chunk)));
                }
                Poll::Ready(Some(Err(error))) => Some(Err(reason(&error))),
                Poll::Ready(None) => None,
                Poll::Pending if this.pace.is_too_slow(cx) => Some(Err(BodyError::TooSlow)),
                Poll::Pending => return Poll::Pending,
            };
            this.body = None;
            return Poll::Ready(end);
        }
    }
}

impl Drop for ClientBody {
    fn drop(&mut self) {
        let Some(rest) = self.body.take() else { return };
        let waits = self.reception.expects_continue && !self.polled;
        let left = rest.size_hint();
        let is_over = left.exact() == Some(0) || left.lower() > LINGER_BYTES;
        if waits || is_over || !self.reception.linger {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(timeout(LINGER_TIME, discard(rest)));
        }
    }
}

/// Reads and drops the rest of a body, within bounds. A client that is still
/// sending would see its connection reset instead of the answer.
async fn discard(mut rest: Incoming) {
    let mut left = LINGER_BYTES;
    while let Some(Ok(frame)) = rest.frame().await {
        let bytes = frame.data_ref().map_or(0, |chunk| chunk.len() as u64);
        let Some(less) = left.checked_sub(bytes) else {
            return;
        };
        left = less;
    }
}

fn reason(error: &hyper::Error) -> BodyError {
    let kind =
        error.source().and_then(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
    match kind {
        Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => {
            BodyError::MalformedChunk("the transfer encoding is broken")
        }
        _ => BodyError::Truncated,
    }
}

/// The minimum rate, judged over windows of time spent waiting for the client:
/// time in which nobody wanted the body does not count.
struct Pace {
    window: Duration,
    quota: u64,
    bytes: u64,
    waited: Duration,
    waiting_since: Option<Instant>,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    fn new(limits: &EdgeLimits) -> Self {
        Self {
            window: limits.idle_timeout,
            quota: limits.min_body_rate.saturating_mul(limits.idle_timeout.as_secs()).max(1),
            bytes: 0,
            waited: Duration::ZERO,
            waiting_since: None,
            alarm: None,
        }
    }

    fn received(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        if let Some(since) = self.waiting_since.take() {
            self.waited += since.elapsed();
        }
    }

    /// Called when the client has sent nothing new; wakes the task when the
    /// window is over.
    fn is_too_slow(&mut self, cx: &mut Context<'_>) -> bool {
        loop {
            let since = *self.waiting_since.get_or_insert_with(Instant::now);
            let end = since + self.window.saturating_sub(self.waited);
            // An alarm that rings early is cheaper than one moved at each chunk.
            let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(end)));
            if alarm.as_mut().poll(cx).is_pending() {
                return false;
            }
            let now = Instant::now();
            if now < end {
                alarm.as_mut().reset(end);
                continue;
            }
            if self.bytes < self.quota {
                return true;
            }
            (self.bytes, self.waited, self.waiting_since) = (0, Duration::ZERO, Some(now));
            alarm.as_mut().reset(now + self.window);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace() -> Pace {
        let window = Duration::from_millis(40);
        let limits = EdgeLimits { idle_timeout: window, min_body_rate: 1, ..EdgeLimits::default() };
        Pace { quota: 100, ..Pace::new(&limits) }
    }

    async fn slow(pace: &mut Pace) {
        std::future::poll_fn(|cx| match pace.is_too_slow(cx) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
    }

    #[tokio::test]
    async fn a_client_that_trickles_is_too_slow() {
        let mut pace = pace();
        pace.received(99);
        assert!(timeout(Duration::from_secs(2), slow(&mut pace)).await.is_ok());
    }

    #[tokio::test]
    async fn a_client_that_keeps_its_rate_gets_another_window() {
        let mut pace = pace();
        for _ in 0..4 {
            pace.received(200);
            assert!(timeout(Duration::from_millis(30), slow(&mut pace)).await.is_err());
        }
    }

    #[tokio::test]
    async fn time_in_which_nobody_read_does_not_count() {
        let mut pace = pace();
        pace.received(1);
        tokio::time::sleep(Duration::from_millis(80)).await;
        assert!(timeout(Duration::from_millis(10), slow(&mut pace)).await.is_err());
    }
}
