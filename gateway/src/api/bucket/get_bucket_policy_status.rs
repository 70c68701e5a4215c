//! GetBucketPolicyStatus (S3 API reference).

use policy::{Action, Policy};

use super::named;
use crate::api::operation::{Need, On, Operation};
use crate::api::work::Work;
use crate::catalog::model::Acl;
use crate::dialect::Dialect;
use crate::grants::{self, ACL};
use crate::http::{Fault, Incoming, Reply, xml};

/// Says whether policy or list of a bucket let in everybody.
pub struct GetBucketPolicyStatus {
    bucket: String,
}

impl Operation for GetBucketPolicyStatus {
    const NAME: &'static str = "GetBucketPolicyStatus";
    type Output = bool;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        Ok(Self { bucket: named(request)? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::GetBucketPolicyStatus, On::Bucket(self.bucket.clone()))]
    }

    async fn run(self, work: &Work) -> Result<bool, Fault> {
        let facts = work.bucket(0)?;
        let acl: Option<Acl> = grants::stored(facts, ACL).map_err(Fault::internal)?;
        let text = facts.settings.get("policy");
        let policy = text.map(|text| Policy::bucket(text, &self.bucket)).transpose();
        let policy = policy.map_err(|error| Fault::internal(error.to_string()))?;
        Ok(policy.is_some_and(|policy| policy.is_public())
            || acl.is_some_and(|acl| acl.is_public()))
    }

    fn render(is_public: bool, dialect: &'static Dialect) -> Reply {
        Reply::xml(xml::document("PolicyStatus", Some(dialect.namespace), |root| {
            root.text("IsPublic", if is_public { "TRUE" } else { "FALSE" });
        }))
    }
}
