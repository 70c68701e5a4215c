//! The record of one request: its log line, its metrics, its place among those
//! under way.
//!
//! Invariant: each request that got past its head leaves one line and one
//! count, whether it was answered, failed half way or was given up by its
//! client; both happen when the record is dropped.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use http::{Method, StatusCode};
use tokio::sync::OwnedSemaphorePermit;
use tracing::Span;

use super::Answer;
use super::activity::Activity;
use crate::dialect::{Dialect, S3};
use crate::http::Target;
use crate::stream::BodyError;
use crate::telemetry::Metrics;
use crate::telemetry::metrics::{Held, OperationLabels, RequestLabels};

/// Status in logs and metrics when the client hung up before the answer, as
/// nginx has it.
const HUNG_UP: u16 = 499;

/// One request, from its head to its answer's end.
pub(super) struct Record {
    /// The span that all work for the request runs in.
    pub(super) span: Span,
    /// Body bytes received.
    pub(super) bytes_in: Arc<AtomicU64>,
    /// The connection it came on.
    pub(super) activity: Arc<Activity>,
    started: Instant,
    _in_flight: Held,
    metrics: Metrics,
    permit: Option<OwnedSemaphorePermit>,
    answered: Option<Answered>,
    bytes_out: u64,
    is_whole: bool,
    failure: Option<BodyError>,
}

struct Answered {
    operation: &'static str,
    dialect: &'static Dialect,
    status: StatusCode,
    access_key: Option<String>,
    cause: Option<String>,
}

impl Record {
    /// Opens the record. Paths and queries stay out of it: they may carry
    /// signatures.
    pub(super) fn open(
        request_id: &str,
        method: &Method,
        remote: IpAddr,
        activity: Arc<Activity>,
        metrics: Metrics,
    ) -> Self {
        activity.request_began();
        let span = tracing::info_span!(
            "request",
            request.id = request_id,
            %method,
            %remote,
            bucket = tracing::field::Empty,
        );
        Self {
            span,
            bytes_in: Arc::default(),
            activity,
            started: Instant::now(),
            _in_flight: Held::new(&metrics.in_flight),
            metrics,
            permit: None,
            answered: None,
            bytes_out: 0,
            is_whole: false,
            failure: None,
        }
    }

    /// Keeps the request's place among those under way until it ends.
    pub(super) fn admit(&mut self, permit: OwnedSemaphorePermit) {
        self.permit = Some(permit);
    }

    /// Notes what the request is about.
    pub(super) fn locate(&self, target: &Target) {
        if let Some(bucket) = target.bucket() {
            self.span.record("bucket", bucket);
        }
    }

    /// Notes the answer.
    pub(super) fn answer(&mut self, answer: &mut Answer) {
        self.answered = Some(Answered {
            operation: answer.operation,
            dialect: answer.dialect,
            status: answer.reply.status,
            access_key: answer.access_key.take(),
            cause: answer.cause.take(),
        });
    }

    /// Notes bytes of the answer's body.
    pub(super) fn sent(&mut self, bytes: u64) {
        self.bytes_out = self.bytes_out.saturating_add(bytes);
    }

    /// Notes that the whole answer was handed over.
    pub(super) fn complete(&mut self) {
        self.is_whole = true;
    }

    /// Notes why the answer was cut off.
    pub(super) fn fail(&mut self, failure: BodyError) {
        self.failure = Some(failure);
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let elapsed = self.started.elapsed();
        let bytes_in = self.bytes_in.load(Ordering::Relaxed);
        let answered = self.answered.as_ref();
        let operation = answered.map_or("Unknown", |a| a.operation);
        let dialect = answered.map_or(S3.name, |a| a.dialect.name);
        let status = answered.map_or(HUNG_UP, |a| a.status.as_u16());

        self.activity.request_ended();
        self.metrics.bytes_in.inc_by(bytes_in);
        self.metrics.bytes_out.inc_by(self.bytes_out);
        self.metrics.requests.get_or_create(&RequestLabels { operation, dialect, status }).inc();
        let duration = self.metrics.request_duration.get_or_create(&OperationLabels { operation });
        duration.observe(elapsed.as_secs_f64());
        drop(duration);

        let _entered = self.span.enter();
        if let Some(failure) = &self.failure {
            tracing::warn!(operation, error = %failure, "answer cut off");
        }
        if let Some(cause) = answered.and_then(|a| a.cause.as_deref()) {
            tracing::warn!(operation, status, cause, "request failed");
        }
        tracing::info!(
            operation,
            dialect,
            status,
            bytes_in,
            bytes_out = self.bytes_out,
            duration_ms = elapsed.as_secs_f64() * 1e3,
            access_key = answered.and_then(|a| a.access_key.as_deref()).map(tracing::field::debug),
            complete = self.is_whole,
            "request"
        );
    }
}
