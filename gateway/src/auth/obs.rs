//! The signature of OBS, which is AWS Signature V2 under other names: reading
//! and judging what a request claims, in the header or in the query.
//!
//! An HMAC-SHA1 over method, type, date, vendor headers and resource
//! ([`super::obs_canonical`]). It covers neither the body nor every parameter,
//! so that what it does not cover must not change what a request does:
//! [`Claim::check`] refuses the rest.
//!
//! Sources: OBS API reference, "User Signature Authentication", "Authentication
//! of Signature in a Header" and "... in a URL"; AWS "Signing and authenticating
//! REST requests" (Signature Version 2).

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderValue;
use http::header::HeaderName;
use kms_core::base::SecretBytes;
use sha1::Sha1;
use subtle::ConstantTimeEq;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::obs_canonical::{Canonical, NOT_SIGNED_BY_ALL, is_signed_parameter};
use super::obs_folder;
use super::refusal::Refusal;
use super::sigv4::timestamp;
use super::{Rules, Scheme};
use crate::dialect::{self, Dialect};
use crate::http::message::VENDOR_PREFIXES;
use crate::http::{Code, Fault, Incoming};

/// The names that differ between the two vendors.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Flavour {
    /// The dialect of such a request; its prefix is that of the signed headers.
    pub(super) dialect: &'static Dialect,
    /// The word before the signature in the `Authorization` header.
    word: &'static str,
    /// The query parameter with the access key.
    key_parameter: &'static str,
    /// Headers of the other vendor that come unsigned and do no harm.
    unsigned_headers: &'static [&'static str],
}

/// OBS.
pub(super) static OBS: Flavour = Flavour {
    dialect: &dialect::OBS,
    word: "OBS",
    key_parameter: "AccessKeyId",
    unsigned_headers: &[],
};

/// AWS V2. The SDKs of OBS leave these headers under their OBS name.
pub(super) static AWS: Flavour = Flavour {
    dialect: &dialect::OBS_AWS,
    word: "AWS",
    key_parameter: "AWSAccessKeyId",
    unsigned_headers: &[
        "x-obs-az-redundancy",
        "x-obs-bucket-type",
        "x-obs-expires",
        "x-obs-fs-file-interface",
    ],
};

/// Parameters that are never signed: they page and filter, no more. Any other
/// that is not signed could turn a request into another one.
const UNSIGNED_PARAMETERS: &[&str] = &[
    "AWSAccessKeyId",
    "AccessKeyId",
    "Expires",
    "Signature",
    "apiversion",
    "continuation-token",
    "delimiter",
    "encoding-type",
    "fetch-owner",
    "id",
    "key-marker",
    "list-type",
    "marker",
    "max-buckets",
    "max-keys",
    "max-parts",
    "max-uploads",
    "part-number-marker",
    "prefix",
    "start-after",
    "upload-id-marker",
    "version-id-marker",
];

/// What a request claims: who signed it, and when. Not verified.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) scheme: Scheme,
    pub(super) access_key_id: String,
    flavour: &'static Flavour,
    signature: String,
    /// The line of the signed text that has the date, the end of a URL or the
    /// policy of a shared folder.
    date_line: String,
    validity: Validity,
    /// True for a shared folder, whose resource is not signed.
    folder: bool,
}

/// When a signature counts.
#[derive(Clone, Copy, Debug)]
enum Validity {
    /// Around the time of the signature.
    At(SystemTime),
    /// Up to the end of a URL, in seconds since the epoch.
    Until(u64),
}

impl Claim {
    /// Reads `Authorization: OBS access-key:signature` and the date. Errors:
    /// `InvalidArgument` for the header, `AccessDenied` for the date.
    pub(super) fn in_header(
        request: &Incoming,
        flavour: &'static Flavour,
    ) -> Result<Self, Refusal> {
        let text = request.header("authorization")?.unwrap_or_default();
        let claim = text.trim_start().strip_prefix(flavour.word).map(str::trim);
        let (access_key_id, signature) = claim
            .and_then(|claim| claim.rsplit_once(':'))
            .filter(|(id, signature)| !id.is_empty() && !signature.is_empty())
            .ok_or_else(malformed)?;
        let vendor_date = request.header(&format!("{}date", flavour.dialect.prefix))?;
        let date = request.header("date")?.unwrap_or_default();
        let at = instant(vendor_date.unwrap_or(date)).ok_or_else(|| {
            Fault::new(Code::AccessDenied).message("The request needs a valid Date header.")
        })?;
        Ok(Self {
            scheme: Scheme::ObsHeader,
            access_key_id: access_key_id.to_owned(),
            flavour,
            signature: signature.to_owned(),
            // The vendor's date is signed among the headers.
            date_line: if vendor_date.is_some() { String::new() } else { date.to_owned() },
            validity: Validity::At(at),
            folder: false,
        })
    }

