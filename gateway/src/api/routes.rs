//! Every operation of every API, one row each.
//!
//! A row says which requests it takes (method, level, query parameters that
//! must be there, a vendor header that must be there), how much body it takes,
//! and which operation runs. Of the rows that fit, the one with most demands
//! wins, so order does not matter. A request that names a sub-resource without
//! a row is refused, never taken for a plain read or write of the object.

use std::sync::{Arc, OnceLock};

use http::Method;

use super::dispatch::{Running, run};
use super::identity::kind::{Group, Kind, Person, Role, User};
use super::identity::{Call, Query};
use super::operation::Operation;
use super::setting::{BucketEncryption, BucketPolicy, DeleteSetting, GetSetting, PutSetting};
use super::{bucket, identity, key, object, session, upload};
use crate::auth::{Service, service_of};
use crate::authorize::Caller;
use crate::context::Gateway;
use crate::dialect::{Dialect, FaultShape};
use crate::http::form::Form;
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
    /// A form for this service with the operation's name as `Action`.
    Form(Service),
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
    Route { method, level, parameters, header: None, intake, name: O::NAME, run: run::<O> }
}

/// An object operation that is told by its copy source.
fn copy<O: Operation>(parameters: &'static [&'static str]) -> Route {
    let header = Some("copy-source");
    Route { header, ..on::<O>(Method::PUT, Level::Object, parameters, Intake::Nothing) }
}

/// An operation of AWS KMS, told by its target header.
fn kms<O: Operation>(target: &'static str) -> Route {
    on::<O>(Method::POST, Level::Target(target), &[], Intake::Document(64 * KIB))
}

/// An operation of AWS IAM.
fn iam<C: Call>() -> Route {
    on::<Query<C>>(Method::POST, Level::Form(Service::Iam), &[], Intake::Document(256 * KIB))
}

/// An operation of AWS STS.
fn sts<C: Call>() -> Route {
    on::<Query<C>>(Method::POST, Level::Form(Service::Sts), &[], Intake::Document(256 * KIB))
}

/// The table.
pub fn table() -> &'static [Route] {
    static TABLE: OnceLock<Vec<Route>> = OnceLock::new();
    let all = || [s3(), aws_kms(), aws_iam(), aws_iam_policies(), aws_sts()];
    TABLE.get_or_init(|| all().into_iter().flatten().collect())
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
    ]
}

fn aws_iam() -> Vec<Route> {
    vec![
        iam::<identity::CreateUser>(),
        iam::<identity::GetUser>(),
        iam::<identity::UpdateUser>(),
        iam::<identity::DeleteUser>(),
        iam::<identity::ListUsers>(),
        iam::<identity::CreateGroup>(),
        iam::<identity::GetGroup>(),
        iam::<identity::UpdateGroup>(),
        iam::<identity::DeleteGroup>(),
        iam::<identity::ListGroups>(),
        iam::<identity::ListGroupsForUser>(),
        iam::<identity::AddUserToGroup>(),
        iam::<identity::RemoveUserFromGroup>(),
        iam::<identity::CreateRole>(),
        iam::<identity::GetRole>(),
        iam::<identity::UpdateRole>(),
        iam::<identity::UpdateRoleDescription>(),
        iam::<identity::UpdateAssumeRolePolicy>(),
        iam::<identity::DeleteRole>(),
        iam::<identity::ListRoles>(),
        iam::<identity::CreateAccessKey>(),
        iam::<identity::UpdateAccessKey>(),
        iam::<identity::DeleteAccessKey>(),
        iam::<identity::ListAccessKeys>(),
        iam::<identity::GetAccessKeyLastUsed>(),
        iam::<identity::CreateAccountAlias>(),
        iam::<identity::DeleteAccountAlias>(),
        iam::<identity::ListAccountAliases>(),
        iam::<identity::GetAccountSummary>(),
        iam::<identity::SimulatePrincipalPolicy>(),
        iam::<identity::SimulateCustomPolicy>(),
    ]
}

fn aws_iam_policies() -> Vec<Route> {
    let managed = vec![
        iam::<identity::CreatePolicy>(),
        iam::<identity::GetPolicy>(),
        iam::<identity::DeletePolicy>(),
        iam::<identity::ListPolicies>(),
        iam::<identity::ListEntitiesForPolicy>(),
        iam::<identity::CreatePolicyVersion>(),
        iam::<identity::GetPolicyVersion>(),
        iam::<identity::DeletePolicyVersion>(),
        iam::<identity::ListPolicyVersions>(),
        iam::<identity::SetDefaultPolicyVersion>(),
    ];
    let of_kinds = [of_kind::<User>(), of_kind::<Group>(), of_kind::<Role>()];
    let of_people = [of_person::<User>(), of_person::<Role>()];
    managed
        .into_iter()
        .chain(of_kinds.into_iter().flatten())
        .chain(of_people.into_iter().flatten())
        .collect()
}

