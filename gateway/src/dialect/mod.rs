//! A dialect is data: header prefix, XML namespace, fault shape, names.
//!
//! The authorization scheme of a request picks its dialect; an operation reads
//! settings under either vendor's prefix and writes its answer through the
//! dialect it is given, so that no operation ever asks which one it is.

pub mod render_fault;

use crate::catalog::model::Account;
use crate::http::Code;
use crate::http::xml::Writer;
use crate::stream::EtagOver;

/// How faults are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultShape {
    /// `<Error><Code>..` as S3 and OBS write it.
    Xml,
    /// `{"__type": "..", "message": ".."}` as AWS JSON 1.1 has it.
    AwsJson,
    /// `<ErrorResponse><Error><Type>..` as the AWS query protocol has it.
    AwsQuery,
    /// `{"error": {"error_code": "..", "error_msg": ".."}}` as Huawei's REST APIs have it.
    HuaweiJson,
}

/// Whose operations a dialect has where the two vendors have different ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendor {
    /// Amazon.
    Aws,
    /// Huawei, also in its AWS-like flavour.
    Huawei,
}

/// How a dialect names an account as `Owner` or `Initiator`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owners {
    /// By canonical user id and name.
    CanonicalAndName,
    /// By domain id and name.
    DomainAndName,
    /// By domain id.
    Domain,
}

/// What differs between the vendors' ways of saying the same.
#[derive(Debug, PartialEq, Eq)]
pub struct Dialect {
    /// `s3`, `obs`, `obs-aws`, `aws-json`: for logs and metrics.
    pub name: &'static str,
    /// Whose operations it has.
    pub vendor: Vendor,
    /// Prefix of vendor headers in answers.
    pub prefix: &'static str,
    /// Default XML namespace of answers.
    pub namespace: &'static str,
    /// How faults are written.
    pub faults: FaultShape,
    /// The value that announces SSE-KMS: `aws:kms` or `kms`.
    pub kms_value: &'static str,
    /// Name, without prefix, of the header with the KMS key id in answers.
    pub kms_key_header: &'static str,
    /// How a key is named in answers: ARN, or `region:domain:key/id`.
    pub key_form: KeyForm,
    /// Code for a bucket without encryption configuration.
    pub no_encryption_configuration: &'static str,
    /// Smallest part of a multipart upload but its last, in bytes.
    pub part_min_bytes: u64,
    /// How XML names accounts.
    pub owners: Owners,
    /// Whether a `Grantee` says its kind in an attribute and groups go by URI;
    /// otherwise everybody is `Canned`, and each list says that it is not
    /// delivered to objects.
    pub typed_grantees: bool,
    /// Name, without prefix, of the header with a bucket's region.
    pub bucket_region_header: &'static str,
    /// Root element of GetBucketLocation.
    pub location_root: &'static str,
    /// The element inside that root; without it the root holds the region.
    pub location_child: Option<&'static str>,
    /// The region that GetBucketLocation writes as an empty text.
    pub unnamed_region: Option<&'static str>,
    /// Full name of the header with a bucket's default storage class.
    pub bucket_class_header: Option<&'static str>,
    /// Full name of the header with the version of the bucket's features.
    pub bucket_version_header: Option<&'static str>,
    /// Root element of GetBucketStoragePolicy.
    pub storage_policy_root: &'static str,
    /// The element inside that root; without it the root holds the class.
    pub storage_policy_child: Option<&'static str>,
    /// Whether making one's own bucket once more succeeds.
    pub recreates_buckets: bool,
    /// Whether GetBucketEncryption speaks of bucket keys.
    pub bucket_keys: bool,
    /// Over what the ETag of an `AES256` object runs. S3's is the MD5 of the
    /// client's bytes, and its clients check that; OBS's is the ciphertext's.
    pub etag_of_service_encryption: EtagOver,
}

/// How a dialect names a KMS key in answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// `arn:aws:kms:REGION:ACCOUNT:key/ID`.
    Arn,
    /// `arn:aws:kms:REGION:DOMAIN:key/ID`.
    DomainArn,
    /// `REGION:DOMAIN:key/ID`.
    Obs,
}

/// Amazon S3.
pub static S3: Dialect = Dialect {
    name: "s3",
    vendor: Vendor::Aws,
    prefix: "x-amz-",
    namespace: "http://s3.amazonaws.com/doc/2006-03-01/",
    faults: FaultShape::Xml,
    kms_value: "aws:kms",
    kms_key_header: "server-side-encryption-aws-kms-key-id",
    key_form: KeyForm::Arn,
    no_encryption_configuration: "ServerSideEncryptionConfigurationNotFoundError",
    part_min_bytes: 5 * 1024 * 1024,
    owners: Owners::CanonicalAndName,
    typed_grantees: true,
    bucket_region_header: "bucket-region",
    location_root: "LocationConstraint",
    location_child: None,
    unnamed_region: Some("us-east-1"),
    bucket_class_header: None,
    bucket_version_header: None,
    storage_policy_root: "StoragePolicy",
    storage_policy_child: Some("DefaultStorageClass"),
    recreates_buckets: false,
    bucket_keys: true,
    etag_of_service_encryption: EtagOver::Plaintext,
};

