//! The default encryption of a bucket (S3 "PutBucketEncryption"; OBS
//! "Configuring Bucket Encryption").

use kms_core::base::Algorithm;
use kms_core::kms::Bucket as KeyBucket;
use kms_core::sealed::Mode;
use policy::Action;
use serde::{Deserialize, Serialize};

use super::BucketSetting;
use crate::api::faults::object_fault;
use crate::api::sse::{data_algorithm_named, key_named, mode_named, require_tls};
use crate::api::work::Work;
use crate::catalog::model::{Account, Bucket, BucketFacts};
use crate::dialect::Dialect;
use crate::http::xml::{self, Element, malformed};
use crate::http::{Code, Fault, Incoming, Reply};
use crate::object::encryption::Encryption;

/// The default, as written and as stored (JSON).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketEncryption {
    /// `aws:kms` or `AES256`.
    algorithm: String,
    /// The CMK as the client named it; the default key without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// `SM4`, when the data are not sealed by AES-256.
    #[serde(skip_serializing_if = "Option::is_none")]
    data_algorithm: Option<String>,
    /// The key's project, which OBS clients may name.
    #[serde(skip_serializing_if = "Option::is_none")]
    project_id: Option<String>,
    /// S3's bucket key, stored and echoed.
    #[serde(default)]
    bucket_key: bool,
}

/// The default that `facts` carry, if any.
pub fn encryption_default(facts: &BucketFacts) -> Result<Option<Encryption>, Fault> {
    let stored = facts.settings.get(BucketEncryption::KEYWORD);
    stored.map(|stored| BucketEncryption::load(stored)?.encryption()).transpose()
}

impl BucketEncryption {
    /// The default that the headers of a CreateBucket set (OBS "Creating a
    /// Bucket"), where `obs` is another word for `AES256`. Errors:
    /// `InvalidArgument`.
    pub fn of_headers(request: &Incoming) -> Result<Option<Self>, Fault> {
        let text = |name| -> Result<Option<String>, Fault> {
            Ok(request.vendor(name)?.map(str::to_owned))
        };
        let key = match text("server-side-encryption-kms-key-id")? {
            None => text("server-side-encryption-aws-kms-key-id")?,
            key => key,
        };
        let project_id = text("sse-kms-key-project-id")?;
        let data_algorithm = text("server-side-data-encryption")?.filter(|name| name != "AES256");
        let Some(word) = request.vendor("server-side-encryption")? else {
            return match key.or(project_id).or(data_algorithm) {
                None => Ok(None),
                Some(_) => Err(Fault::new(Code::InvalidArgument)
                    .message("KMS settings are only valid together with an encryption by KMS.")),
            };
        };
        let mode = mode_named(if word == "obs" { "AES256" } else { word })?;
        let algorithm = if mode == Mode::Kms { "aws:kms" } else { "AES256" }.to_owned();
        let setting = Self { algorithm, key, data_algorithm, project_id, bucket_key: false };
        setting.consistent(mode)?;
        Ok(Some(setting))
    }

    /// Checks what needs more than the headers: the transport, and that the CMK
    /// exists and may encrypt in `bucket` of `owner`.
    pub async fn check_for(
        &self,
        work: &Work,
        bucket: &Bucket,
        owner: &Account,
    ) -> Result<(), Fault> {
        require_tls(self.mode()?, work)?;
        let Some(key) = self.encryption()?.key else { return Ok(()) };
        let place = KeyBucket {
            name: &bucket.name,
            id: bucket.id.as_bytes(),
            region: &bucket.region,
            account_id: &owner.id,
            domain_id: &owner.domain_id,
        };
        let caller = work.kms_caller(Some("s3"));
        let checked = work.gateway.kms.check_object_key(&caller, &key, &place).await;
        checked.map(|_| ()).map_err(|error| object_fault(error.into()))
    }

    fn mode(&self) -> Result<Mode, Fault> {
        mode_named(&self.algorithm)
    }

    fn encryption(&self) -> Result<Encryption, Fault> {
        let algorithm = match &self.data_algorithm {
            Some(name) => data_algorithm_named(name)?,
            None => Algorithm::Aes256Gcm,
        };
        let key = self.key.as_deref().map(key_named).transpose()?;
        Ok(Encryption { key, algorithm, ..Encryption::by_service(self.mode()?) })
    }
}

