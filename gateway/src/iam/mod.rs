//! Accounts, their access keys, the root account's first one, and sessions.
//!
//! Secrets of access keys stand in the catalog sealed under the service key
//! `secret`, bound to their row, and are opened for one signature at a time.
//! Not here: what an account may do (`authorize`), and signatures (`auth`).

pub mod builtin;
pub mod credentials_file;
mod draw;
mod identity;
mod key_use;
mod rights;
mod root;
mod session;
pub mod token;

use std::sync::Arc;

use kms_core::base::SecretBytes;
use kms_core::key::wrap::WrapContext;
use kms_core::root::ServiceKeys;

use crate::catalog::identity::Bearer;
use crate::catalog::model::{AccessKey, Account};
use crate::catalog::{Catalog, CatalogError};
use crate::config::credential::{is_access_key_id, is_secret_key};

use key_use::KeyUses;

pub use identity::{Identity, Session, policy_account, principal_of};
pub use rights::{BearerRights, RightsCache};
pub use root::{GivenRoot, ROOT_NAME};
pub use session::SessionError;

/// The longest display name in characters.
const NAME_LEN_MAX: usize = 64;

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A name or id is in use: choose another.
    #[error("{0} is taken; choose another")]
    Taken(&'static str),
    /// A value cannot be: correct it.
    #[error("{field} must be {must}")]
    Invalid {
        /// What was given.
        field: &'static str,
        /// What it must be.
        must: &'static str,
    },
    /// Retry later; the text is for the log.
    #[error("accounts are unavailable: {0}")]
    Unavailable(String),
}

impl From<CatalogError> for Error {
    fn from(error: CatalogError) -> Self {
        match error {
            CatalogError::Exists(what) => Self::Taken(what),
            other => Self::Unavailable(other.to_string()),
        }
    }
}

/// What an account is created from.
#[derive(Debug, Default)]
pub struct NewAccount {
    /// Display name, unique.
    pub name: String,
    /// Contact.
    pub email: Option<String>,
    /// Its first access key; drawn when not given.
    pub key: Option<KeyPair>,
}

/// An access key with its secret in the clear.
#[derive(Debug)]
pub struct KeyPair {
    /// The public id.
    pub id: String,
    /// The secret; ASCII text.
    pub secret: SecretBytes,
}

/// Accounts over the catalog. Clones share the service keys.
#[derive(Clone)]
pub struct Iam {
    catalog: Catalog,
    keys: Arc<ServiceKeys>,
    rights: Arc<RightsCache>,
    uses: Arc<KeyUses>,
}

impl Iam {
    /// Accounts of `catalog`, secrets under `keys`.
    pub fn new(catalog: Catalog, keys: Arc<ServiceKeys>) -> Self {
        Self { catalog, keys, rights: Arc::default(), uses: Arc::default() }
    }

    /// Creates an account with its first access key. Errors: `Taken`, `Invalid`,
    /// `Unavailable`.
    pub async fn account_create(
        &self,
        new: NewAccount,
        now_ms: i64,
    ) -> Result<(Account, KeyPair), Error> {
        check_name(&new.name)?;
        check_email(new.email.as_deref())?;
        let pair = match new.key {
            Some(pair) => pair.checked()?,
            None => KeyPair::draw()?,
        };
        let account = draw::account(&new.name, new.email.as_deref(), now_ms)?;
        let key = self.seal(&account.id, &pair, now_ms).await?;
        self.catalog.account_create(account.clone(), Some(key)).await?;
        Ok((account, pair))
    }

    /// Accounts after `after` in the order of their ids, each with its first
    /// access key. Errors: `Unavailable`.
    pub async fn account_list(
        &self,
        after: &str,
        limit: usize,
    ) -> Result<Vec<(Account, Option<AccessKey>)>, Error> {
        let accounts = self.catalog.account_list(after, limit).await?;
        let mut listed = Vec::with_capacity(accounts.len());
        for account in accounts {
            let keys = self.catalog.access_key_list(&account.id).await?;
            listed.push((account, keys.into_iter().next()));
        }
        Ok(listed)
    }

    /// The secret of an active access key and whom it stands for; `None` when
    /// there is no such key. Errors: `Unavailable`.
    pub async fn credential(
        &self,
        access_key_id: &str,
    ) -> Result<Option<(SecretBytes, Identity)>, Error> {
        let found = self.catalog.access_key_find(access_key_id).await?;
        let Some(held) = found.filter(|held| held.key.active) else {
            return Ok(None);
        };
        let secret = self.open(&held.key).await?;
        Ok(Some((
            secret,
            match &held.user {
                None => Identity::root(held.account),
                Some(user) => Identity::user(held.account, user),
            },
        )))
    }

    /// The policies of a user or role, parsed. Errors: the one that cannot be
    /// read, which must deny.
    pub fn rights(&self, bearer: &Bearer) -> Result<Arc<BearerRights>, String> {
        self.rights.of(bearer)
    }

    /// Draws a key for a user, or for the account's root, that is not stored yet.
    /// Errors: `Unavailable`.
    pub async fn key_draw(
        &self,
        account_id: &str,
        now_ms: i64,
    ) -> Result<(AccessKey, KeyPair), Error> {
        let pair = KeyPair::draw()?;
        Ok((self.seal(account_id, &pair, now_ms).await?, pair))
    }

    /// Draws the unique id of a user (`AIDA`), group (`AGPA`), role (`AROA`) or
    /// policy (`ANPA`). Errors: `Unavailable`.
    pub fn unique_id_draw(&self, prefix: &str) -> Result<String, Error> {
        draw::unique_id(prefix)
    }

