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
}

/// What differs between the vendors' ways of saying the same.
#[derive(Debug, PartialEq, Eq)]
pub struct Dialect {
    /// `s3`, `obs`, `aws-json`: for logs and metrics.
    pub name: &'static str,
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
    /// Whether XML owners carry a `DisplayName`.
    pub display_names: bool,
    /// Name, without prefix, of the header with a bucket's region.
    pub bucket_region_header: &'static str,
    /// Name of the element with a bucket's region in ListBuckets.
    pub bucket_region_element: &'static str,
    /// Root element of GetBucketLocation.
    pub location_root: &'static str,
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
    /// `REGION:DOMAIN:key/ID`.
    Obs,
}

/// Amazon S3.
pub static S3: Dialect = Dialect {
    name: "s3",
    prefix: "x-amz-",
    namespace: "http://s3.amazonaws.com/doc/2006-03-01/",
    faults: FaultShape::Xml,
    kms_value: "aws:kms",
    kms_key_header: "server-side-encryption-aws-kms-key-id",
    key_form: KeyForm::Arn,
    no_encryption_configuration: "ServerSideEncryptionConfigurationNotFoundError",
    part_min_bytes: 5 * 1024 * 1024,
    display_names: true,
    bucket_region_header: "bucket-region",
    bucket_region_element: "BucketRegion",
    location_root: "LocationConstraint",
    bucket_keys: true,
    etag_of_service_encryption: EtagOver::Plaintext,
};

/// Huawei OBS.
pub static OBS: Dialect = Dialect {
    name: "obs",
    prefix: "x-obs-",
    namespace: "http://obs.myhwclouds.com/doc/2015-06-30/",
    faults: FaultShape::Xml,
    kms_value: "kms",
    kms_key_header: "server-side-encryption-kms-key-id",
    key_form: KeyForm::Obs,
    no_encryption_configuration: "NoSuchEncryptionConfiguration",
    part_min_bytes: 100 * 1024,
    display_names: false,
    bucket_region_header: "bucket-location",
    bucket_region_element: "Location",
    location_root: "Location",
    bucket_keys: false,
    etag_of_service_encryption: EtagOver::Ciphertext,
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

impl Dialect {
    /// The full name of a vendor header in answers.
    pub fn header(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Writes an account as `Owner` or `Initiator`: OBS names it by domain id.
    pub fn owner(&self, parent: &mut Writer, element: &str, account: &Account) {
        let id = if self.display_names { &account.canonical_id } else { &account.domain_id };
        parent.element(element, |owner| {
            owner.text("ID", id);
            if self.display_names {
                owner.text("DisplayName", &account.name);
            }
        });
    }

    /// A code's name as this dialect writes it.
    pub fn code_name(&self, code: Code) -> &'static str {
        match code {
            Code::InvalidToken if self.faults == FaultShape::AwsJson => {
                "UnrecognizedClientException"
            }
            Code::ExpiredToken if self.faults == FaultShape::AwsJson => "ExpiredTokenException",
            Code::AccessDenied if self.faults == FaultShape::AwsJson => "AccessDeniedException",
            Code::InvalidToken | Code::InvalidAccessKeyId
                if self.faults == FaultShape::AwsQuery =>
            {
                "InvalidClientTokenId"
            }
            Code::AuthorizationHeaderMalformed | Code::AuthorizationQueryParametersError
                if self.faults == FaultShape::AwsQuery =>
            {
                "IncompleteSignature"
            }
            Code::RequestTimeTooSkewed if self.faults == FaultShape::AwsQuery => {
                "SignatureDoesNotMatch"
            }
            Code::InternalError if self.faults == FaultShape::AwsQuery => "ServiceFailure",
            Code::KmsDisabledException => "KMS.DisabledException",
            Code::KmsNotFoundException => "KMS.NotFoundException",
            Code::KmsInvalidStateException => "KMS.KMSInvalidStateException",
            Code::KmsInvalidKeyUsage => "KMS.InvalidKeyUsageException",
            Code::ServerSideEncryptionConfigurationNotFoundError => {
                self.no_encryption_configuration
            }
            other => other.name(),
        }
    }
}
