//! What the process tells about itself: log lines and metrics.
//!
//! Not here: who records what. The edge records requests, other rooms their
//! own; nothing below is a global but `tracing`'s subscriber.

pub mod log;
pub mod metrics;

pub use log::{LogFormat, LogGuard, LogSettings};
pub use metrics::Metrics;
