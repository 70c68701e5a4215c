//! Managed policies that every account has: AWS's for the services that are
//! here, and Huawei's system roles.
//!
//! Sources: AWS managed policy reference; Huawei IAM "System-defined
//! permissions" of OBS and DEW. They cannot be changed, so they are no rows.

/// ARNs of built-in policies start so.
pub const ARN_PREFIX: &str = "arn:aws:iam::aws:policy/";

/// A policy that every account has.
#[derive(Debug)]
pub struct BuiltIn {
    /// Name, unique among them.
    pub name: &'static str,
    /// What it allows, in a sentence.
    pub description: &'static str,
    /// The document.
    pub document: &'static str,
}

impl BuiltIn {
    /// The policy with this ARN.
    pub fn find(arn: &str) -> Option<&'static Self> {
        let name = arn.strip_prefix(ARN_PREFIX)?;
        ALL.iter().find(|policy| policy.arn_name() == name)
    }

    /// `arn:aws:iam::aws:policy/NAME`, spaces as underscores.
    pub fn arn(&self) -> String {
        format!("{ARN_PREFIX}{}", self.arn_name())
    }

    /// A unique id in the shape of others, always the same.
    pub fn id(&self) -> String {
        let letters = self.arn_name().to_uppercase();
        let mut id: String = letters.chars().filter(char::is_ascii_alphanumeric).collect();
        id.insert_str(0, "ANPA");
        id.truncate(21);
        format!("{id:X<21}")
    }

    fn arn_name(&self) -> String {
        self.name.replace(' ', "_")
    }
}

/// All of them, in order of name.
pub const ALL: &[BuiltIn] = &[
    BuiltIn {
        name: "AdministratorAccess",
        description: "Everything in the account.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    },
    BuiltIn {
        name: "AmazonS3FullAccess",
        description: "All buckets and objects of the account.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":"*"}]}"#,
    },
    BuiltIn {
        name: "AmazonS3ReadOnlyAccess",
        description: "Reading all buckets and objects of the account.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"*"}]}"#,
    },
    BuiltIn {
        name: "AWSKeyManagementServicePowerUser",
        description: "Making and describing keys; using and deleting them needs more.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:CreateAlias","kms:CreateKey","kms:DeleteAlias","kms:Describe*","kms:GenerateRandom","kms:Get*","kms:List*","kms:TagResource","kms:UntagResource","iam:ListGroups","iam:ListRoles","iam:ListUsers"],"Resource":"*"}]}"#,
    },
    BuiltIn {
        name: "IAMFullAccess",
        description: "All users, groups, roles and policies of the account.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*"],"Resource":"*"}]}"#,
    },
    BuiltIn {
        name: "IAMReadOnlyAccess",
        description: "Reading users, groups, roles and policies of the account.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:Get*","iam:List*","iam:Simulate*"],"Resource":"*"}]}"#,
    },
    BuiltIn {
        name: "IAMUserChangePassword",
        description: "Changing the own password.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:ChangePassword"],"Resource":["arn:aws:iam::*:user/${aws:username}"]},{"Effect":"Allow","Action":["iam:GetAccountPasswordPolicy"],"Resource":"*"}]}"#,
    },
    BuiltIn {
        name: "KMS Administrator",
        description: "Everything that has to do with keys.",
        document: r#"{"Version":"1.1","Statement":[{"Effect":"Allow","Action":["kms:*:*","kms:*"]}]}"#,
    },
    BuiltIn {
        name: "KMS CMKFullAccess",
        description: "All operations on keys and with them.",
        document: r#"{"Version":"1.1","Statement":[{"Effect":"Allow","Action":["kms:cmk:*","kms:dek:*","kms:grant:*","kms:cmkTag:*"]}]}"#,
    },
    BuiltIn {
        name: "KMS CMKReadOnlyAccess",
        description: "Reading what keys there are.",
        document: r#"{"Version":"1.1","Statement":[{"Effect":"Allow","Action":["kms:cmk:get*","kms:cmk:list*","kms:grant:list","kms:cmkTag:list*"]}]}"#,
    },
    BuiltIn {
        name: "OBS Administrator",
        description: "All buckets and objects of the account.",
        document: r#"{"Version":"1.1","Statement":[{"Effect":"Allow","Action":["obs:*:*"]}]}"#,
    },
    BuiltIn {
        name: "OBS Buckets Viewer",
        description: "Listing buckets and reading what they are.",
        document: r#"{"Version":"1.1","Statement":[{"Effect":"Allow","Action":["obs:bucket:ListAllMyBuckets","obs:bucket:HeadBucket","obs:bucket:GetBucketLocation","obs:bucket:GetBucketStoragePolicy"]}]}"#,
    },
    BuiltIn {
        name: "OBS OperateAccess",
        description: "Listing buckets, and reading, writing and deleting objects.",
        document: r#"{"Version":"1.1","Statement":[{"Effect":"Allow","Action":["obs:bucket:ListAllMyBuckets","obs:bucket:ListBucket","obs:bucket:ListBucketVersions","obs:bucket:HeadBucket","obs:bucket:GetBucketLocation","obs:bucket:ListBucketMultipartUploads","obs:object:GetObject","obs:object:GetObjectVersion","obs:object:PutObject","obs:object:DeleteObject","obs:object:DeleteObjectVersion","obs:object:GetObjectAcl","obs:object:GetObjectVersionAcl","obs:object:ListMultipartUploadParts","obs:object:AbortMultipartUpload"]}]}"#,
    },
    BuiltIn {
        name: "OBS ReadOnlyAccess",
        description: "Listing buckets and objects, and reading objects.",
        document: r#"{"Version":"1.1","Statement":[{"Effect":"Allow","Action":["obs:bucket:ListAllMyBuckets","obs:bucket:ListBucket","obs:bucket:ListBucketVersions","obs:bucket:HeadBucket","obs:bucket:GetBucketLocation","obs:object:GetObject","obs:object:GetObjectVersion"]}]}"#,
    },
    BuiltIn {
        name: "ReadOnlyAccess",
        description: "Reading everything in the account.",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*","kms:Describe*","kms:Get*","kms:List*","iam:Get*","iam:List*","iam:Simulate*"],"Resource":"*"}]}"#,
    },
    BuiltIn {
        name: "Tenant Administrator",
        description: "Everything in the account but identities.",
        document: r#"{"Version":"1.1","Statement":[{"Effect":"Allow","Action":["obs:*:*","kms:*:*","kms:*"]}]}"#,
    },
    BuiltIn {
        name: "Tenant Guest",
        description: "Reading everything in the account but identities.",
        document: r#"{"Version":"1.1","Statement":[{"Effect":"Allow","Action":["obs:bucket:Get*","obs:bucket:List*","obs:bucket:HeadBucket","obs:object:Get*","obs:object:List*","kms:cmk:get*","kms:cmk:list*","kms:grant:list","kms:cmkTag:list*"]}]}"#,
    },
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use policy::Policy;

    use super::*;

    #[test]
    fn every_built_in_policy_can_be_read_and_found() {
        let mut ids = HashSet::new();
        for policy in ALL {
            Policy::identity(policy.document.as_bytes())
                .unwrap_or_else(|error| panic!("{}: {error}", policy.name));
            assert_eq!(BuiltIn::find(&policy.arn()).map(|found| found.name), Some(policy.name));
            assert_eq!(policy.id().len(), 21);
            assert!(ids.insert(policy.id()), "{}", policy.name);
        }
        assert!(BuiltIn::find("arn:aws:iam::111111111111:policy/AdministratorAccess").is_none());
    }
}
