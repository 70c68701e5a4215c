//! Bucket settings: Put, Get and Delete written once.
//!
//! A setting is a document of a bucket under a keyword. A new one is a file
//! here that implements [`BucketSetting`], and three rows in `routes`.

mod bucket_policy;
mod bucket_tagging;
mod cors;
mod encryption;
mod ownership_controls;
mod public_access_block;

use std::future::Future;

use policy::Action;

use super::bucket::named;
use super::operation::{Need, On, Operation};
use super::work::Work;
use crate::dialect::Dialect;
use crate::http::{Code, Fault, Incoming, Reply};

pub use bucket_policy::BucketPolicy;
pub use bucket_tagging::BucketTagging;
pub use cors::{BucketCors, CorsRule, cors_rules};
pub use encryption::{BucketEncryption, encryption_default};
pub use ownership_controls::OwnershipControls;
pub use public_access_block::PublicAccessBlock;

/// A kind of setting.
pub trait BucketSetting: Sized + Send + Sync + 'static {
    /// The keyword under which the catalog keeps it.
    const KEYWORD: &'static str;
    /// Names of the operations: Put, Get, Delete.
    const NAMES: [&'static str; 3];
    /// Actions: Put, Get, Delete.
    const ACTIONS: [Action; 3];
    /// The code of a bucket without this setting.
    const ABSENT: Code;

    /// Reads and checks a client's document.
    fn parse(document: &[u8], bucket: &str) -> Result<Self, Fault>;

    /// Checks that need more than the document.
    fn check(&self, work: &Work) -> impl Future<Output = Result<(), Fault>> + Send;

    /// The stored form.
    fn store(&self) -> Result<Vec<u8>, Fault>;

    /// Reads the stored form. Errors: `InternalError`; a setting that cannot be
    /// read is never taken for an absent one.
    fn load(stored: &[u8]) -> Result<Self, Fault>;

    /// What a bucket without this setting answers to a Get. Errors: the code of
    /// its absence, unless the setting has a value then too.
    fn unset() -> Result<Self, Fault> {
        Err(Self::ABSENT.into())
    }

    /// The answer to a Put that succeeded.
    fn accepted() -> Reply;

    /// The answer to a Get.
    fn render(&self, dialect: &'static Dialect) -> Reply;
}

/// Sets a setting.
pub struct PutSetting<S> {
    bucket: String,
    setting: S,
}

/// Reads a setting.
pub struct GetSetting<S> {
    bucket: String,
    kind: std::marker::PhantomData<fn() -> S>,
}

/// Removes a setting.
pub struct DeleteSetting<S> {
    bucket: String,
    kind: std::marker::PhantomData<fn() -> S>,
}

impl<S: BucketSetting> Operation for PutSetting<S> {
    const NAME: &'static str = S::NAMES[0];
    type Output = ();

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let bucket = named(request)?;
        let setting = S::parse(&request.document, &bucket)?;
        Ok(Self { bucket, setting })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(S::ACTIONS[0], On::Bucket(self.bucket.clone()))]
    }

    async fn run(self, work: &Work) -> Result<(), Fault> {
        self.setting.check(work).await?;
        let row = work.bucket(0)?.bucket.row;
        let stored = self.setting.store()?;
        Ok(work.gateway.catalog.setting_put(row, S::KEYWORD, stored).await?)
    }

    fn render((): (), _: &'static Dialect) -> Reply {
        S::accepted()
    }
}

impl<S: BucketSetting> Operation for GetSetting<S> {
    const NAME: &'static str = S::NAMES[1];
    type Output = S;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        Ok(Self { bucket: named(request)?, kind: std::marker::PhantomData })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(S::ACTIONS[1], On::Bucket(self.bucket.clone()))]
    }

    async fn run(self, work: &Work) -> Result<S, Fault> {
        match work.bucket(0)?.settings.get(S::KEYWORD) {
            Some(stored) => S::load(stored),
            None => S::unset().map_err(|fault| fault.detail("BucketName", &self.bucket)),
        }
    }

    fn render(setting: S, dialect: &'static Dialect) -> Reply {
        setting.render(dialect)
    }
}

impl<S: BucketSetting> Operation for DeleteSetting<S> {
    const NAME: &'static str = S::NAMES[2];
    type Output = ();

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        Ok(Self { bucket: named(request)?, kind: std::marker::PhantomData })
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::new(S::ACTIONS[2], On::Bucket(self.bucket.clone()))]
    }

    async fn run(self, work: &Work) -> Result<(), Fault> {
        let row = work.bucket(0)?.bucket.row;
        Ok(work.gateway.catalog.setting_delete(row, S::KEYWORD).await?)
    }

    fn render((): (), _: &'static Dialect) -> Reply {
        Reply::no_content()
    }
}
