//! Signature V4 in the `Authorization` header: reading the claim.
//!
//! The pieces that presigned URLs share (credential, date, header list) are
//! read here too. Source: "Authenticating Requests: Using the Authorization
//! Header" (S3 API reference).

use std::time::SystemTime;

use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::refusal::Refusal;
use super::scheme::SIGV4_WORD;
use super::signature::Claim;
use super::{Scheme, Service};
use crate::http::Incoming;

/// Most headers that a signature may cover.
const SIGNED_HEADERS_MAX: usize = 128;

/// Reads `Authorization: AWS4-HMAC-SHA256 Credential=.., SignedHeaders=..,
/// Signature=..` and the request's date. Errors: [`Refusal::Malformed`].
pub(super) fn claim(request: &Incoming) -> Result<Claim, Refusal> {
    let value = request.header("authorization")?.unwrap_or_default();
    let fields = value.trim_start().strip_prefix(SIGV4_WORD).unwrap_or_default();
    let [credential, headers, signature] = fields_of(fields)?;
    let (at, timestamp) = signing_time(request)?;
    let scope = Scope::parse(Scheme::SigV4Header, credential)?;
    Ok(Claim {
        scheme: Scheme::SigV4Header,
        access_key_id: scope.access_key_id,
        date: scope.date,
        region: scope.region,
        service: scope.service,
        at,
        timestamp,
        expires: None,
        signed_headers: signed_headers(Scheme::SigV4Header, headers)?,
        signature: signature.to_owned(),
    })
}

/// `ACCESS_KEY/YYYYMMDD/REGION/SERVICE/aws4_request`, taken apart.
pub(super) struct Scope {
    pub(super) access_key_id: String,
    pub(super) date: String,
    pub(super) region: String,
    pub(super) service: Service,
}

impl Scope {
    /// Takes a credential apart, from its end, since an access key may hold
    /// slashes. Errors: [`Refusal::Malformed`].
    pub(super) fn parse(scheme: Scheme, credential: &str) -> Result<Self, Refusal> {
        let mut parts = credential.rsplitn(5, '/');
        let (Some("aws4_request"), Some(service), Some(region), Some(date), Some(id)) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Refusal::Malformed(
                scheme,
                "the Credential is mal-formed; expecting \
                 \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."
                    .to_owned(),
            ));
        };
        let service = Service::parse(service).ok_or_else(|| {
            Refusal::Malformed(scheme, "the service of the Credential is not known.".to_owned())
        })?;
        Ok(Self {
            access_key_id: id.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service,
        })
    }
}

/// Header names between semicolons: lower case and each once.
pub(super) fn signed_headers(scheme: Scheme, list: &str) -> Result<Vec<String>, Refusal> {
    let names: Vec<String> = list.split(';').map(str::to_owned).collect();
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    let is_name = |name: &String| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase())
    };
    if sorted.len() != names.len() || names.len() > SIGNED_HEADERS_MAX || !names.iter().all(is_name)
    {
        return Err(Refusal::Malformed(scheme, "SignedHeaders is mal-formed.".to_owned()));
    }
    Ok(names)
}

/// Parses exactly `YYYYMMDDTHHMMSSZ`.
pub(super) fn timestamp(text: &str) -> Option<SystemTime> {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    // The parser alone would take signs and longer years.
    let is_plain =
        text.len() == 16 && text.bytes().all(|b| b.is_ascii_digit() || b"TZ".contains(&b));
    let parsed = is_plain.then(|| PrimitiveDateTime::parse(text, format).ok())?;
    parsed.map(|time| time.assume_utc().into())
}

/// `x-amz-date`, or else `Date` as RFC 9110 has it: the OBS SDKs send only that.
fn signing_time(request: &Incoming) -> Result<(SystemTime, String), Refusal> {
    if let Some(text) = request.header("x-amz-date")? {
        return match timestamp(text) {
            Some(time) => Ok((time, text.to_owned())),
            None => Err(malformed("X-Amz-Date must be formatted as YYYYMMDD'T'HHMMSS'Z'.")),
        };
    }
    let date = request.header("date")?.and_then(|text| httpdate::parse_http_date(text).ok());
    let time = date.ok_or_else(|| malformed("a valid Date or X-Amz-Date header is required."))?;
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let text = OffsetDateTime::from(time).format(format);
    Ok((time, text.map_err(|_| malformed("the Date header is out of range."))?))
}

/// Credential, SignedHeaders and Signature: each exactly once, nothing else.
fn fields_of(text: &str) -> Result<[&str; 3], Refusal> {
    let (mut credential, mut headers, mut signature) = (None, None, None);
    for field in text.split(',').map(str::trim) {
        let (name, value) = field.split_once('=').unwrap_or((field, ""));
        let place = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut headers,
            "Signature" => &mut signature,
            _ => return Err(malformed("it has an unknown component.")),
        };
        if place.replace(value).is_some() {
            return Err(malformed("a component is repeated."));
        }
    }
    match (credential, headers, signature) {
        (Some(credential), Some(headers), Some(signature)) => Ok([credential, headers, signature]),
        _ => Err(malformed("it needs Credential, SignedHeaders and Signature.")),
    }
}

fn malformed(what: &str) -> Refusal {
    Refusal::Malformed(Scheme::SigV4Header, what.to_owned())
}
