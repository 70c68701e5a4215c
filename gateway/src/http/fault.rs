//! The one table of error codes: code, status, default message.
//!
//! Rooms below have errors of their own that say what happened; `api/faults.rs`
//! maps them here, and `dialect/render_fault.rs` writes them as S3 XML, OBS XML
//! or AWS JSON. A fault has two messages: the one a client may read and, in
//! `cause`, the one the log keeps.
//!
//! Sources: AWS "Error responses" (S3 API reference), "Common errors" (KMS API
//! reference), OBS "Error codes" (API reference).

use std::borrow::Cow;

use http::StatusCode;

macro_rules! codes {
    ($($name:ident $status:literal $message:literal;)*) => {
        /// An error code as clients know it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each variant is the documented code of that name")]
        pub enum Code { $($name,)* }

        impl Code {
            /// Every code, for documentation and tests.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The code's name in S3; `dialect` knows where OBS differs.
            pub fn name(self) -> &'static str {
                match self { $(Code::$name => stringify!($name),)* }
            }

            /// HTTP status.
            pub fn status(self) -> StatusCode {
                let status = match self { $(Code::$name => $status,)* };
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }

            /// Message when none more specific is known.
            pub fn message(self) -> &'static str {
                match self { $(Code::$name => $message,)* }
            }
        }
    };
}

