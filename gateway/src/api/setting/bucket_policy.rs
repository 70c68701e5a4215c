//! The bucket policy (S3 "PutBucketPolicy"; OBS "Configuring a Bucket Policy").

use policy::{Action, Policy};

use super::BucketSetting;
use crate::api::work::Work;
use crate::authorize::denied;
use crate::dialect::Dialect;
use crate::grants::public_access;
use crate::http::{Code, Fault, Reply};
use crate::stream::Body;

/// A policy, kept as the client wrote it.
pub struct BucketPolicy {
    document: Vec<u8>,
}

impl BucketSetting for BucketPolicy {
    const KEYWORD: &'static str = "policy";
    const NAMES: [&'static str; 3] = ["PutBucketPolicy", "GetBucketPolicy", "DeleteBucketPolicy"];
    const ACTIONS: [Action; 3] =
        [Action::PutBucketPolicy, Action::GetBucketPolicy, Action::DeleteBucketPolicy];
    const ABSENT: Code = Code::NoSuchBucketPolicy;

    /// A document that is refused here could never deny or allow anything: the
    /// message names the place of the mistake.
    fn parse(document: &[u8], bucket: &str) -> Result<Self, Fault> {
        match Policy::bucket(document, bucket) {
            Ok(_) => Ok(Self { document: document.to_vec() }),
            Err(error) => Err(Fault::new(Code::MalformedPolicy).message(error.to_string())),
        }
    }

    async fn check(&self, work: &Work) -> Result<(), Fault> {
        let facts = work.bucket(0)?;
        let policy = Policy::bucket(&self.document, &facts.bucket.name);
        let is_public = policy.is_ok_and(|policy| policy.is_public());
        let blocked = public_access(facts).map_err(Fault::internal)?.block_policy;
        match is_public && blocked {
            true => Err(denied("public policies are blocked")),
            false => Ok(()),
        }
    }

    fn store(&self) -> Result<Vec<u8>, Fault> {
        Ok(self.document.clone())
    }

    fn load(stored: &[u8]) -> Result<Self, Fault> {
        Ok(Self { document: stored.to_vec() })
    }

    fn accepted() -> Reply {
        Reply::no_content()
    }

    fn render(&self, _: &'static Dialect) -> Reply {
        let document = self.document.clone();
        Reply::ok().with("content-type", "application/json").body(Body::full(document))
    }
}
