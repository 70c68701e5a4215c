//! CreateGrant, ListGrants, ListRetirableGrants, RevokeGrant and RetireGrant
//! (KMS API reference).
//!
//! A grant holds from the next call on, so a grant token is never needed; it
//! names its grant, and is what RetireGrant takes.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kms_core::key::{Constraint, Grant, GrantId, GrantOperation, Grantee, KeyId, KeyRef};
use kms_core::kms::{GrantFilter, GrantPage, NewGrant};
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{AwsCall, Service};
use super::metadata::seconds;
use super::{key_ref, nothing, refuse_dry_run};
use crate::api::faults::aws_key_fault;
use crate::http::{Code, Fault, Reply};

/// Gives a right.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateGrant {
    key_id: String,
    grantee_principal: String,
    retiring_principal: Option<String>,
    operations: Vec<String>,
    constraints: Option<Constraints>,
    name: Option<String>,
    dry_run: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Constraints {
    encryption_context_subset: Option<BTreeMap<String, String>>,
    encryption_context_equals: Option<BTreeMap<String, String>>,
}

/// Lists the grants of a key.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListGrants {
    key_id: String,
    grant_id: Option<String>,
    grantee_principal: Option<String>,
    limit: Option<usize>,
    marker: Option<String>,
}

/// Lists the grants that a principal may retire.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRetirableGrants {
    retiring_principal: String,
    limit: Option<usize>,
    marker: Option<String>,
}

/// Takes a grant back.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RevokeGrant {
    key_id: String,
    grant_id: String,
    dry_run: Option<bool>,
}

/// Ends a grant.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RetireGrant {
    grant_token: Option<String>,
    key_id: Option<String>,
    grant_id: Option<String>,
    dry_run: Option<bool>,
}

impl AwsCall for CreateGrant {
    const NAME: &'static str = "CreateGrant";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        refuse_dry_run(self.dry_run)?;
        let wanted = NewGrant {
            grantee: principal(self.grantee_principal),
            retiring: self.retiring_principal.map(principal),
            name: self.name.unwrap_or_default(),
            operations: operations(&self.operations)?,
            constraint: self.constraints.map_or(Ok(None), constraint)?,
        };
        let key = key_ref(&self.key_id)?;
        let made = service.kms.create_grant(&service.caller, &key, wanted).await;
        let grant = made.map_err(aws_key_fault)?;
        let token = [grant.key.uuid().as_bytes().as_slice(), &grant.id.0].concat();
        Ok(super::json(&json!({
            "GrantId": grant.id.to_string(),
            "GrantToken": URL_SAFE_NO_PAD.encode(token),
        })))
    }
}

impl AwsCall for ListGrants {
    const NAME: &'static str = "ListGrants";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        let filter = GrantFilter {
            id: self.grant_id.as_deref().map(grant_id).transpose()?,
            grantee: self.grantee_principal,
            after: after(self.marker.as_deref())?,
            limit: limit(self.limit)?,
        };
        let key = key_ref(&self.key_id)?;
        let page = service.kms.list_grants(&service.caller, &key, filter).await;
        Ok(listed(&page.map_err(aws_key_fault)?))
    }
}

impl AwsCall for ListRetirableGrants {
    const NAME: &'static str = "ListRetirableGrants";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        let (after, limit) = (after(self.marker.as_deref())?, limit(self.limit)?);
        let (caller, name) = (&service.caller, Some(self.retiring_principal.as_str()));
        let page = service.kms.list_retirable_grants(caller, name, after, limit).await;
        Ok(listed(&page.map_err(aws_key_fault)?))
    }
}

impl AwsCall for RevokeGrant {
    const NAME: &'static str = "RevokeGrant";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        refuse_dry_run(self.dry_run)?;
        let (key, id) = (key_ref(&self.key_id)?, grant_id(&self.grant_id)?);
        let revoked = service.kms.revoke_grant(&service.caller, &key, id).await;
        revoked.map(|()| nothing()).map_err(aws_key_fault)
    }
}

impl AwsCall for RetireGrant {
    const NAME: &'static str = "RetireGrant";

    async fn answer(self, service: &Service<'_>) -> Result<Reply, Fault> {
        refuse_dry_run(self.dry_run)?;
        let (key, id) = match (self.grant_token, self.key_id, self.grant_id) {
            (Some(token), None, None) => of_token(&token)?,
            (None, Some(key), Some(id)) => (key_ref(&key)?, grant_id(&id)?),
            _ => {
                return Err(Fault::new(Code::ValidationException)
                    .message("Give either GrantToken, or KeyId and GrantId."));
            }
        };
        let retired = service.kms.retire_grant(&service.caller, &key, id).await;
        retired.map(|()| nothing()).map_err(aws_key_fault)
    }
}

