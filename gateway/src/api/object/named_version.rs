//! A version that a sub-resource of an object is about: its tags, its ACL, its
//! retention, its attributes.

use policy::{Action, Attribute};

use crate::api::operation::{Need, On};
use crate::api::work::Work;
use crate::catalog::CatalogError;
use crate::catalog::model::{Metadata, StoredObject, Version, VersionRef, Versioning};
use crate::http::{Code, Fault, Incoming};

/// Bucket, key and version that a request names.
pub struct NamedVersion {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    version: VersionRef,
}

/// A version that is there.
pub struct Present<'w> {
    /// The version.
    pub version: &'w Version,
    /// Its object.
    pub object: &'w StoredObject,
    /// Its name for answers, where the bucket is or was versioned.
    pub shown: Option<String>,
}

impl NamedVersion {
    /// Reads target and `versionId`.
    pub fn parse(request: &Incoming) -> Result<Self, Fault> {
        let (bucket, key) = super::target(request)?;
        Ok(Self { bucket, key, version: super::version(request)? })
    }

    /// The right to `current` on the object, or to `exact` on a version by name.
    pub fn need(&self, current: Action, exact: Action) -> Need {
        let (action, id) = match &self.version {
            VersionRef::Latest => (current, None),
            VersionRef::Exact(id) => (exact, Some(id.as_str())),
        };
        let on = On::Version(self.bucket.clone(), self.key.clone(), self.version.clone());
        Need::new(action, on).when(Attribute::VersionId, id)
    }

    /// The version, by the snapshot of need 0. Errors: `NoSuchKey`,
    /// `NoSuchVersion`, `MethodNotAllowed` for a delete marker by name.
    pub fn find<'w>(&self, work: &'w Work) -> Result<Present<'w>, Fault> {
        let exact = self.version != VersionRef::Latest;
        let missing = if exact { Code::NoSuchVersion } else { Code::NoSuchKey };
        let version =
            work.version(0).ok_or_else(|| Fault::new(missing).detail("Key", &self.key))?;
        let Some(object) = &version.object else {
            let code = if exact { Code::MethodNotAllowed } else { Code::NoSuchKey };
            return Err(Fault::new(code)
                .detail("Key", &self.key)
                .header("x-amz-delete-marker", "true")
                .header("x-amz-version-id", version.version_id.as_str()));
        };
        let is_versioned = work.bucket(0)?.bucket.versioning != Versioning::Off;
        let shown = is_versioned.then(|| version.version_id.as_str().to_owned());
        Ok(Present { version, object, shown })
    }

    /// Changes what is noted about the version; its name for the answer. Errors:
    /// those of [`NamedVersion::find`] and of `change`.
    pub async fn change(
        &self,
        work: &Work,
        change: impl FnOnce(&mut Metadata) -> Result<(), CatalogError> + Send + 'static,
    ) -> Result<Option<String>, Fault> {
        let present = self.find(work)?;
        work.gateway.catalog.metadata_edit(present.object.write_id, change).await?;
        Ok(present.shown)
    }
}
