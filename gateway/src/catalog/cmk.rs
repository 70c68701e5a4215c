//! Keys and their versions as rows.

use kms_core::key::{
    AliasName, Key, KeyId, KeyOrigin, KeySpec, KeyState, KeyUsage, KeyVersion, Rotation,
    VersionCause, VersionMaterial,
};
use kms_core::store::{KeyLimits, KeyPage, NewKey, StoreError};
use uuid::Uuid;

use super::driver::{Row, Tx, limit_rows, params};
use super::error::CatalogError;

macro_rules! cmk_sql {
    ($tail:literal) => {
        concat!(
            "SELECT k.id, k.account, k.domain, k.region, k.spec, k.origin, k.state, k.due_ms, \
             k.description, k.created_ms, k.default_for, k.version, k.revision, k.rotation_days, \
             k.rotation_next_ms, k.expires_ms, k.guarded, \
             EXISTS (SELECT 1 FROM frozen f WHERE f.account = k.account) FROM ",
            $tail
        )
    };
}

pub(super) fn find(tx: &Tx<'_>, id: KeyId) -> Result<Option<Key>, CatalogError> {
    tx.find(cmk_sql!("cmk k WHERE k.id = ?1"), params![bytes(id)], map)
}

/// Account and domain ids never look alike, so either may be the owner.
pub(super) fn find_by_alias(
    tx: &Tx<'_>,
    owner: &str,
    region: &str,
    name: &AliasName,
) -> Result<Option<Key>, CatalogError> {
    let by_account = cmk_sql!(
        "alias a JOIN cmk k ON k.id = a.cmk WHERE a.account = ?1 AND a.region = ?2 AND a.name = ?3"
    );
    let by_domain = cmk_sql!(
        "alias a JOIN cmk k ON k.id = a.cmk WHERE a.domain = ?1 AND a.region = ?2 AND a.name = ?3"
    );
    let found = tx.find(by_account, params![owner, region, name.as_str()], map)?;
    match found {
        Some(key) => Ok(Some(key)),
        None => tx.find(by_domain, params![owner, region, name.as_str()], map),
    }
}

pub(super) fn find_default(
    tx: &Tx<'_>,
    owner: &str,
    service: &str,
) -> Result<Option<Key>, CatalogError> {
    let by_account = cmk_sql!("cmk k WHERE k.account = ?1 AND k.default_for = ?2");
    let by_domain = cmk_sql!("cmk k WHERE k.domain = ?1 AND k.default_for = ?2");
    match tx.find(by_account, params![owner, service], map)? {
        Some(key) => Ok(Some(key)),
        None => tx.find(by_domain, params![owner, service], map),
    }
}

pub(super) fn page(
    tx: &Tx<'_>,
    account: &str,
    region: &str,
    after: Option<KeyId>,
    limit: usize,
) -> Result<KeyPage, CatalogError> {
    let sql = cmk_sql!(
        "cmk k WHERE k.account = ?1 AND k.id > ?3 \
         AND (k.region = ?2 OR k.default_for IS NOT NULL) AND k.state <> 'Deleted' \
         ORDER BY k.id LIMIT ?4"
    );
    let after = after.map(|id| bytes(id).to_vec()).unwrap_or_default();
    let one_more = limit_rows(limit).saturating_add(1);
    let mut keys = tx.list(sql, params![account, region, after, one_more], map)?;
    let more = keys.len() > limit;
    keys.truncate(limit);
    Ok(KeyPage { keys, more })
}

pub(super) fn create(tx: &Tx<'_>, new: &NewKey) -> Result<(), StoreError> {
    let NewKey { key, version, limits, .. } = new;
    let sql = "INSERT INTO cmk (id, account, domain, region, spec, origin, state, due_ms, \
               description, created_ms, default_for, version, revision) \
               VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13) ON CONFLICT DO NOTHING";
    let values = params![
        bytes(key.id),
        key.account_id,
        key.domain_id,
        key.region,
        key.spec.name(),
        key.origin.name(),
        key.state.name(),
        key.state.deletion_due_ms().map(u64::cast_signed),
        key.description,
        key.created_ms.cast_signed(),
        key.default_for,
        key.version,
        key.revision.cast_signed(),
    ];
    if tx.execute(sql, values)? == 0 {
        return Err(StoreError::Exists);
    }
    if !key.is_default() {
        check_limits(tx, key, *limits)?;
    }
    Ok(version_insert(tx, version)?)
}

