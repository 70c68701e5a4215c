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

/// A code's name: its own, where it is no identifier.
macro_rules! spelled {
    ($name:ident) => {
        stringify!($name)
    };
    ($name:ident $spelled:literal) => {
        $spelled
    };
}

macro_rules! codes {
    ($($name:ident $(= $spelled:literal)? $status:literal $message:literal;)*) => {
        /// An error code as clients know it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each variant is the documented code of that name")]
        pub enum Code { $($name,)* }

        impl Code {
            /// Every code, for documentation and tests.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The code's name in S3; `dialect` knows where OBS differs.
            pub fn name(self) -> &'static str {
                match self { $(Code::$name => spelled!($name $($spelled)?),)* }
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
    InArrearOrInsufficientBalance 403 "The account is frozen.";
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
    ExpiredImportTokenException 400 "The import token has expired.";
    IncorrectKeyMaterialException 400 "The key material is not what was imported before.";
    InvalidGrantIdException 400 "The grant id is not valid.";
    InvalidGrantTokenException 400 "The grant token is not valid.";
    InvalidImportTokenException 400 "The import token is not valid for this key.";
    MalformedPolicyDocumentException 400 "The key policy is not valid.";
    TagException 400 "A tag is not valid.";
    MissingAuthenticationTokenException 400 "Missing Authentication Token";
    UnrecognizedClientException 400 "The security token included in the request is invalid.";

    // Huawei KMS ("Error Codes", KMS API reference)
    Apigw0301 = "APIGW.0301" 401 "Incorrect IAM authentication information.";
    Kms0102 = "KMS.0102" 500 "The service is abnormal.";
    Kms0104 = "KMS.0104" 503 "The service is busy. Try again later.";
    Kms0201 = "KMS.0201" 400 "The request URL is invalid.";
    Kms0202 = "KMS.0202" 400 "The request body is not valid JSON.";
    Kms0203 = "KMS.0203" 400 "The request body is too long.";
    Kms0204 = "KMS.0204" 400 "A parameter is missing.";
    Kms0205 = "KMS.0205" 400 "The key ID is invalid.";
    Kms0206 = "KMS.0206" 400 "The sequence is invalid.";
    Kms0207 = "KMS.0207" 404 "The key does not exist.";
    Kms0208 = "KMS.0208" 400 "The encryption context is invalid.";
    Kms0209 = "KMS.0209" 400 "The key is disabled.";
    Kms0210 = "KMS.0210" 400 "The key is pending deletion.";
    Kms0211 = "KMS.0211" 400 "This operation is not allowed on default keys.";
    Kms0215 = "KMS.0215" 405 "The method is not allowed.";
    Kms0302 = "KMS.0302" 403 "The token is invalid.";
    Kms0306 = "KMS.0306" 403 "You do not have the permission for this operation.";
    Kms0308 = "KMS.0308" 400 "A parameter is invalid.";
    Kms0309 = "KMS.0309" 400 "The key is not an external one.";
    Kms0310 = "KMS.0310" 400 "The key is not pending import.";
    Kms0311 = "KMS.0311" 400 "The key material could not be decrypted.";
    Kms0312 = "KMS.0312" 400 "External keys cannot be rotated.";
    Kms0313 = "KMS.0313" 400 "Key rotation is not enabled.";
    Kms0320 = "KMS.0320" 400 "The account is frozen.";
    Kms0321 = "KMS.0321" 403 "The project in the URI is not that of the caller.";
    Kms0328 = "KMS.0328" 403 "The account is frozen.";
    Kms0331 = "KMS.0331" 400 "Symmetric keys do not support this operation.";
    Kms0332 = "KMS.0332" 400 "The algorithm is invalid for the key.";
    Kms0338 = "KMS.0338" 400 "The keystore does not exist or does not support this.";
    Kms0404 = "KMS.0404" 400 "The action is invalid.";
    Kms0405 = "KMS.0405" 400 "The tag value is invalid.";
    Kms0406 = "KMS.0406" 400 "The tag key is invalid.";
    Kms0409 = "KMS.0409" 400 "The key has too many tags.";
    Kms0412 = "KMS.0412" 400 "The list of tags is invalid.";
    Kms0415 = "KMS.0415" 400 "The matches are invalid.";
    Kms0416 = "KMS.0416" 404 "The tag does not exist.";
    Kms0417 = "KMS.0417" 400 "The offset is invalid.";
    Kms0429 = "KMS.0429" 429 "Too many requests. Try again later.";
    Kms1101 = "KMS.1101" 400 "The key alias is invalid.";
    Kms1103 = "KMS.1103" 400 "The key description is invalid.";
    Kms1104 = "KMS.1104" 400 "The key alias is used already.";
    Kms1105 = "KMS.1105" 400 "There are too many keys.";
    Kms1110 = "KMS.1110" 400 "The key specification is invalid.";
    Kms1201 = "KMS.1201" 400 "The key is not disabled.";
    Kms1301 = "KMS.1301" 400 "The key is not enabled.";
    Kms1401 = "KMS.1401" 400 "The pending days must be 7 to 1096.";
    Kms1402 = "KMS.1402" 400 "The key is pending deletion already.";
    Kms1501 = "KMS.1501" 400 "The key is not pending deletion.";
    Kms1601 = "KMS.1601" 400 "The limit is invalid.";
    Kms1602 = "KMS.1602" 400 "The marker is invalid.";
    Kms1801 = "KMS.1801" 400 "The length of the random number is invalid.";
    Kms1901 = "KMS.1901" 400 "The length of the data key must be 8 to 8192 bits.";
    Kms1902 = "KMS.1902" 400 "The specification of the data key is invalid.";
    Kms1903 = "KMS.1903" 400 "The length of the data key must be a multiple of 8 bits.";
    Kms2101 = "KMS.2101" 400 "The plaintext is invalid.";
    Kms2103 = "KMS.2103" 400 "The digest of the data key does not match.";
    Kms2104 = "KMS.2104" 400 "The length of the data key does not match.";
    Kms2201 = "KMS.2201" 400 "The ciphertext is invalid.";
    Kms2203 = "KMS.2203" 400 "The ciphertext is not under this key.";
    Kms2204 = "KMS.2204" 400 "The length of the data key does not match.";
    Kms2401 = "KMS.2401" 400 "A grant must not have create-grant alone.";
    Kms2402 = "KMS.2402" 400 "The user ID is invalid.";
    Kms2403 = "KMS.2403" 400 "The operations of the grant are invalid.";
    Kms2404 = "KMS.2404" 400 "The key has too many grants.";
    Kms2501 = "KMS.2501" 400 "The grant ID is invalid.";
    Kms2502 = "KMS.2502" 400 "The grant is not one of this key.";
    Kms2601 = "KMS.2601" 400 "The import token has expired.";
    Kms2602 = "KMS.2602" 400 "The expiration time is in the past.";
    Kms2603 = "KMS.2603" 400 "The import token does not match the key.";
    Kms2604 = "KMS.2604" 400 "The length of the key material is invalid.";
    Kms2605 = "KMS.2605" 400 "The import token is invalid.";
    Kms2606 = "KMS.2606" 400 "The key material must be the same as before.";
    Kms2701 = "KMS.2701" 400 "The state of the key does not allow this.";
    Kms2901 = "KMS.2901" 400 "Key rotation is enabled already.";
    Kms3001 = "KMS.3001" 400 "The rotation interval must be 30 to 365 days.";
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
