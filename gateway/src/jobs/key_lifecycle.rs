//! Does what is due for keys: destruction, expiry of imported material,
//! automatic rotation. The rules are the key service's.

use kms_core::kms::{Due, KmsError};

use crate::context::Gateway;

/// Does everything that is due.
pub(super) async fn round(gateway: &Gateway) -> Result<(), KmsError> {
    loop {
        let done = gateway.kms.run_due().await?;
        if done == Due::default() {
            return Ok(());
        }
        let Due { destroyed, expired, rotated } = done;
        tracing::info!(destroyed, expired, rotated, "keys were due");
    }
}
