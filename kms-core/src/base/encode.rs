//! The canonical encoding under every AAD, MAC and HKDF info of this project.
//!
//! Each field is its length as u32 big-endian followed by its bytes, so two
//! different lists of fields never encode alike (no separators to inject).
//! Pairs are sorted by name, then value, bytewise, and preceded by their count.
//! Specified in `docs/formats/sealed-object.md`, section "Canonical encoding".

/// Builds a canonical encoding field by field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Canonical(Vec<u8>);

impl Canonical {
    /// Starts with `label`, which says what is encoded and in which version,
    /// for example `sealgate/wrap/1`.
    pub fn new(label: &str) -> Self {
        Self(Vec::with_capacity(256)).bytes(label.as_bytes())
    }

    /// Appends one field of any bytes.
    #[must_use]
    pub fn bytes(mut self, field: &[u8]) -> Self {
        self.0.extend_from_slice(&length(field.len()));
        self.0.extend_from_slice(field);
        self
    }

    /// Appends one field of text.
    #[must_use]
    pub fn text(self, field: &str) -> Self {
        self.bytes(field.as_bytes())
    }

    /// Appends one number as a field of eight bytes, big-endian.
    #[must_use]
    pub fn number(self, field: u64) -> Self {
        self.bytes(&field.to_be_bytes())
    }

    /// Appends name-value pairs, sorted, behind their count.
    #[must_use]
    pub fn pairs<'a>(self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut sorted: Vec<_> = pairs.into_iter().collect();
        sorted.sort_unstable();
        let counted = self.number(sorted.len() as u64);
        sorted.into_iter().fold(counted, |encoded, (name, value)| {
            encoded.text(name).text(value)
        })
    }

    /// The encoded bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Lengths saturate at `u32::MAX`; every field that reaches here is bounded far
/// below it by the edge.
fn length(len: usize) -> [u8; 4] {
    u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_a_byte_between_fields_changes_the_encoding() {
        let left = Canonical::new("t").text("ab").text("c");
        let right = Canonical::new("t").text("a").text("bc");
        assert_ne!(left, right);
    }

    #[test]
    fn pairs_encode_alike_in_any_order() {
        let one = Canonical::new("t").pairs([("b", "2"), ("a", "1")]);
        let two = Canonical::new("t").pairs([("a", "1"), ("b", "2")]);
        assert_eq!(one, two);
    }
}
