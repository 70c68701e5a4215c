//! Answers to browsers: preflight requests, and the headers that let a script
//! read an answer. It never decides who may do what: a request that CORS lets
//! through is authorized like any other.
//!
//! Source: Fetch standard, "CORS protocol"; S3 "How does Amazon S3 evaluate the
//! CORS configuration on a bucket?".

use http::Method;

use super::setting::{CorsRule, cors_rules};
use crate::catalog::model::Want;
use crate::context::Gateway;
use crate::http::{Code, Fault, Incoming, Reply};

/// What a browser says about a request, kept until its answer is there.
pub struct CrossOrigin {
    bucket: String,
    origin: String,
    method: String,
}

impl CrossOrigin {
    /// `None` for a request that no browser made for a page of another origin.
    pub fn of(request: &Incoming) -> Option<Self> {
        let origin = request.header("origin").ok().flatten()?.to_owned();
        let bucket = request.target.bucket()?.to_owned();
        Some(Self { bucket, origin, method: request.method.to_string() })
    }

    /// Adds the headers of the rule that allows the request, if one does.
    pub async fn allow(&self, gateway: &Gateway, reply: Reply) -> Reply {
        // An answer without these headers is still the right answer.
        let Ok(rules) = self.rule(gateway, &[]).await else { return reply };
        let Some(rule) = rules else { return reply };
        write(reply, &rule, &self.origin)
    }

    async fn rule(&self, gateway: &Gateway, headers: &[&str]) -> Result<Option<CorsRule>, Fault> {
        let found = gateway.catalog.snapshot(&[Want::Bucket(self.bucket.clone())]).await?;
        let facts = found.into_iter().find_map(|found| found.bucket);
        let Some(rules) = cors_rules(&*facts.ok_or(Code::NoSuchBucket)?)? else {
            return Ok(None);
        };
        Ok(rules.allowing(&self.origin, &self.method, headers).cloned())
    }
}

/// True for a preflight, which carries no signature.
pub fn is_preflight(request: &Incoming) -> bool {
    request.method == Method::OPTIONS
}

/// A preflight: what a browser asks before it sends a request.
pub struct Preflight {
    asked: CrossOrigin,
    headers: Vec<String>,
}

impl Preflight {
    /// Reads a preflight. Errors: `BadRequest` when it lacks what a browser
    /// always sends.
    pub fn parse(request: &Incoming) -> Result<Self, Fault> {
        let lacks = |name: &str| {
            Fault::new(Code::BadRequest)
                .message(format!("Insufficient information. {name} request header needed."))
        };
        let method = request.header("access-control-request-method")?;
        let asked = CrossOrigin {
            bucket: request.target.bucket().ok_or(Code::MethodNotAllowed)?.to_owned(),
            origin: request.header("origin")?.ok_or_else(|| lacks("Origin"))?.to_owned(),
            method: method.ok_or_else(|| lacks("Access-Control-Request-Method"))?.to_owned(),
        };
        let listed = request.header("access-control-request-headers")?.unwrap_or_default();
        let names = listed.split(',').map(str::trim).filter(|name| !name.is_empty());
        Ok(Self { asked, headers: names.map(str::to_owned).collect() })
    }

    /// Answers it. Errors: `AccessForbidden` when no rule allows the request.
    pub async fn answer(self, gateway: &Gateway) -> Result<Reply, Fault> {
        let headers: Vec<&str> = self.headers.iter().map(String::as_str).collect();
        let rule = self.asked.rule(gateway, &headers).await?.ok_or_else(|| {
            Fault::new(Code::AccessForbidden).message(
                "CORSResponse: This CORS request is not allowed. This is usually because the evaluation of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
            )
        })?;
        let allowed = Some(headers.join(", ")).filter(|headers| !headers.is_empty());
        Ok(write(Reply::ok(), &rule, &self.asked.origin)
            .with_some("access-control-allow-headers", allowed)
            .with_some("access-control-max-age", rule.max_age_s.map(|age| age.to_string())))
    }
}

fn write(reply: Reply, rule: &CorsRule, origin: &str) -> Reply {
    let (origin, credentials) = match rule.is_for_all() {
        true => ("*", None),
        false => (origin, Some("true")),
    };
    let exposed = Some(rule.exposed.join(", ")).filter(|names| !names.is_empty());
    reply
        .with("access-control-allow-origin", origin)
        .with("access-control-allow-methods", rule.methods.join(", "))
        .with_some("access-control-allow-credentials", credentials)
        .with_some("access-control-expose-headers", exposed)
        .with("vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method")
}
