//! ScheduleKeyDeletion (KMS API reference).

use kms_core::key::{Key, KeyRef};
use serde::{Deserialize, Serialize};

use super::metadata::{arn, seconds};
use super::{caller, json, key_ref, read};
use crate::api::faults::aws_key_fault;
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Code, Fault, Incoming, Reply};

/// Days without `PendingWindowInDays`.
const DAYS: u32 = 30;

/// Schedules a key's destruction. AWS knows 7 to 30 days; the longer windows of
/// the Huawei dialect, up to three years, are taken here too.
pub struct ScheduleKeyDeletion {
    key: KeyRef,
    days: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asked {
    key_id: String,
    pending_window_in_days: Option<u32>,
}

/// A key with its window.
pub struct Scheduled {
    key: Key,
    days: u32,
}

impl Operation for ScheduleKeyDeletion {
    const NAME: &'static str = "ScheduleKeyDeletion";
    type Output = Scheduled;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let asked: Asked = read(request)?;
        let days = asked.pending_window_in_days.unwrap_or(DAYS);
        if !(7..=1096).contains(&days) {
            return Err(Fault::new(Code::ValidationException)
                .message("PendingWindowInDays must be between 7 and 1096."));
        }
        Ok(Self { key: key_ref(&asked.key_id)?, days })
    }

    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    async fn run(self, work: &Work) -> Result<Scheduled, Fault> {
        let Self { key, days } = self;
        let scheduled = work.gateway.kms.schedule_key_deletion(&caller(work)?, &key, days).await;
        scheduled.map(|key| Scheduled { key, days }).map_err(aws_key_fault)
    }

    fn render(Scheduled { key, days }: Scheduled, _: &'static Dialect) -> Reply {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            key_id: String,
            deletion_date: Option<f64>,
            key_state: &'static str,
            pending_window_in_days: u32,
        }
        json(&Answer {
            key_id: arn(&key),
            deletion_date: key.state.deletion_due_ms().map(seconds),
            key_state: "PendingDeletion",
            pending_window_in_days: days,
        })
    }
}
