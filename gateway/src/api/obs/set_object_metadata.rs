//! SetObjectMetadata (OBS "Modifying Object Metadata"): `PUT /key?metadata`.

use policy::{Action, Attribute};

use crate::api::acl::AskedAcl;
use crate::api::object::{self, parse_metadata};
use crate::api::operation::{Need, On, Operation};
use crate::api::sse::refuse_on_read;
use crate::api::work::Work;
use crate::catalog::CatalogError;
use crate::catalog::model::{Metadata, VersionRef};
use crate::dialect::Dialect;
use crate::http::{Code, Fault, Incoming, Reply};

/// Changes what is said about an object, and none of its bytes.
pub struct SetObjectMetadata {
    bucket: String,
    key: String,
    version: VersionRef,
    given: Metadata,
    directive: Directive,
}

/// What becomes of metadata that the request does not give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Directive {
    /// It goes.
    Replace,
    /// Standard headers stay; user metadata go, when the request gives any.
    ReplaceNew,
}

impl Operation for SetObjectMetadata {
    const NAME: &'static str = "SetObjectMetadata";
    /// The metadata that the request gave.
    type Output = Metadata;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let (bucket, key) = object::target(request)?;
        let directive = match request.vendor("metadata-directive")? {
            Some("REPLACE") => Directive::Replace,
            None | Some("REPLACE_NEW") => Directive::ReplaceNew,
            Some(other) => {
                let why = "The metadata directive must be REPLACE or REPLACE_NEW.";
                return Err(Fault::argument("x-obs-metadata-directive", other, why));
            }
        };
        refuse_on_read(request)?;
        let given = parse_metadata(request)?;
        let lists = !matches!(AskedAcl::of_headers(request)?, AskedAcl::None);
        if lists || !given.tags.is_empty() {
            let why = "Tags and ACLs are set by requests of their own.";
            return Err(Fault::new(Code::InvalidArgument).message(why));
        }
        Ok(Self { bucket, key, version: object::version(request)?, given, directive })
    }

    fn needs(&self) -> Vec<Need> {
        let version = match &self.version {
            VersionRef::Latest => None,
            VersionRef::Exact(id) => Some(id.as_str()),
        };
        let on = On::Version(self.bucket.clone(), self.key.clone(), self.version.clone());
        vec![Need::new(Action::ModifyObjectMetaData, on).when(Attribute::VersionId, version)]
    }

    async fn run(self, work: &Work) -> Result<Metadata, Fault> {
        let version = work.version(0).ok_or(Code::NoSuchKey)?;
        let stored = version.object.as_ref().ok_or(Code::NoSuchKey)?;
        let given = self.given.clone();
        // Merged with what is there in the commit: tags and holds may have come since.
        let edit = move |metadata: &mut Metadata| -> Result<(), CatalogError> {
            *metadata = self.merged(metadata);
            Ok(())
        };
        work.gateway.catalog.metadata_edit(stored.write_id, edit).await?;
        Ok(given)
    }

    fn render(given: Metadata, dialect: &'static Dialect) -> Reply {
        let headers = given.headers.into_iter();
        let user = given.user.into_iter();
        let user = user.map(|(name, value)| (dialect.header(&format!("meta-{name}")), value));
        let vendor = given.vendor.into_iter();
        let vendor = vendor.map(|(name, value)| (dialect.header(&name), value));
        let all = headers.chain(user).chain(vendor);
        all.fold(Reply::ok(), |reply, (name, value)| reply.with(&name, value))
    }
}

/// Settings in [`Metadata::vendor`] that clients may change.
const CHANGEABLE: [&str; 1] = ["website-redirect-location"];

impl SetObjectMetadata {
    fn merged(&self, stored: &Metadata) -> Metadata {
        let mut merged = stored.clone();
        if self.directive == Directive::Replace {
            merged.headers.clear();
            merged.vendor.retain(|name, _| !CHANGEABLE.contains(&name.as_str()));
        }
        if self.directive == Directive::Replace || !self.given.user.is_empty() {
            merged.user.clone_from(&self.given.user);
        }
        merged.headers.extend(self.given.headers.clone());
        merged.vendor.extend(self.given.vendor.clone());
        merged
    }
}
