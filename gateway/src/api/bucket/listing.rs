//! What both forms of ListObjects share: parameters and entries.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use policy::{Action, Attribute};

use crate::api::operation::{Need, On};
use crate::catalog::model::{Account, ListPage, ListQuery};
use crate::dialect::Dialect;
use crate::http::xml::{self, Writer};
use crate::http::{Fault, Incoming};

/// Most entries on a page, and the page without `max-keys`.
const PAGE: usize = 1000;

/// What `encoding-type=url` leaves as it is.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'/').remove(b'*');

/// The parameters that both forms have.
pub struct Parameters {
    pub bucket: String,
    pub prefix: String,
    pub delimiter: String,
    pub limit: usize,
    /// True for `encoding-type=url`.
    pub encoded: bool,
}

impl Parameters {
    pub fn parse(request: &Incoming) -> Result<Self, Fault> {
        let text = |name| request.query.value(name).unwrap_or_default().to_owned();
        let encoded = match request.query.nonempty("encoding-type") {
            None => false,
            Some("url") => true,
            Some(other) => {
                return Err(Fault::argument(
                    "encoding-type",
                    other,
                    "Invalid Encoding Method specified in Request",
                ));
            }
        };
        Ok(Self {
            bucket: super::named(request)?,
            prefix: text("prefix"),
            delimiter: text("delimiter"),
            limit: max_entries(request, "max-keys")?,
            encoded,
        })
    }

    /// The right to list, with the conditions that policies know.
    pub fn need(&self, action: Action) -> Need {
        Need::new(action, On::Bucket(self.bucket.clone()))
            .when(Attribute::Prefix, Some(self.prefix.clone()).filter(|text| !text.is_empty()))
            .when(
                Attribute::Delimiter,
                Some(self.delimiter.clone()).filter(|text| !text.is_empty()),
            )
            .when(Attribute::MaxKeys, Some(self.limit.to_string()))
    }

    pub fn query(&self, after: Vec<u8>) -> ListQuery {
        ListQuery {
            prefix: self.prefix.clone().into_bytes(),
            delimiter: self.delimiter.clone().into_bytes(),
            after,
            limit: self.limit,
        }
    }

    /// A key or prefix as the client wants it encoded.
    pub fn text(&self, bytes: &[u8]) -> String {
        encode(self.encoded, bytes)
    }
}

/// A key or prefix, percent-encoded when `encoded`.
pub fn encode(encoded: bool, bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    match encoded {
        true => utf8_percent_encode(&text, PLAIN).to_string(),
        false => text.into_owned(),
    }
}

/// A page size such as `max-keys`: 0 or more, capped at 1,000. Errors:
/// `InvalidArgument`.
pub fn max_entries(request: &Incoming, name: &'static str) -> Result<usize, Fault> {
    page_size(name, request.query.nonempty(name))
}

/// The page size that `text` says: as [`max_entries`].
pub fn page_size(name: &str, text: Option<&str>) -> Result<usize, Fault> {
    let Some(text) = text else { return Ok(PAGE) };
    let number: u32 = text.parse().ok().filter(|n| i32::try_from(*n).is_ok()).ok_or_else(|| {
        Fault::argument(
            name,
            text,
            format!("Argument {name} must be an integer between 0 and 2147483647"),
        )
    })?;
    Ok(usize::try_from(number).unwrap_or(PAGE).min(PAGE))
}

/// `Contents` and `CommonPrefixes` of a page. `owner` is left out by v2 unless
/// it is asked for.
pub fn entries(
    root: &mut Writer,
    dialect: &Dialect,
    parameters: &Parameters,
    page: &ListPage,
    owner: Option<&Account>,
) {
    for object in &page.objects {
        root.element("Contents", |entry| {
            entry.text("Key", parameters.text(&object.key));
            entry.text("LastModified", xml::date(object.modified_ms));
            entry.text("ETag", format!("\"{}\"", object.etag));
            entry.some("ChecksumAlgorithm", object.checksum_algorithm.as_deref());
            entry.value("Size", object.size);
            if let Some(owner) = owner {
                dialect.owner(entry, "Owner", owner);
            }
            entry.text("StorageClass", "STANDARD");
            entry.some("Type", object.appendable.then_some("Appendable"));
        });
    }
    for prefix in &page.prefixes {
        root.element("CommonPrefixes", |entry| entry.text("Prefix", parameters.text(prefix)));
    }
}
