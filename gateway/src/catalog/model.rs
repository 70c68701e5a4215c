//! The catalog's rows as the rest of the gateway sees them.
//!
//! Times are milliseconds since the Unix epoch. Object keys are bytes (UTF-8,
//! 1 to 1024). What is stored is specified in `docs/formats/catalog.md`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use kms_core::sealed::Mode;

pub use super::acl::{Acl, Grant, Grantee, Permission};
pub use super::page::{
    ListPage, ListQuery, Listed, ListedVersion, UploadPage, UploadQuery, VersionPage, VersionQuery,
};

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// AWS-style id: 12 digits.
    pub id: String,
    /// Huawei domain id: 32 hex digits.
    pub domain_id: String,
    /// Huawei project id in this region: 32 hex digits.
    pub project_id: String,
    /// S3 canonical user id: 64 hex digits.
    pub canonical_id: String,
    /// Display name, unique.
    pub name: String,
    /// Contact, if given.
    pub email: Option<String>,
    /// When it was created.
    pub created_ms: i64,
}

/// An access key; its secret is sealed under the service key `secret`.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// The public id, 16 to 128 characters.
    pub id: String,
    /// The account whose root identity it acts as.
    pub account_id: String,
    /// Sealed secret (wrapped-key format, context `Secret`).
    pub sealed_secret: Vec<u8>,
    /// False refuses every use.
    pub active: bool,
    /// When it was created.
    pub created_ms: i64,
}

/// A bucket. `id` enters AADs and MACs: a bucket that is deleted and made again
/// is another bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Row number, the short name of the bucket in the other tables.
    pub row: i64,
    /// Identity for ever.
    pub id: Uuid,
    /// Name, unique in the gateway.
    pub name: String,
    /// Owner.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// When it was created.
    pub created_ms: i64,
    /// Whether new versions replace old ones.
    pub versioning: Versioning,
}

/// A bucket's versioning state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Versioning {
    /// Never enabled: each key has one null version.
    #[default]
    Off,
    /// Every write adds a version.
    Enabled,
    /// Writes replace the null version.
    Suspended,
}

/// A bucket with all that a decision about it needs.
#[derive(Clone, Debug)]
pub struct BucketFacts {
    /// The bucket.
    pub bucket: Bucket,
    /// Its owner.
    pub owner: Arc<Account>,
    /// Its settings by keyword (`policy`, `encryption`, ...), as stored.
    pub settings: BTreeMap<String, Arc<[u8]>>,
}

/// The public name of a version: 32 characters that carry its order number, or
/// `null`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum VersionId {
    /// The version of a bucket without or with suspended versioning.
    Null,
    /// A version by name.
    Named(String),
}

impl VersionId {
    /// Reads what a client sent as `versionId`: `null` or 32 hex digits as this
    /// catalog makes them; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        match text {
            "null" => Some(Self::Null),
            _ if text.len() == 32 && digits => Some(Self::Named(text.to_owned())),
            _ => None,
        }
    }

    /// As clients see it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Null => "null",
            Self::Named(name) => name,
        }
    }
}

/// Which version of a key is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionRef {
    /// The newest, which may be a delete marker.
    Latest,
    /// A given one.
    Exact(VersionId),
}

/// What is sealed and what proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBody {
    /// Mode.
    pub mode: Mode,
    /// Encoded envelope (`sealed::envelope`).
    pub envelope: Vec<u8>,
    /// Encoded manifest (`sealed::manifest`): the ordered parts.
    pub manifest: Vec<u8>,
    /// The row's MAC (`sealed::row_mac`).
    pub mac: [u8; 32],
    /// Whether the ETag says how many parts there were.
    pub parts_count: Option<u32>,
}

/// What the client says about an object and gets back with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// Standard headers by lower-case name: content-type, cache-control,
    /// content-disposition, content-encoding, content-language, expires.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// User metadata by lower-case name, without prefix.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub user: BTreeMap<String, String>,
    /// Further vendor settings by name without prefix: website redirect,
    /// storage class as the client named it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub vendor: BTreeMap<String, String>,
    /// Tags in the order in which they were given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<(String, String)>,
    /// Who else may read it, where that was said at the write or since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acl: Option<Acl>,
    /// Checksum of the whole object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<StoredChecksum>,
}

/// Name under which [`Metadata::vendor`] keeps that an object was made by an
/// append.
pub const APPENDABLE: &str = "appendable";

/// A checksum as stored and echoed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredChecksum {
    /// `CRC32`, `CRC32C`, `CRC64NVME`, `SHA1` or `SHA256`.
    pub algorithm: String,
    /// Base64 value; a COMPOSITE one ends in `-N`.
    pub value: String,
    /// True for COMPOSITE, false for FULL_OBJECT.
    pub composite: bool,
}

/// A version of an object, or a delete marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Order among the versions of its key, drawn in the commit.
    pub seq: u64,
    /// Public name.
    pub version_id: VersionId,
    /// When it was written.
    pub modified_ms: i64,
    /// The account that wrote it.
    pub owner_id: String,
    /// `None` for a delete marker.
    pub object: Option<StoredObject>,
}

/// The object of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredObject {
    /// Plaintext size in bytes.
    pub size: u64,
    /// ETag without quotes.
    pub etag: String,
    /// Drawn at PUT or Initiate; names this write for ever.
    pub write_id: [u8; 16],
    /// What is sealed.
    pub body: StoredBody,
    /// What the client says about it.
    pub metadata: Metadata,
}

