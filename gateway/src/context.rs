//! The handles that operations work with, built once by `server/bootstrap.rs`.
//!
//! A plain struct of components with public fields. It holds no state of a
//! request and no cache of anything that can go stale.

use std::sync::Arc;
use std::time::SystemTime;

use kms_core::kms::Kms;
use kms_core::root::ServiceKeys;

use crate::catalog::Catalog;
use crate::config::Settings;
use crate::iam::Iam;
use crate::object::Objects;
use crate::policy_cache::PolicyCache;
use crate::telemetry::Metrics;

/// Tells the time; tests pass their own.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// One gateway.
pub struct Gateway {
    /// The settings it was started with.
    pub settings: Arc<Settings>,
    /// Rows.
    pub catalog: Catalog,
    /// Keys.
    pub kms: Arc<Kms>,
    /// Sealed objects over catalog, backing store and keys.
    pub objects: Objects,
    /// Parsed bucket policies.
    pub policies: PolicyCache,
    /// Accounts and access keys.
    pub iam: Iam,
    /// Counters and histograms.
    pub metrics: Metrics,
    /// The unwrapped service keys.
    pub service_keys: Arc<ServiceKeys>,
    /// Tells the time.
    pub clock: Clock,
}

impl Gateway {
    /// The time in milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        let since = (self.clock)().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}
