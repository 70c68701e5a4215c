//! Access control lists, ownership and public access as the evaluator takes
//! them: statements. What a list allows stands here and nowhere else.
//!
//! Sources: S3 "Access control list overview" (mapping of ACL permissions),
//! "Controlling ownership of objects", "Blocking public access".
//!
//! A setting that cannot be read is an error for the caller to deny by; it is
//! never taken for an absent one.

use policy::{Action, Policy, PrincipalPattern, ResourcePattern, Statement};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::catalog::model::{Acl, BucketFacts, Found, Grantee, Permission};

/// Keyword of a bucket's list.
pub const ACL: &str = "acl";
/// Keyword of a bucket's ownership controls.
pub const OWNERSHIP: &str = "ownershipControls";
/// Keyword of a bucket's public access block.
pub const PUBLIC_ACCESS: &str = "publicAccessBlock";

/// Who owns the objects of a bucket, and whether lists mean anything in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ownership {
    /// Who writes an object owns it. Also where nothing was set, as in OBS.
    #[default]
    ObjectWriter,
    /// The bucket's owner owns what is written with
    /// `bucket-owner-full-control`.
    BucketOwnerPreferred,
    /// The bucket's owner owns everything, and lists are off.
    BucketOwnerEnforced,
}

/// What of public access is blocked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicAccess {
    /// Public lists are refused.
    pub block_acls: bool,
    /// Public grants of stored lists count for nothing.
    pub ignore_acls: bool,
    /// Public policies are refused.
    pub block_policy: bool,
    /// A public policy lets in nobody but the owner's account.
    pub restrict_buckets: bool,
}

/// A setting of a bucket that was stored as JSON, if it is set. Errors: it cannot
/// be read.
pub fn stored<T: DeserializeOwned>(
    facts: &BucketFacts,
    keyword: &str,
) -> Result<Option<T>, serde_json::Error> {
    facts.settings.get(keyword).map(|text| serde_json::from_slice(text)).transpose()
}

/// The ownership of a bucket's objects.
pub fn ownership(facts: &BucketFacts) -> Result<Ownership, serde_json::Error> {
    Ok(stored(facts, OWNERSHIP)?.unwrap_or_default())
}

/// What of public access a bucket blocks.
pub fn public_access(facts: &BucketFacts) -> Result<PublicAccess, serde_json::Error> {
    Ok(stored(facts, PUBLIC_ACCESS)?.unwrap_or_default())
}

/// The lists of a bucket and of the version that was found in it, as a policy;
/// `None` where they say no more than who the owner is.
pub fn lists(
    facts: &BucketFacts,
    key: Option<&str>,
    found: &Found,
) -> Result<Option<Policy>, serde_json::Error> {
    let has_list = facts.settings.contains_key(ACL);
    let version = found.version.as_ref();
    let object_list = version.and_then(|version| version.object.as_ref()?.metadata.acl.as_ref());
    let writer = version.map(|version| &version.owner_id).filter(|id| **id != facts.owner.id);
    if !has_list && object_list.is_none() && writer.is_none() {
        return Ok(None);
    }
    if ownership(facts)? == Ownership::BucketOwnerEnforced {
        return Ok(None);
    }
    let ignore_public = public_access(facts)?.ignore_acls;
    let bucket = &facts.bucket.name;
    let mut statements = Vec::new();
    if let Some(list) = stored::<Acl>(facts, ACL)? {
        let resource = match key {
            None => ResourcePattern::bucket(bucket),
            Some(key) => ResourcePattern::object(bucket, key),
        };
        statements.extend(of_list(&list, ignore_public, bucket_actions, &resource));
    }
    if let (Some(list), Some(key)) = (object_list, key) {
        let resource = ResourcePattern::object(bucket, key);
        statements.extend(of_list(list, ignore_public, object_actions, &resource));
    }
    // A writer has what he wrote, also where no list says so.
    if let (Some(writer), Some(key), None) = (writer, key, object_list) {
        let resource = ResourcePattern::object(bucket, key);
        let actions = object_actions(Permission::FullControl);
        let writer = PrincipalPattern::account(writer);
        statements.push(Statement::allow("owner", writer, &actions, resource));
    }
    Ok(Some(Policy::of(statements)))
}

fn of_list(
    list: &Acl,
    ignore_public: bool,
    actions: fn(Permission) -> Vec<Action>,
    resource: &ResourcePattern,
) -> Vec<Statement> {
    let grants = list.grants.iter().filter_map(|grant| {
        let principal = match &grant.grantee {
            Grantee::Account(id) => PrincipalPattern::account(id),
            Grantee::AllUsers if !ignore_public => PrincipalPattern::everyone(),
            Grantee::AuthenticatedUsers if !ignore_public => PrincipalPattern::authenticated(),
            Grantee::LogDelivery => PrincipalPattern::service("logging.s3.amazonaws.com"),
            Grantee::AllUsers | Grantee::AuthenticatedUsers => return None,
        };
        let actions = actions(grant.permission);
        Some(Statement::allow("acl", principal, &actions, resource.clone()))
    });
    grants.collect()
}

/// What a permission on a bucket allows.
fn bucket_actions(permission: Permission) -> Vec<Action> {
    match permission {
        Permission::Read => {
            vec![Action::ListBucket, Action::ListBucketVersions, Action::ListBucketMultipartUploads]
        }
        Permission::Write => vec![
            Action::PutObject,
            Action::PutObjectTagging,
            Action::DeleteObject,
            Action::AbortMultipartUpload,
            Action::ListMultipartUploadParts,
        ],
        Permission::ReadAcp => vec![Action::GetBucketAcl],
        Permission::WriteAcp => vec![Action::PutBucketAcl],
        Permission::FullControl => all_of(bucket_actions),
    }
}

/// What a permission on an object allows.
fn object_actions(permission: Permission) -> Vec<Action> {
    match permission {
        Permission::Read => vec![Action::GetObject, Action::GetObjectVersion],
        Permission::Write => Vec::new(),
        Permission::ReadAcp => vec![Action::GetObjectAcl, Action::GetObjectVersionAcl],
        Permission::WriteAcp => vec![Action::PutObjectAcl, Action::PutObjectVersionAcl],
        Permission::FullControl => all_of(object_actions),
    }
}

fn all_of(actions: fn(Permission) -> Vec<Action>) -> Vec<Action> {
    use Permission::{Read, ReadAcp, Write, WriteAcp};
    [Read, Write, ReadAcp, WriteAcp].into_iter().flat_map(actions).collect()
}
