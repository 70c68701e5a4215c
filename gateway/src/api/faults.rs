//! The one map from what rooms below report to what clients read.
//!
//! Rooms name what happened; codes exist here and in `http/fault.rs` only.

use kms_core::kms::{ImportRefusal, KmsError};

use crate::authorize::denied;
use crate::catalog::CatalogError;
use crate::http::{Code, Fault};
use crate::object::ObjectError;
use crate::object::encryption::CustomerKeyFault;
use crate::stream::BodyError;

/// Seconds after which a client may try again when a dependency is out.
const RETRY_AFTER: &str = "5";

/// 503 with Retry-After.
pub fn unavailable(cause: impl ToString) -> Fault {
    Fault::new(Code::ServiceUnavailable).header("retry-after", RETRY_AFTER).cause(cause)
}

/// The answer to a CreateBucket whose name is taken.
pub fn bucket_exists(error: CatalogError, caller: &str) -> Fault {
    match error {
        CatalogError::BucketExists { owner } if owner == caller => {
            Code::BucketAlreadyOwnedByYou.into()
        }
        CatalogError::BucketExists { .. } => Code::BucketAlreadyExists.into(),
        other => other.into(),
    }
}

/// What the catalog reports, to S3 and OBS clients.
impl From<CatalogError> for Fault {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::Held => {
                denied(error).message("Access Denied because object protected by object lock.")
            }
            CatalogError::NotEmpty => Code::BucketNotEmpty.into(),
            CatalogError::NoSuchBucket => Code::NoSuchBucket.into(),
            CatalogError::NoSuchKey => Code::NoSuchKey.into(),
            CatalogError::NoSuchUpload => Code::NoSuchUpload.into(),
            CatalogError::QuotaExceeded => Code::InsufficientStorageSpace.into(),
            CatalogError::PreconditionFailed => Code::PreconditionFailed.into(),
            CatalogError::Exists(_) | CatalogError::BucketExists { .. } => {
                Code::BucketAlreadyExists.into()
            }
            CatalogError::Changed => Code::OperationAborted.into(),
            CatalogError::Condemned | CatalogError::Unknown | CatalogError::Unavailable(_) => {
                unavailable(error)
            }
            CatalogError::Damaged(_) | CatalogError::Newer { .. } => Self::internal(error),
        }
    }
}

/// What a client's body lacked.
impl From<BodyError> for Fault {
    fn from(error: BodyError) -> Self {
        match &error {
            BodyError::Truncated => Code::IncompleteBody.into(),
            BodyError::TooLarge { limit } => {
                Self::new(Code::EntityTooLarge).detail("MaxSizeAllowed", limit)
            }
            BodyError::MalformedChunk(why) => Self::new(Code::InvalidRequest)
                .message("The aws-chunked body is malformed.")
                .cause(why),
            BodyError::ChunkSignature => Code::SignatureDoesNotMatch.into(),
            BodyError::ContentSha256 => Code::XAmzContentSHA256Mismatch.into(),
            BodyError::ContentMd5 => Self::new(Code::BadDigest)
                .message("The Content-MD5 you specified did not match what we received."),
            BodyError::Checksum(name) => Self::new(Code::BadDigest).message(format!(
                "The {name} you specified did not match the calculated checksum."
            )),
            BodyError::Trailer => Self::new(Code::MalformedTrailerError).cause(&error),
            BodyError::TooSlow => Code::RequestTimeout.into(),
            BodyError::Tampered => Self::internal(&error),
            BodyError::Io(_) => Self::internal(&error),
        }
    }
}

/// What the object path reports, to S3 and OBS clients.
pub fn object_fault(error: ObjectError) -> Fault {
    match error {
        ObjectError::Kms(error) => storage_key_fault(error),
        ObjectError::CustomerKey(CustomerKeyFault::Missing) => Fault::new(Code::InvalidRequest)
            .message("The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object."),
        ObjectError::CustomerKey(CustomerKeyFault::NotApplicable) => {
            Fault::new(Code::InvalidRequest)
                .message("The encryption parameters are not applicable to this object.")
        }
        ObjectError::CustomerKey(other @ CustomerKeyFault::Other) => denied(other),
        ObjectError::Catalog(error) => error.into(),
        ObjectError::Body(error) => error.into(),
        ObjectError::Backing(crate::backing::BackingError::NotFound(blob)) => {
            Fault::internal(format!("blob {blob} is gone from the backing store"))
        }
        ObjectError::Backing(error) => unavailable(error),
        ObjectError::Sealed { error: kms_core::sealed::SealedError::TooLong, .. } => {
            Code::EntityTooLarge.into()
        }
        ObjectError::Sealed { .. } => Fault::internal(error),
        ObjectError::Unknown(_) => unavailable(error),
    }
}

