//! Frozen accounts: their keys, default keys too, are neither used nor changed
//! until the account is thawed. Nothing is lost: a frozen account's objects are
//! readable again afterwards.

use super::{Kms, KmsError};
use crate::audit::AuditEvent;

impl Kms {
    /// Freezes or thaws an account, for an operator. Errors: `Unavailable`.
    pub async fn freeze_account(&self, account: &str, frozen: bool) -> Result<(), KmsError> {
        let action = if frozen { "sealgate:FreezeAccount" } else { "sealgate:UnfreezeAccount" };
        let event = AuditEvent {
            detail: Some(format!("account {account}")),
            ..self.service_event("operator", action)
        };
        let stored = self.store.account_freeze(account, frozen, event.clone()).await;
        let stored = stored.map_err(|error| KmsError::Unavailable(error.to_string()));
        self.settle_change(event, stored).await
    }

    /// Errors: `Frozen`.
    pub(super) async fn check_thawed(&self, account: &str) -> Result<(), KmsError> {
        let frozen = self.store.account_frozen(account).await;
        match frozen.map_err(|error| KmsError::Unavailable(error.to_string()))? {
            true => Err(KmsError::Frozen(account.to_owned())),
            false => Ok(()),
        }
    }
}
