//! GetObjectRetention and PutObjectRetention (S3 API reference).

use policy::Action;

use super::named_version::NamedVersion;
use crate::api::lock::{self, mode_name, mode_named, without_lock};
use crate::api::operation::{Need, Operation};
use crate::api::setting::lock_rule;
use crate::api::work::Work;
use crate::catalog::CatalogError;
use crate::catalog::model::{Metadata, Retention};
use crate::dialect::Dialect;
use crate::http::xml::{self, Element};
use crate::http::{Code, Fault, Incoming, Reply};

/// Reads until when a version is kept.
pub struct GetObjectRetention(NamedVersion);

/// Sets until when a version is kept.
pub struct PutObjectRetention {
    named: NamedVersion,
    retention: Option<Retention>,
    bypass: bool,
}

impl Operation for GetObjectRetention {
    const NAME: &'static str = "GetObjectRetention";
    type Output = Retention;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        NamedVersion::parse(request).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        vec![self.0.need(Action::GetObjectRetention, Action::GetObjectRetention)]
    }

    async fn run(self, work: &Work) -> Result<Retention, Fault> {
        lock_rule(work.bucket(0)?)?.ok_or_else(without_lock)?;
        let retention = self.0.find(work)?.object.metadata.retention;
        retention.ok_or_else(|| Code::NoSuchObjectLockConfiguration.into())
    }

    fn render(retention: Retention, dialect: &'static Dialect) -> Reply {
        Reply::xml(xml::document("Retention", Some(dialect.namespace), |root| {
            root.text("Mode", mode_name(retention.mode));
            root.text("RetainUntilDate", xml::date(retention.until_ms));
        }))
    }
}

impl Operation for PutObjectRetention {
    const NAME: &'static str = "PutObjectRetention";
    type Output = ();

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let root = Element::parse(&request.document, "Retention")?;
        let retention = match (root.child_text("Mode")?, root.child_text("RetainUntilDate")?) {
            (None, None) => None,
            (Some(mode), Some(until)) => {
                let mode = mode_named(mode).ok_or_else(|| xml::malformed("unknown mode"))?;
                Some(Retention { mode, until_ms: lock::future(until, request)? })
            }
            _ => return Err(xml::malformed("mode and date come together")),
        };
        let bypass = lock::bypass_asked(request)?;
        Ok(Self { named: NamedVersion::parse(request)?, retention, bypass })
    }

    fn needs(&self) -> Vec<Need> {
        let mut needs =
            vec![self.named.need(Action::PutObjectRetention, Action::PutObjectRetention)];
        if self.bypass {
            let bypass = Action::BypassGovernanceRetention;
            needs.push(self.named.need(bypass, bypass));
        }
        needs
    }

    async fn run(self, work: &Work) -> Result<(), Fault> {
        lock_rule(work.bucket(0)?)?.ok_or_else(without_lock)?;
        let (next, bypass, now_ms) = (self.retention, self.bypass, work.request.received_ms());
        // Judged by what stands there in the commit, not by the snapshot.
        let change = move |metadata: &mut Metadata| {
            let yields = metadata
                .retention
                .is_none_or(|kept| kept.yields_to(next.as_ref(), bypass, now_ms));
            if !yields {
                return Err(CatalogError::Held);
            }
            metadata.retention = next;
            Ok(())
        };
        self.named.change(work, change).await.map(drop)
    }

    fn render((): (), _: &'static Dialect) -> Reply {
        Reply::ok()
    }
}
