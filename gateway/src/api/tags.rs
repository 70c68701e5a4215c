//! Tags as clients write them: in XML, or in the header `x-amz-tagging`.
//!
//! Sources: S3 "Categorizing your objects using tags", PutObjectTagging,
//! PutBucketTagging; OBS "Configuring Object Tags".

use percent_encoding::percent_decode_str;
use policy::{Action, Attribute, ConditionKey};

use super::operation::Need;
use crate::dialect::Dialect;
use crate::http::xml::{self, Element, Writer};
use crate::http::{Code, Fault, Incoming, Reply};

/// Tags in the order in which they were given; no key comes twice.
pub type Tags = Vec<(String, String)>;

/// Most tags of an object.
pub const OBJECT_LIMIT: usize = 10;
/// Most tags of a bucket.
pub const BUCKET_LIMIT: usize = 50;

/// Longest key and value, in characters.
const KEY_LIMIT: usize = 128;
const VALUE_LIMIT: usize = 256;

/// Reads a `Tagging` document of at most `limit` tags. Errors: `MalformedXML`,
/// `InvalidTag`.
pub fn parse(document: &[u8], limit: usize) -> Result<Tags, Fault> {
    let root = Element::parse(document, "Tagging")?;
    let set = root.child("TagSet")?.ok_or_else(|| xml::malformed("no tag set"))?;
    let tag = |tag: &Element| -> Result<(String, String), Fault> {
        let text = |name| Ok::<_, Fault>(tag.child(name)?.map(|child| child.text.clone()));
        let key = text("Key")?.ok_or_else(|| xml::malformed("a tag without key"))?;
        let value = text("Value")?.ok_or_else(|| xml::malformed("a tag without value"))?;
        Ok((key, value))
    };
    checked(set.all("Tag").map(tag).collect::<Result<_, _>>()?, limit)
}

/// The tags of the header of a write, written as a query. `None` without the
/// header. Errors: `InvalidArgument`, `InvalidTag`.
pub fn of_header(request: &Incoming) -> Result<Option<Tags>, Fault> {
    let Some(text) = request.vendor("tagging")? else { return Ok(None) };
    let refused = || {
        let message = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.";
        Fault::argument("x-amz-tagging", text, message)
    };
    let decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8().map(|text| text.into_owned()).ok()
    };
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decoded(key)?, decoded(value)?))
    });
    let tags = pairs.collect::<Option<Tags>>().ok_or_else(refused)?;
    checked(tags, OBJECT_LIMIT).map(Some)
}

/// Writes a `Tagging` document.
pub fn render(tags: &Tags, dialect: &'static Dialect) -> Reply {
    Reply::xml(xml::document("Tagging", Some(dialect.namespace), |root| write(root, tags)))
}

/// Adds the condition keys that policies judge a request's tags by.
pub fn conditions(mut need: Need, tags: &Tags) -> Need {
    for (key, value) in tags {
        need.conditions.push((ConditionKey::of(Attribute::RequestObjectTag, key), value.clone()));
        need.conditions.push((Attribute::RequestObjectTagKeys.into(), key.clone()));
    }
    need
}

/// The rights that a write of an object with `tags` needs: `write`, which the
/// tags are conditions of, and the right to tag what is written.
pub fn write_needs(write: Need, tags: &Tags) -> Vec<Need> {
    if tags.is_empty() {
        return vec![write];
    }
    let tag = Need::new(Action::PutObjectTagging, write.on.clone());
    vec![conditions(write, tags), conditions(tag, tags)]
}

fn write(root: &mut Writer, tags: &Tags) {
    root.element("TagSet", |set| {
        for (key, value) in tags {
            set.element("Tag", |tag| {
                tag.text("Key", key);
                tag.text("Value", value);
            });
        }
    });
}

fn checked(tags: Tags, limit: usize) -> Result<Tags, Fault> {
    let invalid = |message: String| Err(Fault::new(Code::InvalidTag).message(message));
    if tags.len() > limit {
        return invalid(format!("Tags cannot be greater than {limit}"));
    }
    for (index, (key, value)) in tags.iter().enumerate() {
        let key_len = key.chars().count();
        if key_len == 0 || key_len > KEY_LIMIT {
            return invalid("The TagKey you have provided is invalid".to_owned());
        }
        if value.chars().count() > VALUE_LIMIT {
            return invalid("The TagValue you have provided is invalid".to_owned());
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return invalid("System tags cannot be added/updated by requester".to_owned());
        }
        if tags.iter().take(index).any(|(other, _)| other == key) {
            return invalid("Cannot provide multiple Tags with the same key".to_owned());
        }
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tags: &[(&str, &str)], limit: usize) -> Result<Tags, Code> {
        let tag = |(key, value): &(&str, &str)| {
            format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>")
        };
        let set: String = tags.iter().map(tag).collect();
        let document = format!("<Tagging><TagSet>{set}</TagSet></Tagging>");
        parse(document.as_bytes(), limit).map_err(|fault| fault.code)
    }

    #[test]
    fn tags_keep_their_order_and_spaces() {
        let tags = [("b", " x "), ("a", "")];
        let wanted = tags.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(read(&tags, 2), Ok(wanted.to_vec()));
    }

    #[test]
    fn tags_beyond_the_documented_limits_are_refused() {
        let long = "k".repeat(KEY_LIMIT + 1);
        let wide = "v".repeat(VALUE_LIMIT + 1);
        let bad: [&[(&str, &str)]; 6] = [
            &[("a", ""), ("b", ""), ("c", "")],
            &[("a", "1"), ("a", "2")],
            &[("", "1")],
            &[(&long, "1")],
            &[("a", &wide)],
            &[("aws:a", "1")],
        ];
        for tags in bad {
            assert_eq!(read(tags, 2), Err(Code::InvalidTag), "{tags:?}");
        }
    }
}