    /// Reads the parameters of a pre-signed URL or of a shared folder. Errors:
    /// `AccessDenied` when one is missing, malformed or given twice, and those of
    /// [`obs_folder::judge`].
    pub(super) fn in_query(request: &Incoming, flavour: &'static Flavour) -> Result<Self, Refusal> {
        let parameter = |name: &str| {
            let mut values = request.query.iter().filter(|(given, _)| *given == name);
            match (values.next(), values.next()) {
                (Some((_, value)), None) if !value.is_empty() => Ok(value.to_owned()),
                _ => Err(Fault::new(Code::AccessDenied).message(format!(
                    "Query-string authentication requires the {}, Expires and Signature parameters.",
                    flavour.key_parameter
                ))),
            }
        };
        let access_key_id = parameter(flavour.key_parameter)?;
        let signature = parameter("Signature")?;
        if request.query.has("Policy") {
            let policy = parameter("Policy")?;
            let validity = Validity::Until(obs_folder::judge(request, &policy)?);
            let scheme = Scheme::ObsQuery;
            let date_line = policy;
            return Ok(Self {
                scheme,
                access_key_id,
                flavour,
                signature,
                date_line,
                validity,
                folder: true,
            });
        }
        let expires = parameter("Expires")?;
        let is_number = expires.bytes().all(|byte| byte.is_ascii_digit());
        let end = expires.parse().ok().filter(|_| is_number).ok_or_else(|| {
            Fault::new(Code::AccessDenied).message("Expires must be a time in seconds.")
        })?;
        Ok(Self {
            scheme: Scheme::ObsQuery,
            access_key_id,
            flavour,
            signature,
            date_line: expires,
            validity: Validity::Until(end),
            folder: false,
        })
    }

    /// Everything that can be judged without the secret: the time, and that
    /// nothing unsigned says what to do.
    pub(super) fn check(&self, request: &Incoming, rules: &Rules<'_>) -> Result<(), Refusal> {
        self.check_time(rules)?;
        let foreign = |name: &&str| {
            VENDOR_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
                && !name.starts_with(self.flavour.dialect.prefix)
                && !self.flavour.unsigned_headers.contains(name)
        };
        let headers = request.headers.keys().map(HeaderName::as_str).filter(foreign);
        let parameters = request.query.iter().map(|(name, _)| name).filter(|name| {
            !UNSIGNED_PARAMETERS.contains(name) && !is_signed_parameter(name, self.flavour)
        });
        let unsigned: Vec<&str> = headers.chain(parameters).collect();
        match unsigned.is_empty() {
            true => Ok(()),
            false => Err(Refusal::UnsignedHeaders(unsigned.join(", "))),
        }
    }

    fn check_time(&self, rules: &Rules<'_>) -> Result<(), Refusal> {
        match self.validity {
            Validity::At(at) if at > rules.now + rules.skew || rules.now > at + rules.skew => {
                Err(Refusal::Skewed {
                    given: httpdate::fmt_http_date(at),
                    now: rules.now,
                    skew: rules.skew,
                })
            }
            Validity::Until(end) if seconds(rules.now) > end => Err(Fault::new(Code::AccessDenied)
                .message("Request has expired")
                .detail("Expires", end)
                .detail("ServerTime", httpdate::fmt_http_date(rules.now))
                .into()),
            _ => Ok(()),
        }
    }

    /// Compares the signature. The SDKs disagree on whether a few parameters are
    /// signed; both readings are tried. Errors: `SignatureDoesNotMatch`.
    pub(super) fn verify(&self, request: &Incoming, secret: &SecretBytes) -> Result<(), Refusal> {
        let text = |without| {
            let start = Canonical::start(request, self.flavour, &self.date_line);
            match self.folder {
                true => start,
                false => start.resource(request, self.flavour, without),
            }
        };
        let canonical = text(&[]);
        if self.has_signed(&canonical, secret) || self.has_signed(&text(NOT_SIGNED_BY_ALL), secret)
        {
            return Ok(());
        }
        Err(Fault::new(Code::SignatureDoesNotMatch)
            .detail("StringToSign", canonical.shown())
            .into())
    }

    fn has_signed(&self, canonical: &Canonical, secret: &SecretBytes) -> bool {
        let Ok(mut hmac) = Hmac::<Sha1>::new_from_slice(secret.expose()) else { return false };
        hmac.update(canonical.as_bytes());
        let computed = STANDARD.encode(hmac.finalize().into_bytes());
        computed.as_bytes().ct_eq(self.signature.as_bytes()).into()
    }

    /// Puts the vendor settings of a pre-signed URL where headers are read. Call
    /// it after [`Claim::verify`]: the signature covers them. A header of the
    /// same name is signed too and stays.
    pub(super) fn spread_parameters(&self, request: &mut Incoming) {
        for (name, value) in request.query.iter() {
            let name = name.to_ascii_lowercase();
            if self.scheme != Scheme::ObsQuery || !name.starts_with(self.flavour.dialect.prefix) {
                continue;
            }
            let name = HeaderName::try_from(name);
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
                request.headers.entry(name).or_insert(value);
            }
        }
    }
}

/// A date as clients write it: RFC 9110, RFC 2822 with a numeric zone, or
/// `YYYYMMDDTHHMMSSZ`.
fn instant(text: &str) -> Option<SystemTime> {
    let http = || httpdate::parse_http_date(text).ok();
    let mail = || OffsetDateTime::parse(text, &Rfc2822).ok().map(SystemTime::from);
    http().or_else(mail).or_else(|| timestamp(text))
}

fn seconds(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}

fn malformed() -> Refusal {
    Fault::new(Code::InvalidArgument)
        .message("The Authorization header is invalid. Expected access-key:signature.")
        .detail("ArgumentName", "Authorization")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_all_documented_forms() {
        let wanted = SystemTime::UNIX_EPOCH + Duration::from_secs(1_369_353_600);
        for text in [
            "Fri, 24 May 2013 00:00:00 GMT",
            "Fri, 24 May 2013 00:00:00 +0000",
            "Fri, 24 May 2013 02:00:00 +0200",
            "20130524T000000Z",
        ] {
            assert_eq!(instant(text), Some(wanted), "{text}");
        }
        for text in ["", "yesterday", "2013-05-24"] {
            assert_eq!(instant(text), None, "{text}");
        }
    }
}
