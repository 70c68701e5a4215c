//! A bounded JSON tree that keeps duplicate keys.
//!
//! `serde_json::Value` keeps only the last of two equal keys, so a reader and
//! the evaluator could see two different policies. This tree keeps both and
//! lets `document.rs` decide. Invariant: no tree is deeper than [`DEPTH_MAX`].

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::error::Error;

/// How deep a policy may be nested. The deepest legal value is a list under a
/// condition key: policy, statements, statement, condition, operator, list.
pub(crate) const DEPTH_MAX: usize = 8;

/// One JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    /// `null`
    Null,
    /// `true` or `false`, or a number, in the text that JSON gives it.
    Bare(String),
    /// A string, unescaped.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object, its keys in the document's order, duplicates included.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Parses a whole document. Errors: [`Error::NotJson`].
    pub(crate) fn parse(document: &[u8]) -> Result<Self, Error> {
        let mut reader = serde_json::Deserializer::from_slice(document);
        let tree = Nested { depth: 0 }.deserialize(&mut reader).map_err(not_json)?;
        reader.end().map_err(not_json)?;
        Ok(tree)
    }
}

fn not_json(error: serde_json::Error) -> Error {
    Error::NotJson(error.to_string())
}

/// Reads one value that stands at `depth`.
#[derive(Clone, Copy)]
struct Nested {
    depth: usize,
}

impl Nested {
    fn inner<E: de::Error>(self) -> Result<Self, E> {
        if self.depth == DEPTH_MAX {
            return Err(E::custom(format!("nested deeper than {DEPTH_MAX}")));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Nested {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Json, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Nested {
    type Value = Json;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bare(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Bare(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Bare(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Bare(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let inner = self.inner()?;
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let inner = self.inner()?;
        let mut fields = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            fields.push((name, map.next_value_seed(inner)?));
        }
        Ok(Json::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicate_keys_are_kept_in_order() {
        let Ok(Json::Object(fields)) = Json::parse(br#"{"a": 1, "b": true, "a": "x"}"#) else {
            panic!("an object");
        };
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "b", "a"]);
    }

    #[test]
    fn deep_nesting_is_refused_before_it_costs_stack() {
        let deep = "[".repeat(100_000);
        assert!(matches!(Json::parse(deep.as_bytes()), Err(Error::NotJson(_))));
        let fits = format!("{}{}", "[".repeat(DEPTH_MAX), "]".repeat(DEPTH_MAX));
        assert!(Json::parse(fits.as_bytes()).is_ok());
    }

    #[test]
    fn text_after_the_document_is_refused() {
        assert!(Json::parse(b"{} {}").is_err());
        assert!(Json::parse(b"").is_err());
        assert!(Json::parse(b"\"\xff\"").is_err());
    }
}