codes! {
    // S3 and OBS
    AccessControlListNotSupported 400 "The bucket does not allow ACLs";
    AccessDenied 403 "Access Denied";
    AccessForbidden 403 "Access Forbidden";
    AuthorizationHeaderMalformed 400 "The authorization header is malformed.";
    AuthorizationQueryParametersError 400 "The authorization query parameters are malformed.";
    BadRequest 400 "Bad Request";
    BadDigest 400 "The Content-MD5 or checksum value that you specified did not match what the server received.";
    BucketAlreadyExists 409 "The requested bucket name is not available. Select a different name and try again.";
    BucketAlreadyOwnedByYou 409 "The bucket that you tried to create already exists, and you own it.";
    BucketNotEmpty 409 "The bucket that you tried to delete is not empty.";
    ConditionalRequestConflict 409 "A conflicting operation occurred during the conditional request. Try again.";
    EntityTooLarge 400 "Your proposed upload exceeds the maximum allowed size.";
    EntityTooSmall 400 "Your proposed upload is smaller than the minimum allowed size.";
    ExpiredToken 400 "The provided token has expired.";
    IllegalLocationConstraintException 400 "The location constraint is not the region that this endpoint serves.";
    FsNotSupport 405 "This operation is for parallel file systems; the bucket is none.";
    InsufficientStorageSpace 403 "The bucket's quota does not leave room for this.";
    IllegalVersioningConfigurationException 400 "The versioning configuration specified in the request is invalid.";
    IncompleteBody 400 "The request body terminated before the announced number of bytes was received.";
    InternalError 500 "We encountered an internal error. Please try again.";
    InvalidAccessKeyId 403 "The access key ID that you provided does not exist in our records.";
    InvalidArgument 400 "Invalid Argument";
    InvalidBucketAclWithObjectOwnership 400 "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting";
    InvalidBucketState 409 "The request is not valid with the current state of the bucket.";
    InvalidBucketName 400 "The specified bucket is not valid.";
    InvalidDigest 400 "The Content-MD5 or checksum value that you specified is not valid.";
    InvalidEncryptionAlgorithmError 400 "The encryption request that you specified is not valid.";
    InvalidLocationConstraint 400 "The specified location constraint is not valid.";
    InvalidPart 400 "One or more of the specified parts could not be found. The part might not have been uploaded, or the specified entity tag might not have matched the part's entity tag.";
    InvalidPartNumber 416 "The requested partnumber is not satisfiable";
    InvalidPartOrder 400 "The list of parts was not in ascending order. The parts list must be specified in order by part number.";
    InvalidPolicyDocument 400 "The content of the form does not meet the conditions specified in the policy document.";
    InvalidRange 416 "The requested range is not satisfiable";
    InvalidRequest 400 "Invalid Request";
    InvalidSecurity 403 "The provided security credentials are not valid.";
    InvalidStorageClass 400 "The storage class that you specified is not valid.";
    InvalidTag 400 "The tag provided was not a valid tag.";
    InvalidToken 400 "The provided token is malformed or otherwise invalid.";
    InvalidURI 400 "The specified URI couldn't be parsed.";
    KeyTooLongError 400 "Your key is too long.";
    KmsDisabledException 400 "The KMS key is disabled. Enable it and try again.";
    KmsInvalidStateException 400 "The state of the KMS key does not allow this.";
    KmsNotFoundException 400 "The KMS key does not exist.";
    KmsInvalidKeyUsage 400 "The KMS key cannot be used for this.";
    MalformedQuotaError 400 "The quota that you provided was not well formed.";
    MalformedACLError 400 "The ACL that you provided was not well formed or did not validate against our published schema.";
    MalformedPolicy 400 "This policy contains invalid Json.";
    MalformedTrailerError 400 "The request contained trailing data that was not well-formed or did not conform to our published schema.";
    MalformedXML 400 "The XML that you provided was not well formed or did not validate against our published schema.";
    MaxMessageLengthExceeded 400 "Your request was too large.";
    MetadataTooLarge 400 "Your metadata headers exceed the maximum allowed metadata size.";
    MethodNotAllowed 405 "The specified method is not allowed against this resource.";
    MissingContentLength 411 "You must provide the Content-Length HTTP header.";
    MissingRequestBodyError 400 "Request body is empty.";
    MissingSecurityHeader 400 "Your request is missing a required header.";
    NoSuchBucket 404 "The specified bucket does not exist.";
    NoSuchBucketPolicy 404 "The bucket policy does not exist.";
    NoSuchCORSConfiguration 404 "The CORS configuration does not exist";
    NoSuchKey 404 "The specified key does not exist.";
    NoSuchTagSet 404 "The TagSet does not exist";
    NoSuchUpload 404 "The specified multipart upload does not exist. The upload ID might not be valid, or the multipart upload might have been aborted or completed.";
    NoSuchVersion 404 "The version ID specified in the request does not match an existing version.";
    NoSuchWebsiteConfiguration 404 "The specified bucket does not have a website configuration";
    NotImplemented 501 "A header or query that you provided implies functionality that is not implemented.";
    NotModified 304 "Not Modified";
    ObjectNotAppendable 409 "The object is not appendable.";
    ObjectLockConfigurationNotFoundError 404 "Object Lock configuration does not exist for this bucket";
    OperationAborted 409 "A conflicting operation is in progress against this resource. Try again.";
    NoSuchLifecycleConfiguration 404 "The lifecycle configuration does not exist";
    NoSuchObjectLockConfiguration 404 "The specified object does not have a ObjectLock configuration";
    NoSuchPublicAccessBlockConfiguration 404 "The public access block configuration was not found";
    OwnershipControlsNotFoundError 404 "The bucket ownership controls were not found";
    PositionNotEqualToLength 409 "The position of an append must be the length of the object.";
    PreconditionFailed 412 "At least one of the preconditions that you specified did not hold.";
    ReplicationConfigurationNotFoundError 404 "The replication configuration was not found";
    RequestTimeTooSkewed 403 "The difference between the request time and the server's time is too large.";
    RequestTimeout 400 "Your socket connection to the server was not read from or written to within the timeout period.";
    ServerSideEncryptionConfigurationNotFoundError 404 "The server side encryption configuration was not found.";
    ServiceUnavailable 503 "Service is unable to handle the request. Try again later.";
    SignatureDoesNotMatch 403 "The request signature that the server calculated does not match the signature that you provided. Check your secret access key and signing method.";
    SlowDown 503 "Please reduce your request rate.";
    TooManyParts 400 "The number of parts exceeds the limit of 10,000.";
    UnexpectedContent 400 "This request does not support content.";
    UnresolvableGrantByEmailAddress 400 "The e-mail address you provided does not match any account on record.";
    XAmzContentSHA256Mismatch 400 "The provided 'x-amz-content-sha256' header does not match what was computed.";
    XAmzContentChecksumMismatch 400 "The provided checksum does not match what was computed.";

    // AWS IAM and STS
    DeleteConflict 409 "The request was rejected because it attempted to delete a resource that has attached subordinate entities.";
    EntityAlreadyExists 409 "The resource exists already.";
    InvalidAction 400 "The action or operation requested is invalid.";
    InvalidInput 400 "An invalid or out-of-range value was supplied for an input parameter.";
    LimitExceeded 409 "A quota was exceeded.";
    MalformedPolicyDocument 400 "The policy document was malformed.";
    NoSuchEntity 404 "The resource does not exist.";
    PackedPolicyTooLarge 400 "The session policies are too large.";
    ValidationError 400 "The input fails to satisfy the constraints.";

    // AWS KMS JSON
    AccessDeniedException 400 "You are not authorized to perform this operation.";
    AlreadyExistsException 400 "The resource already exists.";
    CustomKeyStoreNotFoundException 400 "The custom key store does not exist.";
    DependencyTimeoutException 503 "The system timed out while trying to fulfil the request. Try again.";
    DisabledException 400 "The KMS key is disabled.";
    InvalidAliasNameException 400 "The alias name is not valid.";
    InvalidArnException 400 "The ARN or ARN part is not valid.";
    InvalidCiphertextException 400 "";
    IncorrectKeyException 400 "The key given is not the key that made the ciphertext.";
    InvalidKeyUsageException 400 "The key cannot be used for this.";
    InvalidMarkerException 400 "The marker is not valid.";
    KMSInternalException 500 "We encountered an internal error. Please try again.";
    KMSInvalidStateException 400 "The state of the KMS key does not allow this.";
    LimitExceededException 400 "A limit was exceeded.";
    NotFoundException 400 "The resource was not found.";
    SerializationException 400 "The request is not valid JSON.";
    ThrottlingException 400 "Rate exceeded";
    UnknownOperationException 400 "The operation is not known.";
    UnsupportedOperationException 400 "The operation is not supported.";
    ValidationException 400 "The request is not valid.";
    IncompleteSignatureException 400 "The request signature does not conform to AWS standards.";
    InvalidSignatureException 403 "The request signature we calculated does not match the signature you provided.";
    MissingAuthenticationTokenException 400 "Missing Authentication Token";
    UnrecognizedClientException 400 "The security token included in the request is invalid.";
}