/// Huawei OBS.
pub static OBS: Dialect = Dialect {
    name: "obs",
    vendor: Vendor::Huawei,
    prefix: "x-obs-",
    namespace: "http://obs.myhwclouds.com/doc/2015-06-30/",
    faults: FaultShape::Xml,
    kms_value: "kms",
    kms_key_header: "server-side-encryption-kms-key-id",
    key_form: KeyForm::Obs,
    no_encryption_configuration: "NoSuchEncryptionConfiguration",
    part_min_bytes: 100 * 1024,
    owners: Owners::Domain,
    typed_grantees: false,
    bucket_region_header: "bucket-location",
    location_root: "Location",
    location_child: None,
    unnamed_region: None,
    bucket_class_header: Some("x-obs-storage-class"),
    bucket_version_header: Some("x-obs-version"),
    storage_policy_root: "StorageClass",
    storage_policy_child: None,
    recreates_buckets: true,
    bucket_keys: false,
    etag_of_service_encryption: EtagOver::Ciphertext,
};

/// Huawei OBS under AWS names: what its SDKs speak with an AWS signature, which
/// they fall into on an IP address or with path-style URLs.
pub static OBS_AWS: Dialect = Dialect {
    name: "obs-aws",
    prefix: "x-amz-",
    namespace: "http://s3.amazonaws.com/doc/2006-03-01/",
    kms_value: "aws:kms",
    kms_key_header: "server-side-encryption-aws-kms-key-id",
    key_form: KeyForm::DomainArn,
    owners: Owners::DomainAndName,
    typed_grantees: true,
    bucket_region_header: "bucket-region",
    location_root: "CreateBucketConfiguration",
    location_child: Some("LocationConstraint"),
    bucket_class_header: Some("x-default-storage-class"),
    storage_policy_root: "StoragePolicy",
    storage_policy_child: Some("DefaultStorageClass"),
    ..OBS
};

/// AWS JSON 1.1, which KMS speaks.
pub static AWS_JSON: Dialect = Dialect { name: "aws-json", faults: FaultShape::AwsJson, ..S3 };

/// The AWS query protocol as IAM speaks it.
pub static AWS_IAM: Dialect = Dialect {
    name: "aws-iam",
    namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    faults: FaultShape::AwsQuery,
    ..S3
};

/// The AWS query protocol as STS speaks it.
pub static AWS_STS: Dialect = Dialect {
    name: "aws-sts",
    namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    faults: FaultShape::AwsQuery,
    ..S3
};

/// The REST API of Huawei's key service.
pub static HUAWEI: Dialect =
    Dialect { name: "huawei", prefix: "x-", faults: FaultShape::HuaweiJson, ..OBS };

impl Dialect {
    /// The full name of a vendor header in answers.
    pub fn header(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Writes an account as `Owner` or `Initiator`.
    pub fn owner(&self, parent: &mut Writer, element: &str, account: &Account) {
        parent.element(element, |owner| self.account(owner, account));
    }

    /// Writes the elements that name an account.
    pub fn account(&self, parent: &mut Writer, account: &Account) {
        let (id, name) = match self.owners {
            Owners::CanonicalAndName => (&account.canonical_id, Some(&account.name)),
            Owners::DomainAndName => (&account.domain_id, Some(&account.name)),
            Owners::Domain => (&account.domain_id, None),
        };
        parent.text("ID", id);
        parent.some("DisplayName", name);
    }

    /// A code's name as this dialect writes it.
    pub fn code_name(&self, code: Code) -> &'static str {
        if self.faults == FaultShape::HuaweiJson {
            return huawei_name(code);
        }
        match (self.faults, code) {
            (FaultShape::AwsJson, Code::InvalidToken) => return "UnrecognizedClientException",
            (FaultShape::AwsJson, Code::ExpiredToken) => return "ExpiredTokenException",
            (FaultShape::AwsJson, Code::AccessDenied) => return "AccessDeniedException",
            (FaultShape::AwsQuery, Code::InvalidToken | Code::InvalidAccessKeyId) => {
                return "InvalidClientTokenId";
            }
            (
                FaultShape::AwsQuery,
                Code::AuthorizationHeaderMalformed | Code::AuthorizationQueryParametersError,
            ) => return "IncompleteSignature",
            (FaultShape::AwsQuery, Code::RequestTimeTooSkewed) => return "SignatureDoesNotMatch",
            (FaultShape::AwsQuery, Code::InternalError) => return "ServiceFailure",
            _ => {}
        }
        match (self.vendor, code) {
            (Vendor::Aws, Code::InArrearOrInsufficientBalance) => Code::AccessDenied.name(),
            (_, Code::KmsDisabledException) => "KMS.DisabledException",
            (_, Code::KmsNotFoundException) => "KMS.NotFoundException",
            (_, Code::KmsInvalidStateException) => "KMS.KMSInvalidStateException",
            (_, Code::KmsInvalidKeyUsage) => "KMS.InvalidKeyUsageException",
            (_, Code::ServerSideEncryptionConfigurationNotFoundError) => {
                self.no_encryption_configuration
            }
            (Vendor::Huawei, Code::ReplicationConfigurationNotFoundError) => {
                "NoSuchReplicationConfiguration"
            }
            (Vendor::Huawei, Code::NotImplemented) => "ServiceNotImplemented",
            (Vendor::Huawei, Code::IllegalLocationConstraintException) => {
                "InvalidLocationConstraint"
            }
            (_, other) => other.name(),
        }
    }
}

/// What a fault that every dialect knows is called in Huawei's REST APIs.
fn huawei_name(code: Code) -> &'static str {
    match code {
        Code::AccessDenied => Code::Kms0306.name(),
        Code::InternalError => Code::Kms0102.name(),
        Code::MaxMessageLengthExceeded => Code::Kms0203.name(),
        Code::MethodNotAllowed => Code::Kms0215.name(),
        Code::ServiceUnavailable | Code::SlowDown => Code::Kms0104.name(),
        Code::InvalidArgument | Code::InvalidRequest | Code::InvalidURI => Code::Kms0201.name(),
        other => other.name(),
    }
}
