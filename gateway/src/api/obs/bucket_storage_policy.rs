//! The default storage class of a bucket (OBS "Configuring Storage Class for a
//! Bucket"): `?storageClass`, or `?storagePolicy` under AWS names.
//!
//! There is one class. Others are refused, so that nobody believes data to lie
//! where they do not.

use policy::Action;

use crate::api::setting::BucketSetting;
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::xml::{self, Element, malformed};
use crate::http::{Code, Fault, Reply};

const STANDARD: &str = "STANDARD";

/// The class STANDARD.
pub struct BucketStoragePolicy;

impl BucketSetting for BucketStoragePolicy {
    const KEYWORD: &'static str = "storage-policy";
    /// OBS has no deletion.
    const NAMES: [&'static str; 3] =
        ["PutBucketStoragePolicy", "GetBucketStoragePolicy", "DeleteBucketStoragePolicy"];
    const ACTIONS: [Action; 3] = [
        Action::PutBucketStoragePolicy,
        Action::GetBucketStoragePolicy,
        Action::PutBucketStoragePolicy,
    ];
    const ABSENT: Code = Code::InternalError;

    fn parse(document: &[u8], _: &str) -> Result<Self, Fault> {
        let class = match Element::parse(document, "StorageClass") {
            Ok(root) => root.text.trim().to_owned(),
            Err(_) => {
                let root = Element::parse(document, "StoragePolicy")?;
                root.required("DefaultStorageClass")?.to_owned()
            }
        };
        match class.as_str() {
            STANDARD => Ok(Self),
            "WARM"
            | "COLD"
            | "DEEP_ARCHIVE"
            | "INTELLIGENT_TIERING"
            | "HIGH_PERFORMANCE"
            | "STANDARD_IA"
            | "GLACIER" => Err(Fault::new(Code::NotImplemented)
                .message("Storage classes other than STANDARD are not implemented.")),
            _ => Err(malformed("unknown storage class")),
        }
    }

    async fn check(&self, _: &Work) -> Result<(), Fault> {
        Ok(())
    }

    fn store(&self) -> Result<Vec<u8>, Fault> {
        Ok(STANDARD.into())
    }

    fn load(_: &[u8]) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn unset() -> Result<Self, Fault> {
        Ok(Self)
    }

    fn accepted() -> Reply {
        Reply::ok()
    }

    fn render(&self, dialect: &'static Dialect) -> Reply {
        let root = dialect.storage_policy_root;
        Reply::xml(xml::document(root, Some(dialect.namespace), |root| {
            match dialect.storage_policy_child {
                Some(child) => root.text(child, STANDARD),
                None => root.content(STANDARD),
            }
        }))
    }
}
