//! The metrics that the edge records, and the registry that all share.
//!
//! A handle is cheap to clone and lock-free to use once its label set exists.
//! Invariant: labels are from small closed sets (operation names, dialects,
//! statuses), never from a client's input.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

/// Labels of `sealgate_requests_total`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RequestLabels {
    /// The operation's documented name.
    pub operation: &'static str,
    /// The answer's dialect: `s3`, `obs`, `aws-json`.
    pub dialect: &'static str,
    /// HTTP status; 499 when the client hung up before the answer.
    pub status: u16,
}

/// Labels of `sealgate_request_duration_seconds`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OperationLabels {
    /// The operation's documented name.
    pub operation: &'static str,
}

/// What is counted about requests, and the registry behind `/metrics`.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    /// Requests that have ended, with or without an answer.
    pub requests: Family<RequestLabels, Counter>,
    /// Seconds from a request's head to its answer's last byte.
    pub request_duration: Family<OperationLabels, Histogram, fn() -> Histogram>,
    /// Body bytes received.
    pub bytes_in: Counter,
    /// Body bytes sent.
    pub bytes_out: Counter,
    /// Requests under way.
    pub in_flight: Gauge,
    /// Open client connections.
    pub connections: Gauge,
}

impl Metrics {
    /// Metrics of their own registry, all at zero.
    pub fn new() -> Self {
        let metrics = Self {
            registry: Arc::new(Mutex::new(Registry::with_prefix("sealgate"))),
            requests: Family::default(),
            request_duration: Family::new_with_constructor(durations),
            bytes_in: Counter::default(),
            bytes_out: Counter::default(),
            in_flight: Gauge::default(),
            connections: Gauge::default(),
        };
        metrics.register("requests", "Requests that have ended", metrics.requests.clone());
        metrics.register(
            "request_duration_seconds",
            "Seconds from a request's head to its answer's last byte",
            metrics.request_duration.clone(),
        );
        metrics.register("received_bytes", "Body bytes received", metrics.bytes_in.clone());
        metrics.register("sent_bytes", "Body bytes sent", metrics.bytes_out.clone());
        metrics.register("requests_in_flight", "Requests under way", metrics.in_flight.clone());
        metrics.register("connections", "Open client connections", metrics.connections.clone());
        metrics
    }

    /// Adds another room's metric under `sealgate_NAME` (counters get `_total`).
    /// Called once for each name, when the components are built.
    pub fn register(&self, name: &'static str, help: &'static str, metric: impl Metric) {
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        registry.register(name, help, metric);
    }

    /// All metrics in the OpenMetrics text format, which Prometheus scrapes.
    pub fn render(&self) -> String {
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let mut page = String::new();
        // Writing into a String fails only if a metric refuses to encode
        // itself; what stands on the page until there is still true.
        let _ = text::encode(&mut page, &registry);
        page
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

/// Counts one more on a gauge for as long as it lives.
#[derive(Debug)]
pub struct Held(Gauge);

impl Held {
    /// Adds one to `gauge`.
    pub fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// 0.5 ms to about 2 minutes: from a cached HEAD to a large upload.
fn durations() -> Histogram {
    let buckets = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
        120.0,
    ];
    Histogram::new(buckets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_the_documented_names() {
        let metrics = Metrics::new();
        let labels = RequestLabels { operation: "GetObject", dialect: "s3", status: 200 };
        metrics.requests.get_or_create(&labels).inc();
        let operation = OperationLabels { operation: "GetObject" };
        metrics.request_duration.get_or_create(&operation).observe(0.01);
        let page = metrics.render();
        for line in [
            r#"sealgate_requests_total{operation="GetObject",dialect="s3",status="200"} 1"#,
            r#"sealgate_request_duration_seconds_count{operation="GetObject"} 1"#,
            "sealgate_received_bytes_total 0",
            "sealgate_connections 0",
        ] {
            assert!(page.contains(line), "{line} in {page}");
        }
    }
}
