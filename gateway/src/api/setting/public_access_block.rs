//! What of public access a bucket blocks (S3 "PutPublicAccessBlock").

use policy::Action;

use super::BucketSetting;
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::grants::{PUBLIC_ACCESS, PublicAccess};
use crate::http::xml::{self, Element, malformed};
use crate::http::{Code, Fault, Reply};

/// The setting, stored as JSON.
pub struct PublicAccessBlock(PublicAccess);

impl BucketSetting for PublicAccessBlock {
    const KEYWORD: &'static str = PUBLIC_ACCESS;
    const NAMES: [&'static str; 3] =
        ["PutPublicAccessBlock", "GetPublicAccessBlock", "DeletePublicAccessBlock"];
    const ACTIONS: [Action; 3] = [
        Action::PutBucketPublicAccessBlock,
        Action::GetBucketPublicAccessBlock,
        Action::DeleteBucketPublicAccessBlock,
    ];
    const ABSENT: Code = Code::NoSuchPublicAccessBlockConfiguration;

    fn parse(document: &[u8], _: &str) -> Result<Self, Fault> {
        let root = Element::parse(document, "PublicAccessBlockConfiguration")?;
        let flag = |name| match root.child_text(name)? {
            None => Ok(false),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(_) => Err(malformed("a flag is neither true nor false")),
        };
        Ok(Self(PublicAccess {
            block_acls: flag("BlockPublicAcls")?,
            ignore_acls: flag("IgnorePublicAcls")?,
            block_policy: flag("BlockPublicPolicy")?,
            restrict_buckets: flag("RestrictPublicBuckets")?,
        }))
    }

    async fn check(&self, _: &Work) -> Result<(), Fault> {
        Ok(())
    }

    fn store(&self) -> Result<Vec<u8>, Fault> {
        serde_json::to_vec(&self.0).map_err(Fault::internal)
    }

    fn load(stored: &[u8]) -> Result<Self, Fault> {
        serde_json::from_slice(stored).map(Self).map_err(Fault::internal)
    }

    fn accepted() -> Reply {
        Reply::ok()
    }

    fn render(&self, dialect: &'static Dialect) -> Reply {
        let PublicAccess { block_acls, ignore_acls, block_policy, restrict_buckets } = self.0;
        let root = "PublicAccessBlockConfiguration";
        Reply::xml(xml::document(root, Some(dialect.namespace), |root| {
            root.value("BlockPublicAcls", block_acls);
            root.value("IgnorePublicAcls", ignore_acls);
            root.value("BlockPublicPolicy", block_policy);
            root.value("RestrictPublicBuckets", restrict_buckets);
        }))
    }
}