/// Counts the new key, which is a row by now, with the others.
fn check_limits(tx: &Tx<'_>, key: &Key, limits: KeyLimits) -> Result<(), StoreError> {
    if count(tx, &key.account_id, &key.region)? > u64::from(limits.account) {
        return Err(StoreError::LimitExceeded("keys of the account"));
    }
    if key.origin != KeyOrigin::CloudHsm {
        return Ok(());
    }
    let sql = "SELECT COUNT(*) FROM cmk WHERE origin = 'AWS_CLOUDHSM' AND state <> 'Deleted'";
    let hardware = tx.find(sql, params![], |row| Ok(row.get(0)?))?;
    if hardware.unwrap_or(i64::MAX) > i64::from(limits.hardware) {
        return Err(StoreError::LimitExceeded("hardware keys"));
    }
    Ok(())
}

/// Custom keys of an account in a region.
pub(super) fn count(tx: &Tx<'_>, account: &str, region: &str) -> Result<u64, CatalogError> {
    let sql = "SELECT COUNT(*) FROM cmk WHERE account = ?1 AND region = ?2 \
               AND default_for IS NULL AND state <> 'Deleted'";
    let count = tx.find(sql, params![account, region], |row| Ok(row.get::<_, i64>(0)?))?;
    Ok(count.unwrap_or(i64::MAX).cast_unsigned())
}

/// Keys for which something is due (kms-core's `LifeStore::key_due`).
pub(super) fn due(tx: &Tx<'_>, now_ms: u64, limit: usize) -> Result<Vec<Key>, CatalogError> {
    let sql = cmk_sql!(
        "cmk k WHERE k.id IN (\
         SELECT id FROM cmk WHERE state = 'PendingDeletion' AND due_ms <= ?1 \
         UNION SELECT id FROM cmk WHERE expires_ms IS NOT NULL AND expires_ms <= ?1 \
         UNION SELECT id FROM cmk WHERE rotation_next_ms IS NOT NULL \
         AND rotation_next_ms <= ?1 AND state = 'Enabled' \
         UNION SELECT v.cmk FROM cmk_version v JOIN cmk d ON d.id = v.cmk \
         WHERE v.token IS NOT NULL AND d.state = 'Deleted') LIMIT ?2"
    );
    tx.list(sql, params![now_ms.cast_signed(), limit_rows(limit)], map)
}

pub(super) fn update(tx: &Tx<'_>, key: &Key) -> Result<(), StoreError> {
    let sql = "UPDATE cmk SET state = ?3, due_ms = ?4, description = ?5, version = ?6, \
               rotation_days = ?7, rotation_next_ms = ?8, expires_ms = ?9, \
               revision = revision + 1 WHERE id = ?1 AND revision = ?2";
    let values = params![
        bytes(key.id),
        key.revision.cast_signed(),
        key.state.name(),
        key.state.deletion_due_ms().map(u64::cast_signed),
        key.description,
        key.version,
        key.rotation.map(|rotation| rotation.days),
        key.rotation.map(|rotation| rotation.next_ms.cast_signed()),
        key.expires_ms.map(u64::cast_signed),
    ];
    if tx.execute(sql, values)? == 1 {
        return Ok(());
    }
    match find(tx, key.id)? {
        Some(_) => Err(StoreError::Conflict),
        None => Err(StoreError::NotFound),
    }
}

pub(super) fn version_find(
    tx: &Tx<'_>,
    key: KeyId,
    number: u32,
) -> Result<Option<KeyVersion>, CatalogError> {
    let sql = "SELECT number, wrapped, token, created_ms, api_used_ms, cause, import_check \
               FROM cmk_version WHERE cmk = ?1 AND number = ?2";
    tx.find(sql, params![bytes(key), number], |row| version_map(key, row))
}

/// All versions of a key, oldest first.
pub(super) fn version_list(tx: &Tx<'_>, key: KeyId) -> Result<Vec<KeyVersion>, CatalogError> {
    let sql = "SELECT number, wrapped, token, created_ms, api_used_ms, cause, import_check \
               FROM cmk_version WHERE cmk = ?1 ORDER BY number";
    tx.list(sql, params![bytes(key)], |row| version_map(key, row))
}

