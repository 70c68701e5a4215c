//! What is asked about the service itself: versions, keystores, and the
//! projects and domains of the caller, which the SDKs look up first; and what is
//! known but not supported.

use serde_json::{Value, json};

use super::super::asked::Asked;
use super::super::call::{HuaweiCall, Service};
use super::{KEYSTORE, json_reply};
use crate::http::{Code, Fault, Reply};

/// GET /.
pub struct ListVersions;
/// GET /{version_id}.
pub struct ShowVersion;
/// GET /v3/projects.
pub struct ListProjects;
/// GET /v3/auth/domains.
pub struct ListDomains;
/// GET /keystores.
pub struct ListKeystores;
/// GET /keystores/{id}.
pub struct ShowKeystore;
/// An operation of the API that this service does not have.
pub struct Unsupported;

impl HuaweiCall for ListVersions {
    const NAME: &'static str = "list-versions";

    async fn answer(_: &Asked, _: &Service<'_>) -> Result<Reply, Fault> {
        Ok(json_reply(&json!({ "versions": [version()] })))
    }
}

impl HuaweiCall for ShowVersion {
    const NAME: &'static str = "show-version";

    async fn answer(asked: &Asked, _: &Service<'_>) -> Result<Reply, Fault> {
        match asked.segment(0) {
            "v1.0" => Ok(json_reply(&json!({ "version": version() }))),
            _ => Err(Code::Kms0201.into()),
        }
    }
}

impl HuaweiCall for ListProjects {
    const NAME: &'static str = "list-projects";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let region = service.work.gateway.settings.region.as_str();
        let account = service.work.account()?;
        let asked_for = asked.query().nonempty("name");
        let project = json!({
            "id": account.project_id,
            "name": region,
            "domain_id": account.domain_id,
            "parent_id": account.domain_id,
            "enabled": true,
            "is_domain": false,
            "description": "",
            "links": {},
        });
        let projects = match asked_for.is_none_or(|name| name == region) {
            true => vec![project],
            false => Vec::new(),
        };
        Ok(json_reply(&json!({ "projects": projects, "links": {} })))
    }
}

impl HuaweiCall for ListDomains {
    const NAME: &'static str = "list-domains";

    async fn answer(_: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let account = service.work.account()?;
        Ok(json_reply(&json!({
            "domains": [{
                "id": account.domain_id,
                "name": account.name,
                "enabled": true,
                "description": "",
                "links": {},
            }],
            "links": {},
        })))
    }
}

impl HuaweiCall for ListKeystores {
    const NAME: &'static str = "list-keystores";

    async fn answer(_: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let keystores: Vec<Value> = keystore(service)?.into_iter().collect();
        Ok(json_reply(&json!({ "total": keystores.len(), "keystores": keystores })))
    }
}

impl HuaweiCall for ShowKeystore {
    const NAME: &'static str = "show-keystore";

    async fn answer(asked: &Asked, service: &Service<'_>) -> Result<Reply, Fault> {
        let found = keystore(service)?.filter(|_| asked.segment(3) == KEYSTORE);
        let found = found.ok_or(Code::Kms0338)?;
        Ok(json_reply(&json!({ "keystore": found })))
    }
}

impl HuaweiCall for Unsupported {
    const NAME: &'static str = "not-supported";

    async fn answer(asked: &Asked, _: &Service<'_>) -> Result<Reply, Fault> {
        let code = match asked.segment(2) {
            "keystores" => Code::Kms0338,
            _ => Code::Kms0331,
        };
        Err(Fault::new(code).message("This operation is not supported: keys are symmetric."))
    }
}

fn version() -> Value {
    json!({
        "id": "v1.0",
        "links": [{ "href": "/v1.0/", "rel": "self" }],
        "version": "",
        "status": "CURRENT",
        "updated": "2016-10-29T02:00:00Z",
        "min_version": "",
    })
}

/// The token, where there is one.
fn keystore(service: &Service<'_>) -> Result<Option<Value>, Fault> {
    let account = service.work.account()?;
    let described = service.kms.token();
    Ok(described.map(|name| {
        json!({
            "keystore_id": KEYSTORE,
            "domain_id": account.domain_id,
            "keystore_alias": name,
            "keystore_type": "DHSM",
            "hsm_cluster_id": "",
            "create_time": "",
        })
    }))
}