    /// The secret of an access key. Errors: `Unavailable` when it does not open.
    pub async fn open(&self, key: &AccessKey) -> Result<SecretBytes, Error> {
        let opened = self.keys.open_secret(&place(&key.id), &key.sealed_secret).await;
        opened.map_err(|error| {
            Error::Unavailable(format!(
                "the secret of access key {} does not open: {error}",
                key.id
            ))
        })
    }

    async fn seal(
        &self,
        account_id: &str,
        pair: &KeyPair,
        now_ms: i64,
    ) -> Result<AccessKey, Error> {
        let sealed = self.keys.seal_secret(&place(&pair.id), pair.secret.expose()).await;
        Ok(AccessKey {
            id: pair.id.clone(),
            account_id: account_id.to_owned(),
            entity_id: None,
            sealed_secret: sealed.map_err(|error| Error::Unavailable(error.to_string()))?,
            active: true,
            created_ms: now_ms,
        })
    }
}

impl KeyPair {
    fn draw() -> Result<Self, Error> {
        Ok(Self { id: draw::access_key_id()?, secret: draw::secret_key()? })
    }

    fn checked(self) -> Result<Self, Error> {
        if !is_access_key_id(&self.id) {
            let must = "3 to 128 letters, digits, hyphens, dots or underscores";
            return Err(Error::Invalid { field: "the access key", must });
        }
        if !is_secret_key(self.secret.expose()) {
            let must = "8 to 128 printable characters without spaces";
            return Err(Error::Invalid { field: "the secret key", must });
        }
        Ok(self)
    }
}

/// Where a sealed secret belongs: it opens in no other row.
fn place(access_key_id: &str) -> WrapContext<'_> {
    WrapContext::Secret { table: "access_key", row: access_key_id, column: "sealed_secret" }
}

fn check_name(name: &str) -> Result<(), Error> {
    let len = name.chars().count();
    let fits = (1..=NAME_LEN_MAX).contains(&len)
        && name.trim() == name
        && !name.chars().any(char::is_control);
    let must = "1 to 64 characters without control characters or spaces at its ends";
    if fits { Ok(()) } else { Err(Error::Invalid { field: "the name", must }) }
}

fn check_email(email: Option<&str>) -> Result<(), Error> {
    let fits = email.is_none_or(|email| {
        email.len() <= 254
            && email
                .split_once('@')
                .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
            && !email.chars().any(|c| c.is_control() || c.is_whitespace())
    });
    let must = "an address like name@example.com";
    if fits { Ok(()) } else { Err(Error::Invalid { field: "the email", must }) }
}

#[cfg(test)]
mod tests {
    use kms_core::hsm::software::SoftwareHsm;
    use kms_core::root::Root;

    use super::*;

    async fn iam(dir: &std::path::Path) -> Iam {
        let hsm = Arc::new(SoftwareHsm::open(dir.join("root.key")).unwrap());
        let (root, _) = Root::open(hsm, None).await.unwrap();
        let records = ServiceKeys::generate(&root).await.unwrap();
        let keys = ServiceKeys::open(&root, &records).await.unwrap();
        let catalog = Catalog::open(dir, Arc::new(|| 0)).unwrap();
        Iam::new(catalog, Arc::new(keys))
    }

    fn named(name: &str) -> NewAccount {
        NewAccount { name: name.to_owned(), ..NewAccount::default() }
    }

    #[tokio::test]
    async fn a_secret_copied_into_another_key_does_not_open() {
        let dir = tempfile::tempdir().unwrap();
        let iam = iam(dir.path()).await;
        let (account, pair) = iam.account_create(named("alice"), 0).await.unwrap();
        let (secret, owner) = iam.credential(&pair.id).await.unwrap().unwrap();
        assert_eq!((secret.expose(), &owner.account.id), (pair.secret.expose(), &account.id));

        let mut stolen = iam.catalog.access_key_find(&pair.id).await.unwrap().unwrap().key;
        stolen.id = "MALLORY".to_owned();
        iam.catalog.access_key_create(stolen).await.unwrap();
        assert!(iam.credential("MALLORY").await.is_err());
    }

    #[tokio::test]
    async fn an_inactive_or_unknown_key_is_no_credential() {
        let dir = tempfile::tempdir().unwrap();
        let iam = iam(dir.path()).await;
        let (account, pair) = iam.account_create(named("alice"), 0).await.unwrap();
        let pair = KeyPair { id: "SLEEPING".to_owned(), secret: pair.secret };
        let key = iam.seal(&account.id, &pair, 0).await.unwrap();
        iam.catalog.access_key_create(AccessKey { active: false, ..key }).await.unwrap();
        assert!(iam.credential("SLEEPING").await.unwrap().is_none());
        assert!(iam.credential("NOBODY").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn names_keys_and_emails_that_cannot_be_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let iam = iam(dir.path()).await;
        for name in ["", " alice", "a\nb", &"x".repeat(65)] {
            let refused = iam.account_create(named(name), 0).await.unwrap_err();
            assert!(matches!(refused, Error::Invalid { field: "the name", .. }), "{name:?}");
        }
        let email = Some("no address".to_owned());
        let new = NewAccount { email, ..named("alice") };
        assert!(iam.account_create(new, 0).await.is_err());
        let secret = SecretBytes::copy_from(b"short");
        let key = Some(KeyPair { id: "GOODKEY".to_owned(), secret });
        assert!(iam.account_create(NewAccount { key, ..named("alice") }, 0).await.is_err());
        iam.account_create(named("alice"), 0).await.unwrap();
        let twice = iam.account_create(named("alice"), 0).await.unwrap_err();
        assert!(matches!(twice, Error::Taken(_)));
    }
}
