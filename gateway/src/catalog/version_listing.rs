//! Pages of all versions and delete markers, newest first within a key.
//!
//! As in `listing.rs` a page starts by a seek and costs what is on it. The name
//! of a version carries its order number, so a page goes on where the last one
//! ended even when the version it ended at is gone by now.

use std::ops::ControlFlow::{self, Break, Continue};

use super::Catalog;
use super::driver::{Row, Tx, params};
use super::error::CatalogError;
use super::listing::{common_prefix, key_after, prefix_after};
use super::model::{Listed, ListedVersion, VersionId, VersionPage, VersionQuery};
use super::stored::{Naming, version_order};
use super::version::{head, null_version};

impl Catalog {
    /// A page of the versions of a bucket; one of limit 0 is empty and the last.
    pub async fn version_list_all(
        &self,
        bucket: i64,
        query: VersionQuery,
    ) -> Result<VersionPage, CatalogError> {
        if query.limit == 0 {
            return Ok(VersionPage::default());
        }
        self.read_long(move |tx| page(tx, bucket, &query)).await
    }
}

macro_rules! listed_sql {
    ($tail:literal) => {
        concat!(
            "SELECT key, size, etag, modified_ms, owner, checksum, detail, seq, tag, \
             null_version, appendable FROM version WHERE bucket = ?1 ",
            $tail,
            " ORDER BY key, seq DESC"
        )
    };
}

fn page(tx: &Tx<'_>, bucket: i64, query: &VersionQuery) -> Result<VersionPage, CatalogError> {
    let mut walk = Walk { query, page: VersionPage::default(), last: Vec::new() };
    if let Some((key, Some(version))) = &query.after
        && key.starts_with(&query.prefix)
        && let Some(rest) = Rest::of(tx, bucket, key, version)?
    {
        let sql = listed_sql!("AND key = ?2 AND seq < ?3");
        if !rest.has_newest {
            walk.last.clone_from(key);
        }
        let ended = tx.scan(sql, params![bucket, key, rest.before], |row| walk.visit(row))?;
        if ended.is_some_and(|seek| seek.is_none()) {
            return Ok(walk.page);
        }
    }
    let after = query.after.as_ref().map(|(key, _)| key_after(key)).unwrap_or_default();
    let mut from = Some(query.prefix.clone().max(after));
    while let Some(start) = from {
        let sql = listed_sql!("AND key >= ?2");
        from = tx.scan(sql, params![bucket, start], |row| walk.visit(row))?.flatten();
    }
    Ok(walk.page)
}

/// The versions of the marker's key that are still to come.
struct Rest {
    /// Those with order numbers below this.
    before: i64,
    /// True when the newest version of the key is among them, because what was
    /// listed before it is gone.
    has_newest: bool,
}

impl Rest {
    /// `None` when the marker is a null version that is gone: the page goes on
    /// at the next key.
    fn of(
        tx: &Tx<'_>,
        bucket: i64,
        key: &[u8],
        version: &VersionId,
    ) -> Result<Option<Self>, CatalogError> {
        let head = head(tx, bucket, key)?;
        let before = match version {
            VersionId::Named(name) => version_order(name).map(|(seq, _)| seq),
            VersionId::Null => {
                null_version(tx, bucket, key, head.as_ref())?.map(|version| version.seq)
            }
        };
        let newest = head.map(|head| head.seq);
        Ok(before.map(|before| Self {
            before,
            has_newest: newest.is_some_and(|newest| newest < before),
        }))
    }
}

/// A walk over the rows of a bucket that fills a page.
struct Walk<'q> {
    query: &'q VersionQuery,
    page: VersionPage,
    /// Key of the row before.
    last: Vec<u8>,
}

impl Walk<'_> {
    /// Takes a row in; breaks with where to seek, or with `None` at the page's end.
    fn visit(&mut self, row: &Row<'_>) -> Result<ControlFlow<Option<Vec<u8>>>, CatalogError> {
        let key: Vec<u8> = row.get(0)?;
        let VersionQuery { prefix, delimiter, after, limit } = self.query;
        if !key.starts_with(prefix) {
            return Ok(Break(None));
        }
        let after = after.as_ref().map(|(key, _)| key.as_slice()).unwrap_or_default();
        let common = common_prefix(prefix, delimiter, &key);
        if let Some(common) = common
            && common <= after
        {
            return Ok(Break(prefix_after(common)));
        }
        if self.page.versions.len() + self.page.prefixes.len() >= *limit {
            self.page.next = self.page_end();
            return Ok(Break(None));
        }
        if let Some(common) = common {
            self.page.prefixes.push(common.to_vec());
            return Ok(Break(prefix_after(common)));
        }
        let is_latest = key != self.last;
        self.last.clone_from(&key);
        self.page.versions.push(listed(key, is_latest, row)?);
        Ok(Continue(()))
    }

    /// The greatest entry of the page.
    fn page_end(&self) -> Option<(Vec<u8>, Option<VersionId>)> {
        let version = self.page.versions.last();
        let version = version.map(|last| (&last.entry.key, Some(&last.version_id)));
        let prefix = self.page.prefixes.last().map(|prefix| (prefix, None));
        let end = version.into_iter().chain(prefix).max_by_key(|(key, _)| *key);
        end.map(|(key, version)| (key.clone(), version.cloned()))
    }
}

fn listed(key: Vec<u8>, is_latest: bool, row: &Row<'_>) -> Result<ListedVersion, CatalogError> {
    let naming = Naming::from_code(row.get(9)?)?;
    Ok(ListedVersion {
        version_id: naming.version_id(row.get(7)?, row.get(8)?),
        is_latest,
        is_marker: row.get::<_, Option<i64>>(6)?.is_none(),
        entry: Listed {
            key,
            size: row.get::<_, i64>(1)?.cast_unsigned(),
            etag: row.get(2)?,
            modified_ms: row.get(3)?,
            owner_id: row.get(4)?,
            checksum_algorithm: row.get(5)?,
            appendable: row.get(10)?,
        },
    })
}
