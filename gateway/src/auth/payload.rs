//! What a signature says about the body, and the wrapping of the body so that
//! it is held to that.
//!
//! Source: "x-amz-content-sha256" in "Common request headers" and
//! "Authenticating Requests: Using the Authorization Header" (S3 API reference).

use futures_util::stream;
use sha2::{Digest, Sha256};

use super::chunked::{self, Framing};
use super::refusal::Refusal;
use super::signature::{ChunkChain, Claim};
use super::{Scheme, Service};
use crate::http::{Code, Fault, Incoming};
use crate::stream::announced::{Announced, AnnouncedError};
use crate::stream::{Body, BodyError};

/// How the body is covered by the signature.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Payload {
    /// By its SHA-256, given before it comes. Text as signed, and the digest.
    Digest(String, [u8; 32]),
    /// By the SHA-256 of a document that is here already.
    Document(String),
    /// Not at all.
    Unsigned,
    /// In chunks.
    Chunked(Chunks),
}

/// The three chunked modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunks {
    /// Each chunk is signed.
    Signed,
    /// Each chunk and the trailer are signed.
    SignedTrailer,
    /// Nothing is signed; the trailer carries a checksum.
    UnsignedTrailer,
}

impl Chunks {
    fn name(self) -> &'static str {
        match self {
            Self::Signed => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            Self::SignedTrailer => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            Self::UnsignedTrailer => "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        }
    }
}

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

impl Payload {
    /// The mode of a signed request. Errors: 400 for a missing or unknown mode
    /// and for one that this form of signature cannot carry.
    pub(super) fn of_signed(request: &Incoming, claim: &Claim) -> Result<Self, Refusal> {
        let announced = announced_mode(request)?;
        if claim.service != Service::S3 {
            return document(request, announced);
        }
        match (announced, claim.scheme) {
            (None, Scheme::SigV4Query) => Ok(Self::Unsigned),
            (None, _) => Err(Fault::new(Code::InvalidRequest)
                .message("Missing required header for this request: x-amz-content-sha256")
                .into()),
            // The chain of chunk signatures starts in the Authorization header.
            (Some(Self::Chunked(Chunks::Signed | Chunks::SignedTrailer)), Scheme::SigV4Query) => {
                Err(unknown_mode().into())
            }
            (Some(mode), _) => Ok(mode),
        }
    }

    /// The mode of a body that no signature covers: it may be plain, or chunked
    /// without chunk signatures.
    pub(super) fn of_unsigned(request: &Incoming) -> Result<Self, Refusal> {
        match announced_mode(request)? {
            Some(Self::Chunked(Chunks::Signed | Chunks::SignedTrailer)) => {
                Err(unknown_mode().into())
            }
            mode => Ok(mode.unwrap_or(Self::Unsigned)),
        }
    }

    /// The last line of the canonical request.
    pub(super) fn signed_hash(&self) -> String {
        match self {
            Self::Digest(text, _) | Self::Document(text) => text.clone(),
            Self::Unsigned => UNSIGNED.to_owned(),
            Self::Chunked(chunks) => chunks.name().to_owned(),
        }
    }

    /// Wraps the request's body. `chain` is there when the request is signed.
    /// Errors: 400 or 411 for a malformed announcement of a chunked body.
    pub(super) fn wrap(
        self,
        request: &mut Incoming,
        chain: Option<ChunkChain>,
    ) -> Result<(), Refusal> {
        match self {
            Self::Unsigned | Self::Document(_) => {}
            // The bytes that the signature covers have passed already.
            _ if !request.document.is_empty() => {
                return Err(Fault::internal("the body was collected before authentication").into());
            }
            Self::Digest(_, digest) => request.body = hashed(request.take_body(), digest),
            Self::Chunked(chunks) => {
                let chain = chain.filter(|_| chunks != Chunks::UnsignedTrailer);
                let framing = Framing {
                    decoded_len: decoded_len(request)?,
                    chain,
                    has_trailer: chunks != Chunks::Signed,
                    announced: announced_trailers(request)?,
                    trailers: request.trailers.clone(),
                };
                request.body = chunked::decoded(request.take_body(), framing);
                strip_aws_chunked(request);
            }
        }
        Ok(())
    }
}

/// Holds a collected document to what its request announced (`Content-MD5`,
/// checksum header or trailer). Errors: `InvalidDigest`, `InvalidRequest` for
/// the announcement; `BadDigest` when it does not hold.
///
/// Not for CompleteMultipartUpload, whose checksum header is the object's.
pub fn verify_document(request: &Incoming) -> Result<(), Fault> {
    let announced = Announced::from_headers(&request.headers)?;
    announced.verify_document(&request.document, &request.trailers).map_err(|error| match error {
        BodyError::ContentMd5 => Fault::new(Code::BadDigest),
        other => Fault::new(Code::BadDigest).message(other.to_string()),
    })
}

