//! The alias of an account: a second name, unique in the gateway.

use super::error::IdentityError;
use crate::catalog::driver::params;
use crate::catalog::{Catalog, CatalogError};

impl Catalog {
    /// Gives the account an alias in place of the one it had. `Exists` when it
    /// is another account's.
    pub async fn account_alias_put(
        &self,
        account_id: &str,
        alias: &str,
    ) -> Result<(), IdentityError> {
        let (account, alias) = (account_id.to_owned(), alias.to_owned());
        self.write(move |tx| {
            let sql = "INSERT OR IGNORE INTO account_alias (account, alias) VALUES (?1, ?2) \
                       ON CONFLICT (account) DO UPDATE SET alias = excluded.alias";
            let owner = "SELECT account FROM account_alias WHERE alias = ?1";
            let taken: Option<String> = tx.find(owner, params![alias], |row| Ok(row.get(0)?))?;
            match taken {
                Some(other) if other != account => Err(IdentityError::Exists("alias", alias)),
                _ => Ok(tx.execute(sql, params![account, alias]).map(drop)?),
            }
        })
        .await
    }

    /// The account's alias.
    pub async fn account_alias_find(
        &self,
        account_id: &str,
    ) -> Result<Option<String>, CatalogError> {
        let sql = "SELECT alias FROM account_alias WHERE account = ?1";
        self.read(|tx| tx.find(sql, params![account_id], |row| Ok(row.get(0)?)))
    }

    /// Takes the alias away. `NoSuch` when it is not this account's.
    pub async fn account_alias_delete(
        &self,
        account_id: &str,
        alias: &str,
    ) -> Result<(), IdentityError> {
        let (account, alias) = (account_id.to_owned(), alias.to_owned());
        self.write(move |tx| {
            let sql = "DELETE FROM account_alias WHERE account = ?1 AND alias = ?2";
            match tx.execute(sql, params![account, alias])? {
                0 => Err(IdentityError::NoSuch("account alias", alias)),
                _ => Ok(()),
            }
        })
        .await
    }
}