/// An object about to become visible.
#[derive(Clone, Debug)]
pub struct NewVersion {
    /// Row of the bucket.
    pub bucket: i64,
    /// Key.
    pub key: Vec<u8>,
    /// Time of the write.
    pub modified_ms: i64,
    /// The account that writes.
    pub owner_id: String,
    /// The object.
    pub object: StoredObject,
    /// Blobs it consists of; the commit fails when one is condemned.
    pub blobs: Vec<[u8; 16]>,
    /// The CMK and its version that wrap the DEK, if a CMK does: counted when
    /// somebody asks what a key still protects.
    pub kms_key: Option<(Uuid, u32)>,
}

/// An object that has grown in its place.
#[derive(Clone, Debug)]
pub struct Extension {
    /// Row of the bucket.
    pub bucket: i64,
    /// Key.
    pub key: Vec<u8>,
    /// The ETag that the object had when it was read.
    pub etag: String,
    /// Time of the append.
    pub modified_ms: i64,
    /// The object as it is now, with the write id that it had.
    pub object: StoredObject,
    /// All its blobs.
    pub blobs: Vec<[u8; 16]>,
}

/// What a bucket holds, all versions counted and delete markers not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Plaintext bytes.
    pub bytes: u64,
    /// Number of objects.
    pub objects: u64,
}

/// What must hold for a mutation of a key, judged inside the commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing.
    #[default]
    None,
    /// No current object exists (`If-None-Match: *`).
    Absent,
    /// A current object exists (`If-Match: *`).
    Present,
    /// The current object has this ETag (`If-Match`).
    Etag(String),
}

/// A multipart upload in progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Public id: 32 hex digits of the write id.
    pub id: String,
    /// Row of the bucket.
    pub bucket: i64,
    /// Key.
    pub key: Vec<u8>,
    /// When it was started.
    pub started_ms: i64,
    /// The account that started it.
    pub owner_id: String,
    /// Names the write.
    pub write_id: [u8; 16],
    /// Mode of the object to be.
    pub mode: Mode,
    /// Envelope with the wrapped DEK under which the parts are sealed.
    pub envelope: Vec<u8>,
    /// The CMK and its version that wrap the DEK, if a CMK does.
    pub kms_key: Option<(Uuid, u32)>,
    /// What the client says about the object to be.
    pub metadata: Metadata,
    /// Checksum algorithm and type that were announced, if any.
    pub checksum: Option<(String, bool)>,
}

/// A part of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadPart {
    /// 1 to 10,000.
    pub number: u32,
    /// Its blob.
    pub blob: [u8; 16],
    /// Plaintext size in bytes.
    pub size: u64,
    /// ETag without quotes: 32 hex digits.
    pub etag: String,
    /// MD5 that enters the whole ETag.
    pub md5: [u8; 16],
    /// HKDF salt of its blob key.
    pub salt: [u8; 32],
    /// Key commitment.
    pub commitment: [u8; 32],
    /// Checksum of the part, if any.
    pub checksum: Option<StoredChecksum>,
    /// MAC over the part and its upload; opaque here. 32 bytes, none for a part of
    /// an earlier release.
    pub mac: Vec<u8>,
    /// When it was committed.
    pub modified_ms: i64,
}

/// What a request wants to know of the catalog, read in one snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// A bucket with owner and settings.
    Bucket(String),
    /// A bucket and a version of a key in it.
    Version(String, Vec<u8>, VersionRef),
    /// A bucket and an upload in it.
    Upload(String, Vec<u8>, String),
}

/// What was found for a [`Want`].
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The bucket, unless it does not exist.
    pub bucket: Option<Arc<BucketFacts>>,
    /// The version, if one was wanted and exists.
    pub version: Option<Arc<Version>>,
    /// The upload, if one was wanted and exists.
    pub upload: Option<Arc<Upload>>,
}

/// What a commit of a version did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Public name; `Null` where versioning was never enabled.
    pub version_id: VersionId,
    /// The bucket's versioning at the commit.
    pub versioning: Versioning,
}

/// A multipart upload that was completed, as a repeated Complete is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletedUpload {
    /// What the commit did.
    pub committed: Committed,
    /// ETag of the object, without quotes.
    pub etag: String,
}

/// A key to delete, one of a DeleteObjects request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// Key.
    pub key: Vec<u8>,
    /// Which version.
    pub version: VersionRef,
    /// What must hold.
    pub precondition: Precondition,
}

/// Who deletes in which bucket, and when.
#[derive(Clone, Debug)]
pub struct Deleter {
    /// Row of the bucket.
    pub bucket: i64,
    /// The account that becomes owner of delete markers.
    pub owner_id: String,
    /// The time that delete markers show.
    pub now_ms: i64,
}

/// What a deletion did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// The delete marker that was made, or the version that was removed.
    pub version_id: Option<VersionId>,
    /// True when a marker was made or removed.
    pub marker: bool,
}

/// A blob that no version or upload refers to any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleasedBlob {
    /// The blob.
    pub id: [u8; 16],
    /// When it was released.
    pub released_ms: i64,
    /// True when it was one of several parts of its object, so that a reader
    /// may yet have to open it.
    pub part_of_many: bool,
}

/// How many blobs there are in each state, for the sweeper's alarm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlobCounts {
    /// Blobs that a version or upload refers to.
    pub live: u64,
    /// Blobs that nothing refers to any more.
    pub released: u64,
    /// Blobs that never became part of anything.
    pub condemned: u64,
}

/// What the catalog calls itself; the backing store carries the same, and a
/// difference means that one of the two was restored or is foreign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreIdentity {
    /// Drawn when the catalog was created.
    pub store: Uuid,
    /// Drawn anew whenever an operator confirms a restored catalog.
    pub epoch: Uuid,
}
