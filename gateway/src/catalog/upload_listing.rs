//! Pages of uploads in progress, by key, then start, then id.

use std::ops::ControlFlow::{self, Break, Continue};

use super::Catalog;
use super::driver::{Row, Tx, params};
use super::error::CatalogError;
use super::listing::{common_prefix, key_after, prefix_after};
use super::model::{UploadPage, UploadQuery};
use super::upload::{map, upload_sql};

impl Catalog {
    /// A page of the uploads of a bucket; one of limit 0 is empty and the last.
    pub async fn upload_list(
        &self,
        bucket: i64,
        query: UploadQuery,
    ) -> Result<UploadPage, CatalogError> {
        if query.limit == 0 {
            return Ok(Default::default());
        }
        self.read_long(move |tx| page(tx, bucket, &query)).await
    }
}

/// Where a walk goes on: at a key, after this start and id.
type Place = (Vec<u8>, i64, String);

fn page(tx: &Tx<'_>, bucket: i64, query: &UploadQuery) -> Result<UploadPage, CatalogError> {
    let sql = upload_sql!(
        "WHERE bucket = ?1 AND (key, started_ms, id) > (?2, ?3, ?4) \
         ORDER BY key, started_ms, id"
    );
    let mut page = UploadPage::default();
    let mut from = Some(start(tx, bucket, query)?);
    while let Some((key, started_ms, id)) = from {
        let values = params![bucket, key, started_ms, id];
        from = tx.scan(sql, values, |row| visit(&mut page, query, row))?.flatten();
    }
    Ok(page)
}

/// The place after which the page starts. An upload that is gone by now is taken
/// for one that started before all others of its key that have greater ids.
fn start(tx: &Tx<'_>, bucket: i64, query: &UploadQuery) -> Result<Place, CatalogError> {
    let (key, id) = match &query.after {
        None => return Ok(before(query.prefix.clone())),
        Some((key, None)) => return Ok(before(query.prefix.clone().max(key_after(key)))),
        Some((key, Some(id))) => (key, id),
    };
    if *key < query.prefix {
        return Ok(before(query.prefix.clone()));
    }
    let sql = "SELECT started_ms FROM upload WHERE bucket = ?1 AND key = ?2 AND id >= ?3 \
               ORDER BY id LIMIT 1";
    let started = tx.find(sql, params![bucket, key, id], |row| Ok(row.get(0)?))?;
    Ok(match started {
        Some(started_ms) => (key.clone(), started_ms, id.clone()),
        None => before(key_after(key)),
    })
}

/// Before all uploads of `key`.
fn before(key: Vec<u8>) -> Place {
    (key, i64::MIN, String::new())
}

/// Takes a row in; breaks with where to seek, or with `None` at the page's end.
fn visit(
    page: &mut UploadPage,
    query: &UploadQuery,
    row: &Row<'_>,
) -> Result<ControlFlow<Option<Place>>, CatalogError> {
    let upload = map(row)?;
    if !upload.key.starts_with(&query.prefix) {
        return Ok(Break(None));
    }
    let common = common_prefix(&query.prefix, &query.delimiter, &upload.key);
    let after = query.after.as_ref().map(|(key, _)| key.as_slice()).unwrap_or_default();
    let seen = common.is_some_and(|common| common <= after);
    if !seen && page.uploads.len() + page.prefixes.len() >= query.limit {
        page.truncated = true;
        return Ok(Break(None));
    }
    let Some(common) = common else {
        page.uploads.push(upload);
        return Ok(Continue(()));
    };
    if !seen {
        page.prefixes.push(common.to_vec());
    }
    Ok(Break(prefix_after(common).map(before)))
}
