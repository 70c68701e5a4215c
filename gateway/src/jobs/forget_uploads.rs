//! Forgets completed uploads: a Complete is answered alike when it is repeated
//! within a day, which covers every client's retries.

use super::JobError;
use crate::context::Gateway;

/// How long a repeated Complete is answered.
const KEPT_MS: i64 = 24 * 3600 * 1000;
/// Rows of one step.
const BATCH: usize = 1000;

/// Forgets everything that is due.
pub(super) async fn round(gateway: &Gateway) -> Result<(), JobError> {
    let before_ms = gateway.now_ms().saturating_sub(KEPT_MS);
    while gateway.catalog.upload_completed_forget(before_ms, BATCH).await? > 0 {}
    Ok(())
}
