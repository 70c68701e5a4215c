//! What a request of Huawei's KMS asks: the fields of its document, its path
//! and its query, each with the documented code when it does not fit. Numbers
//! come as strings and as numbers.

use kms_core::key::{AliasName, KeyRef, NamedBy};
use kms_core::kms::EncryptionContext;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::http::{Code, Fault, Incoming, Query};

/// The name under which `additional_authenticated_data` is bound.
const AUTHENTICATED_DATA: &str = "additional_authenticated_data";

/// A request's fields.
#[derive(Debug)]
pub struct Asked {
    document: Map<String, Value>,
    path: Vec<String>,
    query: Query,
}

impl Asked {
    /// Reads a request. Errors: `KMS.0202`, `KMS.0206`.
    pub(super) fn read(request: &Incoming) -> Result<Self, Fault> {
        let document = match request.document.is_empty() {
            true => Map::new(),
            false => {
                serde_json::from_slice(&request.document).map_err(|_| Fault::new(Code::Kms0202))?
            }
        };
        let decoded = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
        let path = request.raw_path.split('/').skip(1).map(decoded).collect();
        let asked = Self { document, path, query: request.query.clone() };
        if asked.text("sequence")?.is_some_and(|sequence| sequence.len() != 36) {
            return Err(Code::Kms0206.into());
        }
        Ok(asked)
    }

    /// The project of the path; `None` for paths that have none.
    pub(super) fn project(&self) -> Option<&str> {
        match self.segment(0) {
            "v1.0" | "v2" => self.path.get(1).map(String::as_str).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// A segment of the path, from 0.
    pub(super) fn segment(&self, index: usize) -> &str {
        self.path.get(index).map_or("", String::as_str)
    }

    /// The query.
    pub(super) fn query(&self) -> &Query {
        &self.query
    }

    /// A field as it came.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.document.get(name).filter(|value| !value.is_null())
    }

    /// A text. Errors: `KMS.0308` for something else.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Fault> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(invalid(name)),
        }
    }

    /// A text that must be there. Errors: `KMS.0204`, `KMS.0308`.
    pub(super) fn needed(&self, name: &str) -> Result<&str, Fault> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| missing(name))
    }

    /// A number, also as a string. Errors: `code` for something else.
    pub(super) fn number(&self, name: &str, code: Code) -> Result<Option<u64>, Fault> {
        let number = match self.value(name) {
            None => return Ok(None),
            Some(Value::String(text)) if text.is_empty() => return Ok(None),
            Some(Value::String(text)) => text.parse().ok(),
            Some(value) => value.as_u64(),
        };
        number.map(Some).ok_or_else(|| code.into())
    }

    /// A field whose name is in the document or in the query, as a number.
    pub(super) fn query_number(&self, name: &str, code: Code) -> Result<Option<u64>, Fault> {
        match self.query.nonempty(name) {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| code.into()),
        }
    }

    /// A key by its id alone. Errors: `KMS.0204`, `KMS.0205`.
    pub(super) fn key_id(&self) -> Result<KeyRef, Fault> {
        Self::id(self.needed("key_id")?)
    }

    /// The key of `text`, an id. Errors: `KMS.0205`.
    pub(super) fn id(text: &str) -> Result<KeyRef, Fault> {
        text.parse().map(KeyRef::id).map_err(|_| Code::Kms0205.into())
    }

    /// A key by id, `alias/NAME` or URN. Errors: `KMS.0204`, `KMS.0205`.
    pub(super) fn key_ref(&self, name: &str) -> Result<KeyRef, Fault> {
        let text = self.needed(name)?;
        let parsed: KeyRef = text.parse().map_err(|_| Fault::new(Code::Kms0205))?;
        let is_bare = matches!(parsed.name, NamedBy::Alias(_)) && parsed.owner.is_none();
        match is_bare && !text.starts_with("alias/") {
            true => Err(Code::Kms0205.into()),
            false => Ok(parsed),
        }
    }

    /// An alias. Errors: `KMS.0204`, `KMS.1101`.
    pub(super) fn alias(&self, name: &str) -> Result<AliasName, Fault> {
        alias_named(self.needed(name)?)
    }

    /// The encryption context in either of its forms; with `prefix` before the
    /// fields' names. Errors: `KMS.0208`.
    pub(super) fn context(&self, prefix: &str) -> Result<EncryptionContext, Fault> {
        let refused = || Fault::new(Code::Kms0208);
        let mut context = EncryptionContext::new();
        match self.value(&format!("{prefix}encryption_context")) {
            None => {}
            Some(Value::Object(pairs)) => {
                for (name, value) in pairs {
                    let value = value.as_str().ok_or_else(refused)?;
                    context.insert(name.clone(), value.to_owned());
                }
            }
            Some(_) => return Err(refused()),
        }
        let data = self.text(&format!("{prefix}{AUTHENTICATED_DATA}"))?;
        if let Some(data) = data.filter(|data| !data.is_empty()) {
            if data.len() > 128 {
                return Err(refused());
            }
            context.insert(AUTHENTICATED_DATA.to_owned(), data.to_owned());
        }
        Ok(context)
    }

    /// A page: limit and the number of entries to skip. Errors: `KMS.1601`,
    /// `KMS.1602`.
    pub(super) fn page(&self) -> Result<Page, Fault> {
        let limit = self.number("limit", Code::Kms1601)?.unwrap_or(1000);
        if !(1..=1000).contains(&limit) {
            return Err(Code::Kms1601.into());
        }
        let skip = self.number("marker", Code::Kms1602)?.unwrap_or(0);
        Ok(Page { limit: usize_of(limit), skip: usize_of(skip) })
    }
}

/// Which entries of a list are wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    /// At most so many.
    pub(super) limit: usize,
    /// From this one on.
    pub(super) skip: usize,
}

impl Page {
    /// The marker of the next page, empty for none, and whether there is one.
    pub(super) fn next(self, total: usize) -> (String, &'static str) {
        let next = self.skip.saturating_add(self.limit);
        match next < total {
            true => (next.to_string(), "true"),
            false => (String::new(), "false"),
        }
    }
}

/// An alias by its name. Errors: `KMS.1101`.
pub(super) fn alias_named(text: &str) -> Result<AliasName, Fault> {
    AliasName::parse(text).map_err(|_| Code::Kms1101.into())
}

/// `KMS.0204` for this field.
pub(super) fn missing(name: &str) -> Fault {
    Fault::new(Code::Kms0204).message(format!("The parameter {name} is missing."))
}

/// `KMS.0308` for this field.
pub(super) fn invalid(name: &str) -> Fault {
    Fault::new(Code::Kms0308).message(format!("The parameter {name} is invalid."))
}

fn usize_of(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
