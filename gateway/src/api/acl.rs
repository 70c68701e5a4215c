//! Access control lists as clients write and read them: canned, granted by
//! headers, and in XML.
//!
//! Sources: S3 "Access control list overview", PutBucketAcl, PutObjectAcl; OBS
//! "Configuring a Bucket ACL".

use policy::Attribute;

use super::operation::Need;
use super::work::Work;
use crate::authorize::denied;
use crate::catalog::model::{Account, Acl, BucketFacts, Grant, Grantee, Permission};
use crate::dialect::Dialect;
use crate::grants::{Ownership, ownership, public_access};
use crate::http::xml::{self, Element, Writer};
use crate::http::{Code, Fault, Incoming, Reply};

/// Most grants of a list.
const LIMIT: usize = 100;

const HEADERS: [(&str, Permission, Attribute); 5] = [
    ("grant-read", Permission::Read, Attribute::GrantRead),
    ("grant-write", Permission::Write, Attribute::GrantWrite),
    ("grant-read-acp", Permission::ReadAcp, Attribute::GrantReadAcp),
    ("grant-write-acp", Permission::WriteAcp, Attribute::GrantWriteAcp),
    ("grant-full-control", Permission::FullControl, Attribute::GrantFullControl),
];

const GROUPS: [(&str, Grantee); 3] = [
    ("http://acs.amazonaws.com/groups/global/AllUsers", Grantee::AllUsers),
    ("http://acs.amazonaws.com/groups/global/AuthenticatedUsers", Grantee::AuthenticatedUsers),
    ("http://acs.amazonaws.com/groups/s3/LogDelivery", Grantee::LogDelivery),
];

/// A list as a request asks for it.
#[derive(Clone, Debug, Default)]
pub enum AskedAcl {
    /// Nothing was said.
    #[default]
    None,
    /// One of the canned names.
    Canned(String),
    /// Grants by header, with the headers as they came.
    Granted(Acl, Vec<(Attribute, String)>),
    /// A document, with the owner that it names.
    Document(Acl, String),
}

impl AskedAcl {
    /// Reads the headers. Errors: `InvalidArgument`, `InvalidRequest` for a
    /// canned list together with grants.
    pub fn of_headers(request: &Incoming) -> Result<Self, Fault> {
        let canned = request.vendor("acl")?;
        let (mut acl, mut came) = (Acl::default(), Vec::new());
        for (name, permission, attribute) in HEADERS {
            let Some(text) = request.vendor(name)? else { continue };
            came.push((attribute, text.to_owned()));
            for grantee in text.split(',') {
                acl.grants.push(Grant { grantee: grantee_of_header(grantee)?, permission });
            }
        }
        match canned {
            Some(_) if !came.is_empty() => Err(Fault::new(Code::InvalidRequest)
                .message("Specifying both Canned ACLs and Header Grants is not allowed")),
            Some(name) if Acl::canned(name, "", "").is_none() => {
                Err(Fault::argument("x-amz-acl", name, ""))
            }
            Some(name) => Ok(Self::Canned(name.to_owned())),
            None if came.is_empty() => Ok(Self::None),
            None => Ok(Self::Granted(acl, came)),
        }
    }

    /// Reads headers and document of a PutBucketAcl or PutObjectAcl. Errors: those
    /// of the headers; `UnexpectedContent` for both, `MissingSecurityHeader` for
    /// neither, `MalformedACLError`.
    pub fn of_request(request: &Incoming) -> Result<Self, Fault> {
        match (Self::of_headers(request)?, request.document.is_empty()) {
            (Self::None, false) => parse(&request.document),
            (Self::None, true) => Err(Fault::new(Code::MissingSecurityHeader)
                .message("Your request was missing a required header")
                .detail("MissingHeaderName", "x-amz-acl")),
            (asked, true) => Ok(asked),
            (_, false) => Err(Code::UnexpectedContent.into()),
        }
    }

