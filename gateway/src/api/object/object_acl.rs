//! GetObjectAcl and PutObjectAcl (S3 API reference; OBS "Configuring an Object
//! ACL").

use std::sync::Arc;

use policy::Action;

use super::named_version::NamedVersion;
use crate::api::acl::{self, AskedAcl};
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::catalog::model::{Account, Acl, Version};
use crate::dialect::Dialect;
use crate::grants::{Ownership, ownership};
use crate::http::{Fault, Incoming, Reply};

/// Reads the list of a version; one that was never set grants its owner alone.
pub struct GetObjectAcl(NamedVersion);

/// Replaces the list of a version.
pub struct PutObjectAcl {
    named: NamedVersion,
    asked: AskedAcl,
}

impl Operation for GetObjectAcl {
    const NAME: &'static str = "GetObjectAcl";
    type Output = (Acl, Arc<Account>, Option<String>);

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        NamedVersion::parse(request).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        vec![self.0.need(Action::GetObjectAcl, Action::GetObjectVersionAcl)]
    }

    async fn run(self, work: &Work) -> Result<Self::Output, Fault> {
        let present = self.0.find(work)?;
        let owner = owner(work, present.version).await?;
        let enforced =
            ownership(work.bucket(0)?).map_err(Fault::internal)? == Ownership::BucketOwnerEnforced;
        let stored = present.object.metadata.acl.clone().filter(|_| !enforced);
        let acl = stored.unwrap_or_else(|| Acl::private(&owner.canonical_id));
        Ok((acl, owner, present.shown))
    }

    fn render((acl, owner, version): Self::Output, dialect: &'static Dialect) -> Reply {
        acl::render(&acl, &owner, dialect).with_some(&dialect.header("version-id"), version)
    }
}

impl Operation for PutObjectAcl {
    const NAME: &'static str = "PutObjectAcl";
    type Output = Option<String>;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        Ok(Self { named: NamedVersion::parse(request)?, asked: AskedAcl::of_request(request)? })
    }

    fn needs(&self) -> Vec<Need> {
        let need = self.named.need(Action::PutObjectAcl, Action::PutObjectVersionAcl);
        vec![self.asked.conditions(need)]
    }

    async fn run(self, work: &Work) -> Result<Option<String>, Fault> {
        let owner = owner(work, self.named.find(work)?.version).await?;
        let acl = self.asked.settle(work, work.bucket(0)?, &owner).await?;
        let change = move |metadata: &mut crate::catalog::model::Metadata| {
            metadata.acl = acl;
            Ok(())
        };
        self.named.change(work, change).await
    }

    fn render(version: Option<String>, dialect: &'static Dialect) -> Reply {
        Reply::ok().with_some(&dialect.header("version-id"), version)
    }
}

/// Who owns a version: its writer, or the bucket's owner where that is set.
async fn owner(work: &Work, version: &Version) -> Result<Arc<Account>, Fault> {
    let facts = work.bucket(0)?;
    let enforced = ownership(facts).map_err(Fault::internal)? == Ownership::BucketOwnerEnforced;
    if enforced || version.owner_id == facts.owner.id {
        return Ok(facts.owner.clone());
    }
    let found = work.gateway.catalog.account_find(&version.owner_id).await?;
    found.map(Arc::new).ok_or_else(|| Fault::internal("the owner of a version is gone"))
}