/// Services are named by their host.
fn principal(name: String) -> Grantee {
    let is_service = !name.contains(':') && name.ends_with(".amazonaws.com");
    if is_service { Grantee::Service(name) } else { Grantee::Principal(name) }
}

/// Errors: `ValidationException` for an operation that no symmetric key has.
fn operations(names: &[String]) -> Result<Vec<GrantOperation>, Fault> {
    let mut operations = Vec::new();
    for name in names {
        let all = GrantOperation::ALL.into_iter();
        let before = operations.len();
        operations.extend(all.filter(|operation| operation.aws_name() == name));
        if operations.len() == before {
            return Err(Fault::new(Code::ValidationException)
                .message(format!("{name} is not an operation that this key can grant.")));
        }
    }
    Ok(operations)
}

fn constraint(given: Constraints) -> Result<Option<Constraint>, Fault> {
    match (given.encryption_context_subset, given.encryption_context_equals) {
        (None, None) => Ok(None),
        (Some(pairs), None) => Ok(Some(Constraint::Subset(pairs))),
        (None, Some(pairs)) => Ok(Some(Constraint::Equals(pairs))),
        (Some(_), Some(_)) => Err(Fault::new(Code::ValidationException)
            .message("Give either EncryptionContextSubset or EncryptionContextEquals.")),
    }
}

fn grant_id(text: &str) -> Result<GrantId, Fault> {
    text.parse().map_err(|_| Code::InvalidGrantIdException.into())
}

fn after(marker: Option<&str>) -> Result<Option<GrantId>, Fault> {
    let after = marker.map(str::parse).transpose();
    after.map_err(|_| Code::InvalidMarkerException.into())
}

/// Errors: `ValidationException` outside 1 to 100.
fn limit(asked: Option<usize>) -> Result<usize, Fault> {
    let limit = asked.unwrap_or(50);
    match (1..=100).contains(&limit) {
        true => Ok(limit),
        false => {
            Err(Fault::new(Code::ValidationException).message("Limit must be between 1 and 100."))
        }
    }
}

fn of_token(token: &str) -> Result<(KeyRef, GrantId), Fault> {
    let refused = || Fault::new(Code::InvalidGrantTokenException);
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| refused())?;
    let (key, id) = bytes.split_first_chunk::<16>().ok_or_else(refused)?;
    let id = id.try_into().map_err(|_| refused())?;
    Ok((KeyRef::id(KeyId::from_uuid(uuid::Uuid::from_bytes(*key))), GrantId(id)))
}

fn listed(page: &GrantPage) -> Reply {
    let grants: Vec<Value> = page.grants.iter().map(entry).collect();
    let mut document = json!({ "Grants": grants, "Truncated": page.more });
    let last = page.grants.last().filter(|_| page.more);
    if let (Some(last), Some(fields)) = (last, document.as_object_mut()) {
        fields.insert("NextMarker".to_owned(), last.id.to_string().into());
    }
    super::json(&document)
}

fn entry(grant: &Grant) -> Value {
    let mut names: Vec<_> = grant.operations.iter().map(|operation| operation.aws_name()).collect();
    names.sort_unstable();
    names.dedup();
    let mut document = json!({
        "KeyId": grant.key.to_string(),
        "GrantId": grant.id.to_string(),
        "GranteePrincipal": grant.grantee.name(),
        "IssuingAccount": format!("arn:aws:iam::{}:root", grant.issuer_account),
        "CreationDate": seconds(grant.created_ms),
        "Operations": names,
    });
    let constraints = match &grant.constraint {
        None => None,
        Some(Constraint::Equals(pairs)) => Some(json!({ "EncryptionContextEquals": pairs })),
        Some(Constraint::Subset(pairs)) => Some(json!({ "EncryptionContextSubset": pairs })),
    };
    let name = Some(&grant.name).filter(|name| !name.is_empty());
    let retiring = grant.retiring.as_ref().map(Grantee::name);
    let optional = [
        ("Name", name.map(|name| Value::from(name.as_str()))),
        ("RetiringPrincipal", retiring.map(Value::from)),
        ("Constraints", constraints),
    ];
    if let Some(fields) = document.as_object_mut() {
        let given = optional.into_iter().filter_map(|(name, value)| Some((name, value?)));
        fields.extend(given.map(|(name, value)| (name.to_owned(), value)));
    }
    document
}
