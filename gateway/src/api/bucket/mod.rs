//! Operations on buckets and their listings.

mod bucket_acl;
mod create_bucket;
mod delete_bucket;
mod get_bucket_location;
mod get_bucket_policy_status;
mod get_bucket_versioning;
mod head_bucket;
mod list_buckets;
mod list_object_versions;
mod list_objects;
mod list_objects_v2;
mod listing;
mod put_bucket_versioning;

pub use bucket_acl::{GetBucketAcl, PutBucketAcl};
pub use create_bucket::CreateBucket;
pub use delete_bucket::DeleteBucket;
pub use get_bucket_location::GetBucketLocation;
pub use get_bucket_policy_status::GetBucketPolicyStatus;
pub use get_bucket_versioning::GetBucketVersioning;
pub use head_bucket::HeadBucket;
pub use list_buckets::ListBuckets;
pub use list_object_versions::ListObjectVersions;
pub use list_objects::ListObjects;
pub use list_objects_v2::ListObjectsV2;
pub use put_bucket_versioning::PutBucketVersioning;

pub use listing::{encode, max_entries, page_size};

use crate::http::{Code, Fault, Incoming};

/// The bucket that a request names. The routes only send requests here that
/// name one. Errors: `InvalidBucketName` when no bucket can bear the name.
pub fn named(request: &Incoming) -> Result<String, Fault> {
    let name = request.target.bucket().unwrap_or_default();
    if !is_name(name) {
        return Err(Fault::new(Code::InvalidBucketName).detail("BucketName", name));
    }
    Ok(name.to_owned())
}

/// The rules for bucket names (AWS "Bucket naming rules"; OBS has the same):
/// 3 to 63 characters of a-z, 0-9, dot and hyphen, first and last a letter or
/// digit, no two dots in a row, not an IPv4 address.
fn is_name(name: &str) -> bool {
    let alphanumeric =
        |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-'))
        && alphanumeric(bytes.first())
        && alphanumeric(bytes.last())
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && !name.starts_with("xn--")
        && !name.ends_with("-s3alias")
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names_follow_the_documented_rules() {
        for good in ["abc", "my.bucket-1", "0ab", &"a".repeat(63)] {
            assert!(is_name(good), "{good}");
        }
        for bad in
            ["ab", "Abc", "a_b", "-ab", "ab-", "a..b", "10.0.0.1", &"a".repeat(64), "", "é€a"]
        {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
