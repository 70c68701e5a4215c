//! Access control lists as they are kept: who was granted what.
//!
//! Data only. What a grant allows is decided by the evaluator, out of the
//! statements that `grants.rs` makes of it.

use serde::{Deserialize, Serialize};

/// A list. The owner's own full control stands in it like any other grant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acl {
    /// At most 100 grants.
    pub grants: Vec<Grant>,
}

/// One grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// To whom.
    pub grantee: Grantee,
    /// What.
    pub permission: Permission,
}

/// Who is granted something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grantee {
    /// An account, by its S3 canonical id.
    Account(String),
    /// Everybody, the anonymous included.
    AllUsers,
    /// Every account.
    AuthenticatedUsers,
    /// The service that delivers access logs.
    LogDelivery,
}

/// What is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Permission {
    /// To list the bucket, or to read the object.
    Read,
    /// To write and delete objects of the bucket.
    Write,
    /// To read the list.
    ReadAcp,
    /// To write the list.
    WriteAcp,
    /// All of these.
    FullControl,
}

impl Acl {
    /// The owner alone.
    pub fn private(owner: &str) -> Self {
        let grantee = Grantee::Account(owner.to_owned());
        Self { grants: vec![Grant { grantee, permission: Permission::FullControl }] }
    }

    /// The list of this canned name for what `owner` owns in a bucket of
    /// `bucket_owner` (both canonical ids); `None` for an unknown name. Source: S3
    /// "Access control list overview", canned ACL.
    pub fn canned(name: &str, owner: &str, bucket_owner: &str) -> Option<Self> {
        use Permission::{FullControl, Read, ReadAcp, Write};
        let to_bucket_owner = |permission| {
            let grantee = Grantee::Account(bucket_owner.to_owned());
            vec![Grant { grantee, permission }]
        };
        let to = |grantee: Grantee, permissions: &[Permission]| {
            let grant = |permission: &Permission| Grant {
                grantee: grantee.clone(),
                permission: *permission,
            };
            permissions.iter().map(grant).collect::<Vec<_>>()
        };
        let more = match name {
            "private" | "aws-exec-read" => Vec::new(),
            "public-read" => to(Grantee::AllUsers, &[Read]),
            "public-read-write" => to(Grantee::AllUsers, &[Read, Write]),
            "authenticated-read" => to(Grantee::AuthenticatedUsers, &[Read]),
            "log-delivery-write" => to(Grantee::LogDelivery, &[Write, ReadAcp]),
            "bucket-owner-read" | "bucket-owner-full-control" if owner == bucket_owner => {
                Vec::new()
            }
            "bucket-owner-read" => to_bucket_owner(Read),
            "bucket-owner-full-control" => to_bucket_owner(FullControl),
            _ => return None,
        };
        let mut acl = Self::private(owner);
        acl.grants.extend(more);
        Some(acl)
    }

    /// True when everybody, or every account, is granted something.
    pub fn is_public(&self) -> bool {
        let public = [Grantee::AllUsers, Grantee::AuthenticatedUsers];
        self.grants.iter().any(|grant| public.contains(&grant.grantee))
    }
}
