//! A shared folder: a URL whose signature covers a policy instead of a path, so
//! that its holder may list and read what lies under a prefix.
//!
//! The signature says nothing about bucket and key; the policy's conditions do,
//! and are judged here. One that is not understood refuses: it might have been
//! the one that mattered.
//!
//! Source: `createSignedUrlSync` with `Policy` of the OBS SDK for Node.js.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::refusal::Refusal;
use crate::http::{Code, Fault, Incoming, Target};

/// Longest policy that is read, in bytes of its base64 text.
const POLICY_LIMIT: usize = 20 * 1024;

/// The parameters that a request under such a policy may have.
const PARAMETERS: &[&str] = &[
    "AWSAccessKeyId",
    "AccessKeyId",
    "Policy",
    "Signature",
    "delimiter",
    "encoding-type",
    "marker",
    "max-keys",
    "prefix",
];

/// Judges a request by the policy in its query, whose end it returns, in
/// seconds since the epoch. Errors: `InvalidPolicyDocument` for what is no
/// policy, `AccessDenied` for what it does not allow.
pub(super) fn judge(request: &Incoming, policy: &str) -> Result<u64, Refusal> {
    let malformed = || Refusal::from(Fault::new(Code::InvalidPolicyDocument));
    if policy.len() > POLICY_LIMIT {
        return Err(malformed());
    }
    let document = STANDARD.decode(policy).map_err(|_| malformed())?;
    let document: Value = serde_json::from_slice(&document).map_err(|_| malformed())?;
    let expiration = document.get("expiration").and_then(Value::as_str).ok_or_else(malformed)?;
    let end = OffsetDateTime::parse(expiration, &Rfc3339).map_err(|_| malformed())?;
    let end = u64::try_from(end.unix_timestamp()).map_err(|_| malformed())?;
    let conditions = document.get("conditions").and_then(Value::as_array).ok_or_else(malformed)?;
    let known = request.query.iter().all(|(name, _)| PARAMETERS.contains(&name));
    let reads = matches!(request.method, Method::GET | Method::HEAD);
    let binds_a_name = conditions.iter().any(|condition| !is_about_bucket(condition));
    let holds = conditions.iter().all(|condition| holds(request, condition) == Some(true));
    match reads && known && binds_a_name && holds {
        true => Ok(end),
        false => Err(Fault::new(Code::AccessDenied)
            .message("The policy of this URL does not allow the request.")
            .into()),
    }
}

fn is_about_bucket(condition: &Value) -> bool {
    matches!(taken_apart(condition), Some((_, "bucket", _)))
}

/// Whether a condition holds; `None` for one that is not understood.
fn holds(request: &Incoming, condition: &Value) -> Option<bool> {
    let (operator, field, wanted) = taken_apart(condition)?;
    let given = match (field, &request.target) {
        ("bucket", target) => target.bucket()?,
        ("key" | "prefix", Target::Object(_, key)) => key.as_str(),
        ("key" | "prefix", Target::Bucket(_)) => request.query.value("prefix")?,
        _ => return None,
    };
    match operator {
        "eq" => Some(given == wanted),
        "starts-with" => Some(given.starts_with(wanted)),
        _ => None,
    }
}

/// Operator, field and value of `["starts-with", "$key", "a/"]` or of
/// `{"key": "a"}`.
fn taken_apart(condition: &Value) -> Option<(&str, &str, &str)> {
    if let Some(fields) = condition.as_object() {
        let mut fields = fields.iter();
        let (Some((field, value)), None) = (fields.next(), fields.next()) else { return None };
        return Some(("eq", field, value.as_str()?));
    }
    match condition.as_array()?.as_slice() {
        [operator, field, value] => {
            Some((operator.as_str()?, field.as_str()?.strip_prefix('$')?, value.as_str()?))
        }
        _ => None,
    }
}