    /// Adds the condition keys that policies judge a list by.
    pub fn conditions(&self, need: Need) -> Need {
        match self {
            Self::Canned(name) => need.when(Attribute::Acl, Some(name)),
            Self::Granted(_, came) => {
                came.iter().fold(need, |need, (attribute, text)| need.when(*attribute, Some(text)))
            }
            Self::None | Self::Document(..) => need,
        }
    }

    /// The list to store for what `owner` owns in the bucket of `facts`; `None`
    /// when nothing was said. Errors: `AccessControlListNotSupported`,
    /// `AccessDenied` for a public one where that is blocked, `InvalidArgument`
    /// for accounts that do not exist.
    pub async fn settle(
        &self,
        work: &Work,
        facts: &BucketFacts,
        owner: &Account,
    ) -> Result<Option<Acl>, Fault> {
        let (owner_id, bucket_owner) = (&owner.canonical_id, &facts.owner.canonical_id);
        let acl = match self {
            Self::None => return Ok(None),
            Self::Canned(name) => Acl::canned(name, owner_id, bucket_owner)
                .ok_or_else(|| Fault::argument("x-amz-acl", name, ""))?,
            Self::Granted(acl, _) => acl.clone(),
            Self::Document(_, named) if named != owner_id && *named != owner.domain_id => {
                return Err(denied("the list names another owner"));
            }
            Self::Document(acl, _) => acl.clone(),
        };
        if ownership(facts).map_err(Fault::internal)? == Ownership::BucketOwnerEnforced {
            let harmless =
                matches!(self, Self::Canned(name) if name == "bucket-owner-full-control");
            return if harmless { Ok(None) } else { Err(not_supported()) };
        }
        if acl.is_public() && public_access(facts).map_err(Fault::internal)?.block_acls {
            return Err(denied("public lists are blocked"));
        }
        for grant in &acl.grants {
            let Grantee::Account(id) = &grant.grantee else { continue };
            let known = id == owner_id
                || work.gateway.catalog.account_find_by_canonical(id).await?.is_some();
            if !known {
                return Err(Fault::argument("CanonicalUser/ID", id, "Invalid id"));
            }
        }
        Ok(Some(acl))
    }
}

/// Whose a new object is, and its list.
pub struct Settled {
    /// The account that owns the object.
    pub owner_id: String,
    /// The list, where something was said.
    pub acl: Option<Acl>,
}

impl AskedAcl {
    /// What this means for an object that the caller writes into the bucket of
    /// `facts`. Anonymous writers own nothing. Errors: those of
    /// [`AskedAcl::settle`].
    pub async fn settle_write(&self, work: &Work, facts: &BucketFacts) -> Result<Settled, Fault> {
        let writer = work.caller.account.as_ref().unwrap_or(&facts.owner);
        let yields = match ownership(facts).map_err(Fault::internal)? {
            Ownership::ObjectWriter => false,
            Ownership::BucketOwnerEnforced => true,
            Ownership::BucketOwnerPreferred => {
                matches!(self, Self::Canned(name) if name == "bucket-owner-full-control")
            }
        };
        let owner = if yields { &facts.owner } else { writer };
        let acl = self.settle(work, facts, owner).await?;
        Ok(Settled { owner_id: owner.id.clone(), acl })
    }
}

/// Writes a list with its owner.
pub fn render(acl: &Acl, owner: &Account, dialect: &'static Dialect) -> Reply {
    Reply::xml(xml::document("AccessControlPolicy", Some(dialect.namespace), |root| {
        dialect.owner(root, "Owner", owner);
        root.element("AccessControlList", |list| {
            for grant in &acl.grants {
                list.element("Grant", |entry| {
                    write_grantee(entry, &grant.grantee, owner);
                    entry.text("Permission", permission_name(grant.permission));
                });
            }
        });
    }))
}

