//! What listings ask and answer: pages of objects, versions and uploads.

use super::model::{Upload, VersionId};

/// A row of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Key.
    pub key: Vec<u8>,
    /// Plaintext size.
    pub size: u64,
    /// ETag without quotes.
    pub etag: String,
    /// When it was written.
    pub modified_ms: i64,
    /// The account that wrote it.
    pub owner_id: String,
    /// Checksum algorithm, if any.
    pub checksum_algorithm: Option<String>,
    /// Whether it was made by an append.
    pub appendable: bool,
}

/// What a listing asks.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// Only keys that start so.
    pub prefix: Vec<u8>,
    /// Keys that share the text up to this are rolled into one common prefix.
    pub delimiter: Vec<u8>,
    /// Only keys, and common prefixes, strictly after this.
    pub after: Vec<u8>,
    /// At most this many entries, keys and common prefixes together.
    pub limit: usize,
}

/// A page of a listing; entries are in byte order of key or prefix.
#[derive(Clone, Debug, Default)]
pub struct ListPage {
    /// Objects.
    pub objects: Vec<Listed>,
    /// Common prefixes.
    pub prefixes: Vec<Vec<u8>>,
    /// Where the next page starts (`ListQuery::after`); `None` at the end.
    pub next: Option<Vec<u8>>,
}

/// A version or delete marker in a listing of all versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedVersion {
    /// Its public name.
    pub version_id: VersionId,
    /// True for the newest of its key.
    pub is_latest: bool,
    /// True for a delete marker, whose size and ETag mean nothing.
    pub is_marker: bool,
    /// What a listing of objects shows too.
    pub entry: Listed,
}

/// What a page of versions asks.
#[derive(Clone, Debug, Default)]
pub struct VersionQuery {
    /// Only keys that start so.
    pub prefix: Vec<u8>,
    /// Roll up as in [`ListQuery`].
    pub delimiter: Vec<u8>,
    /// Strictly after this key, or at this key after this version.
    pub after: Option<(Vec<u8>, Option<VersionId>)>,
    /// At most this many entries, versions and common prefixes together.
    pub limit: usize,
}

/// A page of versions: byte order of key, newest first within one.
#[derive(Clone, Debug, Default)]
pub struct VersionPage {
    /// Versions and delete markers.
    pub versions: Vec<ListedVersion>,
    /// Common prefixes.
    pub prefixes: Vec<Vec<u8>>,
    /// Where the next page starts (`VersionQuery::after`); `None` at the end.
    pub next: Option<(Vec<u8>, Option<VersionId>)>,
}

/// What a page of uploads asks.
#[derive(Clone, Debug, Default)]
pub struct UploadQuery {
    /// Only keys that start so.
    pub prefix: Vec<u8>,
    /// Roll up as in [`ListQuery`].
    pub delimiter: Vec<u8>,
    /// Strictly after this key, or at this key after this upload id.
    pub after: Option<(Vec<u8>, Option<String>)>,
    /// At most this many.
    pub limit: usize,
}

/// A page of uploads, ordered by key, then start, then id.
#[derive(Clone, Debug, Default)]
pub struct UploadPage {
    /// Uploads.
    pub uploads: Vec<Upload>,
    /// Common prefixes.
    pub prefixes: Vec<Vec<u8>>,
    /// True when more follow.
    pub truncated: bool,
}
