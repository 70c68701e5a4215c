//! Small work beside the requests.

use std::sync::Arc;
use std::time::Duration;

use kms_core::kms::Kms;
use tokio::time::{MissedTickBehavior, interval};

use crate::edge::Shutdown;

/// How often unwrapped key material is looked at, and the outbox of key changes.
const TICK: Duration = Duration::from_secs(5);

/// Wipes unwrapped keys that nobody has used for a minute, and records key
/// changes whose record was delayed, until `shutdown`.
pub(super) async fn expire_keys(kms: Arc<Kms>, shutdown: Shutdown) {
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = shutdown.requested() => return,
        }
        kms.expire_material();
        if let Err(error) = kms.chain_outbox().await {
            tracing::warn!(%error, "key changes wait to be recorded");
        }
    }
}