fn write_grantee(entry: &mut Writer, grantee: &Grantee, owner: &Account) {
    let kind = match grantee {
        Grantee::Account(_) => "CanonicalUser",
        _ => "Group",
    };
    let attributes =
        [("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"), ("xsi:type", kind)];
    entry.element_with("Grantee", &attributes, |entry| match grantee {
        Grantee::Account(id) => {
            entry.text("ID", id);
            entry.some("DisplayName", (*id == owner.canonical_id).then_some(&owner.name));
        }
        group => {
            let uri = GROUPS.iter().find(|(_, known)| known == group).map(|(uri, _)| *uri);
            entry.some("URI", uri);
        }
    });
}

fn permission_name(permission: Permission) -> &'static str {
    match permission {
        Permission::Read => "READ",
        Permission::Write => "WRITE",
        Permission::ReadAcp => "READ_ACP",
        Permission::WriteAcp => "WRITE_ACP",
        Permission::FullControl => "FULL_CONTROL",
    }
}

fn parse(document: &[u8]) -> Result<AskedAcl, Fault> {
    let broken = |_: Fault| Fault::from(Code::MalformedACLError);
    let root = Element::parse(document, "AccessControlPolicy")?;
    let owner = root.child("Owner")?.ok_or(Code::MalformedACLError)?;
    let owner = owner.required("ID").map_err(broken)?.to_owned();
    let list = root.child("AccessControlList")?.ok_or(Code::MalformedACLError)?;
    let grants = list.all("Grant").map(|grant| {
        let grantee = grant.child("Grantee")?.ok_or(Code::MalformedACLError)?;
        let permission = match grant.required("Permission").map_err(broken)? {
            "READ" => Permission::Read,
            "WRITE" => Permission::Write,
            "READ_ACP" => Permission::ReadAcp,
            "WRITE_ACP" => Permission::WriteAcp,
            "FULL_CONTROL" => Permission::FullControl,
            _ => return Err(Code::MalformedACLError.into()),
        };
        Ok(Grant { grantee: grantee_of(grantee)?, permission })
    });
    let grants = grants.collect::<Result<Vec<_>, Fault>>()?;
    match grants.len() > LIMIT {
        true => Err(Code::MalformedACLError.into()),
        false => Ok(AskedAcl::Document(Acl { grants }, owner)),
    }
}

fn grantee_of(grantee: &Element) -> Result<Grantee, Fault> {
    if let Some(uri) = grantee.child_text("URI")? {
        return group(uri);
    }
    if let Some(address) = grantee.child_text("EmailAddress")? {
        return Err(unresolvable(address));
    }
    match (grantee.child_text("ID")?, grantee.child_text("Canned")?) {
        (Some(id), _) => Ok(Grantee::Account(id.to_owned())),
        (None, Some("Everyone")) => Ok(Grantee::AllUsers),
        (None, _) => Err(Code::MalformedACLError.into()),
    }
}

/// `id="..."`, `uri="..."` or `emailAddress="..."`.
fn grantee_of_header(text: &str) -> Result<Grantee, Fault> {
    let refused = || Fault::argument("x-amz-grant", text, "Argument format not recognized");
    let (kind, value) = text.trim().split_once('=').ok_or_else(refused)?;
    let value = value.trim().trim_matches('"');
    match kind.trim() {
        kind if kind.eq_ignore_ascii_case("id") => Ok(Grantee::Account(value.to_owned())),
        kind if kind.eq_ignore_ascii_case("uri") => group(value),
        kind if kind.eq_ignore_ascii_case("emailAddress") => Err(unresolvable(value)),
        _ => Err(refused()),
    }
}

fn group(uri: &str) -> Result<Grantee, Fault> {
    let known = GROUPS.into_iter().find(|(known, _)| *known == uri);
    known
        .map(|(_, grantee)| grantee)
        .ok_or_else(|| Fault::argument("Group/URI", uri, "Invalid group uri"))
}

/// Accounts are found by their ids, never by an address that somebody gave.
fn unresolvable(address: &str) -> Fault {
    Fault::new(Code::UnresolvableGrantByEmailAddress).detail("EmailAddress", address)
}

fn not_supported() -> Fault {
    Code::AccessControlListNotSupported.into()
}