/// What the object path reports about a part, whose customer key must be the
/// one that its upload was started with.
pub fn part_fault(error: ObjectError) -> Fault {
    let ObjectError::CustomerKey(fault) = error else { return object_fault(error) };
    Fault::new(Code::InvalidRequest).message(match fault {
        CustomerKeyFault::Missing => "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.",
        CustomerKeyFault::NotApplicable => "The multipart upload initiate did not request encryption. Please resend the request without sending encryption parameters.",
        CustomerKeyFault::Other => "The provided encryption parameters did not match the ones used originally.",
    })
}

/// What the key service reports on the object path: a disabled or missing key
/// is a 400 with the key's name for those who may know of it.
fn storage_key_fault(error: KmsError) -> Fault {
    let text = error.to_string();
    let code = match error {
        KmsError::AccessDenied(why) => return denied(why),
        KmsError::NotFound(_) => Code::KmsNotFoundException,
        KmsError::Disabled(_) => Code::KmsDisabledException,
        KmsError::PendingDeletion(_)
        | KmsError::PendingImport(_)
        | KmsError::InvalidState { .. } => Code::KmsInvalidStateException,
        KmsError::DefaultKey(_)
        | KmsError::WrongRegion { .. }
        | KmsError::Invalid { .. }
        | KmsError::Unsupported(_)
        | KmsError::AlreadyExists(_) => Code::InvalidArgument,
        KmsError::Frozen(_) => Code::InArrearOrInsufficientBalance,
        KmsError::WrongOrigin { .. }
        | KmsError::Protected(_)
        | KmsError::InUse(_)
        | KmsError::Import(_)
        | KmsError::RotationEnabled(_)
        | KmsError::RotationDisabled(_)
        | KmsError::NoGrant(_)
        | KmsError::Policy(_)
        | KmsError::InvalidCiphertext
        | KmsError::IncorrectKey => return Fault::internal(text),
        KmsError::Throttled | KmsError::LimitExceeded(_) | KmsError::Conflict(_) => {
            return Fault::new(Code::SlowDown).header("retry-after", RETRY_AFTER).cause(text);
        }
        KmsError::Unavailable(_) | KmsError::Audit(_) => return unavailable(text),
    };
    Fault::new(code).message(sentence(&text))
}

/// What the key service reports to clients of AWS KMS (each operation's
/// "Errors" in the KMS API reference).
pub fn aws_key_fault(error: KmsError) -> Fault {
    let text = error.to_string();
    let code = match error {
        KmsError::AccessDenied(why) => {
            return Fault::new(Code::AccessDeniedException).cause(why);
        }
        KmsError::NotFound(_) => Code::NotFoundException,
        KmsError::Disabled(_) => Code::DisabledException,
        KmsError::PendingDeletion(_)
        | KmsError::PendingImport(_)
        | KmsError::InvalidState { .. } => Code::KMSInvalidStateException,
        KmsError::DefaultKey(_) | KmsError::Unsupported(_) => Code::UnsupportedOperationException,
        KmsError::InvalidCiphertext => return Code::InvalidCiphertextException.into(),
        KmsError::IncorrectKey => Code::IncorrectKeyException,
        KmsError::Invalid { .. } => Code::ValidationException,
        KmsError::WrongRegion { .. } => Code::InvalidArnException,
        KmsError::LimitExceeded(_) => Code::LimitExceededException,
        KmsError::Throttled => Code::ThrottlingException,
        KmsError::Frozen(_)
        | KmsError::Protected(_)
        | KmsError::InUse(_)
        | KmsError::RotationEnabled(_)
        | KmsError::RotationDisabled(_) => Code::KMSInvalidStateException,
        KmsError::WrongOrigin { .. } => Code::UnsupportedOperationException,
        KmsError::NoGrant(_) => Code::NotFoundException,
        KmsError::Policy(_) => Code::MalformedPolicyDocumentException,
        KmsError::Import(refusal) => match refusal {
            ImportRefusal::Token | ImportRefusal::OtherKey => Code::InvalidImportTokenException,
            ImportRefusal::TokenExpired => Code::ExpiredImportTokenException,
            ImportRefusal::ExpiryPast => Code::ValidationException,
            ImportRefusal::Unwrap | ImportRefusal::Length => Code::InvalidCiphertextException,
            ImportRefusal::OtherMaterial => Code::IncorrectKeyMaterialException,
            ImportRefusal::NotPending => Code::KMSInvalidStateException,
        },
        KmsError::AlreadyExists(_) => Code::AlreadyExistsException,
        KmsError::Conflict(_) => Code::KMSInternalException,
        KmsError::Unavailable(_) | KmsError::Audit(_) => {
            return Fault::new(Code::DependencyTimeoutException)
                .header("retry-after", RETRY_AFTER)
                .cause(text);
        }
    };
    Fault::new(code).message(sentence(&text))
}

/// An error's text as a sentence of its own.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
