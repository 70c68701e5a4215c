//! EnableKey, DisableKey and CancelKeyDeletion (KMS API reference): a key id
//! in, a state changed.

use kms_core::key::{Key, KeyRef, KeyState};
use kms_core::kms::KmsError;
use serde::{Deserialize, Serialize};

use super::metadata::arn;
use super::{caller, json, key_ref, nothing, read};
use crate::api::faults::aws_key_fault;
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply};

/// Enables a key; one that is enabled stays so.
pub struct EnableKey(KeyRef);

/// Disables a key; one that is disabled stays so.
pub struct DisableKey(KeyRef);

/// Cancels a scheduled deletion; the key is then disabled.
pub struct CancelKeyDeletion(KeyRef);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asked {
    key_id: String,
}

impl Operation for EnableKey {
    const NAME: &'static str = "EnableKey";
    type Output = ();

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        named(request).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    async fn run(self, work: &Work) -> Result<(), Fault> {
        let enabled = work.gateway.kms.enable_key(&caller(work)?, &self.0).await;
        already(enabled, KeyState::Enabled)
    }

    fn render((): (), _: &'static Dialect) -> Reply {
        nothing()
    }
}

impl Operation for DisableKey {
    const NAME: &'static str = "DisableKey";
    type Output = ();

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        named(request).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    async fn run(self, work: &Work) -> Result<(), Fault> {
        let disabled = work.gateway.kms.disable_key(&caller(work)?, &self.0).await;
        already(disabled, KeyState::Disabled)
    }

    fn render((): (), _: &'static Dialect) -> Reply {
        nothing()
    }
}

impl Operation for CancelKeyDeletion {
    const NAME: &'static str = "CancelKeyDeletion";
    type Output = Key;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        named(request).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    async fn run(self, work: &Work) -> Result<Key, Fault> {
        let cancelled = work.gateway.kms.cancel_key_deletion(&caller(work)?, &self.0).await;
        cancelled.map_err(aws_key_fault)
    }

    fn render(key: Key, _: &'static Dialect) -> Reply {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Cancelled {
            key_id: String,
        }
        json(&Cancelled { key_id: arn(&key) })
    }
}

fn named(request: &Incoming) -> Result<KeyRef, Fault> {
    let asked: Asked = read(request)?;
    key_ref(&asked.key_id)
}

/// AWS calls a change to the state a key is in already a success.
fn already(changed: Result<Key, KmsError>, wanted: KeyState) -> Result<(), Fault> {
    match changed {
        Ok(_) => Ok(()),
        Err(KmsError::InvalidState { state, .. }) if state == wanted => Ok(()),
        Err(error) => Err(aws_key_fault(error)),
    }
}
