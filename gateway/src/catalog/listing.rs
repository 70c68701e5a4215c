//! Pages of current objects.
//!
//! The cost of a page depends on what is on it, not on where it is: a page
//! starts by a seek, the older versions of a key and all that is rolled into a
//! common prefix are passed over by a seek. Delete markers are stepped over; a
//! page that met very many of them ends early, and says where to go on.

use std::ops::ControlFlow::{self, Break, Continue};

use super::Catalog;
use super::driver::{Row, Tx, params};
use super::error::CatalogError;
use super::model::{ListPage, ListQuery, Listed};

/// Rows that a page steps over before it may end early.
const STEPS: usize = 100_000;
/// Rows of one key that are stepped over before the next key is sought.
const OLDER: usize = 8;

impl Catalog {
    /// A page of the current objects of a bucket; one of limit 0 is empty and the
    /// last. An unknown bucket is empty.
    pub async fn version_list(
        &self,
        bucket: i64,
        query: ListQuery,
    ) -> Result<ListPage, CatalogError> {
        if query.limit == 0 {
            return Ok(Default::default());
        }
        self.read_long(move |tx| page(tx, bucket, &query)).await
    }
}

fn page(tx: &Tx<'_>, bucket: i64, query: &ListQuery) -> Result<ListPage, CatalogError> {
    let sql = "SELECT key, size, etag, modified_ms, owner, checksum, detail, appendable \
               FROM version WHERE bucket = ?1 AND key >= ?2 ORDER BY key, seq DESC";
    let mut walk = Walk { query, page: ListPage::default(), last: Vec::new(), older: 0, steps: 0 };
    let mut from = Some(query.prefix.clone().max(key_after(&query.after)));
    while let Some(start) = from {
        from = tx.scan(sql, params![bucket, start], |row| walk.visit(row))?.flatten();
    }
    Ok(walk.page)
}

/// A walk over the rows of a bucket that fills a page.
struct Walk<'q> {
    query: &'q ListQuery,
    page: ListPage,
    /// Key of the row before, and how often it came.
    last: Vec<u8>,
    older: usize,
    steps: usize,
}

impl Walk<'_> {
    /// Takes a row in; breaks with where to seek, or with `None` at the page's end.
    fn visit(&mut self, row: &Row<'_>) -> Result<ControlFlow<Option<Vec<u8>>>, CatalogError> {
        let key = row
            .get_ref(0)?
            .as_blob()
            .map_err(|_| CatalogError::Damaged("a key is no blob".to_owned()))?;
        let ListQuery { prefix, delimiter, after, limit } = self.query;
        if !key.starts_with(prefix) {
            return Ok(Break(None));
        }
        self.steps += 1;
        if key == self.last {
            self.older += 1;
            let seek = self.older > OLDER;
            return Ok(if seek { Break(Some(key_after(key))) } else { Continue(()) });
        }
        self.older = 0;
        self.last.clear();
        self.last.extend_from_slice(key);
        let common = common_prefix(prefix, delimiter, key);
        if common.is_some_and(|common| common <= after.as_slice()) {
            return Ok(Break(common.and_then(prefix_after)));
        }
        if row.get::<_, Option<i64>>(6)?.is_none() {
            return Ok(self.step_over(key, common.is_some()));
        }
        if self.page.objects.len() + self.page.prefixes.len() >= *limit {
            self.page.next = self.page_end();
            return Ok(Break(None));
        }
        if let Some(common) = common {
            self.page.prefixes.push(common.to_vec());
            return Ok(Break(prefix_after(common)));
        }
        self.page.objects.push(listed(key, row)?);
        Ok(Continue(()))
    }

    /// Passes a delete marker; ends the page when there were too many. Not amid
    /// keys of one common prefix: a page that goes on there would miss it.
    fn step_over(&mut self, key: &[u8], rolled: bool) -> ControlFlow<Option<Vec<u8>>> {
        if self.steps < STEPS || rolled {
            return Continue(());
        }
        self.page.next = Some(key.to_vec());
        Break(None)
    }

    /// The greatest entry of the page.
    fn page_end(&self) -> Option<Vec<u8>> {
        let object = self.page.objects.last().map(|object| &object.key);
        object.max(self.page.prefixes.last()).cloned()
    }
}

fn listed(key: &[u8], row: &Row<'_>) -> Result<Listed, CatalogError> {
    Ok(Listed {
        key: key.to_vec(),
        size: row.get::<_, i64>(1)?.cast_unsigned(),
        etag: row.get(2)?,
        modified_ms: row.get(3)?,
        owner_id: row.get(4)?,
        checksum_algorithm: row.get(5)?,
        appendable: row.get(7)?,
    })
}

/// The part of `key` up to and with the first delimiter after `prefix`.
pub(super) fn common_prefix<'k>(
    prefix: &[u8],
    delimiter: &[u8],
    key: &'k [u8],
) -> Option<&'k [u8]> {
    if delimiter.is_empty() {
        return None;
    }
    let rest = key.get(prefix.len()..)?;
    let at = rest.windows(delimiter.len()).position(|window| window == delimiter)?;
    key.get(..prefix.len() + at + delimiter.len())
}

/// The least key after `key`; the empty key, which no object has, is before all.
pub(super) fn key_after(key: &[u8]) -> Vec<u8> {
    if key.is_empty() { Vec::new() } else { [key, &[0]].concat() }
}

/// The least text after all that start with `prefix`; `None` when there is none.
pub(super) fn prefix_after(prefix: &[u8]) -> Option<Vec<u8>> {
    let kept = prefix.iter().rposition(|byte| *byte != 0xff)?;
    let mut after = prefix.get(..=kept)?.to_vec();
    *after.last_mut()? += 1;
    Some(after)
}
