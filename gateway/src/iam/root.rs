//! The root account: made at the first start, with its access key.
//!
//! The credentials file is written before the account is committed: a crash
//! between leaves a file that the next start replaces, never an account whose
//! secret nobody has.

use std::path::Path;

use subtle::ConstantTimeEq;

use crate::catalog::model::Account;

use super::{Error, Iam, KeyPair, NewAccount, credentials_file, draw};

/// Display name of the root account.
pub const ROOT_NAME: &str = "root";

/// The root account's key as the operator gave it.
pub type GivenRoot = Option<KeyPair>;

impl Iam {
    /// The root account, created when there is none. A given key is created too,
    /// or must be the recorded one; without one, the first start draws it and
    /// writes `credentials` into `data_dir`. Errors: `Invalid` when a given key
    /// contradicts the recorded one, `Taken`, `Unavailable`.
    pub async fn root_bootstrap(
        &self,
        given: GivenRoot,
        data_dir: &Path,
        now_ms: i64,
    ) -> Result<Account, Error> {
        let given = given.map(KeyPair::checked).transpose()?;
        match (self.catalog.account_find_by_name(ROOT_NAME).await?, given) {
            (Some(root), None) => Ok(root),
            (Some(root), Some(pair)) => {
                self.root_key_ensure(&root, pair, now_ms).await?;
                Ok(root)
            }
            (None, Some(pair)) => self.root_create(pair, now_ms).await,
            (None, None) => {
                let pair = KeyPair { id: draw::access_key_id()?, secret: draw::secret_key()? };
                credentials_file::write(data_dir, &pair.id, &pair.secret).map_err(|error| {
                    Error::Unavailable(format!("the credentials file cannot be written: {error}"))
                })?;
                self.root_create(pair, now_ms).await
            }
        }
    }

    async fn root_create(&self, pair: KeyPair, now_ms: i64) -> Result<Account, Error> {
        let new = NewAccount { name: ROOT_NAME.to_owned(), email: None, key: Some(pair) };
        let (account, _) = self.account_create(new, now_ms).await?;
        Ok(account)
    }

    async fn root_key_ensure(
        &self,
        root: &Account,
        pair: KeyPair,
        now_ms: i64,
    ) -> Result<(), Error> {
        let must = "the recorded one for this root_access_key; give another root_access_key";
        match self.catalog.access_key_find(&pair.id).await? {
            None => {
                let key = self.seal(&root.id, &pair, now_ms).await?;
                Ok(self.catalog.access_key_create(key).await?)
            }
            Some(held) if held.user.is_none() && held.account.id == root.id => {
                let recorded = self.open(&held.key).await?;
                match bool::from(recorded.expose().ct_eq(pair.secret.expose())) {
                    true => Ok(()),
                    false => Err(Error::Invalid { field: "root_secret_key", must }),
                }
            }
            Some(_) => Err(Error::Taken("root_access_key")),
        }
    }
}
