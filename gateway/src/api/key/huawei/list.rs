//! list-keys.

use kms_core::key::{Key, KeySpec};
use kms_core::kms::Kms;
use serde_json::json;

use super::super::asked::{Asked, invalid};
use super::super::call::{HuaweiCall, Service};
use super::{details, json_reply, state};
use crate::api::huawei_faults::huawei_key_fault;
use crate::http::{Code, Fault, Reply};

/// list-keys: the marker counts entries.
pub struct ListKeys;

impl HuaweiCall for ListKeys {
    const NAME: &'static str = "list-keys";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let page = asked.page()?;
        let wanted_state = asked.number("key_state", Code::Kms0308)?.map(|state| state.to_string());
        let spec = match asked.text("key_spec")?.unwrap_or("AES_256") {
            "ALL" => None,
            name => Some(KeySpec::from_name(name).ok_or_else(|| invalid("key_spec"))?),
        };
        let mut keys = all_keys(service.kms, service).await?;
        keys.retain(|key| spec.is_none_or(|spec| key.spec == spec));
        keys.retain(|key| wanted_state.as_deref().is_none_or(|wanted| wanted == state(key)));
        let total = keys.len();
        let (next_marker, truncated) = page.next(total);
        let mut shown = Vec::new();
        for key in keys.iter().skip(page.skip).take(page.limit) {
            shown.push(details(service, key).await?);
        }
        let ids = keys.iter().skip(page.skip).take(page.limit);
        let ids: Vec<_> = ids.map(|key| key.id.to_string()).collect();
        Ok(json_reply(&json!({
            "keys": ids,
            "key_details": shown,
            "next_marker": next_marker,
            "truncated": truncated,
            "total": total,
        })))
    }
}

/// All keys of the caller's account, oldest first.
pub(super) async fn all_keys(kms: &Kms, service: &Service<'_>) -> Result<Vec<Key>, Fault> {
    let mut keys: Vec<Key> = Vec::new();
    let mut after = None;
    loop {
        let page = kms.list_keys(&service.caller, after, 1000).await.map_err(huawei_key_fault)?;
        keys.extend(page.keys);
        after = keys.last().map(|key| key.id);
        if !page.more {
            break;
        }
    }
    keys.sort_by_key(|key| (key.created_ms, key.id));
    Ok(keys)
}
