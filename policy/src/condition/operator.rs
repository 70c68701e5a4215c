//! The table of condition operators in AWS's, OBS's and Huawei IAM's spelling.
//!
//! Sources: IAM JSON policy elements, condition operators; OBS bucket policy
//! parameters (`streq`); Huawei IAM policy syntax (`StringStartWith`).

use crate::error::Problem;

/// How a value of the request is compared with one of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Text { like: bool, fold: bool },
    Start,
    End,
    Number(Relation),
    Moment(Relation),
    Flag,
    Bytes,
    Network,
    Arn,
    Absence,
}

/// How the request's number or date must stand to the policy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// How many of the request's values must pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantifier {
    One,
    Any,
    All,
}

/// An operator with its prefix and suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(super) comparison: Comparison,
    pub(super) negated: bool,
    pub(super) quantifier: Quantifier,
    pub(super) if_exists: bool,
}

use Comparison::{Absence, Arn, Bytes, End, Flag, Moment, Network, Number, Start, Text};
use Relation::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};

const EXACT: Comparison = Text { like: false, fold: false };
const FOLDED: Comparison = Text { like: false, fold: true };
const LIKE: Comparison = Text { like: true, fold: false };

/// Comparison, negated, names.
const TABLE: &[(Comparison, bool, &[&str])] = &[
    (EXACT, false, &["StringEquals", "streq", "StringEqualsAnyOf"]),
    (EXACT, true, &["StringNotEquals", "strneq", "StringNotEqualsAnyOf"]),
    (FOLDED, false, &["StringEqualsIgnoreCase", "streqi", "StringEqualsIgnoreCaseAnyOf"]),
    (FOLDED, true, &["StringNotEqualsIgnoreCase", "strneqi", "StringNotEqualsIgnoreCaseAnyOf"]),
    (LIKE, false, &["StringLike", "strl", "StringLikeAnyOf"]),
    (LIKE, true, &["StringNotLike", "strnl", "StringNotLikeAnyOf"]),
    (Start, false, &["StringStartWith", "StringStartWithAnyOf"]),
    (Start, true, &["StringNotStartWith", "StringNotStartWithAnyOf"]),
    (End, false, &["StringEndWith", "StringEndWithAnyOf"]),
    (End, true, &["StringNotEndWith", "StringNotEndWithAnyOf"]),
    (Number(Equal), false, &["NumericEquals", "numeq", "NumberEquals", "NumberEqualsAnyOf"]),
    (
        Number(Equal),
        true,
        &["NumericNotEquals", "numneq", "NumberNotEquals", "NumberNotEqualsAnyOf"],
    ),
    (Number(Less), false, &["NumericLessThan", "numlt", "NumberLessThan"]),
    (Number(LessOrEqual), false, &["NumericLessThanEquals", "numlteq", "NumberLessThanEquals"]),
    (Number(Greater), false, &["NumericGreaterThan", "numgt", "NumberGreaterThan"]),
    (
        Number(GreaterOrEqual),
        false,
        &["NumericGreaterThanEquals", "numgteq", "NumberGreaterThanEquals"],
    ),
    (Moment(Equal), false, &["DateEquals", "dateeq"]),
    (Moment(Equal), true, &["DateNotEquals", "dateneq"]),
    (Moment(Less), false, &["DateLessThan", "datelt"]),
    (Moment(LessOrEqual), false, &["DateLessThanEquals", "datelteq"]),
    (Moment(Greater), false, &["DateGreaterThan", "dategt"]),
    (Moment(GreaterOrEqual), false, &["DateGreaterThanEquals", "dategteq"]),
    (Flag, false, &["Bool"]),
    (Bytes, false, &["BinaryEquals"]),
    (Network, false, &["IpAddress"]),
    (Network, true, &["NotIpAddress"]),
    (Arn, false, &["ArnEquals", "ArnLike"]),
    (Arn, true, &["ArnNotEquals", "ArnNotLike"]),
    (Absence, false, &["Null", "IsNullOrEmpty"]),
];

impl Operator {
    /// The operator of this name, in any case. Errors: unknown; a prefix or
    /// suffix where it means nothing.
    pub(crate) fn parse(name: &str) -> Result<Self, Problem> {
        let (quantifier, rest) = match name.split_once(':') {
            None => (Quantifier::One, name),
            Some((set, rest)) if set.eq_ignore_ascii_case("ForAnyValue") => (Quantifier::Any, rest),
            Some((set, rest)) if set.eq_ignore_ascii_case("ForAllValues") => {
                (Quantifier::All, rest)
            }
            Some((set, _)) => {
                let known = ["ForAnyValue", "ForAllValues"].into_iter();
                return Err(Problem::unknown("set operator", set, known));
            }
        };
        let bare_len = rest.len().saturating_sub("IfExists".len());
        let (plain, if_exists) = match rest.split_at_checked(bare_len) {
            Some((plain, suffix)) if suffix.eq_ignore_ascii_case("IfExists") => (plain, true),
            _ => (rest, false),
        };
        let row = TABLE
            .iter()
            .find(|(_, _, names)| names.iter().any(|name| name.eq_ignore_ascii_case(plain)));
        let Some((comparison, negated, _)) = row else {
            let known = TABLE.iter().flat_map(|(_, _, names)| names.iter().copied());
            return Err(Problem::unknown("operator", name, known));
        };
        if *comparison == Absence && (if_exists || quantifier != Quantifier::One) {
            return Err(Problem::new(format!("{name}: Null takes neither prefix nor suffix")));
        }
        Ok(Self { comparison: *comparison, negated: *negated, quantifier, if_exists })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_twice() {
        let mut seen = std::collections::HashSet::new();
        for name in TABLE.iter().flat_map(|(_, _, names)| names.iter()) {
            assert!(seen.insert(name.to_ascii_lowercase()), "{name}");
        }
    }

    #[test]
    fn short_and_long_names_are_one_operator() {
        assert_eq!(Operator::parse("strneq"), Operator::parse("StringNotEquals"));
        assert_eq!(Operator::parse("arnequals"), Operator::parse("ArnLike"));
        let operator = Operator::parse("ForAllValues:StringLikeIfExists").expect("an operator");
        assert!(operator.if_exists && operator.quantifier == Quantifier::All);
    }

    #[test]
    fn unknown_operators_are_refused_with_the_nearest() {
        let error = Operator::parse("StringEqual").expect_err("unknown").at("here");
        assert_eq!(
            error.to_string(),
            "here: unknown operator \"StringEqual\", nearest StringEquals"
        );
        for name in ["", "IfExists", "ForSome:StringEquals", "NullIfExists", "ForAnyValue:Null"] {
            assert!(Operator::parse(name).is_err(), "{name}");
        }
    }
}
