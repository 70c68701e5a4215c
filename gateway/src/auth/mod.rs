//! Who is asking? Signatures are verified here, and bodies are wrapped so that
//! what the signature covers is verified as it flows.
//!
//! Not here: what the caller may do (`authorize`) and whether announced
//! checksums hold (`stream::announced`). Invariant: [`authenticate`] answers
//! with an identity only when that identity's secret signed this request; a
//! scheme or payload mode that is not known is refused, never let through as
//! anonymous or unsigned.
//!
//! A scheme is one file and one arm in [`authenticate`]: [`sigv4`] and
//! [`presigned`] read what a Signature V4 claims, [`signature`] judges it;
//! [`obs`] reads and judges the signatures of OBS and of AWS V2, [`obs_folder`]
//! the policy of a shared folder.
//! Source: "Authenticating Requests (AWS Signature Version 4)", S3 API reference.

mod canonical;
mod chunk_frame;
mod chunked;
mod obs;
mod obs_canonical;
mod obs_folder;
pub mod payload;
mod presigned;
mod refusal;
mod scheme;
mod sdk_hmac;
mod secrets;
mod signature;
mod sigv4;

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use kms_core::base::SecretBytes;

use crate::dialect::Dialect;
use crate::http::{Code, Fault, Incoming};
use payload::Payload;
use refusal::Refusal;
use scheme::Claimed;
use signature::Claim;

pub use scheme::{dialect_of, service_of};

pub use crate::iam::Identity;

/// What belongs to an access key.
#[derive(Debug)]
pub struct Credential {
    /// The secret access key; UTF-8 text.
    pub secret: SecretBytes,
    /// Whom it stands for.
    pub identity: Identity,
}

/// Where secrets of access keys come from.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The credential of an active access key; `None` when there is none such.
    /// Errors: whatever fault the client should see when the lookup fails.
    async fn credential(&self, access_key_id: &str) -> Result<Option<Credential>, Fault>;

    /// The credential of a temporary access key that came with this session
    /// token. Errors: `InvalidToken`, `ExpiredToken`, and as
    /// [`Secrets::credential`].
    async fn session(
        &self,
        access_key_id: &str,
        token: &str,
        now: SystemTime,
    ) -> Result<Option<Credential>, Fault> {
        let _ = (access_key_id, token, now);
        Err(Code::InvalidToken.into())
    }
}

/// Secrets of temporary keys, for a request that carries a session token: every
/// scheme finds its secret through here and nowhere else, so that none takes a
/// token for a long-term key's or leaves one out.
struct WithToken<'a> {
    secrets: &'a dyn Secrets,
    token: String,
    now: SystemTime,
}

#[async_trait]
impl Secrets for WithToken<'_> {
    async fn credential(&self, access_key_id: &str) -> Result<Option<Credential>, Fault> {
        self.secrets.session(access_key_id, &self.token, self.now).await
    }
}

/// What signatures are judged by.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The region that a credential scope must name.
    pub region: &'a str,
    /// How far a request's time may be from `now`; 15 minutes on AWS.
    pub skew: Duration,
    /// The time now.
    pub now: SystemTime,
}

/// How a request was authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Signature V4 in the `Authorization` header.
    SigV4Header,
    /// Signature V4 in the query: a presigned URL.
    SigV4Query,
    /// The signature of OBS or AWS V2 in the `Authorization` header.
    ObsHeader,
    /// The signature of OBS or AWS V2 in the query.
    ObsQuery,
    /// Huawei's SDK-HMAC-SHA256.
    SdkHmac,
    /// Not at all.
    Anonymous,
}

/// The service that a signature was made for. A signature for one service is
/// worth nothing at another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Object storage.
    S3,
    /// Key management.
    Kms,
    /// Users and access keys.
    Iam,
    /// Temporary credentials.
    Sts,
}

impl Service {
    /// The service that a credential scope names.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::S3, Self::Kms, Self::Iam, Self::Sts].into_iter().find(|s| s.name() == name)
    }

    /// True for services of the query protocol, whose requests name their
    /// operation in the document.
    pub fn takes_forms(self) -> bool {
        matches!(self, Self::Iam | Self::Sts)
    }

    /// Its name in a credential scope.
    pub fn name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Kms => "kms",
            Self::Iam => "iam",
            Self::Sts => "sts",
        }
    }
}

/// Who asked, and how that is known.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// The caller; `None` for an anonymous one.
    pub identity: Option<Identity>,
    /// The access key that signed; `None` for an anonymous caller.
    pub access_key_id: Option<String>,
    /// How the request was authenticated.
    pub scheme: Scheme,
    /// The service that was signed for; [`Service::S3`] for anonymous callers.
    pub service: Service,
    /// Names of the headers that a Signature V4 covers, lower case.
    pub signed_headers: Vec<String>,
}