fn version_map(key: KeyId, row: &Row<'_>) -> Result<KeyVersion, CatalogError> {
    let material = match (row.get(1)?, row.get(2)?) {
        (Some(wrapped), _) => VersionMaterial::Wrapped(wrapped),
        (None, Some(label)) => VersionMaterial::Token(label),
        (None, None) => VersionMaterial::Absent,
    };
    let cause: String = row.get(5)?;
    let unknown = || CatalogError::Damaged("a key version's cause is unknown".to_owned());
    Ok(KeyVersion {
        key,
        number: row.get(0)?,
        material,
        created_ms: row.get::<_, i64>(3)?.cast_unsigned(),
        api_used_ms: row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned),
        cause: VersionCause::from_name(&cause).ok_or_else(unknown)?,
        check: row.get(6)?,
    })
}

pub(super) fn version_mark_used(
    tx: &Tx<'_>,
    key: KeyId,
    number: u32,
    now_ms: u64,
) -> Result<(), StoreError> {
    let sql = "UPDATE cmk_version SET api_used_ms = max(?3, coalesce(api_used_ms, ?3)) \
               WHERE cmk = ?1 AND number = ?2";
    match tx.execute(sql, params![bytes(key), number, now_ms.cast_signed()])? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}

/// Adds a version, or replaces the one with its number.
pub(super) fn version_insert(tx: &Tx<'_>, version: &KeyVersion) -> Result<(), CatalogError> {
    let (wrapped, token) = match &version.material {
        VersionMaterial::Wrapped(wrapped) => (Some(wrapped), None),
        VersionMaterial::Token(label) => (None, Some(label)),
        VersionMaterial::Absent => (None, None),
    };
    let sql = "INSERT INTO cmk_version (cmk, number, wrapped, token, created_ms, api_used_ms, \
               cause, import_check) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
               ON CONFLICT (cmk, number) DO UPDATE SET wrapped = excluded.wrapped, \
               token = excluded.token, created_ms = excluded.created_ms, \
               cause = excluded.cause, import_check = excluded.import_check";
    let created_ms = version.created_ms.cast_signed();
    let used_ms = version.api_used_ms.map(u64::cast_signed);
    let (cause, check) = (version.cause.name(), &version.check);
    let values = params![
        bytes(version.key),
        version.number,
        wrapped,
        token,
        created_ms,
        used_ms,
        cause,
        check,
    ];
    tx.execute(sql, values).map(drop)
}

/// Marks a key as one whose uses look for grants and a policy.
pub(super) fn guard(tx: &Tx<'_>, key: KeyId) -> Result<(), StoreError> {
    match tx.execute("UPDATE cmk SET guarded = 1 WHERE id = ?1", params![bytes(key)])? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}

/// How a key's id is stored.
pub(super) fn bytes(id: KeyId) -> [u8; 16] {
    id.uuid().into_bytes()
}

/// The key's id in a column.
pub(super) fn id(row: &Row<'_>, column: usize) -> Result<KeyId, CatalogError> {
    Ok(KeyId::from_uuid(Uuid::from_bytes(row.get(column)?)))
}

fn map(row: &Row<'_>) -> Result<Key, CatalogError> {
    let name = |column| row.get::<_, String>(column);
    let unknown = |column: &str| CatalogError::Damaged(format!("a key's {column} is unknown"));
    let due_ms = row.get::<_, Option<i64>>(7)?.map(i64::cast_unsigned);
    Ok(Key {
        id: id(row, 0)?,
        account_id: row.get(1)?,
        domain_id: row.get(2)?,
        region: row.get(3)?,
        spec: KeySpec::from_name(&name(4)?).ok_or_else(|| unknown("spec"))?,
        usage: KeyUsage::EncryptDecrypt,
        origin: KeyOrigin::from_name(&name(5)?).ok_or_else(|| unknown("origin"))?,
        state: KeyState::from_name(&name(6)?, due_ms).ok_or_else(|| unknown("state"))?,
        description: row.get(8)?,
        created_ms: row.get::<_, i64>(9)?.cast_unsigned(),
        default_for: row.get(10)?,
        version: row.get(11)?,
        revision: row.get::<_, i64>(12)?.cast_unsigned(),
        rotation: match (row.get(13)?, row.get::<_, Option<i64>>(14)?) {
            (Some(days), Some(next_ms)) => {
                Some(Rotation { days, next_ms: next_ms.cast_unsigned() })
            }
            _ => None,
        },
        expires_ms: row.get::<_, Option<i64>>(15)?.map(i64::cast_unsigned),
        guarded: row.get(16)?,
        frozen: row.get(17)?,
    })
}
