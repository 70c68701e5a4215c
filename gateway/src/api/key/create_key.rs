//! CreateKey (KMS API reference).

use kms_core::key::{KeyOrigin, KeyRef};
use kms_core::kms::CreateKey as NewKey;
use kms_core::store::Tag;
use serde::{Deserialize, Serialize};

use super::metadata::{HARDWARE_STORE, KeyMetadata, spec_named};
use super::tags::{AwsTag, checked};
use super::{caller, json, read};
use crate::api::faults::aws_key_fault;
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Code, Fault, Incoming, Reply};

/// Makes a custom key.
pub struct CreateKey {
    key: NewKey,
    policy: Option<String>,
    bypass_lockout_check: bool,
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asked {
    description: Option<String>,
    key_spec: Option<String>,
    customer_master_key_spec: Option<String>,
    key_usage: Option<String>,
    origin: Option<String>,
    custom_key_store_id: Option<String>,
    multi_region: Option<bool>,
    policy: Option<String>,
    bypass_policy_lockout_safety_check: Option<bool>,
    tags: Option<Vec<AwsTag>>,
}

/// A document with a key's metadata.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Described {
    /// The metadata.
    pub key_metadata: KeyMetadata,
}

impl Operation for CreateKey {
    const NAME: &'static str = "CreateKey";
    type Output = KeyMetadata;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let asked: Asked = read(request)?;
        refuse_unsupported(&asked)?;
        let spec = asked.key_spec.as_deref().or(asked.customer_master_key_spec.as_deref());
        let spec = spec.unwrap_or("SYMMETRIC_DEFAULT");
        let spec = spec_named(spec)
            .ok_or_else(|| unsupported(format!("KeySpec {spec} is not supported.")))?;
        let origin = origin(asked.origin.as_deref(), asked.custom_key_store_id.as_deref())?;
        let description = asked.description.unwrap_or_default();
        Ok(Self {
            key: NewKey { spec, origin, description, alias: None },
            policy: asked.policy,
            bypass_lockout_check: asked.bypass_policy_lockout_safety_check.unwrap_or(false),
            tags: checked(asked.tags.unwrap_or_default())?,
        })
    }

    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    async fn run(self, work: &Work) -> Result<KeyMetadata, Fault> {
        let (kms, caller) = (&work.gateway.kms, caller(work)?);
        if let Some(policy) = &self.policy {
            check_policy(policy)?;
        }
        let key = kms.create_key(&caller, self.key).await.map_err(aws_key_fault)?;
        let key_ref = KeyRef::id(key.id);
        if !self.tags.is_empty() {
            kms.tag_key(&caller, &key_ref, &self.tags).await.map_err(aws_key_fault)?;
        }
        if let Some(policy) = self.policy {
            let bypass = self.bypass_lockout_check;
            let put = kms.put_key_policy(&caller, &key_ref, policy, bypass).await;
            put.map_err(aws_key_fault)?;
        }
        Ok(KeyMetadata::of(&key))
    }

    fn render(key_metadata: KeyMetadata, _: &'static Dialect) -> Reply {
        json(&Described { key_metadata })
    }
}

/// Hardware keys live in the token, which AWS's protocol calls a custom key
/// store.
fn origin(origin: Option<&str>, store: Option<&str>) -> Result<KeyOrigin, Fault> {
    match (origin.unwrap_or("AWS_KMS"), store) {
        ("AWS_KMS", None) => Ok(KeyOrigin::AwsKms),
        ("EXTERNAL", None) => Ok(KeyOrigin::External),
        ("AWS_CLOUDHSM", Some(HARDWARE_STORE)) => Ok(KeyOrigin::CloudHsm),
        ("AWS_CLOUDHSM", None) => Err(Fault::new(Code::ValidationException)
            .message("Origin AWS_CLOUDHSM needs CustomKeyStoreId 'hsm'.")),
        (_, Some(other)) => Err(Fault::new(Code::CustomKeyStoreNotFoundException)
            .message(format!("Custom key store {other} does not exist; the token is 'hsm'."))),
        (other, None) => Err(unsupported(format!("Origin {other} is not supported."))),
    }
}

fn refuse_unsupported(asked: &Asked) -> Result<(), Fault> {
    if let Some(usage) = asked.key_usage.as_deref().filter(|usage| *usage != "ENCRYPT_DECRYPT") {
        return Err(unsupported(format!("KeyUsage {usage} is not supported.")));
    }
    if asked.multi_region == Some(true) {
        return Err(unsupported("Multi-Region keys are not supported.".to_owned()));
    }
    Ok(())
}

/// A policy that nobody could read shall leave no key behind.
fn check_policy(document: &str) -> Result<(), Fault> {
    let read = policy::Policy::key(document.as_bytes());
    read.map(drop).map_err(|error| {
        Fault::new(Code::MalformedPolicyDocumentException).message(error.to_string())
    })
}

fn unsupported(message: String) -> Fault {
    Fault::new(Code::UnsupportedOperationException).message(message)
}
