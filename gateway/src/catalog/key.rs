//! The key service's records: the catalog as [`KeyStore`].
//!
//! Keys and their versions are here, aliases in `alias.rs`. Which change is
//! allowed is decided in `kms-core`; this room only keeps, finds, and judges
//! the preconditions that come with a change.

use std::ops::Range;

use async_trait::async_trait;
use kms_core::audit::AuditEvent;
use kms_core::key::{Alias, AliasName, Key, KeyId, KeyVersion};
use kms_core::store::{AliasQuery, KeyLookup, KeyPage, KeyStore, NewKey, StoreError};
use uuid::Uuid;

use super::driver::params;
use super::error::CatalogError;
use super::{Catalog, alias, cmk, outbox};

#[async_trait]
impl KeyStore for Catalog {
    async fn key_find(&self, lookup: KeyLookup<'_>) -> Result<Option<Key>, StoreError> {
        Ok(self.read(|tx| match lookup {
            KeyLookup::Id(id) => cmk::find(tx, id),
            KeyLookup::Alias { owner, region, name } => cmk::find_by_alias(tx, owner, region, name),
            KeyLookup::Default { owner, service } => cmk::find_default(tx, owner, service),
        })?)
    }

    async fn key_list(
        &self,
        account: &str,
        region: &str,
        after: Option<KeyId>,
        limit: usize,
    ) -> Result<KeyPage, StoreError> {
        let (account, region) = (account.to_owned(), region.to_owned());
        Ok(self.read_long(move |tx| cmk::page(tx, &account, &region, after, limit)).await?)
    }

    async fn key_create(&self, new: NewKey, event: AuditEvent) -> Result<(), StoreError> {
        self.write(move |tx| {
            cmk::create(tx, &new)?;
            if let Some(name) = new.alias {
                alias::create_with_key(tx, &new.key, name)?;
            }
            outbox::keep(tx, &event)
        })
        .await
    }

    async fn key_update(&self, key: &Key, event: AuditEvent) -> Result<(), StoreError> {
        let key = key.clone();
        self.write(move |tx| {
            cmk::update(tx, &key)?;
            outbox::keep(tx, &event)
        })
        .await
    }

    async fn version_find(
        &self,
        key: KeyId,
        number: u32,
    ) -> Result<Option<KeyVersion>, StoreError> {
        Ok(self.read(|tx| cmk::version_find(tx, key, number))?)
    }

    async fn version_mark_used(
        &self,
        key: KeyId,
        number: u32,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        self.write(move |tx| cmk::version_mark_used(tx, key, number, now_ms)).await
    }

    async fn alias_create(
        &self,
        alias: Alias,
        limit: usize,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            alias::create(tx, &alias, limit)?;
            outbox::keep(tx, &event)
        })
        .await
    }

    async fn alias_update(
        &self,
        alias: Alias,
        limit: usize,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        self.write(move |tx| {
            alias::update(tx, &alias, limit)?;
            outbox::keep(tx, &event)
        })
        .await
    }

    async fn alias_delete(
        &self,
        account: &str,
        region: &str,
        name: &AliasName,
        event: AuditEvent,
    ) -> Result<(), StoreError> {
        let (account, region, name) = (account.to_owned(), region.to_owned(), name.clone());
        self.write(move |tx| {
            alias::delete(tx, &account, &region, &name)?;
            outbox::keep(tx, &event)
        })
        .await
    }

    async fn alias_list(&self, query: AliasQuery<'_>) -> Result<Vec<Alias>, StoreError> {
        Ok(self.read(|tx| alias::list(tx, &query))?)
    }

    async fn outbox_list(&self, limit: usize) -> Result<Vec<AuditEvent>, StoreError> {
        Ok(self.read_long(move |tx| outbox::list(tx, limit)).await?)
    }

    async fn outbox_clear(&self, change: &str) -> Result<(), StoreError> {
        let change = change.to_owned();
        self.write(move |tx| outbox::clear(tx, &change)).await
    }
}

impl Catalog {
    /// How many object versions and open uploads each version of a key protects,
    /// as pairs of key version and count, in order of version. Reads an index
    /// entry for each of them.
    pub async fn key_usage(&self, key: Uuid) -> Result<Vec<(u32, u64)>, CatalogError> {
        let sql = "SELECT kms_version, COUNT(*) FROM (\
                   SELECT kms_version FROM detail WHERE kms_key = ?1 UNION ALL \
                   SELECT kms_version FROM upload WHERE kms_key = ?1) \
                   GROUP BY kms_version ORDER BY kms_version";
        self.read_long(move |tx| {
            tx.list(sql, params![key.into_bytes()], |row| {
                Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned()))
            })
        })
        .await
    }
}

impl Catalog {
    /// The account's custom keys that were kept in `period` (Unix milliseconds),
    /// each with the number of days, a begun one being whole.
    pub async fn key_days(
        &self,
        account: &str,
        period: Range<u64>,
    ) -> Result<Vec<(String, u64)>, CatalogError> {
        const DAY_MS: u64 = 86_400_000;
        let account = account.to_owned();
        let sql = "SELECT id, created_ms, deleted_ms FROM cmk \
                   WHERE account = ?1 AND default_for IS NULL ORDER BY id";
        self.read_long(move |tx| {
            let mut days = tx.list(sql, params![account], |row| {
                let created = row.get::<_, i64>(1)?.cast_unsigned();
                let deleted = row.get::<_, Option<i64>>(2)?.map_or(u64::MAX, i64::cast_unsigned);
                let kept = deleted.min(period.end).saturating_sub(created.max(period.start));
                Ok((cmk::id(row, 0)?.to_string(), kept.div_ceil(DAY_MS)))
            })?;
            days.retain(|(_, days)| *days > 0);
            Ok(days)
        })
        .await
    }
}

impl From<CatalogError> for StoreError {
    fn from(error: CatalogError) -> Self {
        Self::Unavailable(error.to_string())
    }
}
