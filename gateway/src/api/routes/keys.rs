//! The rows of the key service, in both dialects.

use http::Method;

use super::{Intake, KIB, Level, Route, on};
use crate::api::key::{self, Aws, AwsCall, Huawei, HuaweiCall};
use crate::api::operation::Operation;

/// All of them.
pub(super) fn routes() -> Vec<Route> {
    aws_kms().into_iter().chain(huawei_kms()).chain(huawei_unsupported()).collect()
}

fn aws_kms() -> Vec<Route> {
    vec![
        kms::<key::CreateKey>("TrentService.CreateKey"),
        kms::<key::DescribeKey>("TrentService.DescribeKey"),
        kms::<key::ListKeys>("TrentService.ListKeys"),
        kms::<key::EnableKey>("TrentService.EnableKey"),
        kms::<key::DisableKey>("TrentService.DisableKey"),
        kms::<key::ScheduleKeyDeletion>("TrentService.ScheduleKeyDeletion"),
        kms::<key::CancelKeyDeletion>("TrentService.CancelKeyDeletion"),
        kms::<key::GenerateDataKey>("TrentService.GenerateDataKey"),
        kms::<key::GenerateDataKeyWithoutPlaintext>("TrentService.GenerateDataKeyWithoutPlaintext"),
        kms::<key::Encrypt>("TrentService.Encrypt"),
        kms::<key::Decrypt>("TrentService.Decrypt"),
        kms::<key::CreateAlias>("TrentService.CreateAlias"),
        kms::<key::ListAliases>("TrentService.ListAliases"),
        aws::<key::UpdateAlias>("TrentService.UpdateAlias"),
        aws::<key::DeleteAlias>("TrentService.DeleteAlias"),
        aws::<key::UpdateKeyDescription>("TrentService.UpdateKeyDescription"),
        aws::<key::ReEncrypt>("TrentService.ReEncrypt"),
        aws::<key::GenerateRandom>("TrentService.GenerateRandom"),
        aws::<key::EnableKeyRotation>("TrentService.EnableKeyRotation"),
        aws::<key::DisableKeyRotation>("TrentService.DisableKeyRotation"),
        aws::<key::GetKeyRotationStatus>("TrentService.GetKeyRotationStatus"),
        aws::<key::RotateKeyOnDemand>("TrentService.RotateKeyOnDemand"),
        aws::<key::ListKeyRotations>("TrentService.ListKeyRotations"),
        aws::<key::CreateGrant>("TrentService.CreateGrant"),
        aws::<key::ListGrants>("TrentService.ListGrants"),
        aws::<key::ListRetirableGrants>("TrentService.ListRetirableGrants"),
        aws::<key::RevokeGrant>("TrentService.RevokeGrant"),
        aws::<key::RetireGrant>("TrentService.RetireGrant"),
        aws::<key::GetParametersForImport>("TrentService.GetParametersForImport"),
        aws::<key::ImportKeyMaterial>("TrentService.ImportKeyMaterial"),
        aws::<key::DeleteImportedKeyMaterial>("TrentService.DeleteImportedKeyMaterial"),
        aws::<key::TagResource>("TrentService.TagResource"),
        aws::<key::UntagResource>("TrentService.UntagResource"),
        aws::<key::ListResourceTags>("TrentService.ListResourceTags"),
        aws::<key::GetKeyPolicy>("TrentService.GetKeyPolicy"),
        aws::<key::PutKeyPolicy>("TrentService.PutKeyPolicy"),
        aws::<key::ListKeyPolicies>("TrentService.ListKeyPolicies"),
    ]
}

