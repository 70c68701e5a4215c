//! Condition keys: one [`Attribute`] per fact about a request, however a
//! policy spells it.
//!
//! `server-side-encryption`, `x-obs-server-side-encryption`,
//! `obs:x-obs-server-side-encryption` and `s3:x-amz-server-side-encryption` are
//! one key, and so are `SecureTransport` and `aws:SecureTransport`. Spellings
//! are compared without case. Sources: AWS Service Authorization Reference
//! (S3, KMS, IAM, STS), AWS global condition context keys, OBS bucket policy
//! parameters, Huawei IAM global condition keys (`g:`).
//!
//! Invariant: only attributes that AWS itself names after a header
//! (`s3:x-amz-*`) can be filled from a header, see [`Attribute::of_header`].

use std::borrow::Cow;
use std::fmt;

use crate::error::Problem;

macro_rules! attributes {
    ($($variant:ident = $name:literal $(| $alias:literal)*;)+) => {
        /// One fact about a request that a condition can test.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Attribute {
            $(#[doc = concat!("`", $name, "`")] $variant,)+
        }

        /// Every attribute with its canonical name first and other spellings after.
        const TABLE: &[(Attribute, &[&str])] =
            &[$((Attribute::$variant, &[$name $(, $alias)*]),)+];

        impl Attribute {
            /// The canonical name; that of a family ends in `/` or `:`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

attributes! {
    // Every request.
    CurrentTime = "aws:CurrentTime" | "CurrentTime" | "g:CurrentTime";
    EpochTime = "aws:EpochTime" | "EpochTime";
    SecureTransport = "aws:SecureTransport" | "SecureTransport" | "g:SecureTransport";
    SourceIp = "aws:SourceIp" | "SourceIp" | "g:SourceIp";
    UserAgent = "aws:UserAgent" | "UserAgent" | "g:UserAgent";
    Referer = "aws:Referer" | "Referer" | "g:Referer";
    RequestedRegion = "aws:RequestedRegion" | "g:RequestedRegion";
    SourceVpc = "aws:SourceVpc" | "SourceVpc" | "g:SourceVpc";
    SourceVpce = "aws:SourceVpce" | "SourceVpce" | "g:SourceVpce";
    VpcSourceIp = "aws:VpcSourceIp";
    TlsVersion = "s3:TlsVersion";
    CustomDomain = "obs:CustomDomain";
    AuthType = "s3:authType";
    SignatureVersion = "s3:signatureversion";
    SignatureAge = "s3:signatureAge";
    ContentSha256 = "s3:x-amz-content-sha256";
    // The caller.
    UserName = "aws:username" | "g:UserName";
    UserId = "aws:userid" | "g:UserId";
    PrincipalArn = "aws:PrincipalArn";
    PrincipalAccount = "aws:PrincipalAccount";
    PrincipalDomainId = "g:DomainId";
    PrincipalDomainName = "g:DomainName";
    PrincipalType = "aws:PrincipalType" | "g:PrincipalType";
    PrincipalOrgId = "aws:PrincipalOrgID";
    PrincipalIsService = "aws:PrincipalIsAWSService" | "g:PrincipalIsService";
    PrincipalServiceName = "aws:PrincipalServiceName" | "g:PrincipalServiceName";
    PrincipalTag = "aws:PrincipalTag/" | "g:PrincipalTag/";
    FederatedProvider = "aws:FederatedProvider";
    MfaPresent = "aws:MultiFactorAuthPresent" | "g:MFAPresent";
    MfaAge = "aws:MultiFactorAuthAge" | "g:MFAAge";
    TokenIssueTime = "aws:TokenIssueTime" | "g:TokenIssueTime";
    ProjectId = "g:ProjectId";
    ProjectName = "g:ProjectName";
    SourceArn = "aws:SourceArn" | "g:SourceUrn";
    SourceAccount = "aws:SourceAccount" | "g:SourceAccount";
    SourceIdentity = "aws:SourceIdentity" | "g:SourceIdentity" | "sts:SourceIdentity";
    ViaService = "aws:ViaAWSService" | "g:ViaService";
    CalledVia = "aws:CalledVia" | "g:CalledVia";
    CalledViaFirst = "aws:CalledViaFirst" | "g:CalledViaFirst";
    CalledViaLast = "aws:CalledViaLast" | "g:CalledViaLast";
    // The resource and the tags that the request brings.
    ResourceAccount = "aws:ResourceAccount" | "s3:ResourceAccount" | "g:ResourceAccount";
    ResourceTag = "aws:ResourceTag/" | "g:ResourceTag/" | "kms:ResourceTag/" | "iam:ResourceTag/";
    BucketTag = "s3:BucketTag/";
    RequestTag = "aws:RequestTag/" | "g:RequestTag/";
    TagKeys = "aws:TagKeys" | "g:TagKeys";
    EnterpriseProjectId = "g:EnterpriseProjectId";
    // Object storage: listing, versions, access.
    Prefix = "s3:prefix";
    Delimiter = "s3:delimiter";
    MaxKeys = "s3:max-keys";
    VersionId = "s3:VersionId";
    Acl = "s3:x-amz-acl";
    GrantRead = "s3:x-amz-grant-read";
    GrantWrite = "s3:x-amz-grant-write";
    GrantReadAcp = "s3:x-amz-grant-read-acp";
    GrantWriteAcp = "s3:x-amz-grant-write-acp";
    GrantFullControl = "s3:x-amz-grant-full-control";
    CopySource = "s3:x-amz-copy-source";
    MetadataDirective = "s3:x-amz-metadata-directive";
    StorageClass = "s3:x-amz-storage-class";
    WebsiteRedirect = "s3:x-amz-website-redirect-location";
    ObjectOwnership = "s3:x-amz-object-ownership";
    LocationConstraint = "s3:LocationConstraint";
    IfMatch = "s3:if-match";
    IfNoneMatch = "s3:if-none-match";
    ObjectCreationOperation = "s3:ObjectCreationOperation";
    ExistingObjectTag = "s3:ExistingObjectTag/";
    RequestObjectTag = "s3:RequestObjectTag/";
    RequestObjectTagKeys = "s3:RequestObjectTagKeys";
    ObjectLockMode = "s3:object-lock-mode";
    ObjectLockRemainingDays = "s3:object-lock-remaining-retention-days";
    ObjectLockRetainUntil = "s3:object-lock-retain-until-date";
    ObjectLockLegalHold = "s3:object-lock-legal-hold";
    // Encryption that the request's headers ask for.
    ServerSideEncryption = "s3:x-amz-server-side-encryption";
    ServerSideEncryptionKeyId = "s3:x-amz-server-side-encryption-aws-kms-key-id"
        | "s3:x-amz-server-side-encryption-kms-key-id";
    ServerSideDataEncryption = "s3:x-amz-server-side-data-encryption";
    CustomerAlgorithm = "s3:x-amz-server-side-encryption-customer-algorithm";
    // Encryption that will take effect, the bucket's default included.
    EffectiveEncryption = "sealgate:effective-encryption";
    EffectiveEncryptionKeyId = "sealgate:effective-encryption-key-id";
    BucketEncrypted = "obs:BucketEncrypted";
    // Keys.
    KmsViaService = "kms:ViaService";
    KmsCallerAccount = "kms:CallerAccount";
    KmsEncryptionContext = "kms:EncryptionContext:";
    KmsEncryptionContextKeys = "kms:EncryptionContextKeys";
    KmsEncryptionAlgorithm = "kms:EncryptionAlgorithm";
    KmsGrantIsForAwsResource = "kms:GrantIsForAWSResource";
    KmsGrantConstraintType = "kms:GrantConstraintType";
    KmsGrantOperations = "kms:GrantOperations";
    KmsGranteePrincipal = "kms:GranteePrincipal";
    KmsRetiringPrincipal = "kms:RetiringPrincipal";
    KmsKeyOrigin = "kms:KeyOrigin";
    KmsKeySpec = "kms:KeySpec";
    KmsKeyUsage = "kms:KeyUsage";
    KmsMultiRegion = "kms:MultiRegion";
    KmsRequestAlias = "kms:RequestAlias";
    KmsResourceAliases = "kms:ResourceAliases";
    KmsExpirationModel = "kms:ExpirationModel";
    KmsValidTo = "kms:ValidTo";
    KmsWrappingAlgorithm = "kms:WrappingAlgorithm";
    KmsWrappingKeySpec = "kms:WrappingKeySpec";
    KmsBypassLockoutCheck = "kms:BypassPolicyLockoutSafetyCheck";
    KmsPendingWindowDays = "kms:ScheduleKeyDeletionPendingWindowInDays";
    KmsRotationPeriodDays = "kms:RotationPeriodInDays";
    // Identities.
    IamPolicyArn = "iam:PolicyARN";
    IamPermissionsBoundary = "iam:PermissionsBoundary";
    IamPassedToService = "iam:PassedToService";
    StsExternalId = "sts:ExternalId";
    StsRoleSessionName = "sts:RoleSessionName";
    StsTransitiveTagKeys = "sts:TransitiveTagKeys";
}

impl Attribute {
    /// The attribute that a request header fills, if a header may fill it:
    /// `x-amz-acl` and `x-obs-acl`, but never `x-amz-SourceIp`.
    pub fn of_header(header: &str) -> Option<Self> {
        let header = header.to_ascii_lowercase();
        let field = header.strip_prefix("x-amz-").or_else(|| header.strip_prefix("x-obs-"))?;
        TABLE
            .iter()
            .find(|(_, names)| {
                names.iter().any(|name| name.strip_prefix("s3:x-amz-") == Some(field))
            })
            .map(|(attribute, _)| *attribute)
    }

    /// The one spelling of a value that has several: `kms` is `aws:kms`.
    /// Applied to the policy's values and to the request's alike.
    pub(crate) fn normal(self, value: &str) -> Cow<'_, str> {
        if !matches!(self, Self::ServerSideEncryption | Self::EffectiveEncryption) {
            return Cow::Borrowed(value);
        }
        match value {
            "kms" => Cow::Borrowed("aws:kms"),
            "aws:AES256" => Cow::Borrowed("AES256"),
            _ => Cow::Borrowed(value),
        }
    }

    /// True for attributes that need a detail, such as the tag's key.
    pub fn is_family(self) -> bool {
        self.name().ends_with(['/', ':'])
    }

    /// True for what belongs to the resource and not to the request.
    pub(crate) fn describes_resource(self) -> bool {
        matches!(
            self,
            Self::ResourceAccount
                | Self::ResourceTag
                | Self::BucketTag
                | Self::EnterpriseProjectId
                | Self::VersionId
                | Self::ExistingObjectTag
                | Self::ObjectLockRemainingDays
                | Self::BucketEncrypted
                | Self::KmsKeyOrigin
                | Self::KmsKeySpec
                | Self::KmsKeyUsage
                | Self::KmsMultiRegion
                | Self::KmsResourceAliases
        )
    }

    /// AWS compares tag keys of the `aws:` families without case; S3's object
    /// tags and the encryption context are compared as they are.
    fn folds_detail(self) -> bool {
        matches!(self, Self::PrincipalTag | Self::ResourceTag | Self::RequestTag)
    }
}

/// A condition key: an attribute, and for a family which member of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConditionKey {
    attribute: Attribute,
    detail: Option<Box<str>>,
}

impl ConditionKey {
    /// A member of a family: `ConditionKey::of(Attribute::ExistingObjectTag, "team")`.
    pub fn of(attribute: Attribute, detail: &str) -> Self {
        let detail =
            if attribute.folds_detail() { detail.to_lowercase() } else { detail.to_owned() };
        Self { attribute, detail: Some(detail.into()) }
    }

    /// The attribute, without the detail.
    pub fn attribute(&self) -> Attribute {
        self.attribute
    }

    /// The key that `text` spells in any dialect, for callers that take keys as
    /// text (simulation, `explain`). `None` if there is no such key.
    pub fn spelled(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }

    /// The key that `text` spells, as it stands in a policy.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let wanted = bare(text);
        for (attribute, names) in TABLE {
            for name in *names {
                let name = bare(name);
                if !attribute.is_family() {
                    if name == wanted {
                        return Ok(Self::from(*attribute));
                    }
                    continue;
                }
                // The detail keeps its case, so it is cut from the original.
                let detail_len = wanted.strip_prefix(name.as_str()).map_or(0, str::len);
                let detail = text.split_at_checked(text.len() - detail_len);
                if let Some((_, detail)) = detail.filter(|(_, detail)| !detail.is_empty()) {
                    return Ok(Self::of(*attribute, detail));
                }
            }
        }
        let known = TABLE.iter().flat_map(|(_, names)| names.iter().copied());
        Err(Problem::unknown("condition key", text, known))
    }
}

