//! DeleteObject (S3 API reference; OBS "Deleting an Object").

use crate::api::operation::{Need, On, Operation};
use crate::api::work::Work;
use crate::api::{condition, object};
use crate::catalog::model::{Deleted, Deletion, Precondition, VersionRef};
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply};
use policy::Action;

/// Removes an object, or puts a delete marker over it.
pub struct DeleteObject {
    bucket: String,
    key: String,
    version: VersionRef,
    precondition: Precondition,
}

impl Operation for DeleteObject {
    const NAME: &'static str = "DeleteObject";
    type Output = Deleted;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let (bucket, key) = object::target(request)?;
        let (version, precondition) = (object::version(request)?, condition::of_write(request)?);
        Ok(Self { bucket, key, version, precondition })
    }

    fn needs(&self) -> Vec<Need> {
        let on = On::Object(self.bucket.clone(), self.key.clone());
        vec![Need::new(delete_action(&self.version), on)]
    }

    async fn run(self, work: &Work) -> Result<Deleted, Fault> {
        let facts = work.bucket(0)?;
        let deletion = Deletion {
            key: self.key.into_bytes(),
            version: self.version,
            precondition: self.precondition,
        };
        let named = match &deletion.version {
            VersionRef::Latest => None,
            VersionRef::Exact(id) => Some(id.clone()),
        };
        let deleted = work.gateway.catalog.version_delete(work.deleter(facts), deletion).await?;
        // A version that was not there is answered as one that is gone now.
        Ok(Deleted { version_id: deleted.version_id.or(named), ..deleted })
    }

    fn render(deleted: Deleted, dialect: &'static Dialect) -> Reply {
        let version = deleted.version_id.as_ref().map(|id| id.as_str());
        Reply::no_content()
            .with_some(&dialect.header("version-id"), version)
            .with_some(&dialect.header("delete-marker"), deleted.marker.then_some("true"))
    }
}

/// The action that removes a version.
pub fn delete_action(version: &VersionRef) -> Action {
    match version {
        VersionRef::Latest => Action::DeleteObject,
        VersionRef::Exact(_) => Action::DeleteObjectVersion,
    }
}
