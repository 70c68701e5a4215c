//! Operations that OBS has and S3 has not, or has in another shape.

mod api_version;
mod append_object;
mod bucket_quota;
mod bucket_storage_policy;
mod get_bucket_storage_info;
mod list_buckets;
mod set_object_metadata;

pub use api_version::ApiVersion;
pub use append_object::AppendObject;
pub use bucket_quota::BucketQuota;
pub use bucket_storage_policy::BucketStoragePolicy;
pub use get_bucket_storage_info::GetBucketStorageInfo;
pub use list_buckets::ListBuckets;
pub use set_object_metadata::SetObjectMetadata;
