//! Aliases beside the one that a key is made with ("Managing Aliases", Huawei
//! KMS API reference).

use kms_core::key::{Alias, KeyRef};
use serde_json::{Value, json};

use super::super::asked::{Asked, alias_named, missing};
use super::super::call::{HuaweiCall, Service};
use super::json_reply;
use crate::api::huawei_faults::huawei_key_fault;
use crate::http::{Code, Fault, Reply};

/// POST /kms/aliases.
pub struct CreateAlias;
/// GET /kms/aliases.
pub struct ListAliases;
/// POST /kms/alias/associate.
pub struct AssociateAlias;
/// DELETE /kms/aliases, with a document.
pub struct DeleteAliases;

impl HuaweiCall for CreateAlias {
    const NAME: &'static str = "create-alias";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let (key, name) = (asked.key_id()?, asked.alias("alias")?);
        let alias = service.kms.create_alias(&service.caller, &name, &key).await;
        let alias = alias.map_err(huawei_key_fault)?;
        Ok(json_reply(&entry(&alias, service)))
    }
}

impl HuaweiCall for AssociateAlias {
    const NAME: &'static str = "associate-alias";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let (name, key) = (asked.alias("alias")?, Asked::id(asked.needed("target_key_id")?)?);
        let alias = service.kms.update_alias(&service.caller, &name, &key).await;
        let alias = alias.map_err(huawei_key_fault)?;
        Ok(json_reply(&entry(&alias, service)))
    }
}

impl HuaweiCall for DeleteAliases {
    const NAME: &'static str = "delete-alias";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let Some(Value::Array(names)) = asked.value("aliases") else {
            return Err(missing("aliases"));
        };
        let named = |name: &Value| alias_named(name.as_str().unwrap_or_default());
        let names: Vec<_> = names.iter().map(named).collect::<Result<_, _>>()?;
        let key = asked.key_id()?;
        let listed = service.kms.list_aliases(&service.caller, Some(&key), None, 1000).await;
        let listed = listed.map_err(huawei_key_fault)?;
        for name in &names {
            if !listed.aliases.iter().any(|alias| alias.name == *name) {
                return Err(Code::Kms1101.into());
            }
        }
        for name in &names {
            let deleted = service.kms.delete_alias(&service.caller, name).await;
            deleted.map_err(huawei_key_fault)?;
        }
        Ok(Reply::no_content())
    }
}

impl HuaweiCall for ListAliases {
    const NAME: &'static str = "list-aliases";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let key: Option<KeyRef> = asked.query().nonempty("key_id").map(Asked::id).transpose()?;
        let limit = asked.query_number("limit", Code::Kms1601)?.unwrap_or(50);
        if !(1..=1000).contains(&limit) {
            return Err(Code::Kms1601.into());
        }
        let after = asked.query().nonempty("marker").map(alias_named).transpose();
        let after = after.map_err(|_| Fault::new(Code::Kms1602))?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let (kms, caller) = (service.kms, &service.caller);
        let page = kms.list_aliases(caller, key.as_ref(), after.as_ref(), limit).await;
        let page = page.map_err(huawei_key_fault)?;
        let last = page.aliases.last().filter(|_| page.more);
        let next_marker = last.map(|alias| alias.name.as_str().to_owned()).unwrap_or_default();
        let aliases: Vec<_> = page.aliases.iter().map(|alias| entry(alias, service)).collect();
        Ok(json_reply(&json!({
            "aliases": aliases,
            "page_info": { "next_marker": next_marker, "current_count": page.aliases.len() },
        })))
    }
}

fn entry(alias: &Alias, service: &Service<'_>) -> Value {
    let domain = service.caller.account().map_or("", |account| account.domain.as_str());
    let name = alias.name.as_str();
    json!({
        "domain_id": domain,
        "key_id": alias.key.to_string(),
        "alias": format!("alias/{name}"),
        "alias_urn": format!("kms:{}:{domain}:alias:{name}", alias.region),
        "create_time": alias.created_ms.to_string(),
        "update_time": alias.updated_ms.to_string(),
    })
}