impl From<Attribute> for ConditionKey {
    fn from(attribute: Attribute) -> Self {
        Self { attribute, detail: None }
    }
}

impl fmt::Display for ConditionKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.attribute.name())?;
        out.write_str(self.detail.as_deref().unwrap_or_default())
    }
}

/// A key's name without the parts in which the dialects differ.
fn bare(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix("s3:").or_else(|| name.strip_prefix("obs:")).unwrap_or(&name);
    let name = name.strip_prefix("x-amz-").or_else(|| name.strip_prefix("x-obs-")).unwrap_or(name);
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_the_encryption_header_is_one_key() {
        for spelling in [
            "server-side-encryption",
            "x-obs-server-side-encryption",
            "obs:x-obs-server-side-encryption",
            "s3:x-amz-server-side-encryption",
            "S3:X-Amz-Server-Side-Encryption",
        ] {
            assert_eq!(
                ConditionKey::parse(spelling),
                Ok(Attribute::ServerSideEncryption.into()),
                "{spelling}"
            );
        }
        assert_eq!(Attribute::ServerSideEncryption.normal("kms"), "aws:kms");
        assert_eq!(Attribute::Acl.normal("kms"), "kms");
    }

    #[test]
    fn global_keys_have_a_bare_obs_spelling() {
        for (spelling, attribute) in [
            ("SecureTransport", Attribute::SecureTransport),
            ("aws:securetransport", Attribute::SecureTransport),
            ("obs:SourceIp", Attribute::SourceIp),
            ("g:MFAPresent", Attribute::MfaPresent),
            ("max-keys", Attribute::MaxKeys),
            ("versionId", Attribute::VersionId),
        ] {
            assert_eq!(ConditionKey::parse(spelling), Ok(attribute.into()), "{spelling}");
        }
    }

    #[test]
    fn a_family_needs_its_detail_and_keeps_its_case() {
        let key = ConditionKey::parse("s3:ExistingObjectTag/Team").expect("a key");
        assert_eq!(key, ConditionKey::of(Attribute::ExistingObjectTag, "Team"));
        assert_ne!(key, ConditionKey::of(Attribute::ExistingObjectTag, "team"));
        let key = ConditionKey::parse("AWS:principaltag/Team").expect("a key");
        assert_eq!(key, ConditionKey::of(Attribute::PrincipalTag, "team"));
        assert!(ConditionKey::parse("s3:ExistingObjectTag/").is_err());
        assert!(ConditionKey::parse("aws:SourceIpp").is_err());
    }

    // GHSA-6r96: request headers filled server-derived condition keys.
    #[test]
    fn ghsa_6r96_no_header_can_fill_a_key_that_the_server_derives() {
        for header in ["x-amz-SourceIp", "x-amz-aws:username", "x-obs-securetransport", "x-amz-"] {
            assert_eq!(Attribute::of_header(header), None, "{header}");
        }
        assert_eq!(Attribute::of_header("X-Obs-Acl"), Some(Attribute::Acl));
    }

    #[test]
    fn no_two_attributes_share_a_spelling() {
        let mut seen = std::collections::HashSet::new();
        for (attribute, names) in TABLE {
            for name in
                names.iter().map(|name| bare(name)).collect::<std::collections::HashSet<_>>()
            {
                assert!(seen.insert(name.clone()), "{attribute:?} {name}");
            }
        }
    }
}