impl BucketSetting for BucketEncryption {
    const KEYWORD: &'static str = "encryption";
    const NAMES: [&'static str; 3] =
        ["PutBucketEncryption", "GetBucketEncryption", "DeleteBucketEncryption"];
    /// S3 and OBS have no action of its own for the deletion.
    const ACTIONS: [Action; 3] = [
        Action::PutEncryptionConfiguration,
        Action::GetEncryptionConfiguration,
        Action::PutEncryptionConfiguration,
    ];
    const ABSENT: Code = Code::ServerSideEncryptionConfigurationNotFoundError;

    fn parse(document: &[u8], _: &str) -> Result<Self, Fault> {
        let root = Element::parse(document, "ServerSideEncryptionConfiguration")?;
        root.only(&["Rule"])?;
        let rule = root.child("Rule")?.ok_or_else(|| malformed("no rule"))?;
        rule.only(&["ApplyServerSideEncryptionByDefault", "BucketKeyEnabled"])?;
        let default = rule.child("ApplyServerSideEncryptionByDefault")?;
        let default = default.ok_or_else(|| malformed("no default"))?;
        default.only(&["SSEAlgorithm", "KMSMasterKeyID", "ProjectID", "KMSDataEncryption"])?;
        let text = |name| -> Result<Option<String>, Fault> {
            let text = default.child_text(name)?;
            Ok(text.filter(|text| !text.is_empty()).map(str::to_owned))
        };
        let mode = mode_named(default.required("SSEAlgorithm")?)
            .map_err(|_| malformed("unknown SSEAlgorithm"))?;
        let setting = Self {
            algorithm: if mode == Mode::Kms { "aws:kms" } else { "AES256" }.to_owned(),
            key: text("KMSMasterKeyID")?,
            data_algorithm: text("KMSDataEncryption")?,
            project_id: text("ProjectID")?,
            bucket_key: rule.child_text("BucketKeyEnabled")? == Some("true"),
        };
        setting.consistent(mode)?;
        Ok(setting)
    }

    async fn check(&self, work: &Work) -> Result<(), Fault> {
        let facts = work.bucket(0)?;
        self.check_for(work, &facts.bucket, &facts.owner).await
    }

    fn store(&self) -> Result<Vec<u8>, Fault> {
        serde_json::to_vec(self).map_err(Fault::internal)
    }

    fn load(stored: &[u8]) -> Result<Self, Fault> {
        serde_json::from_slice(stored).map_err(Fault::internal)
    }

    fn accepted() -> Reply {
        Reply::ok()
    }

    fn render(&self, dialect: &'static Dialect) -> Reply {
        let algorithm = match self.algorithm.as_str() {
            "aws:kms" => dialect.kms_value,
            other => other,
        };
        let root = "ServerSideEncryptionConfiguration";
        Reply::xml(xml::document(root, Some(dialect.namespace), |root| {
            root.element("Rule", |rule| {
                rule.element("ApplyServerSideEncryptionByDefault", |default| {
                    default.text("SSEAlgorithm", algorithm);
                    default.some("KMSMasterKeyID", self.key.as_deref());
                    default.some("ProjectID", self.project_id.as_deref());
                    default.some("KMSDataEncryption", self.data_algorithm.as_deref());
                });
                if dialect.bucket_keys {
                    rule.value("BucketKeyEnabled", self.bucket_key);
                }
            });
        }))
    }
}

impl BucketEncryption {
    fn consistent(&self, mode: Mode) -> Result<(), Fault> {
        let refuse =
            |message: &'static str| Err(Fault::new(Code::InvalidArgument).message(message));
        let kms_only = self.key.is_some() || self.data_algorithm.is_some();
        if kms_only && mode != Mode::Kms {
            return refuse(
                "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms",
            );
        }
        if self.project_id.is_some() && self.key.is_none() {
            return refuse("a ProjectID is only valid together with a KMSMasterKeyID");
        }
        self.encryption().map(|_| ())
    }
}
