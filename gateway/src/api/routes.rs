//! Every operation of every API, one row each.
//!
//! A row says which requests it takes (method, level, query parameters and a
//! vendor header that must be there, whose clients it is for), how much body it takes,
//! and which operation runs. Of the rows that fit, the one with most demands
//! wins, so order does not matter. A request that names a sub-resource without
//! a row is refused, never taken for a plain read or write of the object.

use std::sync::{Arc, OnceLock};

use http::Method;

use super::key::{Aws, AwsCall, Huawei, HuaweiCall};
use super::operation::Operation;
use super::run::{Running, run};
use super::setting::{BucketEncryption, BucketPolicy, DeleteSetting, GetSetting, PutSetting};
use super::{bucket, key, object, obs, upload};
use crate::authorize::Caller;
use crate::context::Gateway;
use crate::dialect::{Dialect, FaultShape, Vendor};
use crate::http::{Code, Fault, Incoming, Target};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// What an operation takes of the request's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intake {
    /// Nothing; a body is refused.
    Nothing,
    /// A document of at most this many bytes, held to the checksums that are
    /// announced.
    Document(usize),
    /// The list of parts of a Complete, whose checksum headers speak of the
    /// object.
    PartList(usize),
    /// The body as a stream.
    Stream,
}

/// What a request must be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// `/`.
    Service,
    /// A bucket.
    Bucket,
    /// An object.
    Object,
    /// `POST /` with this `x-amz-target`.
    Target(&'static str),
    /// This path of Huawei's REST APIs; `{}` stands for any segment.
    Path(&'static str),
}

/// A row of the table.
pub struct Route {
    /// Method.
    pub method: Method,
    /// What the request is about.
    pub level: Level,
    /// Query parameters that must be there; `name=value` wants that value.
    pub parameters: &'static [&'static str],
    /// Vendor header, without prefix, that must be there.
    pub header: Option<&'static str>,
    /// Whose clients it is for; everybody's without one.
    pub vendor: Option<Vendor>,
    /// What is taken of the body.
    pub intake: Intake,
    /// The operation's name.
    pub name: &'static str,
    /// Runs the operation.
    pub run: fn(Arc<Gateway>, Caller, Incoming, &'static Dialect) -> Running,
}

fn on<O: Operation>(
    method: Method,
    level: Level,
    parameters: &'static [&'static str],
    intake: Intake,
) -> Route {
    Route {
        method,
        level,
        parameters,
        header: None,
        vendor: None,
        intake,
        name: O::NAME,
        run: run::<O>,
    }
}

/// An object operation that is told by its copy source.
fn copy<O: Operation>(parameters: &'static [&'static str]) -> Route {
    let header = Some("copy-source");
    Route { header, ..on::<O>(Method::PUT, Level::Object, parameters, Intake::Nothing) }
}

/// An operation for clients of OBS, in either spelling.
fn huawei<O: Operation>(
    method: Method,
    level: Level,
    parameters: &'static [&'static str],
    intake: Intake,
) -> Route {
    Route { vendor: Some(Vendor::Huawei), ..on::<O>(method, level, parameters, intake) }
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

/// The table.
pub fn table() -> &'static [Route] {
    static TABLE: OnceLock<Vec<Route>> = OnceLock::new();
    TABLE.get_or_init(|| s3().into_iter().chain(obs()).chain(kms_routes()).collect())
}