/// An announcement that cannot be understood is refused before the body is read.
impl From<AnnouncedError> for Fault {
    fn from(error: AnnouncedError) -> Self {
        match error {
            AnnouncedError::ContentMd5 => Self::new(Code::InvalidDigest),
            AnnouncedError::Value(_)
            | AnnouncedError::Several
            | AnnouncedError::Algorithm
            | AnnouncedError::Trailer => Self::new(Code::InvalidRequest).message(error.to_string()),
        }
    }
}

/// The mode that header or, for presigned URLs, query announces.
fn announced_mode(request: &Incoming) -> Result<Option<Payload>, Refusal> {
    let header = request.vendor("content-sha256")?;
    let Some(text) = header.or_else(|| request.query.value("X-Amz-Content-Sha256")) else {
        return Ok(None);
    };
    let chunked = [Chunks::Signed, Chunks::SignedTrailer, Chunks::UnsignedTrailer];
    if let Some(chunks) = chunked.into_iter().find(|chunks| chunks.name() == text) {
        return Ok(Some(Payload::Chunked(chunks)));
    }
    if text == UNSIGNED {
        return Ok(Some(Payload::Unsigned));
    }
    let mut digest = [0; 32];
    hex::decode_to_slice(text, &mut digest).map_err(|_| unknown_mode())?;
    Ok(Some(Payload::Digest(text.to_owned(), digest)))
}

/// Services other than S3 sign the document itself, whatever they announce.
fn document(request: &Incoming, announced: Option<Payload>) -> Result<Payload, Refusal> {
    if !request.body.is_empty() {
        return Err(Fault::internal("the document must be collected before authentication").into());
    }
    let digest: [u8; 32] = Sha256::digest(&request.document).into();
    match announced {
        None => Ok(Payload::Document(hex::encode(digest))),
        Some(Payload::Digest(text, announced)) if announced == digest => {
            Ok(Payload::Document(text))
        }
        Some(_) => Err(Fault::new(Code::InvalidSignatureException)
            .message("x-amz-content-sha256 is not the SHA-256 of the document.")
            .into()),
    }
}

fn unknown_mode() -> Fault {
    Fault::new(Code::InvalidArgument)
        .message("x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.")
        .detail("ArgumentName", "x-amz-content-sha256")
}

/// `x-amz-decoded-content-length`: needed, since the object's size is decided
/// before its body has come.
fn decoded_len(request: &Incoming) -> Result<u64, Refusal> {
    let text = request.vendor("decoded-content-length")?.unwrap_or_default();
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(len) if is_number => Ok(len),
        _ => Err(Fault::new(Code::MissingContentLength).into()),
    }
}

/// Names in `x-amz-trailer`, lower case and sorted.
fn announced_trailers(request: &Incoming) -> Result<Vec<String>, Refusal> {
    let list = request.vendor("trailer")?.unwrap_or_default();
    let names = list.split(',').map(|name| name.trim().to_ascii_lowercase());
    let mut names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    Ok(names)
}

/// The framing is gone, so `Content-Encoding` keeps only what is left.
fn strip_aws_chunked(request: &mut Incoming) {
    let values = request.headers.get_all("content-encoding").iter();
    let codings = values.filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(','));
    let kept = codings.map(str::trim).filter(|c| !c.is_empty() && *c != "aws-chunked");
    let kept = kept.collect::<Vec<_>>().join(",");
    request.headers.remove("content-encoding");
    if let (false, Ok(value)) = (kept.is_empty(), kept.parse()) {
        request.headers.insert("content-encoding", value);
    }
}

/// The same bytes; an end with another SHA-256 is [`BodyError::ContentSha256`].
fn hashed(body: Body, digest: [u8; 32]) -> Body {
    let len = body.len();
    let start = Some((body, Sha256::new()));
    let chunks = stream::unfold(start, move |state| async move {
        let (mut body, mut sha) = state?;
        match body.chunk().await {
            Some(Ok(chunk)) => {
                sha.update(&chunk);
                Some((Ok(chunk), Some((body, sha))))
            }
            Some(Err(error)) => Some((Err(error), None)),
            None if <[u8; 32]>::from(sha.finalize()) == digest => None,
            None => Some((Err(BodyError::ContentSha256), None)),
        }
    });
    Body::new(chunks, len)
}
