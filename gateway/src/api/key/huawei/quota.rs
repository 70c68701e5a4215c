//! user-instances, user-quotas and gen-random.

use serde_json::json;
use zeroize::Zeroizing;

use super::super::asked::{Asked, missing};
use super::super::call::{HuaweiCall, Service};
use super::json_reply;
use crate::api::huawei_faults::huawei_key_fault;
use crate::http::{Code, Fault, Reply};

/// user-instances: how many custom keys there are.
pub struct UserInstances;
/// user-quotas.
pub struct UserQuotas;
/// gen-random.
pub struct GenRandom;

impl HuaweiCall for UserInstances {
    const NAME: &'static str = "user-instances";

    async fn answer(_: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let used = service.kms.key_quota(&service.caller).await.map_err(huawei_key_fault)?;
        Ok(json_reply(&json!({ "instance_num": used.keys })))
    }
}

impl HuaweiCall for UserQuotas {
    const NAME: &'static str = "user-quotas";

    async fn answer(_: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let used = service.kms.key_quota(&service.caller).await.map_err(huawei_key_fault)?;
        Ok(json_reply(&json!({ "quotas": { "resources": [
            { "type": "CMK", "used": used.keys, "quota": used.keys_max },
            { "type": "grant_per_CMK", "used": 0, "quota": used.grants_max },
        ]}})))
    }
}

impl HuaweiCall for GenRandom {
    const NAME: &'static str = "gen-random";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let bits = asked.number("random_data_length", Code::Kms1801)?;
        let bits = bits.ok_or_else(|| missing("random_data_length"))?;
        let len = match bits {
            8..=8192 if bits % 8 == 0 => usize::try_from(bits / 8).unwrap_or(0),
            _ => return Err(Code::Kms1801.into()),
        };
        let random = service.kms.generate_random(&service.caller, len).await;
        let random = random.map_err(huawei_key_fault)?;
        let text = Zeroizing::new(hex::encode_upper(random.expose()));
        Ok(json_reply(&json!({ "random_data": *text })))
    }
}
