//! Signature V4 in the query, a presigned URL: reading the claim.
//!
//! Source: "Authenticating Requests: Using Query Parameters" (S3 API reference).

use super::Scheme;
use super::refusal::Refusal;
use super::scheme::SIGV4_WORD;
use super::signature::Claim;
use super::sigv4::{Scope, signed_headers, timestamp};
use crate::http::Incoming;

/// Longest life of a presigned URL, in seconds: seven days.
const EXPIRES_MAX: u64 = 604_800;

/// Reads the `X-Amz-*` parameters. Errors: [`Refusal::Malformed`] when one is
/// missing, malformed or given twice.
pub(super) fn claim(request: &Incoming) -> Result<Claim, Refusal> {
    refuse_repeated(request)?;
    if parameter(request, "X-Amz-Algorithm")? != SIGV4_WORD {
        return Err(malformed("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"."));
    }
    let scope = Scope::parse(Scheme::SigV4Query, parameter(request, "X-Amz-Credential")?)?;
    let text = parameter(request, "X-Amz-Date")?;
    let at = timestamp(text)
        .ok_or_else(|| malformed("X-Amz-Date must be formatted as YYYYMMDD'T'HHMMSS'Z'."))?;
    let headers = parameter(request, "X-Amz-SignedHeaders")?;
    Ok(Claim {
        scheme: Scheme::SigV4Query,
        access_key_id: scope.access_key_id,
        date: scope.date,
        region: scope.region,
        service: scope.service,
        at,
        timestamp: text.to_owned(),
        expires: Some(expires(parameter(request, "X-Amz-Expires")?)?),
        signed_headers: signed_headers(Scheme::SigV4Query, headers)?,
        signature: parameter(request, "X-Amz-Signature")?.to_owned(),
    })
}

/// Two parameters of one name would let reader and verifier pick different ones.
fn refuse_repeated(request: &Incoming) -> Result<(), Refusal> {
    let vendor = request.query.iter().map(|(name, _)| name.to_ascii_lowercase());
    let mut names: Vec<String> = vendor.filter(|name| name.starts_with("x-amz-")).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    match names.len() == all {
        true => Ok(()),
        false => Err(malformed("an X-Amz-* parameter is given more than once.")),
    }
}

fn parameter<'a>(request: &'a Incoming, name: &str) -> Result<&'a str, Refusal> {
    request.query.value(name).ok_or_else(|| {
        malformed(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, \
             X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and \
             X-Amz-Expires parameters.",
        )
    })
}

fn expires(text: &str) -> Result<u64, Refusal> {
    let is_number = text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(seconds @ 1..=EXPIRES_MAX) if is_number => Ok(seconds),
        Ok(0) | Err(_) => Err(malformed("X-Amz-Expires must be a number of seconds above 0.")),
        Ok(_) => Err(malformed("X-Amz-Expires must be less than a week (in seconds): 604800.")),
    }
}

fn malformed(what: &str) -> Refusal {
    Refusal::Malformed(Scheme::SigV4Query, what.to_owned())
}
