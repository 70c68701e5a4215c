//! The table of all actions: a row each, its canonical name first.
//!
//! Data only. Other spellings stand behind a `|`; those that follow from a rule
//! (`obs:object:PutObject`, `PutObject`) are made by `Row::spellings`. Where
//! AWS has one permission for what OBS separates (HeadBucket, deleting tags), the
//! finer action also has the AWS name, so that policies of both worlds mean what
//! their authors wrote.

/// What an action is done to; decides its OBS spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Bucket,
    Object,
    Other,
}

/// One action and its names.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) action: Action,
    pub(super) family: Family,
    pub(super) names: &'static [&'static str],
}

macro_rules! actions {
    ($($variant:ident: $family:ident = $name:literal $(| $alias:literal)*;)+) => {
        /// Something that a caller can ask to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Action {
            $(#[doc = concat!("`", $name, "`")] $variant,)+
        }

        pub(super) const TABLE: &[Row] = &[
            $(Row {
                action: Action::$variant,
                family: Family::$family,
                names: &[$name $(, $alias)*],
            },)+
        ];
    };
}

actions! {
    // Buckets (AWS Service Authorization Reference for S3).
    CreateBucket: Bucket = "s3:CreateBucket";
    ListAllMyBuckets: Bucket = "s3:ListAllMyBuckets";
    DeleteBucket: Bucket = "s3:DeleteBucket";
    ListBucket: Bucket = "s3:ListBucket";
    HeadBucket: Bucket = "s3:HeadBucket" | "s3:ListBucket";
    ListBucketVersions: Bucket = "s3:ListBucketVersions";
    ListBucketMultipartUploads: Bucket = "s3:ListBucketMultipartUploads";
    GetBucketLocation: Bucket = "s3:GetBucketLocation";
    GetBucketPolicy: Bucket = "s3:GetBucketPolicy";
    PutBucketPolicy: Bucket = "s3:PutBucketPolicy";
    DeleteBucketPolicy: Bucket = "s3:DeleteBucketPolicy";
    GetBucketPolicyStatus: Bucket = "s3:GetBucketPolicyStatus";
    GetBucketAcl: Bucket = "s3:GetBucketAcl";
    PutBucketAcl: Bucket = "s3:PutBucketAcl";
    GetBucketCors: Bucket = "s3:GetBucketCORS";
    PutBucketCors: Bucket = "s3:PutBucketCORS";
    GetEncryptionConfiguration: Bucket = "s3:GetEncryptionConfiguration";
    PutEncryptionConfiguration: Bucket = "s3:PutEncryptionConfiguration";
    GetLifecycleConfiguration: Bucket = "s3:GetLifecycleConfiguration";
    PutLifecycleConfiguration: Bucket = "s3:PutLifecycleConfiguration";
    GetBucketLogging: Bucket = "s3:GetBucketLogging";
    PutBucketLogging: Bucket = "s3:PutBucketLogging";
    GetBucketNotification: Bucket = "s3:GetBucketNotification";
    PutBucketNotification: Bucket = "s3:PutBucketNotification";
    GetBucketTagging: Bucket = "s3:GetBucketTagging";
    PutBucketTagging: Bucket = "s3:PutBucketTagging";
    DeleteBucketTagging: Bucket = "s3:DeleteBucketTagging" | "s3:PutBucketTagging";
    GetBucketVersioning: Bucket = "s3:GetBucketVersioning";
    PutBucketVersioning: Bucket = "s3:PutBucketVersioning";
    GetBucketWebsite: Bucket = "s3:GetBucketWebsite";
    PutBucketWebsite: Bucket = "s3:PutBucketWebsite";
    DeleteBucketWebsite: Bucket = "s3:DeleteBucketWebsite";
    GetReplicationConfiguration: Bucket = "s3:GetReplicationConfiguration";
    PutReplicationConfiguration: Bucket = "s3:PutReplicationConfiguration";
    DeleteReplicationConfiguration: Bucket = "s3:DeleteReplicationConfiguration" | "s3:PutReplicationConfiguration";
    GetBucketRequestPayment: Bucket = "s3:GetBucketRequestPayment";
    PutBucketRequestPayment: Bucket = "s3:PutBucketRequestPayment";
    GetBucketObjectLockConfiguration: Bucket = "s3:GetBucketObjectLockConfiguration";
    PutBucketObjectLockConfiguration: Bucket = "s3:PutBucketObjectLockConfiguration";
    GetBucketOwnershipControls: Bucket = "s3:GetBucketOwnershipControls";
    PutBucketOwnershipControls: Bucket = "s3:PutBucketOwnershipControls";
    GetBucketPublicAccessBlock: Bucket = "s3:GetBucketPublicAccessBlock";
    PutBucketPublicAccessBlock: Bucket = "s3:PutBucketPublicAccessBlock";
    DeleteBucketPublicAccessBlock: Bucket = "s3:DeleteBucketPublicAccessBlock" | "s3:PutBucketPublicAccessBlock";
    GetAccelerateConfiguration: Bucket = "s3:GetAccelerateConfiguration";
    PutAccelerateConfiguration: Bucket = "s3:PutAccelerateConfiguration";
    GetAnalyticsConfiguration: Bucket = "s3:GetAnalyticsConfiguration";
    PutAnalyticsConfiguration: Bucket = "s3:PutAnalyticsConfiguration";
    GetInventoryConfiguration: Bucket = "s3:GetInventoryConfiguration" | "s3:GetBucketInventoryConfiguration";
    PutInventoryConfiguration: Bucket = "s3:PutInventoryConfiguration" | "s3:PutBucketInventoryConfiguration" | "s3:DeleteBucketInventoryConfiguration";
    GetMetricsConfiguration: Bucket = "s3:GetMetricsConfiguration";
    PutMetricsConfiguration: Bucket = "s3:PutMetricsConfiguration";
    GetIntelligentTieringConfiguration: Bucket = "s3:GetIntelligentTieringConfiguration";
    PutIntelligentTieringConfiguration: Bucket = "s3:PutIntelligentTieringConfiguration";
    ListAccessPoints: Bucket = "s3:ListAccessPoints";
    GetAccountPublicAccessBlock: Bucket = "s3:GetAccountPublicAccessBlock";
    PutAccountPublicAccessBlock: Bucket = "s3:PutAccountPublicAccessBlock";
    // Buckets, only in OBS.
    GetBucketStorage: Bucket = "obs:bucket:GetBucketStorage";
    GetBucketStoragePolicy: Bucket = "obs:bucket:GetBucketStoragePolicy";
    PutBucketStoragePolicy: Bucket = "obs:bucket:PutBucketStoragePolicy";
    GetBucketQuota: Bucket = "obs:bucket:GetBucketQuota";
    PutBucketQuota: Bucket = "obs:bucket:PutBucketQuota";
    GetBucketCustomDomainConfiguration: Bucket = "obs:bucket:GetBucketCustomDomainConfiguration";
    PutBucketCustomDomainConfiguration: Bucket = "obs:bucket:PutBucketCustomDomainConfiguration";
    DeleteBucketCustomDomainConfiguration: Bucket = "obs:bucket:DeleteBucketCustomDomainConfiguration";
    // Objects.
    GetObject: Object = "s3:GetObject";
    GetObjectVersion: Object = "s3:GetObjectVersion";
    PutObject: Object = "s3:PutObject";
    DeleteObject: Object = "s3:DeleteObject";
    DeleteObjectVersion: Object = "s3:DeleteObjectVersion";
    GetObjectAcl: Object = "s3:GetObjectAcl";
    GetObjectVersionAcl: Object = "s3:GetObjectVersionAcl";
    PutObjectAcl: Object = "s3:PutObjectAcl";
    PutObjectVersionAcl: Object = "s3:PutObjectVersionAcl";
    GetObjectTagging: Object = "s3:GetObjectTagging";
    GetObjectVersionTagging: Object = "s3:GetObjectVersionTagging";
    PutObjectTagging: Object = "s3:PutObjectTagging";
    PutObjectVersionTagging: Object = "s3:PutObjectVersionTagging";
    DeleteObjectTagging: Object = "s3:DeleteObjectTagging";
    DeleteObjectVersionTagging: Object = "s3:DeleteObjectVersionTagging";
    GetObjectAttributes: Object = "s3:GetObjectAttributes";
    GetObjectVersionAttributes: Object = "s3:GetObjectVersionAttributes";
    GetObjectTorrent: Object = "s3:GetObjectTorrent";
    GetObjectVersionTorrent: Object = "s3:GetObjectVersionTorrent";
    GetObjectRetention: Object = "s3:GetObjectRetention";
    PutObjectRetention: Object = "s3:PutObjectRetention";
    GetObjectLegalHold: Object = "s3:GetObjectLegalHold";
    PutObjectLegalHold: Object = "s3:PutObjectLegalHold";
    BypassGovernanceRetention: Object = "s3:BypassGovernanceRetention";
    RestoreObject: Object = "s3:RestoreObject";
    AbortMultipartUpload: Object = "s3:AbortMultipartUpload";
    ListMultipartUploadParts: Object = "s3:ListMultipartUploadParts";
    ReplicateObject: Object = "s3:ReplicateObject";
    ReplicateDelete: Object = "s3:ReplicateDelete";
    ReplicateTags: Object = "s3:ReplicateTags";
    GetObjectVersionForReplication: Object = "s3:GetObjectVersionForReplication";
    InitiateReplication: Object = "s3:InitiateReplication";
    ObjectOwnerOverrideToBucketOwner: Object = "s3:ObjectOwnerOverrideToBucketOwner";
    // Objects, only in OBS.
    ModifyObjectMetaData: Object = "obs:object:ModifyObjectMetaData";
    // Keys (AWS KMS, Huawei DEW). Names with two colons are only Huawei's.
    KmsCreateKey: Other = "kms:CreateKey" | "kms:cmk:create";
    KmsDescribeKey: Other = "kms:DescribeKey" | "kms:cmk:get";
    KmsListKeys: Other = "kms:ListKeys" | "kms:cmk:list";
    KmsEnableKey: Other = "kms:EnableKey" | "kms:cmk:enable";
    KmsDisableKey: Other = "kms:DisableKey" | "kms:cmk:disable";
    KmsScheduleKeyDeletion: Other = "kms:ScheduleKeyDeletion" | "kms:cmk:update";
    KmsCancelKeyDeletion: Other = "kms:CancelKeyDeletion" | "kms:cmk:update";
    KmsUpdateKeyDescription: Other = "kms:UpdateKeyDescription" | "kms:cmk:update";
    KmsCreateAlias: Other = "kms:CreateAlias" | "kms:cmk:update";
    KmsUpdateAlias: Other = "kms:UpdateAlias" | "kms:cmk:update";
    KmsDeleteAlias: Other = "kms:DeleteAlias" | "kms:cmk:update";
    KmsListAliases: Other = "kms:ListAliases" | "kms:cmk:list";
    KmsGenerateRandom: Other = "kms:GenerateRandom" | "kms:cmk:generate";
    KmsGenerateDataKey: Other = "kms:GenerateDataKey" | "kms:dek:create";
    KmsGenerateDataKeyWithoutPlaintext: Other = "kms:GenerateDataKeyWithoutPlaintext" | "kms:dek:create";
    KmsGenerateDataKeyPair: Other = "kms:GenerateDataKeyPair";
    KmsGenerateDataKeyPairWithoutPlaintext: Other = "kms:GenerateDataKeyPairWithoutPlaintext";
    KmsEncrypt: Other = "kms:Encrypt" | "kms:cmk:crypto" | "kms:cmk:encrypt";
    KmsDecrypt: Other = "kms:Decrypt" | "kms:dek:crypto" | "kms:dek:decrypt";
    KmsReEncryptFrom: Other = "kms:ReEncryptFrom";
    KmsReEncryptTo: Other = "kms:ReEncryptTo";
    KmsSign: Other = "kms:Sign" | "kms:cmk:sign";
    KmsVerify: Other = "kms:Verify" | "kms:cmk:verify";
    KmsGenerateMac: Other = "kms:GenerateMac";
    KmsVerifyMac: Other = "kms:VerifyMac";
    KmsDeriveSharedSecret: Other = "kms:DeriveSharedSecret";
    KmsGetPublicKey: Other = "kms:GetPublicKey" | "kms:cmk:getPublicKey";
    KmsCreateGrant: Other = "kms:CreateGrant" | "kms:grant:create";
    KmsRevokeGrant: Other = "kms:RevokeGrant" | "kms:grant:revoke";
    KmsRetireGrant: Other = "kms:RetireGrant" | "kms:grant:retire";
    KmsListGrants: Other = "kms:ListGrants" | "kms:grant:list";
    KmsListRetirableGrants: Other = "kms:ListRetirableGrants" | "kms:grant:list";
    KmsGetKeyPolicy: Other = "kms:GetKeyPolicy";
    KmsPutKeyPolicy: Other = "kms:PutKeyPolicy";
    KmsListKeyPolicies: Other = "kms:ListKeyPolicies";
    KmsGetParametersForImport: Other = "kms:GetParametersForImport" | "kms:cmk:getMaterial";
    KmsImportKeyMaterial: Other = "kms:ImportKeyMaterial" | "kms:cmk:importMaterial";
    KmsDeleteImportedKeyMaterial: Other = "kms:DeleteImportedKeyMaterial" | "kms:cmk:deleteMaterial";
    KmsEnableKeyRotation: Other = "kms:EnableKeyRotation" | "kms:cmk:enableRotation";
    KmsDisableKeyRotation: Other = "kms:DisableKeyRotation" | "kms:cmk:disableRotation";
    KmsGetKeyRotationStatus: Other = "kms:GetKeyRotationStatus" | "kms:cmk:getRotation";
    KmsListKeyRotations: Other = "kms:ListKeyRotations" | "kms:cmk:getRotation";
    KmsRotateKeyOnDemand: Other = "kms:RotateKeyOnDemand";
    KmsTagResource: Other = "kms:TagResource" | "kms:cmkTag:create" | "kms:cmkTag:batch";
    KmsUntagResource: Other = "kms:UntagResource" | "kms:cmkTag:delete" | "kms:cmkTag:batch";
    KmsListResourceTags: Other = "kms:ListResourceTags" | "kms:cmkTag:list";
    KmsCreateCustomKeyStore: Other = "kms:CreateCustomKeyStore";
    KmsConnectCustomKeyStore: Other = "kms:ConnectCustomKeyStore";
    KmsDisconnectCustomKeyStore: Other = "kms:DisconnectCustomKeyStore";
    KmsUpdateCustomKeyStore: Other = "kms:UpdateCustomKeyStore";
    KmsDeleteCustomKeyStore: Other = "kms:DeleteCustomKeyStore";
    KmsDescribeCustomKeyStores: Other = "kms:DescribeCustomKeyStores";
    KmsReplicateKey: Other = "kms:ReplicateKey";
    KmsSynchronizeMultiRegionKey: Other = "kms:SynchronizeMultiRegionKey";
    KmsUpdatePrimaryRegion: Other = "kms:UpdatePrimaryRegion";
    KmsCmkDecrypt: Other = "kms:cmk:decrypt" | "kms:cmk:crypto" | "kms:Decrypt";
    KmsDekEncrypt: Other = "kms:dek:encrypt" | "kms:dek:crypto" | "kms:Encrypt";
    KmsDekDecrypt: Other = "kms:dek:decrypt" | "kms:dek:crypto" | "kms:Decrypt";
    KmsCmkUpdateRotation: Other = "kms:cmk:updateRotation" | "kms:EnableKeyRotation";
    KmsCmkGetInstance: Other = "kms:cmk:getInstance";
    KmsCmkGetQuota: Other = "kms:cmk:getQuota";
    KmsCmkTagListInstance: Other = "kms:cmkTag:listInstance";
    KmsPartitionCreate: Other = "kms:partition:create";
    KmsPartitionList: Other = "kms:partition:list";
    KmsPartitionGet: Other = "kms:partition:get";
    // Identities.
    IamCreateUser: Other = "iam:CreateUser";
    IamGetUser: Other = "iam:GetUser";
    IamUpdateUser: Other = "iam:UpdateUser";
    IamDeleteUser: Other = "iam:DeleteUser";
    IamListUsers: Other = "iam:ListUsers";
    IamTagUser: Other = "iam:TagUser";
    IamUntagUser: Other = "iam:UntagUser";
    IamListUserTags: Other = "iam:ListUserTags";
    IamCreateGroup: Other = "iam:CreateGroup";
    IamGetGroup: Other = "iam:GetGroup";
    IamUpdateGroup: Other = "iam:UpdateGroup";
    IamDeleteGroup: Other = "iam:DeleteGroup";
    IamListGroups: Other = "iam:ListGroups";
    IamListGroupsForUser: Other = "iam:ListGroupsForUser";
    IamAddUserToGroup: Other = "iam:AddUserToGroup";
    IamRemoveUserFromGroup: Other = "iam:RemoveUserFromGroup";
    IamCreateRole: Other = "iam:CreateRole";
    IamGetRole: Other = "iam:GetRole";
    IamUpdateRole: Other = "iam:UpdateRole";
    IamUpdateRoleDescription: Other = "iam:UpdateRoleDescription";
    IamUpdateAssumeRolePolicy: Other = "iam:UpdateAssumeRolePolicy";
    IamDeleteRole: Other = "iam:DeleteRole";
    IamListRoles: Other = "iam:ListRoles";
    IamTagRole: Other = "iam:TagRole";
    IamUntagRole: Other = "iam:UntagRole";
    IamListRoleTags: Other = "iam:ListRoleTags";
    IamPassRole: Other = "iam:PassRole";
    IamCreateServiceLinkedRole: Other = "iam:CreateServiceLinkedRole";
    IamDeleteServiceLinkedRole: Other = "iam:DeleteServiceLinkedRole";
    IamGetServiceLinkedRoleDeletionStatus: Other = "iam:GetServiceLinkedRoleDeletionStatus";
    IamCreateAccessKey: Other = "iam:CreateAccessKey";
    IamUpdateAccessKey: Other = "iam:UpdateAccessKey";
    IamDeleteAccessKey: Other = "iam:DeleteAccessKey";
    IamListAccessKeys: Other = "iam:ListAccessKeys";
    IamGetAccessKeyLastUsed: Other = "iam:GetAccessKeyLastUsed";
    IamCreatePolicy: Other = "iam:CreatePolicy";
    IamGetPolicy: Other = "iam:GetPolicy";
    IamDeletePolicy: Other = "iam:DeletePolicy";
    IamListPolicies: Other = "iam:ListPolicies";
    IamListEntitiesForPolicy: Other = "iam:ListEntitiesForPolicy";
    IamTagPolicy: Other = "iam:TagPolicy";
    IamUntagPolicy: Other = "iam:UntagPolicy";
    IamListPolicyTags: Other = "iam:ListPolicyTags";
    IamCreatePolicyVersion: Other = "iam:CreatePolicyVersion";
    IamGetPolicyVersion: Other = "iam:GetPolicyVersion";
    IamDeletePolicyVersion: Other = "iam:DeletePolicyVersion";
    IamListPolicyVersions: Other = "iam:ListPolicyVersions";
    IamSetDefaultPolicyVersion: Other = "iam:SetDefaultPolicyVersion";
    IamPutUserPolicy: Other = "iam:PutUserPolicy";
    IamGetUserPolicy: Other = "iam:GetUserPolicy";
    IamDeleteUserPolicy: Other = "iam:DeleteUserPolicy";
    IamListUserPolicies: Other = "iam:ListUserPolicies";
    IamAttachUserPolicy: Other = "iam:AttachUserPolicy";
    IamDetachUserPolicy: Other = "iam:DetachUserPolicy";
    IamListAttachedUserPolicies: Other = "iam:ListAttachedUserPolicies";
    IamPutGroupPolicy: Other = "iam:PutGroupPolicy";
    IamGetGroupPolicy: Other = "iam:GetGroupPolicy";
    IamDeleteGroupPolicy: Other = "iam:DeleteGroupPolicy";
    IamListGroupPolicies: Other = "iam:ListGroupPolicies";
    IamAttachGroupPolicy: Other = "iam:AttachGroupPolicy";
    IamDetachGroupPolicy: Other = "iam:DetachGroupPolicy";
    IamListAttachedGroupPolicies: Other = "iam:ListAttachedGroupPolicies";
    IamPutRolePolicy: Other = "iam:PutRolePolicy";
    IamGetRolePolicy: Other = "iam:GetRolePolicy";
    IamDeleteRolePolicy: Other = "iam:DeleteRolePolicy";
    IamListRolePolicies: Other = "iam:ListRolePolicies";
    IamAttachRolePolicy: Other = "iam:AttachRolePolicy";
    IamDetachRolePolicy: Other = "iam:DetachRolePolicy";
    IamListAttachedRolePolicies: Other = "iam:ListAttachedRolePolicies";
    IamPutUserPermissionsBoundary: Other = "iam:PutUserPermissionsBoundary";
    IamDeleteUserPermissionsBoundary: Other = "iam:DeleteUserPermissionsBoundary";
    IamPutRolePermissionsBoundary: Other = "iam:PutRolePermissionsBoundary";
    IamDeleteRolePermissionsBoundary: Other = "iam:DeleteRolePermissionsBoundary";
    IamCreateInstanceProfile: Other = "iam:CreateInstanceProfile";
    IamGetInstanceProfile: Other = "iam:GetInstanceProfile";
    IamDeleteInstanceProfile: Other = "iam:DeleteInstanceProfile";
    IamListInstanceProfiles: Other = "iam:ListInstanceProfiles";
    IamListInstanceProfilesForRole: Other = "iam:ListInstanceProfilesForRole";
    IamAddRoleToInstanceProfile: Other = "iam:AddRoleToInstanceProfile";
    IamRemoveRoleFromInstanceProfile: Other = "iam:RemoveRoleFromInstanceProfile";
    IamCreateLoginProfile: Other = "iam:CreateLoginProfile";
    IamGetLoginProfile: Other = "iam:GetLoginProfile";
    IamUpdateLoginProfile: Other = "iam:UpdateLoginProfile";
    IamDeleteLoginProfile: Other = "iam:DeleteLoginProfile";
    IamChangePassword: Other = "iam:ChangePassword";
    IamGetAccountPasswordPolicy: Other = "iam:GetAccountPasswordPolicy";
    IamUpdateAccountPasswordPolicy: Other = "iam:UpdateAccountPasswordPolicy";
    IamDeleteAccountPasswordPolicy: Other = "iam:DeleteAccountPasswordPolicy";
    IamCreateAccountAlias: Other = "iam:CreateAccountAlias";
    IamDeleteAccountAlias: Other = "iam:DeleteAccountAlias";
    IamListAccountAliases: Other = "iam:ListAccountAliases";
    IamGetAccountSummary: Other = "iam:GetAccountSummary";
    IamGetAccountAuthorizationDetails: Other = "iam:GetAccountAuthorizationDetails";
    IamGenerateCredentialReport: Other = "iam:GenerateCredentialReport";
    IamGetCredentialReport: Other = "iam:GetCredentialReport";
    IamCreateOpenIdConnectProvider: Other = "iam:CreateOpenIDConnectProvider";
    IamGetOpenIdConnectProvider: Other = "iam:GetOpenIDConnectProvider";
    IamDeleteOpenIdConnectProvider: Other = "iam:DeleteOpenIDConnectProvider";
    IamListOpenIdConnectProviders: Other = "iam:ListOpenIDConnectProviders";
    IamAddClientIdToOpenIdConnectProvider: Other = "iam:AddClientIDToOpenIDConnectProvider";
    IamRemoveClientIdFromOpenIdConnectProvider: Other = "iam:RemoveClientIDFromOpenIDConnectProvider";
    IamUpdateOpenIdConnectProviderThumbprint: Other = "iam:UpdateOpenIDConnectProviderThumbprint";
    IamCreateSamlProvider: Other = "iam:CreateSAMLProvider";
    IamGetSamlProvider: Other = "iam:GetSAMLProvider";
    IamUpdateSamlProvider: Other = "iam:UpdateSAMLProvider";
    IamDeleteSamlProvider: Other = "iam:DeleteSAMLProvider";
    IamListSamlProviders: Other = "iam:ListSAMLProviders";
    IamCreateVirtualMfaDevice: Other = "iam:CreateVirtualMFADevice";
    IamEnableMfaDevice: Other = "iam:EnableMFADevice";
    IamDeactivateMfaDevice: Other = "iam:DeactivateMFADevice";
    IamDeleteVirtualMfaDevice: Other = "iam:DeleteVirtualMFADevice";
    IamListMfaDevices: Other = "iam:ListMFADevices";
    IamListVirtualMfaDevices: Other = "iam:ListVirtualMFADevices";
    IamResyncMfaDevice: Other = "iam:ResyncMFADevice";
    IamSimulatePrincipalPolicy: Other = "iam:SimulatePrincipalPolicy";
    IamSimulateCustomPolicy: Other = "iam:SimulateCustomPolicy";
    IamGetContextKeysForCustomPolicy: Other = "iam:GetContextKeysForCustomPolicy";
    IamGetContextKeysForPrincipalPolicy: Other = "iam:GetContextKeysForPrincipalPolicy";
    // Temporary credentials.
    StsGetCallerIdentity: Other = "sts:GetCallerIdentity";
    StsGetSessionToken: Other = "sts:GetSessionToken";
    StsGetFederationToken: Other = "sts:GetFederationToken";
    StsAssumeRole: Other = "sts:AssumeRole";
    StsAssumeRoleWithWebIdentity: Other = "sts:AssumeRoleWithWebIdentity";
    StsAssumeRoleWithSaml: Other = "sts:AssumeRoleWithSAML";
    StsTagSession: Other = "sts:TagSession";
    StsSetSourceIdentity: Other = "sts:SetSourceIdentity";
    StsDecodeAuthorizationMessage: Other = "sts:DecodeAuthorizationMessage";
    StsGetAccessKeyInfo: Other = "sts:GetAccessKeyInfo";
}
