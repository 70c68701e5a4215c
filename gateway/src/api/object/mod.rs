//! Operations on objects.

mod copy_object;
mod copy_source;
mod delete_object;
mod delete_object_tagging;
mod delete_objects;
mod describe;
mod get_object;
mod get_object_attributes;
mod get_object_tagging;
mod head_object;
mod metadata;
mod named_version;
mod object_acl;
mod put_object;
mod put_object_tagging;
mod select;

pub use copy_object::CopyObject;
pub use copy_source::CopySource;
pub use delete_object::DeleteObject;
pub use delete_object_tagging::DeleteObjectTagging;
pub use delete_objects::DeleteObjects;
pub use describe::checksum as part_checksum;
pub use get_object::GetObject;
pub use get_object_attributes::GetObjectAttributes;
pub use get_object_tagging::GetObjectTagging;
pub use head_object::HeadObject;
pub use metadata::parse as parse_metadata;
pub use object_acl::{GetObjectAcl, PutObjectAcl};
pub use put_object::{PUT_LIMIT, PutObject, announced, payload, wrote};
pub use put_object_tagging::PutObjectTagging;

use super::bucket::named;
use crate::catalog::model::{VersionId, VersionRef};
use crate::http::{Fault, Incoming};

/// Bucket and key that a request names; the routes only send requests here
/// that name both, and the edge has bounded the key.
pub fn target(request: &Incoming) -> Result<(String, String), Fault> {
    let key = request.target.key().unwrap_or_default();
    Ok((named(request)?, key.to_owned()))
}

/// The version that a request names. Errors: `InvalidArgument` for a text that
/// no version can bear.
pub fn version(request: &Incoming) -> Result<VersionRef, Fault> {
    match request.query.value("versionId") {
        None => Ok(VersionRef::Latest),
        Some(text) => version_named(text).map(VersionRef::Exact),
    }
}

/// A version by name.
pub fn version_named(text: &str) -> Result<VersionId, Fault> {
    VersionId::parse(text)
        .ok_or_else(|| Fault::argument("versionId", text, "Invalid version id specified"))
}