/// Verifies the request's signature and wraps its body.
///
/// Afterwards `request.body` yields the payload itself: chunk framing is gone,
/// and a body whose signed hash, chunk signature or length is wrong ends with
/// a [`crate::stream::BodyError`] instead of its end. So nothing may be
/// committed before the body has ended. For services that take documents (all
/// but S3, see [`service_of`]) `request.document` must have been collected
/// before, since its hash is signed; S3's documents are collected afterwards.
///
/// Errors, S3 then AWS JSON: `AuthorizationHeaderMalformed`,
/// `AuthorizationQueryParametersError` (`IncompleteSignatureException`);
/// `RequestTimeTooSkewed`, `SignatureDoesNotMatch` (`InvalidSignatureException`);
/// `InvalidAccessKeyId`, `InvalidToken` (`UnrecognizedClientException`);
/// `AccessDenied` for expired URLs and for vendor headers that were not signed;
/// `InvalidRequest` and `InvalidArgument` for schemes and payload modes that
/// are not supported.
pub async fn authenticate(
    request: &mut Incoming,
    secrets: &dyn Secrets,
    rules: &Rules<'_>,
) -> Result<Authenticated, Fault> {
    let dialect = dialect_of(request)?;
    let judged = judge(request, secrets, rules, dialect).await;
    judged.map_err(|refusal| refusal.fault(dialect))
}

async fn judge(
    request: &mut Incoming,
    secrets: &dyn Secrets,
    rules: &Rules<'_>,
    dialect: &'static Dialect,
) -> Result<Authenticated, Refusal> {
    let session = scheme::session_token(request)?;
    let session = session.map(|token| WithToken { secrets, token, now: rules.now });
    let secrets = session.as_ref().map_or(secrets, |session| session);
    let claim = match scheme::claimed(request)? {
        // A token without a signature is nobody's, not anybody's.
        Claimed::Anonymous if session.is_some() => {
            return Err(Fault::new(Code::InvalidToken).into());
        }
        Claimed::Anonymous => return anonymous(request, dialect),
        Claimed::SigV4Header => sigv4::claim(request)?,
        Claimed::SigV4Query => presigned::claim(request)?,
        Claimed::ObsHeader(flavour) => {
            let claim = obs::Claim::in_header(request, flavour)?;
            return signed_by_obs(request, secrets, rules, claim).await;
        }
        Claimed::ObsQuery(flavour) => {
            let claim = obs::Claim::in_query(request, flavour)?;
            return signed_by_obs(request, secrets, rules, claim).await;
        }
        Claimed::SdkHmac => return signed_by_sdk(request, secrets, rules).await,
    };
    claim.check(request, rules)?;
    signed(request, secrets, claim).await
}

async fn signed(
    request: &mut Incoming,
    secrets: &dyn Secrets,
    claim: Claim,
) -> Result<Authenticated, Refusal> {
    let payload = Payload::of_signed(request, &claim)?;
    let credential = secrets.credential(&claim.access_key_id).await?;
    let credential = credential.ok_or_else(|| Refusal::UnknownKey(claim.access_key_id.clone()))?;
    let key = claim.signing_key(&credential.secret)?;
    claim.verify(request, &payload, &key)?;
    payload.wrap(request, Some(claim.chunk_chain(key)))?;
    Ok(Authenticated {
        identity: Some(credential.identity),
        access_key_id: Some(claim.access_key_id),
        scheme: claim.scheme,
        service: claim.service,
        signed_headers: claim.signed_headers,
    })
}

/// The signature of OBS or AWS V2, which says nothing about the body.
async fn signed_by_obs(
    request: &mut Incoming,
    secrets: &dyn Secrets,
    rules: &Rules<'_>,
    claim: obs::Claim,
) -> Result<Authenticated, Refusal> {
    claim.check(request, rules)?;
    let credential = secrets.credential(&claim.access_key_id).await?;
    let credential = credential.ok_or_else(|| Refusal::UnknownKey(claim.access_key_id.clone()))?;
    claim.verify(request, &credential.secret)?;
    claim.spread_parameters(request);
    Payload::of_unsigned(request)?.wrap(request, None)?;
    Ok(Authenticated {
        identity: Some(credential.identity),
        access_key_id: Some(claim.access_key_id),
        scheme: claim.scheme,
        service: Service::S3,
        signed_headers: Vec::new(),
    })
}

/// The signature of Huawei's SDKs, over a document that is collected already.
async fn signed_by_sdk(
    request: &mut Incoming,
    secrets: &dyn Secrets,
    rules: &Rules<'_>,
) -> Result<Authenticated, Refusal> {
    let claim = sdk_hmac::Claim::read(request)?;
    claim.check_time(rules)?;
    let credential = secrets.credential(&claim.access_key_id).await?;
    let credential = credential.ok_or_else(|| Refusal::UnknownKey(claim.access_key_id.clone()))?;
    claim.verify(request, &credential.secret)?;
    Ok(Authenticated {
        identity: Some(credential.identity),
        access_key_id: Some(claim.access_key_id),
        scheme: Scheme::SdkHmac,
        service: Service::Kms,
        signed_headers: claim.signed_headers,
    })
}

/// A body without a signature is still held to the hash that it announces.
fn anonymous(request: &mut Incoming, dialect: &Dialect) -> Result<Authenticated, Refusal> {
    if *dialect == crate::dialect::AWS_JSON {
        return Err(Refusal::Missing);
    }
    Payload::of_unsigned(request)?.wrap(request, None)?;
    Ok(Authenticated {
        identity: None,
        access_key_id: None,
        scheme: Scheme::Anonymous,
        service: Service::S3,
        signed_headers: Vec::new(),
    })
}
