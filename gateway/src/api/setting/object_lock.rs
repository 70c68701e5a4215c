//! Object lock of a bucket and its default retention (S3
//! "PutObjectLockConfiguration"). Once on it stays on.

use policy::Action;
use serde::{Deserialize, Serialize};

use super::BucketSetting;
use crate::api::lock::{mode_name, mode_named};
use crate::api::work::Work;
use crate::catalog::model::{BucketFacts, LOCK, Retention, RetentionMode, Versioning};
use crate::dialect::Dialect;
use crate::http::xml::{self, Element, malformed};
use crate::http::{Code, Fault, Reply};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Most days of a default retention: 100 years, as AWS allows.
const DAYS_MAX: u32 = 36_500;

/// The setting, stored as JSON. Its presence is what turns object lock on.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct ObjectLock {
    default: Option<DefaultRetention>,
}

/// A default retention, in days or years as the client wrote it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct DefaultRetention {
    mode: RetentionMode,
    days: Option<u32>,
    years: Option<u32>,
}

/// The object lock of a bucket, if it has one.
pub fn lock_rule(facts: &BucketFacts) -> Result<Option<ObjectLock>, Fault> {
    facts.settings.get(LOCK).map(|stored| ObjectLock::load(stored)).transpose()
}

impl ObjectLock {
    /// What a version that is written now is kept by when nothing was asked.
    pub fn retention(&self, now_ms: i64) -> Option<Retention> {
        let DefaultRetention { mode, days, years } = self.default?;
        let days = i64::from(days.unwrap_or(0)) + 365 * i64::from(years.unwrap_or(0));
        Some(Retention { mode, until_ms: now_ms.saturating_add(days * DAY_MS) })
    }
}

impl DefaultRetention {
    fn parse(rule: &Element) -> Result<Self, Fault> {
        let default = rule.child("DefaultRetention")?.ok_or_else(|| malformed("no default"))?;
        let mode = mode_named(default.required("Mode")?).ok_or_else(|| malformed("unknown mode"))?;
        let number = |name| -> Result<Option<u32>, Fault> {
            let Some(text) = default.child_text(name)? else { return Ok(None) };
            let number: i64 = text.parse().map_err(|_| malformed("not a number"))?;
            let limit = i64::from(if name == "Years" { DAYS_MAX / 365 } else { DAYS_MAX });
            match (1..=limit).contains(&number) {
                true => Ok(u32::try_from(number).ok()),
                false => Err(Fault::new(Code::InvalidArgument)
                    .message(format!("Default retention period must be a positive integer value and at most {limit}"))),
            }
        };
        let (days, years) = (number("Days")?, number("Years")?);
        match days.is_some() == years.is_some() {
            true => Err(malformed("either days or years")),
            false => Ok(Self { mode, days, years }),
        }
    }
}

impl BucketSetting for ObjectLock {
    const KEYWORD: &'static str = LOCK;
    /// There is no way to turn it off; the third name and action go unused.
    const NAMES: [&'static str; 3] =
        ["PutObjectLockConfiguration", "GetObjectLockConfiguration", "-"];
    const ACTIONS: [Action; 3] = [
        Action::PutBucketObjectLockConfiguration,
        Action::GetBucketObjectLockConfiguration,
        Action::PutBucketObjectLockConfiguration,
    ];
    const ABSENT: Code = Code::ObjectLockConfigurationNotFoundError;

    fn parse(document: &[u8], _: &str) -> Result<Self, Fault> {
        let root = Element::parse(document, "ObjectLockConfiguration")?;
        if root.required("ObjectLockEnabled")? != "Enabled" {
            return Err(malformed("object lock can only be enabled"));
        }
        let default = root.child("Rule")?.map(DefaultRetention::parse).transpose()?;
        Ok(Self { default })
    }

    async fn check(&self, work: &Work) -> Result<(), Fault> {
        match work.bucket(0)?.bucket.versioning {
            Versioning::Enabled => Ok(()),
            Versioning::Off | Versioning::Suspended => Err(Fault::new(Code::InvalidBucketState)
                .message("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")),
        }
    }

    fn store(&self) -> Result<Vec<u8>, Fault> {
        serde_json::to_vec(self).map_err(Fault::internal)
    }

    fn load(stored: &[u8]) -> Result<Self, Fault> {
        serde_json::from_slice(stored).map_err(Fault::internal)
    }

    fn accepted() -> Reply {
        Reply::ok()
    }

    fn render(&self, dialect: &'static Dialect) -> Reply {
        Reply::xml(xml::document("ObjectLockConfiguration", Some(dialect.namespace), |root| {
            root.text("ObjectLockEnabled", "Enabled");
            let Some(DefaultRetention { mode, days, years }) = self.default else { return };
            root.element("Rule", |rule| {
                rule.element("DefaultRetention", |default| {
                    default.text("Mode", mode_name(mode));
                    default.some("Days", days.map(|days| days.to_string()));
                    default.some("Years", years.map(|years| years.to_string()));
                });
            });
        }))
    }
}