/// What users, groups and roles have.
fn of_kind<K: Kind>() -> Vec<Route> {
    vec![
        iam::<identity::PutInlinePolicy<K>>(),
        iam::<identity::GetInlinePolicy<K>>(),
        iam::<identity::DeleteInlinePolicy<K>>(),
        iam::<identity::ListInlinePolicies<K>>(),
        iam::<identity::AttachPolicy<K>>(),
        iam::<identity::DetachPolicy<K>>(),
        iam::<identity::ListAttachedPolicies<K>>(),
    ]
}

/// What users and roles have.
fn of_person<K: Person>() -> Vec<Route> {
    vec![
        iam::<identity::PutBoundary<K>>(),
        iam::<identity::DeleteBoundary<K>>(),
        iam::<identity::Tag<K>>(),
        iam::<identity::Untag<K>>(),
        iam::<identity::ListTags<K>>(),
    ]
}

fn aws_sts() -> Vec<Route> {
    vec![
        sts::<session::GetCallerIdentity>(),
        sts::<session::GetAccessKeyInfo>(),
        sts::<session::GetSessionToken>(),
        sts::<session::GetFederationToken>(),
        sts::<session::AssumeRole>(),
    ]
}

/// Sub-resources of S3 and OBS. A request that names one which no row takes is
/// refused with 501.
const SUB_RESOURCES: &[&str] = &[
    "accelerate",
    "acl",
    "analytics",
    "append",
    "attributes",
    "backtosource",
    "bucketStatus",
    "cors",
    "customdomain",
    "delete",
    "directcoldaccess",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "length",
    "lifecycle",
    "location",
    "logging",
    "metadata",
    "metrics",
    "modify",
    "name",
    "notification",
    "obsalias",
    "obsbucketalias",
    "obscompresspolicy",
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
];

/// Parameters in [`SUB_RESOURCES`] that also qualify a plain read.
const QUALIFIERS: &[(&str, &str)] = &[("GetObject", "partNumber"), ("HeadObject", "partNumber")];

/// The row for `request`. Errors: `MethodNotAllowed` when no row fits,
/// `NotImplemented` for a sub-resource without one.
pub fn find(request: &Incoming, dialect: &Dialect) -> Result<&'static Route, Fault> {
    if dialect.faults == FaultShape::AwsJson {
        return by_target(request);
    }
    if dialect.faults == FaultShape::AwsQuery {
        return by_action(request);
    }
    let fits = table().iter().filter(|route| route.takes(request));
    let Some(route) = fits.max_by_key(|route| route.demands()) else {
        return Err(Fault::new(Code::MethodNotAllowed)
            .detail("Method", &request.method)
            .detail("ResourceType", "SERVICE"));
    };
    let stranger = SUB_RESOURCES.iter().find(|name| request.query.has(name) && !route.names(name));
    match stranger {
        None => Ok(route),
        Some(name) => Err(Fault::new(Code::NotImplemented)
            .message(format!("The sub-resource {name} is not implemented for this method."))),
    }
}

fn by_target(request: &Incoming) -> Result<&'static Route, Fault> {
    let target = request.header("x-amz-target")?.unwrap_or_default();
    table()
        .iter()
        .find(|route| matches!(route.level, Level::Target(name) if name == target))
        .ok_or_else(|| Code::UnknownOperationException.into())
}

fn by_action(request: &Incoming) -> Result<&'static Route, Fault> {
    let service = service_of(request);
    let form = Form::of(request)?;
    let action = form.value("Action").unwrap_or_default();
    let fits = |route: &&Route| route.level == Level::Form(service) && route.name == action;
    table().iter().find(fits).ok_or_else(|| {
        Fault::new(Code::InvalidAction)
            .message(format!("Could not find operation {action} for this service."))
    })
}

impl Route {
    fn takes(&self, request: &Incoming) -> bool {
        let level = match request.target {
            Target::Service => Level::Service,
            Target::Bucket(_) => Level::Bucket,
            Target::Object(..) => Level::Object,
        };
        self.method == request.method
            && self.level == level
            && self.parameters.iter().all(|parameter| has(request, parameter))
            && self.header.is_none_or(|name| matches!(request.vendor(name), Ok(Some(_)) | Err(_)))
    }

    fn demands(&self) -> usize {
        self.parameters.len() + usize::from(self.header.is_some())
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
