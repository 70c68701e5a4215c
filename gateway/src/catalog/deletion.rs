//! Deletions: of the current object, which versioning turns into a delete
//! marker, or of one version for good.

use super::driver::{Tx, params};
use super::error::CatalogError;
use super::model::{Deleted, Deleter, Deletion, Precondition, VersionId, VersionRef, Versioning};
use super::stored::{from_json, version_order};
use super::version::{
    Narrow, Slot, bucket_versioning, check, head, named_version, null_version, remove,
};
use super::{Catalog, lock};

/// Deletions that share one place in the writer's queue.
const CHUNK: usize = 100;

impl Catalog {
    /// Deletes a key, or a version of it.
    ///
    /// `Latest` removes the object where versioning was never enabled, adds a
    /// delete marker where it is enabled, and puts a marker in the place of the
    /// null version where it is suspended. `Exact` removes that version for
    /// good. Deleting what is not there succeeds.
    ///
    /// Errors: `Held`, `PreconditionFailed`, `NoSuchKey`, `NoSuchBucket`,
    /// `Unknown` (delete again), `Unavailable`.
    pub async fn version_delete(
        &self,
        deleter: Deleter,
        deletion: Deletion,
    ) -> Result<Deleted, CatalogError> {
        let released_ms = self.now_ms();
        self.write(move |tx| delete(tx, &deleter, &deletion, released_ms)).await
    }

    /// Deletes several keys of a bucket; the answers are in the order of the
    /// deletions, each for itself as from [`Catalog::version_delete`].
    pub async fn versions_delete(
        &self,
        deleter: Deleter,
        mut deletions: Vec<Deletion>,
    ) -> Result<Vec<Result<Deleted, CatalogError>>, CatalogError> {
        let mut answers = Vec::with_capacity(deletions.len());
        while !deletions.is_empty() {
            let rest = deletions.split_off(deletions.len().min(CHUNK));
            let chunk = std::mem::replace(&mut deletions, rest);
            let (deleter, released_ms) = (deleter.clone(), self.now_ms());
            let deleted = self.write(move |tx| delete_chunk(tx, &deleter, &chunk, released_ms));
            answers.extend(deleted.await?);
        }
        Ok(answers)
    }
}

/// A refusal leaves the others alone, because it comes before any change; a
/// failure of the storage fails the whole chunk, which is then rolled back.
fn delete_chunk(
    tx: &Tx<'_>,
    deleter: &Deleter,
    chunk: &[Deletion],
    released_ms: i64,
) -> Result<Vec<Result<Deleted, CatalogError>>, CatalogError> {
    use CatalogError as E;
    let mut answers = Vec::with_capacity(chunk.len());
    for deletion in chunk {
        match delete(tx, deleter, deletion, released_ms) {
            Err(error @ (E::Unavailable(_) | E::Damaged(_) | E::NoSuchBucket)) => {
                return Err(error);
            }
            answer => answers.push(answer),
        }
    }
    Ok(answers)
}

fn delete(
    tx: &Tx<'_>,
    deleter: &Deleter,
    deletion: &Deletion,
    released_ms: i64,
) -> Result<Deleted, CatalogError> {
    let Deletion { key, version, precondition, bypass } = deletion;
    let bucket = deleter.bucket;
    let versioning = bucket_versioning(tx, bucket)?;
    let head = head(tx, bucket, key)?;
    let exact = match version {
        VersionRef::Latest => {
            check(precondition, head.as_ref())?;
            return delete_latest(tx, deleter, key, head.as_ref(), versioning, released_ms);
        }
        VersionRef::Exact(VersionId::Null) => null_version(tx, bucket, key, head.as_ref())?,
        VersionRef::Exact(VersionId::Named(name)) => match version_order(name) {
            Some(order) => named_version(tx, bucket, key, order)?,
            None => None,
        },
    };
    refuse_held(tx, exact.as_ref(), *bypass, deleter.now_ms)?;
    delete_exact(tx, bucket, key, exact.as_ref(), precondition, released_ms)
}

/// `Held` for a version that retention or a legal hold keeps.
fn refuse_held(
    tx: &Tx<'_>,
    version: Option<&Narrow>,
    bypass: bool,
    now_ms: i64,
) -> Result<(), CatalogError> {
    let Some(detail) = version.and_then(|version| version.detail) else { return Ok(()) };
    let sql = "SELECT metadata FROM detail WHERE id = ?1";
    let stored: Option<Vec<u8>> = tx.find(sql, params![detail], |row| Ok(row.get(0)?))?;
    let damaged = || CatalogError::Damaged("a version has no detail".to_owned());
    let metadata = from_json(&stored.ok_or_else(damaged)?)?;
    match lock::holds(&metadata, bypass, now_ms) {
        true => Err(CatalogError::Held),
        false => Ok(()),
    }
}

fn delete_latest(
    tx: &Tx<'_>,
    deleter: &Deleter,
    key: &[u8],
    head: Option<&Narrow>,
    versioning: Versioning,
    released_ms: i64,
) -> Result<Deleted, CatalogError> {
    let bucket = deleter.bucket;
    if versioning != Versioning::Enabled
        && let Some(replaced) = null_version(tx, bucket, key, head)?
    {
        remove(tx, bucket, key, &replaced, &[], released_ms)?;
    }
    if versioning == Versioning::Off {
        return Ok(Deleted::default());
    }
    let slot = Slot::after(head, versioning)?;
    let version_id = slot.version_id();
    let sql = "INSERT INTO version (bucket, key, seq, tag, null_version, modified_ms, owner, \
               size, etag) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, '')";
    let Slot { seq, tag, naming } = slot;
    let Deleter { owner_id, now_ms, .. } = deleter;
    tx.execute(sql, params![bucket, key, seq, tag, naming.code(), now_ms, owner_id])?;
    Ok(Deleted { version_id: Some(version_id), marker: true })
}

fn delete_exact(
    tx: &Tx<'_>,
    bucket: i64,
    key: &[u8],
    version: Option<&Narrow>,
    precondition: &Precondition,
    released_ms: i64,
) -> Result<Deleted, CatalogError> {
    check(precondition, version)?;
    let Some(version) = version else {
        return Ok(Deleted::default());
    };
    remove(tx, bucket, key, version, &[], released_ms)?;
    let version_id = version.naming.version_id(version.seq, version.tag);
    Ok(Deleted { version_id: Some(version_id), marker: version.detail.is_none() })
}