fn s3() -> Vec<Route> {
    use Intake::{Document, Nothing, PartList, Stream};
    use Level::{Bucket, Object, Service};
    vec![
        on::<bucket::ListBuckets>(Method::GET, Service, &[], Nothing),
        on::<bucket::CreateBucket>(Method::PUT, Bucket, &[], Document(64 * KIB)),
        on::<bucket::HeadBucket>(Method::HEAD, Bucket, &[], Nothing),
        on::<bucket::DeleteBucket>(Method::DELETE, Bucket, &[], Nothing),
        on::<bucket::GetBucketLocation>(Method::GET, Bucket, &["location"], Nothing),
        on::<bucket::ListObjects>(Method::GET, Bucket, &[], Nothing),
        on::<bucket::ListObjectsV2>(Method::GET, Bucket, &["list-type=2"], Nothing),
        on::<bucket::ListObjectVersions>(Method::GET, Bucket, &["versions"], Nothing),
        on::<bucket::GetBucketVersioning>(Method::GET, Bucket, &["versioning"], Nothing),
        on::<bucket::PutBucketVersioning>(Method::PUT, Bucket, &["versioning"], Document(64 * KIB)),
        on::<PutSetting<BucketEncryption>>(
            Method::PUT,
            Bucket,
            &["encryption"],
            Document(64 * KIB),
        ),
        on::<GetSetting<BucketEncryption>>(Method::GET, Bucket, &["encryption"], Nothing),
        on::<DeleteSetting<BucketEncryption>>(Method::DELETE, Bucket, &["encryption"], Nothing),
        on::<PutSetting<BucketPolicy>>(Method::PUT, Bucket, &["policy"], Document(64 * KIB)),
        on::<GetSetting<BucketPolicy>>(Method::GET, Bucket, &["policy"], Nothing),
        on::<DeleteSetting<BucketPolicy>>(Method::DELETE, Bucket, &["policy"], Nothing),
        on::<object::PutObject>(Method::PUT, Object, &[], Stream),
        copy::<object::CopyObject>(&[]),
        on::<object::GetObject>(Method::GET, Object, &[], Nothing),
        on::<object::HeadObject>(Method::HEAD, Object, &[], Nothing),
        on::<object::DeleteObject>(Method::DELETE, Object, &[], Nothing),
        on::<object::DeleteObjects>(Method::POST, Bucket, &["delete"], Document(2 * MIB)),
        on::<upload::CreateMultipartUpload>(Method::POST, Object, &["uploads"], Nothing),
        on::<upload::UploadPart>(Method::PUT, Object, &["partNumber", "uploadId"], Stream),
        copy::<upload::UploadPartCopy>(&["partNumber", "uploadId"]),
        on::<upload::CompleteMultipartUpload>(
            Method::POST,
            Object,
            &["uploadId"],
            PartList(4 * MIB),
        ),
        on::<upload::AbortMultipartUpload>(Method::DELETE, Object, &["uploadId"], Nothing),
        on::<upload::ListParts>(Method::GET, Object, &["uploadId"], Nothing),
        on::<upload::ListMultipartUploads>(Method::GET, Bucket, &["uploads"], Nothing),
    ]
}

fn obs() -> Vec<Route> {
    use Intake::{Document, Nothing, Stream};
    use Level::{Bucket, Object, Service};
    use obs::{BucketQuota as Quota, BucketStoragePolicy as Class};
    vec![
        on::<obs::ApiVersion>(Method::HEAD, Service, &["apiversion"], Nothing),
        on::<obs::ApiVersion>(Method::HEAD, Bucket, &["apiversion"], Nothing),
        huawei::<obs::ListBuckets>(Method::GET, Service, &[], Nothing),
        huawei::<obs::GetBucketStorageInfo>(Method::GET, Bucket, &["storageinfo"], Nothing),
        huawei::<PutSetting<Quota>>(Method::PUT, Bucket, &["quota"], Document(4 * KIB)),
        huawei::<GetSetting<Quota>>(Method::GET, Bucket, &["quota"], Nothing),
        huawei::<PutSetting<Class>>(Method::PUT, Bucket, &["storageClass"], Document(4 * KIB)),
        huawei::<GetSetting<Class>>(Method::GET, Bucket, &["storageClass"], Nothing),
        huawei::<PutSetting<Class>>(Method::PUT, Bucket, &["storagePolicy"], Document(4 * KIB)),
        huawei::<GetSetting<Class>>(Method::GET, Bucket, &["storagePolicy"], Nothing),
        huawei::<obs::SetObjectMetadata>(Method::PUT, Object, &["metadata"], Nothing),
        huawei::<obs::AppendObject>(Method::POST, Object, &["append", "position"], Stream),
    ]
}

