//! Who owns the objects of a bucket (S3 "PutBucketOwnershipControls").

use policy::Action;

use super::BucketSetting;
use crate::api::work::Work;
use crate::catalog::model::Acl;
use crate::dialect::Dialect;
use crate::grants::{self, ACL, OWNERSHIP, Ownership};
use crate::http::xml::{self, Element, malformed};
use crate::http::{Code, Fault, Reply};

/// The setting, stored as JSON.
pub struct OwnershipControls(Ownership);

impl OwnershipControls {
    /// The ownership of this name. Errors: `MalformedXML`.
    pub fn named(text: &str) -> Result<Ownership, Fault> {
        match text {
            "ObjectWriter" => Ok(Ownership::ObjectWriter),
            "BucketOwnerPreferred" => Ok(Ownership::BucketOwnerPreferred),
            "BucketOwnerEnforced" => Ok(Ownership::BucketOwnerEnforced),
            _ => Err(malformed("unknown ownership")),
        }
    }
}

impl BucketSetting for OwnershipControls {
    const KEYWORD: &'static str = OWNERSHIP;
    const NAMES: [&'static str; 3] = [
        "PutBucketOwnershipControls",
        "GetBucketOwnershipControls",
        "DeleteBucketOwnershipControls",
    ];
    const ACTIONS: [Action; 3] = [
        Action::PutBucketOwnershipControls,
        Action::GetBucketOwnershipControls,
        Action::PutBucketOwnershipControls,
    ];
    const ABSENT: Code = Code::OwnershipControlsNotFoundError;

    fn parse(document: &[u8], _: &str) -> Result<Self, Fault> {
        let root = Element::parse(document, "OwnershipControls")?;
        let rule = root.child("Rule")?.ok_or_else(|| malformed("no rule"))?;
        Self::named(rule.required("ObjectOwnership")?).map(Self)
    }

    /// Lists can only be switched off where none lets others in.
    async fn check(&self, work: &Work) -> Result<(), Fault> {
        let facts = work.bucket(0)?;
        let acl: Option<Acl> = grants::stored(facts, ACL).map_err(Fault::internal)?;
        let private = Acl::private(&facts.owner.canonical_id);
        let lets_in = acl.is_some_and(|acl| acl != private);
        match self.0 == Ownership::BucketOwnerEnforced && lets_in {
            true => Err(Code::InvalidBucketAclWithObjectOwnership.into()),
            false => Ok(()),
        }
    }

    fn store(&self) -> Result<Vec<u8>, Fault> {
        serde_json::to_vec(&self.0).map_err(Fault::internal)
    }

    fn load(stored: &[u8]) -> Result<Self, Fault> {
        serde_json::from_slice(stored).map(Self).map_err(Fault::internal)
    }

    fn accepted() -> Reply {
        Reply::ok()
    }

    fn render(&self, dialect: &'static Dialect) -> Reply {
        let name = match self.0 {
            Ownership::ObjectWriter => "ObjectWriter",
            Ownership::BucketOwnerPreferred => "BucketOwnerPreferred",
            Ownership::BucketOwnerEnforced => "BucketOwnerEnforced",
        };
        Reply::xml(xml::document("OwnershipControls", Some(dialect.namespace), |root| {
            root.element("Rule", |rule| rule.text("ObjectOwnership", name));
        }))
    }
}
