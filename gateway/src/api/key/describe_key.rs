//! DescribeKey (KMS API reference).

use kms_core::key::KeyRef;
use serde::Deserialize;

use super::create_key::Described;
use super::metadata::KeyMetadata;
use super::{caller, json, key_ref, read};
use crate::api::faults::aws_key_fault;
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply};

/// Describes a key by id, ARN or alias.
pub struct DescribeKey(KeyRef);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asked {
    key_id: String,
}

impl Operation for DescribeKey {
    const NAME: &'static str = "DescribeKey";
    type Output = KeyMetadata;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let asked: Asked = read(request)?;
        key_ref(&asked.key_id).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    async fn run(self, work: &Work) -> Result<KeyMetadata, Fault> {
        let found = work.gateway.kms.describe_key(&caller(work)?, &self.0).await;
        found.map(|key| KeyMetadata::of(&key)).map_err(aws_key_fault)
    }

    fn render(key_metadata: KeyMetadata, _: &'static Dialect) -> Reply {
        json(&Described { key_metadata })
    }
}