fn huawei_kms() -> Vec<Route> {
    use key::huawei as kms;
    vec![
        post::<kms::CreateKey>("/v1.0/{}/kms/create-key"),
        post::<kms::DescribeKey>("/v1.0/{}/kms/describe-key"),
        post::<kms::ListKeys>("/v1.0/{}/kms/list-keys"),
        post::<kms::EnableKey>("/v1.0/{}/kms/enable-key"),
        post::<kms::DisableKey>("/v1.0/{}/kms/disable-key"),
        post::<kms::ScheduleKeyDeletion>("/v1.0/{}/kms/schedule-key-deletion"),
        post::<kms::CancelKeyDeletion>("/v1.0/{}/kms/cancel-key-deletion"),
        post::<kms::UpdateKeyAlias>("/v1.0/{}/kms/update-key-alias"),
        post::<kms::UpdateKeyDescription>("/v1.0/{}/kms/update-key-description"),
        rest::<kms::UserInstances>(Method::GET, "/v1.0/{}/kms/user-instances"),
        rest::<kms::UserQuotas>(Method::GET, "/v1.0/{}/kms/user-quotas"),
        post::<kms::GenRandom>("/v1.0/{}/kms/gen-random"),
        post::<kms::CreateDatakey>("/v1.0/{}/kms/create-datakey"),
        post::<kms::CreateDatakeyWithoutPlaintext>("/v1.0/{}/kms/create-datakey-without-plaintext"),
        post::<kms::EncryptDatakey>("/v1.0/{}/kms/encrypt-datakey"),
        post::<kms::DecryptDatakey>("/v1.0/{}/kms/decrypt-datakey"),
        post::<kms::EncryptData>("/v1.0/{}/kms/encrypt-data"),
        post::<kms::DecryptData>("/v1.0/{}/kms/decrypt-data"),
        post::<kms::ReEncrypt>("/v1.0/{}/kms/re-encrypt"),
        post::<kms::CreateGrant>("/v1.0/{}/kms/create-grant"),
        post::<kms::RevokeGrant>("/v1.0/{}/kms/revoke-grant"),
        post::<kms::RetireGrant>("/v1.0/{}/kms/retire-grant"),
        post::<kms::ListGrants>("/v1.0/{}/kms/list-grants"),
        post::<kms::ListRetirableGrants>("/v1.0/{}/kms/list-retirable-grants"),
        post::<kms::GetParametersForImport>("/v1.0/{}/kms/get-parameters-for-import"),
        post::<kms::ImportKeyMaterial>("/v1.0/{}/kms/import-key-material"),
        post::<kms::DeleteImportedKeyMaterial>("/v1.0/{}/kms/delete-imported-key-material"),
        post::<kms::EnableKeyRotation>("/v1.0/{}/kms/enable-key-rotation"),
        post::<kms::DisableKeyRotation>("/v1.0/{}/kms/disable-key-rotation"),
        post::<kms::GetKeyRotationStatus>("/v1.0/{}/kms/get-key-rotation-status"),
        post::<kms::UpdateKeyRotationInterval>("/v1.0/{}/kms/update-key-rotation-interval"),
        post::<kms::RotateOnDemand>("/v1.0/{}/kms/rotate-on-demand"),
        post::<kms::CreateTag>("/v1.0/{}/kms/{}/tags"),
        post::<kms::BatchTags>("/v1.0/{}/kms/{}/tags/action"),
        rest::<kms::DeleteTag>(Method::DELETE, "/v1.0/{}/kms/{}/tags/{}"),
        rest::<kms::ShowTags>(Method::GET, "/v1.0/{}/kms/{}/tags"),
        rest::<kms::ListTags>(Method::GET, "/v1.0/{}/kms/tags"),
        post::<kms::ListKeysByTags>("/v1.0/{}/kms/resource_instances/action"),
        post::<kms::CreateAlias>("/v1.0/{}/kms/aliases"),
        rest::<kms::ListAliases>(Method::GET, "/v1.0/{}/kms/aliases"),
        rest::<kms::DeleteAliases>(Method::DELETE, "/v1.0/{}/kms/aliases"),
        post::<kms::AssociateAlias>("/v1.0/{}/kms/alias/associate"),
        rest::<kms::ListKeystores>(Method::GET, "/v1.0/{}/keystores"),
        rest::<kms::ShowKeystore>(Method::GET, "/v1.0/{}/keystores/{}"),
        rest::<kms::ListVersions>(Method::GET, "/"),
        rest::<kms::ShowVersion>(Method::GET, "/{}"),
        rest::<kms::ListProjects>(Method::GET, "/v3/projects"),
        rest::<kms::ListDomains>(Method::GET, "/v3/auth/domains"),
    ]
}

/// What the API has beyond symmetric keys of one region: known, and refused.
fn huawei_unsupported() -> Vec<Route> {
    let no = |method, path| rest::<key::huawei::Unsupported>(method, path);
    let operations = [
        "/v1.0/{}/kms/get-publickey",
        "/v1.0/{}/kms/create-rsa-datakey-pair",
        "/v1.0/{}/kms/create-ec-datakey-pair",
        "/v1.0/{}/kms/create-pin",
        "/v1.0/{}/kms/sign",
        "/v1.0/{}/kms/verify",
        "/v1.0/{}/kms/generate-mac",
        "/v1.0/{}/kms/verify-mac",
        "/v1.0/{}/kms/derive-shared-secret",
        "/v1.0/{}/kms/datakey-capsule/create",
        "/v1.0/{}/kms/datakey-capsule/decrypt",
        "/v2/{}/kms/keys/{}/replicate",
        "/v1.0/{}/keystores",
        "/v1.0/{}/keystores/{}/enable",
        "/v1.0/{}/keystores/{}/disable",
    ];
    let mut routes: Vec<_> = operations.map(|path| no(Method::POST, path)).into();
    routes.push(no(Method::PUT, "/v2/{}/kms/keys/{}/update-primary-region"));
    routes.push(no(Method::GET, "/v2/{}/kms/regions"));
    routes.push(no(Method::DELETE, "/v1.0/{}/keystores/{}"));
    routes
}

/// An operation of AWS KMS, told by its target header.
fn kms<O: Operation>(target: &'static str) -> Route {
    on::<O>(Method::POST, Level::Target(target), &[], Intake::Document(64 * KIB))
}

fn aws<C: AwsCall>(target: &'static str) -> Route {
    kms::<Aws<C>>(target)
}

/// An operation of Huawei's KMS, told by its path.
fn rest<C: HuaweiCall>(method: Method, path: &'static str) -> Route {
    on::<Huawei<C>>(method, Level::Path(path), &[], Intake::Document(64 * KIB))
}

fn post<C: HuaweiCall>(path: &'static str) -> Route {
    rest::<C>(Method::POST, path)
}
