//! Removes blobs whose time has come: released ones after the read grace,
//! condemned ones after theirs. Store first, row second: a crash in between
//! leaves a row whose removal is repeated, never a blob without a trace.

use kms_core::sealed::BlobId;

use super::JobError;
use crate::context::Gateway;

/// Blobs of one step.
const BATCH: usize = 500;

/// Grace of the sole blob of an object on a local disk: readers have opened it
/// before they answer, and an open file outlives its name.
const OPEN_FILE_GRACE_MS: i64 = 10_000;

/// Removes everything that is due.
pub(super) async fn round(gateway: &Gateway) -> Result<(), JobError> {
    let gc = &gateway.settings.gc;
    let now_ms = gateway.now_ms();
    let before = |seconds: u64| now_ms.saturating_sub(milliseconds(seconds));
    let many_before = before(gc.read_grace_s);
    let sole_before = match gateway.objects.backing.is_local() {
        true => now_ms.saturating_sub(OPEN_FILE_GRACE_MS.min(milliseconds(gc.read_grace_s))),
        false => many_before,
    };
    loop {
        let released = gateway.catalog.blob_released(sole_before, many_before, BATCH).await?;
        let ids: Vec<_> = released.into_iter().map(|blob| blob.id).collect();
        if !remove(gateway, ids).await? {
            break;
        }
    }
    loop {
        let condemned = gateway.catalog.blob_condemned(before(gc.condemned_grace_s), BATCH).await?;
        if !remove(gateway, condemned).await? {
            return Ok(());
        }
    }
}

/// Removes `ids`; false when there were none.
async fn remove(gateway: &Gateway, ids: Vec<[u8; 16]>) -> Result<bool, JobError> {
    if ids.is_empty() {
        return Ok(false);
    }
    for id in &ids {
        gateway.objects.backing.remove(&BlobId(*id)).await?;
    }
    gateway.catalog.blob_forget(ids).await?;
    Ok(true)
}

fn milliseconds(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX)
}
