//! Work beside the requests: one supervised loop each, all heeding the same
//! signal. A round that fails is logged and tried again at the next tick.

mod forget_uploads;
mod key_lifecycle;
mod remove_blobs;
mod sweep;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::backing::BackingError;
use crate::catalog::CatalogError;
use crate::context::Gateway;

pub use sweep::{Sweep, SweepError};

/// How often blobs that nothing refers to are looked at.
const REMOVE_INTERVAL: Duration = Duration::from_secs(5);

/// How often completed uploads are looked at.
const FORGET_INTERVAL: Duration = Duration::from_secs(3600);

/// How often uses of access keys are written.
const USES_INTERVAL: Duration = Duration::from_secs(30);
/// How often it is looked whether something is due for a key.
const KEYS_INTERVAL: Duration = Duration::from_secs(5);

/// Why a round of a job stopped; the next one tries again.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The catalog failed.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The backing store failed.
    #[error(transparent)]
    Backing(#[from] BackingError),
}

/// Runs all jobs until `stop` resolves.
pub async fn run(gateway: Arc<Gateway>, stop: impl Future<Output = ()> + Send) {
    let sweep_interval = Duration::from_secs(gateway.settings.gc.sweep_interval_s.max(1));
    let removals = every(REMOVE_INTERVAL, "remove blobs", || remove_blobs::round(&gateway));
    let sweeps = every(sweep_interval, "sweep", || sweep::round(&gateway));
    let forgets = every(FORGET_INTERVAL, "forget uploads", || forget_uploads::round(&gateway));
    let uses = every(USES_INTERVAL, "write key uses", || gateway.iam.key_uses_write());
    let keys = every(KEYS_INTERVAL, "key lifecycle", || key_lifecycle::round(&gateway));
    tokio::select! {
        () = keys => {}
        () = forgets => {}
        () = uses => {}
        () = removals => {}
        () = sweeps => {}
        () = stop => {}
    }
}

/// Runs `round` every `period`, for ever.
async fn every<F, E>(period: Duration, job: &'static str, mut round: impl FnMut() -> F)
where
    F: Future<Output = Result<(), E>>,
    E: std::fmt::Display,
{
    let mut tick = interval(period);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = round().await {
            tracing::warn!(job, %error, "a round of a job failed and is tried again");
        }
    }
}
