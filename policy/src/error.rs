//! Why a policy document was refused, and where in it.
//!
//! Not the outcome of an evaluation: that is [`crate::Decision`], which cannot
//! fail.

/// A policy document that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The document is longer than this kind of policy may be.
    #[error("the policy has {len} bytes, more than the {limit} allowed")]
    TooLarge {
        /// Bytes in the document.
        len: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The text is no JSON, or nested too deeply.
    #[error("the policy is not valid JSON: {0}")]
    NotJson(String),
    /// The JSON is no policy. The author should mend the named place.
    #[error("{place}: {problem}")]
    Malformed {
        /// Where, e.g. `Statement[2].Condition.StringEqual`.
        place: String,
        /// What is wrong, with the nearest known name where there is one.
        problem: String,
    },
}

/// What is wrong with one word of a document, before its place is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem(String);

impl Problem {
    /// A problem in these words.
    pub(crate) fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }

    /// "unknown WHAT", with the nearest known name if one is near.
    pub(crate) fn unknown<'a>(
        what: &str,
        name: &str,
        known: impl Iterator<Item = &'a str>,
    ) -> Self {
        match nearest(name, known) {
            Some(near) => Self(format!("unknown {what} {name:?}, nearest {near}")),
            None => Self(format!("unknown {what} {name:?}")),
        }
    }

    /// The same problem as an error of the whole document.
    pub(crate) fn at(self, place: impl Into<String>) -> Error {
        Error::Malformed { place: place.into(), problem: self.0 }
    }
}

/// The known name that looks most like `name`, if any looks like it at all.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_ascii_lowercase();
    known
        .map(|known| (strsim::jaro_winkler(&name, &known.to_ascii_lowercase()), known))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest() {
        let known = ["StringEquals", "StringLike"];
        let error = Problem::unknown("operator", "stringequal", known.into_iter()).at("X");
        assert_eq!(error.to_string(), "X: unknown operator \"stringequal\", nearest StringEquals");
        let error = Problem::unknown("operator", "qqq", known.into_iter()).at("X");
        assert_eq!(error.to_string(), "X: unknown operator \"qqq\"");
    }
}
