//! The `Range` header of a GET (RFC 9110, section 14.1.2), one range only.

/// What a client asked for, before the object's size is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeSpec {
    /// `bytes=first-last` or `bytes=first-`; both inclusive.
    From {
        /// First byte.
        first: u64,
        /// Last byte, if given.
        last: Option<u64>,
    },
    /// `bytes=-n`: the last `n` bytes.
    Suffix(u64),
}

/// A range within an object: `start..end`, half open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
}

impl Span {
    /// Length in bytes.
    pub fn len(&self) -> u64 {
        self.end - self.start
    }

    /// True when it covers nothing.
    pub fn is_empty(&self) -> bool {
        self.end == self.start
    }
}

impl RangeSpec {
    /// Parses a `Range` header. `None` for another unit, several ranges or a
    /// malformed one: S3 then serves the whole object.
    pub fn parse(header: &str) -> Option<Self> {
        let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
        let (first, last) = (first.trim(), last.trim());
        if first.is_empty() {
            return number(last).map(Self::Suffix);
        }
        let first = number(first)?;
        if last.is_empty() {
            return Some(Self::From { first, last: None });
        }
        let last = number(last)?;
        (first <= last).then_some(Self::From { first, last: Some(last) })
    }

    /// The span within an object of `size` bytes; `None` when it lies past the
    /// end (416 InvalidRange).
    pub fn within(self, size: u64) -> Option<Span> {
        match self {
            Self::From { first, last } if first < size => {
                let end = last.map_or(size, |last| last.saturating_add(1).min(size));
                Some(Span { start: first, end })
            }
            Self::Suffix(n) if n > 0 && size > 0 => {
                Some(Span { start: size.saturating_sub(n), end: size })
            }
            _ => None,
        }
    }
}

fn number(digits: &str) -> Option<u64> {
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(header: &str, size: u64) -> Option<(u64, u64)> {
        RangeSpec::parse(header)?.within(size).map(|s| (s.start, s.end))
    }

    #[test]
    fn ranges_are_clipped_to_the_object() {
        assert_eq!(span("bytes=0-9", 100), Some((0, 10)));
        assert_eq!(span("bytes=90-1000", 100), Some((90, 100)));
        assert_eq!(span("bytes=50-", 100), Some((50, 100)));
        assert_eq!(span("bytes=-30", 100), Some((70, 100)));
        assert_eq!(span("bytes=-300", 100), Some((0, 100)));
        assert_eq!(span("bytes=0-18446744073709551615", 100), Some((0, 100)));
    }

    #[test]
    fn a_range_past_the_end_is_unsatisfiable() {
        assert_eq!(span("bytes=100-", 100), None);
        assert_eq!(span("bytes=-0", 100), None);
        assert_eq!(span("bytes=0-", 0), None);
    }

    #[test]
    fn malformed_and_multiple_ranges_are_ignored() {
        for header in
            ["bytes=9-1", "bytes=a-b", "items=0-1", "bytes=0-1,3-4", "bytes=-", "bytes=+1-2"]
        {
            assert_eq!(RangeSpec::parse(header), None, "{header}");
        }
    }
}
