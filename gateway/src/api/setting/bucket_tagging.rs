//! The tags of a bucket (S3 "PutBucketTagging"; OBS "Configuring Tags for a
//! Bucket").

use policy::Action;

use super::BucketSetting;
use crate::api::tags::{self, BUCKET_LIMIT, Tags};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Code, Fault, Reply};

/// Tags, as stored (JSON).
pub struct BucketTagging(Tags);

impl BucketSetting for BucketTagging {
    const KEYWORD: &'static str = "tagging";
    const NAMES: [&'static str; 3] =
        ["PutBucketTagging", "GetBucketTagging", "DeleteBucketTagging"];
    const ACTIONS: [Action; 3] =
        [Action::PutBucketTagging, Action::GetBucketTagging, Action::DeleteBucketTagging];
    const ABSENT: Code = Code::NoSuchTagSet;

    fn parse(document: &[u8], _: &str) -> Result<Self, Fault> {
        tags::parse(document, BUCKET_LIMIT).map(Self)
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
        Reply::no_content()
    }

    fn render(&self, dialect: &'static Dialect) -> Reply {
        tags::render(&self.0, dialect)
    }
}
