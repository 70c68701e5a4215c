//! create-grant, revoke-grant, retire-grant and the two lists ("Managing
//! Grants", Huawei KMS API reference).

use kms_core::key::{Grant, GrantId, GrantOperation, Grantee};
use kms_core::kms::{GrantFilter, GrantPage, NewGrant};
use serde_json::{Value, json};

use super::super::asked::{Asked, Page, invalid, missing};
use super::super::call::{HuaweiCall, Service};
use super::{done, json_reply};
use crate::api::huawei_faults::huawei_key_fault;
use crate::http::{Code, Fault, Reply};

/// create-grant.
pub struct CreateGrant;
/// revoke-grant.
pub struct RevokeGrant;
/// retire-grant.
pub struct RetireGrant;
/// list-grants.
pub struct ListGrants;
/// list-retirable-grants.
pub struct ListRetirableGrants;

impl HuaweiCall for CreateGrant {
    const NAME: &'static str = "create-grant";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let key = asked.key_id()?;
        let grantee = principal(asked.needed("grantee_principal")?)?.to_owned();
        let grantee = match asked.text("grantee_principal_type")?.unwrap_or("user") {
            "user" => Grantee::Principal(grantee),
            "domain" => Grantee::Domain(grantee),
            _ => return Err(invalid("grantee_principal_type")),
        };
        let retiring = asked.text("retiring_principal")?.filter(|name| !name.is_empty());
        let retiring = retiring.map(principal).transpose()?;
        let wanted = NewGrant {
            grantee,
            retiring: retiring.map(|name| Grantee::Principal(name.to_owned())),
            name: asked.text("name")?.unwrap_or_default().to_owned(),
            operations: operations(asked)?,
            constraint: None,
        };
        let grant = service.kms.create_grant(&service.caller, &key, wanted).await;
        let grant = grant.map_err(huawei_key_fault)?;
        Ok(json_reply(&json!({ "grant_id": grant.id.to_string() })))
    }
}

impl HuaweiCall for RevokeGrant {
    const NAME: &'static str = "revoke-grant";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let (key, id) = (asked.key_id()?, grant_id(asked)?);
        let revoked = service.kms.revoke_grant(&service.caller, &key, id).await;
        revoked.map(|()| done()).map_err(huawei_key_fault)
    }
}

impl HuaweiCall for RetireGrant {
    const NAME: &'static str = "retire-grant";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let (key, id) = (asked.key_id()?, grant_id(asked)?);
        let retired = service.kms.retire_grant(&service.caller, &key, id).await;
        retired.map(|()| done()).map_err(huawei_key_fault)
    }
}

impl HuaweiCall for ListGrants {
    const NAME: &'static str = "list-grants";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let (key, page) = (asked.key_id()?, asked.page()?);
        let filter = GrantFilter { limit: 1000, ..GrantFilter::default() };
        let grants = service.kms.list_grants(&service.caller, &key, filter).await;
        Ok(listed(&grants.map_err(huawei_key_fault)?, page))
    }
}

impl HuaweiCall for ListRetirableGrants {
    const NAME: &'static str = "list-retirable-grants";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let page = asked.page()?;
        let grants = service.kms.list_retirable_grants(&service.caller, None, None, 1000).await;
        Ok(listed(&grants.map_err(huawei_key_fault)?, page))
    }
}

fn listed(grants: &GrantPage, page: Page) -> Reply {
    let total = grants.grants.len();
    let (next_marker, truncated) = page.next(total);
    let shown = grants.grants.iter().skip(page.skip).take(page.limit);
    let shown: Vec<Value> = shown.map(entry).collect();
    json_reply(&json!({
        "grants": shown,
        "next_marker": next_marker,
        "truncated": truncated,
        "total": total,
    }))
}

fn entry(grant: &Grant) -> Value {
    let is_huawei = |operation: &&GrantOperation| {
        !matches!(operation, GrantOperation::ReEncryptFrom | GrantOperation::ReEncryptTo)
    };
    let operations = grant.operations.iter().filter(is_huawei);
    let operations: Vec<_> = operations.map(|operation| operation.name()).collect();
    let is_domain = matches!(grant.grantee, Grantee::Domain(_));
    json!({
        "key_id": grant.key.to_string(),
        "grant_id": grant.id.to_string(),
        "grantee_principal": grant.grantee.name(),
        "grantee_principal_type": if is_domain { "domain" } else { "user" },
        "operations": operations,
        "issuing_principal": grant.issuer_account,
        "creation_date": grant.created_ms.to_string(),
        "name": grant.name,
        "retiring_principal": grant.retiring.as_ref().map_or("", |retiring| retiring.name()),
    })
}

/// Errors: `KMS.2402`.
fn principal(text: &str) -> Result<&str, Fault> {
    let fits = text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if fits { Ok(text) } else { Err(Code::Kms2402.into()) }
}

/// Errors: `KMS.0204`, `KMS.2403`.
fn operations(asked: &Asked) -> Result<Vec<GrantOperation>, Fault> {
    let Some(Value::Array(names)) = asked.value("operations") else {
        return Err(missing("operations"));
    };
    let named = |name: &Value| name.as_str().and_then(GrantOperation::from_name);
    let operations: Option<Vec<_>> = names.iter().map(named).collect();
    operations.filter(|operations| !operations.is_empty()).ok_or_else(|| Code::Kms2403.into())
}

/// Errors: `KMS.0204`, `KMS.2501`.
fn grant_id(asked: &Asked) -> Result<GrantId, Fault> {
    asked.needed("grant_id")?.parse().map_err(|_| Code::Kms2501.into())
}
