//! Every operation of every API, one row each.
//!
//! A row says which requests it takes (method, level, query parameters and a
//! vendor header that must be there, whose clients it is for), how much body it takes,
//! and which operation runs. Of the rows that fit, the one with most demands
//! wins, so order does not matter. A request that names a sub-resource without
//! a row is refused, never taken for a plain read or write of the object.

mod keys;

use std::sync::{Arc, OnceLock};

use http::Method;

use super::bucket::unset::{
    Accelerate, GetUnset, Lifecycle, Logging, Notification, Replication, Unset, Website,
};
use super::operation::Operation;
use super::run::{Running, run};
use super::setting::{
    BucketCors, BucketEncryption, BucketPolicy, BucketSetting, BucketTagging, DeleteSetting,
    GetSetting, ObjectLock, OwnershipControls, PublicAccessBlock, PutSetting,
};
use super::{bucket, object, obs, query_routes, upload};
use crate::auth::Service;
use crate::authorize::Caller;
use crate::context::Gateway;
use crate::dialect::{Dialect, FaultShape, Vendor};
use crate::http::{Code, Fault, Incoming, Target};

pub(super) const KIB: usize = 1024;
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

/// A row without a vendor header.
pub(super) fn on<O: Operation>(
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

/// The table.
pub fn table() -> &'static [Route] {
    static TABLE: OnceLock<Vec<Route>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let rooms = [buckets(), settings(), objects(), uploads(), obs(), keys::routes()];
        let identities = [query_routes::iam(), query_routes::sts()];
        rooms.into_iter().chain(identities).flatten().collect()
    })
}

/// Buckets and their listings.
fn buckets() -> Vec<Route> {
    use Intake::{Document, Nothing};
    use Level::{Bucket, Service};
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
        unset::<Accelerate>(&["accelerate"]),
        unset::<Lifecycle>(&["lifecycle"]),
        unset::<Logging>(&["logging"]),
        unset::<Notification>(&["notification"]),
        unset::<Replication>(&["replication"]),
        unset::<Website>(&["website"]),
        on::<bucket::GetBucketPolicyStatus>(Method::GET, Bucket, &["policyStatus"], Nothing),
        on::<bucket::PutBucketAcl>(Method::PUT, Bucket, &["acl"], Document(64 * KIB)),
        on::<bucket::GetBucketAcl>(Method::GET, Bucket, &["acl"], Nothing),
        on::<bucket::PutBucketRequestPayment>(
            Method::PUT,
            Bucket,
            &["requestPayment"],
            Document(64 * KIB),
        ),
        on::<bucket::GetBucketRequestPayment>(Method::GET, Bucket, &["requestPayment"], Nothing),
    ]
}

/// Settings of buckets: Put, Get and Delete of each, and object lock, which
/// nobody turns off.
fn settings() -> Vec<Route> {
    use Intake::{Document, Nothing};
    use Level::Bucket;
    let with_delete = [
        setting::<BucketEncryption>(&["encryption"]),
        setting::<BucketPolicy>(&["policy"]),
        setting::<OwnershipControls>(&["ownershipControls"]),
        setting::<PublicAccessBlock>(&["publicAccessBlock"]),
        setting::<BucketTagging>(&["tagging"]),
        setting::<BucketCors>(&["cors"]),
    ];
    let lock = [
        on::<PutSetting<ObjectLock>>(Method::PUT, Bucket, &["object-lock"], Document(64 * KIB)),
        on::<GetSetting<ObjectLock>>(Method::GET, Bucket, &["object-lock"], Nothing),
    ];
    with_delete.into_iter().flatten().chain(lock).collect()
}

/// The one operation on a setting that no bucket has.
fn unset<U: Unset>(keyword: &'static [&'static str]) -> Route {
    on::<GetUnset<U>>(Method::GET, Level::Bucket, keyword, Intake::Nothing)
}

/// The three operations on a setting.
fn setting<S: BucketSetting>(keyword: &'static [&'static str]) -> [Route; 3] {
    use Intake::{Document, Nothing};
    use Level::Bucket;
    [
        on::<PutSetting<S>>(Method::PUT, Bucket, keyword, Document(64 * KIB)),
        on::<GetSetting<S>>(Method::GET, Bucket, keyword, Nothing),
        on::<DeleteSetting<S>>(Method::DELETE, Bucket, keyword, Nothing),
    ]
}

/// Objects and their sub-resources.
fn objects() -> Vec<Route> {
    use Intake::{Document, Nothing, Stream};
    use Level::{Bucket, Object};
    vec![
        on::<object::PutObjectAcl>(Method::PUT, Object, &["acl"], Document(64 * KIB)),
        on::<object::GetObjectAcl>(Method::GET, Object, &["acl"], Nothing),
        on::<object::PutObjectRetention>(Method::PUT, Object, &["retention"], Document(64 * KIB)),
        on::<object::GetObjectRetention>(Method::GET, Object, &["retention"], Nothing),
        on::<object::PutObjectLegalHold>(Method::PUT, Object, &["legal-hold"], Document(64 * KIB)),
        on::<object::GetObjectLegalHold>(Method::GET, Object, &["legal-hold"], Nothing),
        on::<object::PutObject>(Method::PUT, Object, &[], Stream),
        copy::<object::CopyObject>(&[]),
        on::<object::GetObject>(Method::GET, Object, &[], Nothing),
        on::<object::HeadObject>(Method::HEAD, Object, &[], Nothing),
        on::<object::DeleteObject>(Method::DELETE, Object, &[], Nothing),
        on::<object::PutObjectTagging>(Method::PUT, Object, &["tagging"], Document(64 * KIB)),
        on::<object::GetObjectTagging>(Method::GET, Object, &["tagging"], Nothing),
        on::<object::DeleteObjectTagging>(Method::DELETE, Object, &["tagging"], Nothing),
        on::<object::GetObjectAttributes>(Method::GET, Object, &["attributes"], Nothing),
        on::<object::DeleteObjects>(Method::POST, Bucket, &["delete"], Document(2 * MIB)),
    ]
}

/// Multipart uploads.
fn uploads() -> Vec<Route> {
    use Intake::{Nothing, PartList, Stream};
    use Level::{Bucket, Object};
    vec![
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
        FaultShape::AwsQuery => return query_routes::find(request),
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
