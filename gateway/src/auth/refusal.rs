//! Every reason for which authentication refuses, and its code in each API.
//!
//! Sources: "Error responses" (S3 API reference), "Common errors" (KMS API
//! reference). A message never holds a secret or a derived key.

use std::time::{Duration, SystemTime};

use super::Scheme;
use crate::dialect::{Dialect, FaultShape};
use crate::http::{Code, Fault};

/// Why a request is not authenticated.
#[derive(Debug)]
pub(super) enum Refusal {
    /// No signature where one is needed.
    Missing,
    /// The credential, a date or a list does not parse or does not agree.
    Malformed(Scheme, String),
    /// The credential scope names another region.
    Region { scheme: Scheme, given: String, expected: String },
    /// The signing time is too far from now.
    Skewed { given: String, now: SystemTime, skew: Duration },
    /// A presigned URL is past its end.
    Expired { expires: u64, now: SystemTime },
    /// A presigned URL's time has not come.
    NotYetValid,
    /// Vendor headers or parameters that the signature does not cover.
    UnsignedHeaders(String),
    /// No such access key.
    UnknownKey(String),
    /// The signature is another one.
    Mismatch { string_to_sign: String, canonical_request: String },
    /// An IAM token of Huawei's (`X-Auth-Token`), which nobody issues yet.
    Token,
    /// Anything that has its fault already.
    Fault(Box<Fault>),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

impl Refusal {
    /// The fault as the dialect's API names it.
    pub(super) fn fault(self, dialect: &Dialect) -> Fault {
        let code = self.code(dialect.faults);
        match self {
            Self::Fault(fault) => *fault,
            Self::Missing | Self::Token => Fault::new(code),
            Self::Malformed(scheme, what) => {
                Fault::new(code).message(format!("{}; {what}", malformed_prefix(scheme)))
            }
            Self::Region { scheme, given, expected } => Fault::new(code)
                .message(format!(
                    "{}; the region '{given}' is wrong; expecting '{expected}'",
                    malformed_prefix(scheme)
                ))
                .detail("Region", expected),
            Self::Skewed { given, now, skew } => Fault::new(code)
                .detail("RequestTime", given)
                .detail("ServerTime", httpdate::fmt_http_date(now))
                .detail("MaxAllowedSkewMilliseconds", skew.as_millis()),
            Self::Expired { expires, now } => Fault::new(code)
                .message("Request has expired")
                .detail("X-Amz-Expires", expires)
                .detail("ServerTime", httpdate::fmt_http_date(now)),
            Self::NotYetValid => Fault::new(code).message("Request is not yet valid"),
            Self::UnsignedHeaders(names) => Fault::new(code)
                .message("There were headers present in the request which were not signed")
                .detail("HeadersNotSigned", names),
            Self::UnknownKey(id) => Fault::new(code).detail("AWSAccessKeyId", id),
            Self::Mismatch { string_to_sign, canonical_request } => Fault::new(code)
                .detail("StringToSign", string_to_sign)
                .detail("CanonicalRequest", canonical_request),
        }
    }

    fn code(&self, shape: FaultShape) -> Code {
        let json = shape == FaultShape::AwsJson;
        match self {
            Self::Fault(fault) => fault.code,
            Self::Token if shape == FaultShape::HuaweiJson => Code::Kms0302,
            _ if shape == FaultShape::HuaweiJson => Code::Apigw0301,
            Self::Token => Code::InvalidToken,
            Self::Missing => Code::MissingAuthenticationTokenException,
            Self::Malformed(..) if json => Code::IncompleteSignatureException,
            Self::UnknownKey(_) if json => Code::UnrecognizedClientException,
            _ if json => Code::InvalidSignatureException,
            Self::Malformed(Scheme::SigV4Query, _)
            | Self::Region { scheme: Scheme::SigV4Query, .. } => {
                Code::AuthorizationQueryParametersError
            }
            Self::Malformed(..) | Self::Region { .. } => Code::AuthorizationHeaderMalformed,
            Self::Skewed { .. } => Code::RequestTimeTooSkewed,
            Self::Expired { .. } | Self::NotYetValid | Self::UnsignedHeaders(_) => {
                Code::AccessDenied
            }
            Self::UnknownKey(_) => Code::InvalidAccessKeyId,
            Self::Mismatch { .. } => Code::SignatureDoesNotMatch,
        }
    }
}

fn malformed_prefix(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::SigV4Query => "The authorization query parameters are malformed",
        Scheme::SigV4Header
        | Scheme::SdkHmac
        | Scheme::ObsHeader
        | Scheme::ObsQuery
        | Scheme::Anonymous => "The authorization header is malformed",
    }
}
