//! DeleteObjects (S3 API reference; OBS "Deleting Objects").

use percent_encoding::percent_decode_str;
use policy::Action;

use super::delete_object::delete_action;
use crate::api::bucket::named;
use crate::api::lock::bypass_asked;
use crate::api::object::version_named;
use crate::api::operation::{Need, On, Operation};
use crate::api::work::Work;
use crate::authorize::denied;
use crate::catalog::model::{Deleted, Deletion, Precondition, VersionRef};
use crate::dialect::Dialect;
use crate::http::xml::{self, Element, malformed};
use crate::http::{Code, Fault, Incoming, Reply};

/// Most keys of one request.
const LIMIT: usize = 1000;

/// Removes up to 1,000 objects; each answers for itself.
pub struct DeleteObjects {
    bucket: String,
    quiet: bool,
    keys: Vec<Doomed>,
    bypass: bool,
}

struct Doomed {
    key: String,
    version: VersionRef,
    precondition: Precondition,
    bypass: bool,
}

/// What became of each key.
pub struct Outcomes {
    quiet: bool,
    keys: Vec<(Doomed, Result<Deleted, Fault>)>,
}

impl Operation for DeleteObjects {
    const NAME: &'static str = "DeleteObjects";
    type Output = Outcomes;

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        let bucket = named(request)?;
        let root = Element::parse(&request.document, "Delete")?;
        let encoded = root.child_text("EncodingType")? == Some("url");
        let keys = root.all("Object").map(|object| Doomed::parse(object, encoded));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() || keys.len() > LIMIT {
            return Err(malformed("none or more than 1,000 keys"));
        }
        Ok(Self {
            bucket,
            quiet: root.child_text("Quiet")? == Some("true"),
            keys,
            bypass: bypass_asked(request)?,
        })
    }

    fn needs(&self) -> Vec<Need> {
        let need = |doomed: &Doomed| {
            let on = On::Object(self.bucket.clone(), doomed.key.clone());
            Need::new(delete_action(&doomed.version), on).soft()
        };
        let bypass = |doomed: &Doomed| {
            let on = On::Object(self.bucket.clone(), doomed.key.clone());
            Need::new(Action::BypassGovernanceRetention, on).soft()
        };
        // Rights to delete first, then the rights to bypass, in the order of keys.
        let bypasses = self.keys.iter().filter(|_| self.bypass).map(bypass);
        self.keys.iter().map(need).chain(bypasses).collect()
    }

    async fn run(self, work: &Work) -> Result<Outcomes, Fault> {
        let deleter = work.deleter(work.bucket(0)?);
        let bypasses = work.allowed.iter().skip(self.keys.len()).copied();
        let bypasses = bypasses.chain(std::iter::repeat(false));
        let mut keys = self.keys;
        keys.iter_mut().zip(bypasses).for_each(|(doomed, bypass)| doomed.bypass = bypass);
        let (allowed, refused): (Vec<_>, Vec<_>) =
            keys.into_iter().zip(&work.allowed).partition(|(_, allowed)| **allowed);
        let deletions = allowed.iter().map(|(doomed, _)| doomed.deletion()).collect();
        let deleted = work.gateway.catalog.versions_delete(deleter, deletions).await?;
        let allowed = allowed.into_iter().map(|(doomed, _)| doomed);
        let done = allowed.zip(deleted.into_iter().map(|result| result.map_err(Fault::from)));
        let denied = refused.into_iter().map(|(doomed, _)| (doomed, Err(denied("a policy"))));
        Ok(Outcomes { quiet: self.quiet, keys: done.chain(denied).collect() })
    }

    fn render(outcomes: Outcomes, dialect: &'static Dialect) -> Reply {
        let document = xml::document("DeleteResult", Some(dialect.namespace), |root| {
            for (doomed, outcome) in &outcomes.keys {
                match outcome {
                    Ok(_) if outcomes.quiet => {}
                    Ok(deleted) => root.element("Deleted", |entry| doomed.render(entry, deleted)),
                    Err(fault) => root.element("Error", |entry| {
                        entry.text("Key", &doomed.key);
                        entry.some("VersionId", doomed.version_text());
                        entry.text("Code", dialect.code_name(fault.code));
                        entry.text("Message", &fault.message);
                    }),
                }
            }
        });
        Reply::xml(document)
    }
}

impl Doomed {
    fn parse(object: &Element, encoded: bool) -> Result<Self, Fault> {
        // Space is a legal part of a key: the text is not trimmed.
        let key = object.child("Key")?.ok_or_else(|| malformed("no key"))?.text.as_str();
        let key = match encoded {
            false => key.to_owned(),
            true => {
                let spaced = key.replace('+', " ");
                let decoded = percent_decode_str(&spaced).decode_utf8();
                decoded.map_err(|_| malformed("key is not UTF-8"))?.into_owned()
            }
        };
        if key.is_empty() || key.len() > 1024 {
            return Err(Code::KeyTooLongError.into());
        }
        let version = match object.child_text("VersionId")?.filter(|text| !text.is_empty()) {
            None => VersionRef::Latest,
            Some(text) => VersionRef::Exact(version_named(text)?),
        };
        let precondition = match object.child_text("ETag")? {
            None => Precondition::None,
            Some("*") => Precondition::Present,
            Some(etag) => Precondition::Etag(crate::api::condition::unquoted(etag).to_owned()),
        };
        Ok(Self { key, version, precondition, bypass: false })
    }

    fn deletion(&self) -> Deletion {
        Deletion {
            key: self.key.clone().into_bytes(),
            version: self.version.clone(),
            precondition: self.precondition.clone(),
            bypass: self.bypass,
        }
    }

    fn version_text(&self) -> Option<&str> {
        match &self.version {
            VersionRef::Latest => None,
            VersionRef::Exact(id) => Some(id.as_str()),
        }
    }

    fn render(&self, entry: &mut xml::Writer, deleted: &Deleted) {
        entry.text("Key", &self.key);
        entry.some("VersionId", self.version_text());
        if deleted.marker {
            entry.value("DeleteMarker", true);
            entry.some("DeleteMarkerVersionId", deleted.version_id.as_ref().map(|id| id.as_str()));
        }
    }
}
