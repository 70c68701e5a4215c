//! When access keys were last used: noted in memory by every request, written
//! together once in a while. A crash forgets at most what was not yet written.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Error, Iam};
use crate::catalog::identity::KeyUse;

/// Keys whose use is remembered until it is written; those beyond wait for
/// their next use.
const NOTED_MAX: usize = 10_000;

/// Uses that are not written yet, by access key.
#[derive(Default)]
pub(super) struct KeyUses(Mutex<HashMap<String, KeyUse>>);

impl Iam {
    /// Notes that an access key was used for a service.
    pub fn key_use_note(&self, access_key_id: &str, service: &str, at: SystemTime) {
        let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
        let at_ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        // A panic while it was held cannot leave a half-written entry.
        let mut noted = self.uses.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = noted.get_mut(access_key_id) {
            known.at_ms = known.at_ms.max(at_ms);
            if known.service != service {
                service.clone_into(&mut known.service);
            }
        } else if noted.len() < NOTED_MAX {
            let service = service.to_owned();
            noted.insert(access_key_id.to_owned(), KeyUse { at_ms, service });
        }
    }

    /// Writes what was noted. Errors: `Unavailable`; what was noted is then lost.
    pub async fn key_uses_write(&self) -> Result<(), Error> {
        let noted = {
            let mut noted = self.uses.0.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *noted)
        };
        match noted.is_empty() {
            true => Ok(()),
            false => Ok(self.catalog.access_key_use_put(noted.into_iter().collect()).await?),
        }
    }
}