/// A refusal or failure on its way to the client.
#[derive(Debug)]
pub struct Fault {
    /// The code, which decides the status.
    pub code: Code,
    /// What the client reads.
    pub message: Cow<'static, str>,
    /// Further elements of the answer, such as `BucketName` or `Method`.
    pub details: Vec<(&'static str, String)>,
    /// Further headers, such as `retry-after` or `allow`.
    pub headers: Vec<(&'static str, String)>,
    /// What the log keeps and the client never sees.
    pub cause: Option<String>,
}

impl Fault {
    /// A fault with the code's own message.
    pub fn new(code: Code) -> Self {
        Self {
            code,
            message: Cow::Borrowed(code.message()),
            details: Vec::new(),
            headers: Vec::new(),
            cause: None,
        }
    }

    /// 500 with a cause for the log.
    pub fn internal(cause: impl ToString) -> Self {
        Self::new(Code::InternalError).cause(cause)
    }

    /// 400 InvalidArgument that names the argument and its value as S3 does.
    pub fn argument(name: &str, value: &str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidArgument)
            .message(message)
            .detail("ArgumentName", name)
            .detail("ArgumentValue", value)
    }

    /// Replaces the message.
    #[must_use]
    pub fn message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = message.into();
        self
    }

    /// Adds an element to the answer.
    #[must_use]
    pub fn detail(mut self, name: &'static str, value: impl ToString) -> Self {
        self.details.push((name, value.to_string()));
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    /// Adds what the log should keep.
    #[must_use]
    pub fn cause(mut self, cause: impl ToString) -> Self {
        self.cause = Some(cause.to_string());
        self
    }
}

impl From<Code> for Fault {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}
