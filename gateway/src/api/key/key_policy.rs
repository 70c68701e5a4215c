//! GetKeyPolicy, PutKeyPolicy and ListKeyPolicies (KMS API reference). A key
//! has one policy, which is called `default`.

use kms_core::key::Key;
use kms_core::kms::KeyPolicy;
use policy::Action;
use serde::Deserialize;
use serde_json::json;

use super::call::{AwsCall, Service};
use super::{key_ref, nothing};
use crate::api::faults::aws_key_fault;
use crate::http::{Code, Fault, Reply};

/// Reads the policy.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetKeyPolicy {
    key_id: String,
    policy_name: Option<String>,
}

/// Puts the policy.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutKeyPolicy {
    key_id: String,
    policy_name: Option<String>,
    policy: String,
    bypass_policy_lockout_safety_check: Option<bool>,
}

/// Lists the policies' names.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListKeyPolicies {
    key_id: String,
}

impl AwsCall for GetKeyPolicy {
    const NAME: &'static str = "GetKeyPolicy";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        check_name(self.policy_name.as_deref())?;
        let (caller, key) = (&service.caller, key_ref(&self.key_id)?);
        let found = service.kms.key_policy(caller, Action::KmsGetKeyPolicy, &key).await;
        let (key, policy) = found.map_err(aws_key_fault)?;
        let policy = match policy {
            KeyPolicy::Document(text) => text,
            KeyPolicy::Default => default_policy(&key),
        };
        Ok(super::json(&json!({ "Policy": policy, "PolicyName": "default" })))
    }
}

impl AwsCall for PutKeyPolicy {
    const NAME: &'static str = "PutKeyPolicy";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        check_name(self.policy_name.as_deref())?;
        let (caller, key) = (&service.caller, key_ref(&self.key_id)?);
        let bypass = self.bypass_policy_lockout_safety_check.unwrap_or(false);
        let put = service.kms.put_key_policy(caller, &key, self.policy, bypass).await;
        put.map(|()| nothing()).map_err(aws_key_fault)
    }
}

impl AwsCall for ListKeyPolicies {
    const NAME: &'static str = "ListKeyPolicies";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        let (caller, key) = (&service.caller, key_ref(&self.key_id)?);
        let found = service.kms.key_policy(caller, Action::KmsListKeyPolicies, &key).await;
        found.map_err(aws_key_fault)?;
        Ok(super::json(&json!({ "PolicyNames": ["default"], "Truncated": false })))
    }
}

/// Errors: `NotFoundException` for a policy of another name.
fn check_name(name: Option<&str>) -> Result<(), Fault> {
    match name {
        None | Some("default") => Ok(()),
        Some(other) => {
            Err(Fault::new(Code::NotFoundException)
                .message(format!("No such policy exists: {other}.")))
        }
    }
}

/// What a key without a policy of its own means, in AWS's words.
fn default_policy(key: &Key) -> String {
    let document = json!({
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [{
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{}:root", key.account_id) },
            "Action": "kms:*",
            "Resource": "*",
        }],
    });
    format!("{document:#}")
}