fn kms_routes() -> impl Iterator<Item = Route> {
    aws_kms().into_iter().chain(huawei_kms()).chain(huawei_unsupported())
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

/// Sub-resources of S3 and OBS. A request that names one which no row takes is
/// refused with 501.
const SUB_RESOURCES: &[&str] = &[
    "accelerate",
    "acl",
    "analytics",
    "attname",
    "append",
    "attributes",
    "backtosource",
    "bucketStatus",
    "cors",
    "customdomain",
    "delete",
    "deletebucket",
    "directcoldaccess",
    "disPolicy",
    "encryption",
    "fileinterface",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "length",
    "lifecycle",
    "location",
    "logging",
    "metadata",
    "metrics",
    "mirrorBackToSource",
    "modify",
    "name",
    "notification",
    "obsalias",
    "obsbucketalias",
    "obscompresspolicy",
    "obsworkflowtriggerpolicy",
    "object-lock",
    "ownershipControls",
    "partNumber",
    "policy",
    "policyStatus",
    "position",
    "publicAccessBlock",
    "quota",
    "rename",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "storageClass",
    "storageinfo",
    "storagePolicy",
    "tagging",
    "torrent",
    "truncate",
    "uploadId",
    "uploads",
    "versioning",
    "versions",
    "website",
    "x-image-process",
    "x-image-save-bucket",
    "x-image-save-object",
    "x-obs-accesslabel",
    "x-oss-process",
];

/// Sub-resources of parallel file systems, which no bucket here is.
const FILE_SYSTEM: &[&str] = &["modify", "rename", "truncate"];

/// Parameters in [`SUB_RESOURCES`] that also qualify a plain read.
const QUALIFIERS: &[(&str, &str)] = &[("GetObject", "partNumber"), ("HeadObject", "partNumber")];

/// The header that turns a request for an object into one of OBS's extensions.
const EXTENSION: &str = "oef-marker";

/// The row for `request`. Errors: `MethodNotAllowed` when no row fits,
/// `NotImplemented` for a sub-resource without one (`FsNotSupport` for those of
/// parallel file systems).
pub fn find(request: &Incoming, dialect: &Dialect) -> Result<&'static Route, Fault> {
    match dialect.faults {
        FaultShape::AwsJson => return by_target(request),
        FaultShape::HuaweiJson => return by_path(request),
        FaultShape::Xml => {}
    }
    if request.vendor(EXTENSION)?.is_some() {
        return Err(Fault::new(Code::NotImplemented)
            .message("Extension policies and fetch jobs are not implemented."));
    }
    let fits = table().iter().filter(|route| route.takes(request, dialect));
    let route = fits.max_by_key(|route| route.demands());
    let is_strange =
        |name: &str| request.query.has(name) && !route.is_some_and(|route| route.names(name));
    if FILE_SYSTEM.iter().any(|name| is_strange(name)) {
        return Err(Code::FsNotSupport.into());
    }
    if let Some(name) = SUB_RESOURCES.iter().find(|name| is_strange(name)) {
        return Err(Fault::new(Code::NotImplemented)
            .message(format!("The sub-resource {name} is not implemented for this method.")));
    }
    route.ok_or_else(|| {
        Fault::new(Code::MethodNotAllowed)
            .detail("Method", &request.method)
            .detail("ResourceType", "SERVICE")
    })
}

fn by_target(request: &Incoming) -> Result<&'static Route, Fault> {
    let target = request.header("x-amz-target")?.unwrap_or_default();
    table()
        .iter()
        .find(|route| matches!(route.level, Level::Target(name) if name == target))
        .ok_or_else(|| Code::UnknownOperationException.into())
}

/// Of the paths that fit, the one with fewest placeholders.
fn by_path(request: &Incoming) -> Result<&'static Route, Fault> {
    let fits = table().iter().filter_map(|route| match route.level {
        Level::Path(pattern) if path_fits(pattern, &request.raw_path) => Some((pattern, route)),
        _ => None,
    });
    let fits: Vec<_> = fits.collect();
    if fits.is_empty() {
        return Err(Code::Kms0201.into());
    }
    let taken = fits.into_iter().filter(|(_, route)| route.method == request.method);
    let closest = taken.min_by_key(|(pattern, _)| pattern.matches("{}").count());
    closest.map(|(_, route)| route).ok_or_else(|| Code::Kms0215.into())
}

fn path_fits(pattern: &str, path: &str) -> bool {
    let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
    let mut segments = path.split('/');
    let fits = pattern.split('/').all(|wanted| match segments.next() {
        Some(segment) => wanted == segment || (wanted == "{}" && !segment.is_empty()),
        None => false,
    });
    fits && segments.next().is_none()
}

impl Route {
    fn takes(&self, request: &Incoming, dialect: &Dialect) -> bool {
        let level = match request.target {
            Target::Service => Level::Service,
            Target::Bucket(_) => Level::Bucket,
            Target::Object(..) => Level::Object,
        };
        self.method == request.method
            && self.level == level
            && self.vendor.is_none_or(|vendor| vendor == dialect.vendor)
            && self.parameters.iter().all(|parameter| has(request, parameter))
            && self.header.is_none_or(|name| matches!(request.vendor(name), Ok(Some(_)) | Err(_)))
    }

    fn demands(&self) -> usize {
        let more = [self.header.is_some(), self.vendor.is_some()];
        self.parameters.len() + more.into_iter().filter(|demand| *demand).count()
    }

    fn names(&self, parameter: &str) -> bool {
        self.parameters.contains(&parameter) || QUALIFIERS.contains(&(self.name, parameter))
    }
}

fn has(request: &Incoming, parameter: &str) -> bool {
    match parameter.split_once('=') {
        Some((name, value)) => request.query.value(name) == Some(value),
        None => request.query.has(parameter),
    }
}
