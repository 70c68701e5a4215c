//! The handles that operations work with, built once by `server/bootstrap.rs`.
//!
//! A plain struct of components with public fields. It holds no state of a
//! request and no cache of anything that can go stale.

use std::sync::Arc;
use std::time::SystemTime;

use kms_core::kms::Kms;
use kms_core::root::ServiceKeys;

use crate::backing::Backing;
use crate::catalog::Catalog;
use crate::config::Settings;
use crate::iam::Iam;
use crate::telemetry::Metrics;

/// Tells the time; tests pass their own.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// One gateway.
#[derive(Clone)]
pub struct Gateway {
    /// The settings it was started with.
    pub settings: Arc<Settings>,
    /// Rows.
    pub catalog: Catalog,
    /// Blobs.
    pub backing: Backing,
    /// Keys.
    pub kms: Arc<Kms>,
    /// Accounts and access keys.
    pub iam: Iam,
    /// Counters and histograms.
    pub metrics: Metrics,
    /// The unwrapped service keys.
    pub service_keys: Arc<ServiceKeys>,
    /// Tells the time.
    pub clock: Clock,
}
