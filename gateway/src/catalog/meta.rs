//! Single values by name: the catalog's identity, the root's record, and what
//! else must be created exactly once.

use uuid::Uuid;

use super::Catalog;
use super::driver::{Tx, params};
use super::error::CatalogError;
use super::model::StoreIdentity;

const STORE: &str = "store/identity";
const EPOCH: &str = "store/epoch";

impl Catalog {
    /// The value of this name, if there is one.
    pub async fn meta_find(&self, name: &str) -> Result<Option<Vec<u8>>, CatalogError> {
        self.read(|tx| find(tx, name))
    }

    /// Creates a value; `Exists` when there is one: of several that try, one wins.
    pub async fn meta_create(&self, name: &str, value: Vec<u8>) -> Result<(), CatalogError> {
        let name = name.to_owned();
        self.write(move |tx| create(tx, &name, &value)).await
    }

    /// Replaces a value; `Changed` when it is no longer `expected`.
    pub async fn meta_update(
        &self,
        name: &str,
        expected: Vec<u8>,
        new: Vec<u8>,
    ) -> Result<(), CatalogError> {
        let name = name.to_owned();
        self.write(move |tx| {
            let sql = "UPDATE meta SET value = ?3 WHERE name = ?1 AND value = ?2";
            match tx.execute(sql, params![name, expected, new])? {
                0 => Err(CatalogError::Changed),
                _ => Ok(()),
            }
        })
        .await
    }

    /// All values whose names start with `prefix`, in order of name.
    pub async fn meta_list(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, CatalogError> {
        let sql = "SELECT name, value FROM meta WHERE name >= ?1 \
                   AND substr(name, 1, length(?1)) = ?1 ORDER BY name";
        self.read(|tx| tx.list(sql, params![prefix], |row| Ok((row.get(0)?, row.get(1)?))))
    }

    /// What the catalog calls itself.
    pub async fn identity(&self) -> Result<StoreIdentity, CatalogError> {
        let (store, epoch) = self.read(|tx| Ok((find(tx, STORE)?, find(tx, EPOCH)?)))?;
        match (uuid(store), uuid(epoch)) {
            (Some(store), Some(epoch)) => Ok(StoreIdentity { store, epoch }),
            _ => Err(CatalogError::Damaged("the catalog has no identity".to_owned())),
        }
    }
}

/// Draws the catalog's identity when it has none.
pub(super) fn identity_create(tx: &Tx<'_>) -> Result<(), CatalogError> {
    for name in [STORE, EPOCH] {
        if find(tx, name)?.is_none() {
            create(tx, name, Uuid::new_v4().as_bytes())?;
        }
    }
    Ok(())
}

fn find(tx: &Tx<'_>, name: &str) -> Result<Option<Vec<u8>>, CatalogError> {
    tx.find("SELECT value FROM meta WHERE name = ?1", params![name], |row| Ok(row.get(0)?))
}

fn create(tx: &Tx<'_>, name: &str, value: &[u8]) -> Result<(), CatalogError> {
    let sql = "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    match tx.execute(sql, params![name, value])? {
        0 => Err(CatalogError::Exists("name")),
        _ => Ok(()),
    }
}

fn uuid(bytes: Option<Vec<u8>>) -> Option<Uuid> {
    Uuid::from_slice(&bytes?).ok()
}
