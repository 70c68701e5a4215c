//! The quota of a bucket (OBS "Configuring Bucket Storage Quota"). The catalog
//! holds writes to it, in the transaction that makes them visible.

use policy::Action;

use crate::api::setting::BucketSetting;
use crate::api::work::Work;
use crate::catalog::QUOTA;
use crate::dialect::Dialect;
use crate::http::xml::{self, Element};
use crate::http::{Code, Fault, Reply};

/// Most bytes that a bucket may hold; 0 for no limit.
pub struct BucketQuota(u64);

impl BucketSetting for BucketQuota {
    const KEYWORD: &'static str = QUOTA;
    /// OBS has no deletion: a quota of 0 takes its place.
    const NAMES: [&'static str; 3] = ["PutBucketQuota", "GetBucketQuota", "DeleteBucketQuota"];
    const ACTIONS: [Action; 3] =
        [Action::PutBucketQuota, Action::GetBucketQuota, Action::PutBucketQuota];
    const ABSENT: Code = Code::InternalError;

    fn parse(document: &[u8], _: &str) -> Result<Self, Fault> {
        let malformed = |cause: &str| Fault::new(Code::MalformedQuotaError).cause(cause);
        let root = Element::parse(document, "Quota").map_err(|_| malformed("no quota"))?;
        let text = root.required("StorageQuota").map_err(|_| malformed("no number"))?;
        // OBS takes what fits a signed 64-bit number.
        let quota = text.parse::<i64>().ok().and_then(|quota| u64::try_from(quota).ok());
        quota.map(Self).ok_or_else(|| malformed("not a number"))
    }

    async fn check(&self, _: &Work) -> Result<(), Fault> {
        Ok(())
    }

    fn store(&self) -> Result<Vec<u8>, Fault> {
        Ok(self.0.to_string().into_bytes())
    }

    fn load(stored: &[u8]) -> Result<Self, Fault> {
        let quota = std::str::from_utf8(stored).ok().and_then(|text| text.parse().ok());
        quota.map(Self).ok_or_else(|| Fault::internal("a quota is not a number"))
    }

    fn unset() -> Result<Self, Fault> {
        Ok(Self(0))
    }

    fn accepted() -> Reply {
        Reply::ok()
    }

    fn render(&self, dialect: &'static Dialect) -> Reply {
        Reply::xml(xml::document("Quota", Some(dialect.namespace), |root| {
            root.value("StorageQuota", self.0);
        }))
    }
}
