//! Blobs: which files of the backing store belong to something.
//!
//! A blob is *live* while a version or upload refers to it, *released* once it
//! does not any more, and *condemned* when the sweeper found it in the store
//! without a row. A commit that names a condemned or released blob fails, so a
//! blob that may be deleted can never become part of an object.

use std::collections::HashSet;

use super::Catalog;
use super::driver::{Tx, limit_rows, params};
use super::error::CatalogError;
use super::model::{BlobCounts, ReleasedBlob};

const LIVE: i64 = 0;
const RELEASED: i64 = 1;
const CONDEMNED: i64 = 2;

/// How long the row of a condemned blob outlives its condemnation: a week.
const TOMBSTONE_MS: i64 = 7 * 24 * 3600 * 1000;

impl Catalog {
    /// Which of these blobs have a row, in whatever state.
    pub async fn blob_known(&self, ids: Vec<[u8; 16]>) -> Result<Vec<bool>, CatalogError> {
        self.read_long(move |tx| ids.iter().map(|id| Ok(state(tx, id)?.is_some())).collect()).await
    }

    /// Condemns those of these blobs that have no row; returns them. From now on
    /// no commit can use them.
    pub async fn blob_condemn(&self, ids: Vec<[u8; 16]>) -> Result<Vec<[u8; 16]>, CatalogError> {
        let now_ms = self.now_ms();
        self.write(move |tx| {
            let mut condemned = Vec::new();
            for id in ids {
                if insert(tx, &id, CONDEMNED, now_ms)? {
                    condemned.push(id);
                }
            }
            Ok(condemned)
        })
        .await
    }

    /// At most `limit` blobs that were condemned at or before `before_ms`.
    pub async fn blob_condemned(
        &self,
        before_ms: i64,
        limit: usize,
    ) -> Result<Vec<[u8; 16]>, CatalogError> {
        self.read_long(move |tx| {
            let doomed = doomed(tx, CONDEMNED, false, before_ms, limit)?;
            Ok(doomed.into_iter().map(|blob| blob.id).collect())
        })
        .await
    }

    /// At most `limit` blobs that were released: the sole blob of its object at
    /// or before `sole_before_ms`, one of many at or before `many_before_ms`.
    /// The two differ because an open reader holds the sole blob open, but has
    /// yet to open the later ones of many.
    pub async fn blob_released(
        &self,
        sole_before_ms: i64,
        many_before_ms: i64,
        limit: usize,
    ) -> Result<Vec<ReleasedBlob>, CatalogError> {
        self.read_long(move |tx| {
            let mut released = doomed(tx, RELEASED, false, sole_before_ms, limit)?;
            let room = limit.saturating_sub(released.len());
            released.extend(doomed(tx, RELEASED, true, many_before_ms, room)?);
            Ok(released)
        })
        .await
    }

    /// Forgets blobs that are no longer in the store; live ones are kept. Of a
    /// condemned one nothing is listed or counted any more, but its row stays
    /// for a week, so that a commit that comes ever so late still fails.
    pub async fn blob_forget(&self, ids: Vec<[u8; 16]>) -> Result<(), CatalogError> {
        let outlived_ms = self.now_ms().saturating_sub(TOMBSTONE_MS);
        self.write(move |tx| {
            for id in ids {
                tx.execute("DELETE FROM blob WHERE id = ?1 AND state = 1", params![id])?;
                tx.execute("UPDATE blob SET many = 1 WHERE id = ?1 AND state = 2", params![id])?;
            }
            let sql = "DELETE FROM blob WHERE state = 2 AND many = 1 AND since_ms < ?1";
            tx.execute(sql, params![outlived_ms]).map(drop)
        })
        .await
    }

    /// How many blobs there are in each state. Reads all of them.
    pub async fn blob_count(&self) -> Result<BlobCounts, CatalogError> {
        self.read_long(|tx| {
            let sql = "SELECT state, COUNT(*) FROM blob WHERE NOT (state = 2 AND many = 1) GROUP BY state";
            let mut counts = BlobCounts::default();
            for (state, count) in tx.list(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))? {
                let count = i64::cast_unsigned(count);
                match state {
                    LIVE => counts.live = count,
                    RELEASED => counts.released = count,
                    _ => counts.condemned = count,
                }
            }
            Ok(counts)
        })
        .await
    }
}

/// Takes blobs into use. `Condemned` or `Changed` when one must not be used any
/// more; one that is live already belongs to the upload or object that the
/// commit completes or extends.
pub(super) fn adopt(tx: &Tx<'_>, ids: &[[u8; 16]], now_ms: i64) -> Result<(), CatalogError> {
    for id in ids {
        if insert(tx, id, LIVE, now_ms)? {
            continue;
        }
        match state(tx, id)? {
            Some(LIVE) => {}
            Some(RELEASED) => return Err(CatalogError::Changed),
            _ => return Err(CatalogError::Condemned),
        }
    }
    Ok(())
}

/// Releases blobs except those in `keep`.
pub(super) fn release(
    tx: &Tx<'_>,
    ids: &[[u8; 16]],
    keep: &[[u8; 16]],
    many: bool,
    now_ms: i64,
) -> Result<(), CatalogError> {
    let keep: HashSet<&[u8; 16]> = keep.iter().collect();
    let sql = "UPDATE blob SET state = ?2, many = ?3, since_ms = ?4 WHERE id = ?1 AND state = 0";
    for id in ids.iter().filter(|id| !keep.contains(id)) {
        tx.execute(sql, params![id, RELEASED, many, now_ms])?;
    }
    Ok(())
}

/// The ids in the column `detail.blobs`.
pub(super) fn split(column: &[u8]) -> Result<Vec<[u8; 16]>, CatalogError> {
    match column.as_chunks() {
        (ids, []) => Ok(ids.to_vec()),
        _ => Err(CatalogError::Damaged("a list of blobs is cut".to_owned())),
    }
}

fn insert(tx: &Tx<'_>, id: &[u8; 16], state: i64, now_ms: i64) -> Result<bool, CatalogError> {
    let sql = "INSERT INTO blob (id, state, many, since_ms) VALUES (?1, ?2, 0, ?3) \
               ON CONFLICT DO NOTHING";
    Ok(tx.execute(sql, params![id, state, now_ms])? == 1)
}

fn state(tx: &Tx<'_>, id: &[u8; 16]) -> Result<Option<i64>, CatalogError> {
    tx.find("SELECT state FROM blob WHERE id = ?1", params![id], |row| Ok(row.get(0)?))
}

fn doomed(
    tx: &Tx<'_>,
    state: i64,
    many: bool,
    before_ms: i64,
    limit: usize,
) -> Result<Vec<ReleasedBlob>, CatalogError> {
    let sql = "SELECT id, since_ms FROM blob WHERE state > 0 AND state = ?1 AND many = ?2 \
               AND since_ms <= ?3 ORDER BY since_ms LIMIT ?4";
    tx.list(sql, params![state, many, before_ms, limit_rows(limit)], |row| {
        Ok(ReleasedBlob { id: row.get(0)?, released_ms: row.get(1)?, part_of_many: many })
    })
}
