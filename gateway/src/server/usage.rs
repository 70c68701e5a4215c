//! What an account is billed for: calls, from the audit trail, and key-days,
//! from the keys' records. Read beside a running server.

use std::ops::Range;
use std::time::SystemTime;

use kms_core::audit::{Usage, usage};

use super::store::open_catalog;
use super::{Refusal, unix_ms};
use crate::catalog::CatalogError;
use crate::config::Settings;

/// What an account used.
#[derive(Debug)]
pub struct AccountUsage {
    /// Its id.
    pub account: String,
    /// Calls by key and action.
    pub calls: Usage,
    /// Days, also begun ones, for which each custom key was kept.
    pub key_days: Vec<(String, u64)>,
}

/// The usage of the account with this id, domain id or name in `period` (Unix
/// milliseconds). Errors: no such account; catalog or logs cannot be read.
pub fn usage_of(
    settings: &Settings,
    name: &str,
    period: &Range<u64>,
) -> Result<AccountUsage, Refusal> {
    let data_dir = &settings.data_dir;
    if !data_dir.join("catalog.sqlite").exists() {
        return Err(Refusal::because(format!(
            "there is no catalog in {}; name the data directory with --data-dir",
            data_dir.display()
        )));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Refusal::because)?.block_on(async {
        let catalog = open_catalog(data_dir)?;
        let refused = |error: CatalogError| Refusal::because(error);
        let mut found = catalog.account_find(name).await.map_err(refused)?;
        if found.is_none() {
            found = catalog.account_find_by_domain(name).await.map_err(refused)?;
        }
        if found.is_none() {
            found = catalog.account_find_by_name(name).await.map_err(refused)?;
        }
        let account = found.ok_or_else(|| Refusal::because(format!("no account {name}")))?.id;
        // Days to come are not used yet.
        let now = unix_ms(SystemTime::now()).cast_unsigned();
        let past = period.start..period.end.min(now);
        let key_days = catalog.key_days(&account, past).await.map_err(refused)?;
        let calls = usage(&data_dir.join("audit"), &account, period).map_err(Refusal::because)?;
        Ok(AccountUsage { account, calls, key_days })
    })
}
