//! The query of a request: parameters in the order of the wire.

use percent_encoding::percent_decode_str;

/// Decoded query parameters; names keep their case.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Decodes a raw query, without its `?`. `+` stays a plus sign, as AWS
    /// clients mean it; a parameter without `=` has an empty value. `None` when
    /// a name or value is no UTF-8.
    pub fn parse(raw: &str) -> Option<Self> {
        let pairs = raw.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(name)?, decode(value)?))
        });
        pairs.collect::<Option<Vec<_>>>().map(Self)
    }

    /// The first value of `name`.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The first value of `name` when it is not empty.
    pub fn nonempty(&self, name: &str) -> Option<&str> {
        self.value(name).filter(|value| !value.is_empty())
    }

    /// True when `name` is present, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// All pairs in the order of the wire.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }
}

fn decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_bare_names_are_empty() {
        let query = Query::parse("uploads&prefix=a%2Fb+c&max-keys=").expect("utf-8");
        assert_eq!(query.value("uploads"), Some(""));
        assert_eq!(query.value("prefix"), Some("a/b+c"));
        assert_eq!(query.nonempty("max-keys"), None);
        assert!(!query.has("Uploads"));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert!(Query::parse("prefix=%ff").is_none());
    }
}
