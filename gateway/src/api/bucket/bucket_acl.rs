//! GetBucketAcl and PutBucketAcl (S3 API reference; OBS "Configuring a Bucket
//! ACL").

use std::sync::Arc;

use policy::Action;

use super::named;
use crate::api::acl::{self, AskedAcl};
use crate::api::operation::{Need, On, Operation};
use crate::api::work::Work;
use crate::catalog::model::{Account, Acl};
use crate::dialect::Dialect;
use crate::grants::{self, ACL};
use crate::http::{Fault, Incoming, Reply};

/// Reads the list of a bucket; one that was never set grants its owner alone.
pub struct GetBucketAcl {
    bucket: String,
}

/// Replaces the list of a bucket.
pub struct PutBucketAcl {
    bucket: String,
    asked: AskedAcl,
}

impl Operation for GetBucketAcl {
    const NAME: &'static str = "GetBucketAcl";
    type Output = (Acl, Arc<Account>);

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        Ok(Self { bucket: named(request)? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(Action::GetBucketAcl, On::Bucket(self.bucket.clone()))]
    }

    async fn run(self, work: &Work) -> Result<Self::Output, Fault> {
        let facts = work.bucket(0)?;
        let stored = grants::stored(facts, ACL).map_err(Fault::internal)?;
        let acl = stored.unwrap_or_else(|| Acl::private(&facts.owner.canonical_id));
        Ok((acl, facts.owner.clone()))
    }

    fn render((acl, owner): Self::Output, dialect: &'static Dialect) -> Reply {
        acl::render(&acl, &owner, dialect)
    }
}

impl Operation for PutBucketAcl {
    const NAME: &'static str = "PutBucketAcl";
    type Output = ();

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        Ok(Self { bucket: named(request)?, asked: AskedAcl::of_request(request)? })
    }

    fn needs(&self) -> Vec<Need> {
        let need = Need::new(Action::PutBucketAcl, On::Bucket(self.bucket.clone()));
        vec![self.asked.conditions(need)]
    }

    async fn run(self, work: &Work) -> Result<(), Fault> {
        let facts = work.bucket(0)?;
        let Some(acl) = self.asked.settle(work, facts, &facts.owner).await? else { return Ok(()) };
        let stored = serde_json::to_vec(&acl).map_err(Fault::internal)?;
        Ok(work.gateway.catalog.setting_put(facts.bucket.row, ACL, stored).await?)
    }

    fn render((): (), _: &'static Dialect) -> Reply {
        Reply::ok()
    }
}
