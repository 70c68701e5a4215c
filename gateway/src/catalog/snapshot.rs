//! What a request wants to know, read in one transaction.
//!
//! All rows that the needs of a request name, as of one moment: what was judged
//! is what the operation then works with. Mutations do not trust it; they judge
//! their preconditions again in their own transaction.

use std::sync::Arc;

use uuid::Uuid;

use super::driver::{Row, Tx, params};
use super::error::CatalogError;
use super::identity::{Bearer, EntityRef, entity_read};
use super::model::{Found, StoredBody, StoredObject, Version, VersionId, VersionRef, Want};
use super::stored::{Naming, from_json, mode_from_code, version_order};
use super::{Catalog, account, upload};

/// What a request wants to know in one snapshot: rows, and what speaks for the
/// caller.
#[derive(Clone, Debug, Default)]
pub struct Wants {
    /// Rows.
    pub rows: Vec<Want>,
    /// The user or role that asks: account and unique id.
    pub bearer: Option<(String, String)>,
}

/// What a snapshot found.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// One for each row that was wanted, in order.
    pub found: Vec<Found>,
    /// The user or role, if one was wanted and exists.
    pub bearer: Option<Arc<Bearer>>,
}

macro_rules! version_sql {
    ($tail:literal) => {
        concat!(
            "SELECT v.seq, v.tag, v.null_version, v.modified_ms, v.owner, v.size, v.etag, \
             v.detail, d.write_id, d.mode, d.envelope, d.manifest, d.mac, d.parts_count, \
             d.metadata FROM version v LEFT JOIN detail d ON d.id = v.detail \
             WHERE v.bucket = ?1 AND v.key = ?2 ",
            $tail
        )
    };
}

impl Catalog {
    /// Reads all wants as of one moment; the answers are in the order of the
    /// wants. A want whose bucket is absent finds nothing.
    pub async fn snapshot(&self, wants: &[Want]) -> Result<Vec<Found>, CatalogError> {
        self.read(|tx| wants.iter().map(|want| self.find(tx, want)).collect())
    }

    /// As [`Catalog::snapshot`], with what speaks for the caller as of the same
    /// moment.
    pub async fn snapshot_for(&self, wants: &Wants) -> Result<Snapshot, CatalogError> {
        self.read(|tx| {
            let bearer = match &wants.bearer {
                Some((account, entity)) => self.bearer(tx, account, entity)?,
                None => None,
            };
            let found: Result<_, _> = wants.rows.iter().map(|want| self.find(tx, want)).collect();
            Ok(Snapshot { found: found?, bearer })
        })
    }

    fn find(&self, tx: &Tx<'_>, want: &Want) -> Result<Found, CatalogError> {
        let name = match want {
            Want::Bucket(name) | Want::Version(name, ..) | Want::Upload(name, ..) => name,
            Want::Entity(named) => return entity_find(tx, named),
        };
        let Some(bucket) = self.0.facts.bucket(tx, name)? else {
            return Ok(Found::default());
        };
        let row = bucket.bucket.row;
        let mut found = Found { bucket: Some(bucket), ..Found::default() };
        match want {
            Want::Bucket(_) | Want::Entity(_) => {}
            Want::Version(_, key, version) => {
                found.version = version_find(tx, row, key, version)?.map(Arc::new);
            }
            Want::Upload(_, key, id) => {
                found.upload = upload::find(tx, row, key, id)?.map(Arc::new);
            }
        }
        Ok(found)
    }
}

fn entity_find(tx: &Tx<'_>, named: &EntityRef) -> Result<Found, CatalogError> {
    let Some(entity) = entity_read(tx, named)? else {
        return Ok(Found::default());
    };
    let account = account::find(tx, &named.account_id)?;
    let entity = account.map(|account| Arc::new((entity, account)));
    Ok(Found { entity, ..Found::default() })
}

fn version_find(
    tx: &Tx<'_>,
    bucket: i64,
    key: &[u8],
    version: &VersionRef,
) -> Result<Option<Version>, CatalogError> {
    match version {
        VersionRef::Latest => {
            tx.find(version_sql!("ORDER BY v.seq DESC LIMIT 1"), params![bucket, key], map)
        }
        VersionRef::Exact(VersionId::Named(name)) => {
            let Some((seq, tag)) = version_order(name) else {
                return Ok(None);
            };
            let sql = version_sql!("AND v.seq = ?3 AND v.tag = ?4 AND v.null_version = 0");
            tx.find(sql, params![bucket, key, seq, tag], map)
        }
        VersionRef::Exact(VersionId::Null) => {
            let oldest = version_sql!("ORDER BY v.seq ASC LIMIT 1");
            let first = tx.find(oldest, params![bucket, key], map)?;
            if first.as_ref().is_none_or(|version| version.version_id == VersionId::Null) {
                return Ok(first);
            }
            tx.find(version_sql!("AND v.null_version = 2"), params![bucket, key], map)
        }
    }
}

fn map(row: &Row<'_>) -> Result<Version, CatalogError> {
    let (seq, tag): (i64, i64) = (row.get(0)?, row.get(1)?);
    let detail: Option<i64> = row.get(7)?;
    Ok(Version {
        seq: seq.cast_unsigned(),
        version_id: Naming::from_code(row.get(2)?)?.version_id(seq, tag),
        modified_ms: row.get(3)?,
        owner_id: row.get(4)?,
        object: detail.map(|_| object_map(row)).transpose()?,
    })
}

fn object_map(row: &Row<'_>) -> Result<StoredObject, CatalogError> {
    Ok(StoredObject {
        size: row.get::<_, i64>(5)?.cast_unsigned(),
        etag: row.get(6)?,
        write_id: row.get(8)?,
        body: StoredBody {
            mode: mode_from_code(row.get(9)?)?,
            envelope: row.get(10)?,
            manifest: row.get(11)?,
            mac: row.get(12)?,
            parts_count: row.get(13)?,
        },
        metadata: from_json(&row.get::<_, Vec<u8>>(14)?)?,
    })
}

/// The CMK columns of a row that has a wrapped DEK.
pub(super) fn kms_key_map(key: Option<[u8; 16]>, version: Option<u32>) -> Option<(Uuid, u32)> {
    Some((Uuid::from_bytes(key?), version?))
}
