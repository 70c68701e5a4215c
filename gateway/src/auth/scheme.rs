//! Which signature a request claims to carry, and so which dialect it speaks.
//!
//! Nothing is verified here. Invariant: a request that carries any part of a
//! signature is never taken for an anonymous one.

use super::Service;
use super::obs::{self, Flavour};
use super::sdk_hmac;
use crate::dialect::{AWS_IAM, AWS_JSON, AWS_STS, Dialect, HUAWEI, OBS, OBS_AWS, S3};
use crate::http::message::VENDOR_PREFIXES;
use crate::http::{Code, Fault, Incoming};

/// The word before a Signature V4 in the `Authorization` header.
pub(super) const SIGV4_WORD: &str = "AWS4-HMAC-SHA256";

/// What a request claims to be signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claimed {
    /// `Authorization: AWS4-HMAC-SHA256 ..`.
    SigV4Header,
    /// `X-Amz-Algorithm` and its kin in the query.
    SigV4Query,
    /// `Authorization: OBS ..` or `AWS ..`.
    ObsHeader(&'static Flavour),
    /// `AccessKeyId` or `AWSAccessKeyId` in the query.
    ObsQuery(&'static Flavour),
    /// `Authorization: SDK-HMAC-SHA256 ..`, or an `X-Auth-Token`.
    SdkHmac,
    /// Nothing.
    Anonymous,
}

/// The dialect that a request speaks: its signature decides; for an unsigned
/// one, `x-obs-` headers. A request for the key service speaks AWS JSON, and one
/// with an AWS V2 signature, or a V4 one dated by `Date`, what the SDKs of OBS
/// expect of that.
///
/// Errors: 400 `InvalidArgument` for two signatures or an unknown scheme.
pub fn dialect_of(request: &Incoming) -> Result<&'static Dialect, Fault> {
    Ok(match claimed(request)? {
        Claimed::ObsHeader(flavour) | Claimed::ObsQuery(flavour) => flavour.dialect,
        Claimed::SdkHmac => &HUAWEI,
        _ if service_of(request) == Service::Kms => &AWS_JSON,
        _ if service_of(request) == Service::Iam => &AWS_IAM,
        _ if service_of(request) == Service::Sts => &AWS_STS,
        // The SDKs of AWS always send x-amz-date, those of OBS never do.
        Claimed::SigV4Header if !request.headers.contains_key("x-amz-date") => &OBS_AWS,
        Claimed::Anonymous if has_obs_header(request) => &OBS,
        _ => &S3,
    })
}

/// The service that a request is for: the key service by `x-amz-target`, any
/// by the scope that it claims to be signed for, or else S3. All but S3 take
/// documents, which must be collected before [`super::authenticate`].
pub fn service_of(request: &Incoming) -> Service {
    if request.headers.contains_key("x-amz-target") {
        return Service::Kms;
    }
    let header = request.headers.get("authorization").and_then(|value| value.to_str().ok());
    if header.is_some_and(is_sdk_hmac) || has_auth_token(request) {
        return Service::Kms;
    }
    let credential = match header {
        Some(header) => header.split_once("Credential=").map(|(_, rest)| rest),
        None => request.query.value("X-Amz-Credential"),
    };
    let scope = credential.and_then(|text| text.split(',').next()).unwrap_or_default();
    let mut scope = scope.trim_end().rsplit('/').skip(1);
    scope.next().and_then(Service::parse).unwrap_or(Service::S3)
}

/// What the request claims. Errors as [`dialect_of`].
pub(super) fn claimed(request: &Incoming) -> Result<Claimed, Fault> {
    let header = match request.header("authorization")? {
        Some(value) => Some(in_header(value)?),
        None if has_auth_token(request) => Some(Claimed::SdkHmac),
        None => None,
    };
    match (header, in_query(request)) {
        (Some(_), Some(_)) => Err(Fault::new(Code::InvalidArgument)
            .message("Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified")
            .detail("ArgumentName", "Authorization")),
        (header, query) => Ok(header.or(query).unwrap_or(Claimed::Anonymous)),
    }
}

/// The session token that the request carries, in header or query and in any
/// spelling. Errors: 400 when it carries two that differ.
pub(super) fn session_token(request: &Incoming) -> Result<Option<String>, Fault> {
    let mut found: Option<&str> = None;
    for prefix in VENDOR_PREFIXES {
        let name = format!("{prefix}security-token");
        let named = request.query.iter().filter(|(query, _)| query.eq_ignore_ascii_case(&name));
        for token in request.header(&name)?.into_iter().chain(named.map(|(_, value)| value)) {
            if found.is_some_and(|found| found != token) {
                return Err(Fault::new(Code::InvalidArgument)
                    .message("The request carries two different session tokens."));
            }
            found = Some(token);
        }
    }
    Ok(found.map(str::to_owned))
}

fn in_header(value: &str) -> Result<Claimed, Fault> {
    match value.split_ascii_whitespace().next() {
        Some(SIGV4_WORD) => Ok(Claimed::SigV4Header),
        Some("AWS") => Ok(Claimed::ObsHeader(&obs::AWS)),
        Some("OBS") => Ok(Claimed::ObsHeader(&obs::OBS)),
        Some(sdk_hmac::WORD) => Ok(Claimed::SdkHmac),
        _ => Err(Fault::new(Code::InvalidArgument)
            .message("Unsupported Authorization Type")
            .detail("ArgumentName", "Authorization")),
    }
}

fn is_sdk_hmac(header: &str) -> bool {
    header.split_ascii_whitespace().next() == Some(sdk_hmac::WORD)
}

/// A token of Huawei's IAM, which only its REST APIs take.
fn has_auth_token(request: &Incoming) -> bool {
    request.headers.contains_key("x-auth-token") && !request.headers.contains_key("authorization")
}

fn in_query(request: &Incoming) -> Option<Claimed> {
    let has = |name| request.query.has(name);
    if has("X-Amz-Algorithm") || has("X-Amz-Credential") || has("X-Amz-Signature") {
        Some(Claimed::SigV4Query)
    } else if has("AWSAccessKeyId") {
        Some(Claimed::ObsQuery(&obs::AWS))
    } else if has("AccessKeyId") || has("Signature") {
        Some(Claimed::ObsQuery(&obs::OBS))
    } else {
        None
    }
}

fn has_obs_header(request: &Incoming) -> bool {
    request.headers.keys().any(|name| name.as_str().starts_with("x-obs-"))
}
