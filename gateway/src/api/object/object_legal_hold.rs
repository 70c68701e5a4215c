//! GetObjectLegalHold and PutObjectLegalHold (S3 API reference).

use policy::Action;

use super::named_version::NamedVersion;
use crate::api::lock::without_lock;
use crate::api::operation::{Need, Operation};
use crate::api::setting::lock_rule;
use crate::api::work::Work;
use crate::catalog::model::Metadata;
use crate::dialect::Dialect;
use crate::http::xml::{self, Element};
use crate::http::{Code, Fault, Incoming, Reply};

/// Reads whether a version is held.
pub struct GetObjectLegalHold(NamedVersion);

/// Holds a version, or lets it go.
pub struct PutObjectLegalHold {
    named: NamedVersion,
    on: bool,
}

impl Operation for GetObjectLegalHold {
    const NAME: &'static str = "GetObjectLegalHold";
    type Output = bool;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        NamedVersion::parse(request).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        vec![self.0.need(Action::GetObjectLegalHold, Action::GetObjectLegalHold)]
    }

    async fn run(self, work: &Work) -> Result<bool, Fault> {
        lock_rule(work.bucket(0)?)?.ok_or_else(without_lock)?;
        let hold = self.0.find(work)?.object.metadata.legal_hold;
        hold.ok_or_else(|| Code::NoSuchObjectLockConfiguration.into())
    }

    fn render(on: bool, dialect: &'static Dialect) -> Reply {
        Reply::xml(xml::document("LegalHold", Some(dialect.namespace), |root| {
            root.text("Status", if on { "ON" } else { "OFF" });
        }))
    }
}

impl Operation for PutObjectLegalHold {
    const NAME: &'static str = "PutObjectLegalHold";
    type Output = ();

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let root = Element::parse(&request.document, "LegalHold")?;
        let on = match root.required("Status")? {
            "ON" => true,
            "OFF" => false,
            _ => return Err(xml::malformed("unknown status")),
        };
        Ok(Self { named: NamedVersion::parse(request)?, on })
    }

    fn needs(&self) -> Vec<Need> {
        vec![self.named.need(Action::PutObjectLegalHold, Action::PutObjectLegalHold)]
    }

    async fn run(self, work: &Work) -> Result<(), Fault> {
        lock_rule(work.bucket(0)?)?.ok_or_else(without_lock)?;
        let on = self.on;
        let change = move |metadata: &mut Metadata| {
            metadata.legal_hold = Some(on);
            Ok(())
        };
        self.named.change(work, change).await.map(drop)
    }

    fn render((): (), _: &'static Dialect) -> Reply {
        Reply::ok()
    }
}
