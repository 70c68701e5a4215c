//! UpdateAlias, DeleteAlias and UpdateKeyDescription (KMS API reference).

use serde::Deserialize;

use super::call::{AwsCall, Service};
use super::create_alias::alias_named;
use super::{key_ref, nothing};
use crate::api::faults::aws_key_fault;
use crate::http::{Fault, Reply};

/// Points an alias at another key.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateAlias {
    alias_name: String,
    target_key_id: String,
}

/// Removes an alias.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteAlias {
    alias_name: String,
}

/// Replaces a key's description.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateKeyDescription {
    key_id: String,
    description: String,
}

impl AwsCall for UpdateAlias {
    const NAME: &'static str = "UpdateAlias";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        let (name, key) = (alias_named(&self.alias_name)?, key_ref(&self.target_key_id)?);
        let updated = service.kms.update_alias(&service.caller, &name, &key).await;
        updated.map(|_| nothing()).map_err(aws_key_fault)
    }
}

impl AwsCall for DeleteAlias {
    const NAME: &'static str = "DeleteAlias";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        let name = alias_named(&self.alias_name)?;
        let deleted = service.kms.delete_alias(&service.caller, &name).await;
        deleted.map(|()| nothing()).map_err(aws_key_fault)
    }
}

impl AwsCall for UpdateKeyDescription {
    const NAME: &'static str = "UpdateKeyDescription";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        let (key, text) = (key_ref(&self.key_id)?, self.description);
        let updated = service.kms.update_key_description(&service.caller, &key, text).await;
        updated.map(|_| nothing()).map_err(aws_key_fault)
    }
}
