//! What can go wrong in the catalog, by what the caller should do about it.

/// Why the catalog did not do it. Except for [`CatalogError::Unknown`], nothing
/// was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// The name or an id is taken: choose another.
    #[error("exists already: {0}")]
    Exists(&'static str),
    /// A bucket of this name exists.
    #[error("a bucket of this name exists")]
    BucketExists {
        /// The account that owns it.
        owner: String,
    },
    /// The bucket still holds a version, a delete marker or an upload.
    #[error("the bucket is not empty")]
    NotEmpty,
    /// The bucket does not exist, or no longer.
    #[error("no such bucket")]
    NoSuchBucket,
    /// The precondition speaks of a current object and there is none.
    #[error("no such key")]
    NoSuchKey,
    /// The upload does not exist, or no longer.
    #[error("no such upload")]
    NoSuchUpload,
    /// The precondition does not hold.
    #[error("the precondition does not hold")]
    PreconditionFailed,
    /// The bucket would hold more than its quota allows.
    #[error("the bucket's quota is exceeded")]
    QuotaExceeded,
    /// A blob was condemned by the sweeper before its commit: write it again.
    #[error("a blob of this write was condemned")]
    Condemned,
    /// What the mutation was decided on has changed: read again, decide again.
    #[error("changed meanwhile")]
    Changed,
    /// The COMMIT was sent and its outcome is not known: look the write id up
    /// and delete nothing.
    #[error("the outcome of the commit is not known")]
    Unknown,
    /// The catalog cannot answer now: retry later.
    #[error("catalog unavailable: {0}")]
    Unavailable(String),
    /// A stored row cannot be understood; an operator has to look.
    #[error("catalog damaged: {0}")]
    Damaged(String),
    /// The catalog was written by a newer release: use that one.
    #[error("the catalog has schema {found}, this release knows up to {known}")]
    Newer {
        /// Schema of the file.
        found: u32,
        /// Newest schema of this release.
        known: u32,
    },
}
