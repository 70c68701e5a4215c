//! One condition of a statement: operator, key, values.
//!
//! Several values are alternatives; several conditions must all hold. A key
//! that the request does not have: operators are false, negated ones
//! (`StringNotEquals`) true, `…IfExists` true, `ForAnyValue` false and
//! `ForAllValues` true (IAM: condition operators; OBS documents the same for
//! StringNotEquals).
//!
//! A negated operator is the exact opposite of its positive twin. With set
//! operators the negation stands inside: `ForAnyValue:StringNotEquals` asks
//! whether some value of the request is none of the policy's.

mod operator;

use std::cmp::Ordering;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ipnet::IpNet;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::context::Context;
use crate::error::Problem;
use crate::key::{Attribute, ConditionKey};
use crate::pattern::{Pattern, Spelling, split_outside_variables};
pub(crate) use operator::Operator;
use operator::{Comparison, Quantifier, Relation};

/// OBS's word for "the header is absent", for the referer only.
const ABSENT: &str = "${null}";

/// One condition.
#[derive(Clone, Debug)]
pub struct Condition {
    key: ConditionKey,
    test: Test,
    negated: bool,
    quantifier: Quantifier,
    if_exists: bool,
    /// The values name the absence of the key itself (`${null}`).
    names_absence: bool,
}

#[derive(Clone, Debug)]
enum Test {
    Text(Vec<Pattern>),
    Number(Relation, Vec<f64>),
    Moment(Relation, Vec<OffsetDateTime>),
    Flag(Vec<bool>),
    Bytes(Vec<Vec<u8>>),
    Network(Vec<IpNet>),
    /// The six fields of ARNs, each compared by itself.
    Arn(Vec<Vec<Pattern>>),
    /// `Null`: whether the key may be absent.
    Absence(Vec<bool>),
}

impl Condition {
    /// `StringEquals` on one value, for statements that are made and not parsed.
    pub fn equals(key: impl Into<ConditionKey>, value: &str) -> Self {
        let key = key.into();
        let value = key.attribute().normal(value).into_owned();
        Self {
            key,
            test: Test::Text(vec![Pattern::exact(&value)]),
            negated: false,
            quantifier: Quantifier::One,
            if_exists: false,
            names_absence: false,
        }
    }

    /// The condition `{operator: {key: values}}`.
    pub(crate) fn parse(
        operator: Operator,
        key: &str,
        values: &[&str],
        variables: bool,
    ) -> Result<Self, Problem> {
        let key = ConditionKey::parse(key)?;
        if values.is_empty() {
            return Err(Problem::new("no value"));
        }
        let mut values = values.to_vec();
        let may_name_absence = key.attribute() == Attribute::Referer;
        let names_absence = may_name_absence && values.contains(&ABSENT);
        values.retain(|value| !(may_name_absence && *value == ABSENT));
        let test = Test::parse(operator.comparison, key.attribute(), &values, variables)?;
        Ok(Self {
            key,
            test,
            negated: operator.negated,
            quantifier: operator.quantifier,
            if_exists: operator.if_exists,
            names_absence,
        })
    }

    /// True if the condition holds callers to known accounts, principals or
    /// networks, each spelled out.
    pub(crate) fn is_narrow(&self) -> bool {
        if self.negated || self.if_exists {
            return false;
        }
        let known = matches!(
            self.key.attribute(),
            Attribute::SourceIp
                | Attribute::SourceVpc
                | Attribute::SourceVpce
                | Attribute::SourceArn
                | Attribute::SourceAccount
                | Attribute::PrincipalAccount
                | Attribute::PrincipalArn
                | Attribute::PrincipalOrgId
                | Attribute::PrincipalDomainId
                | Attribute::UserId
        );
        known
            && match &self.test {
                Test::Network(networks) => networks.iter().all(|net| net.prefix_len() > 8),
                Test::Text(patterns) => patterns.iter().all(Pattern::is_exact),
                Test::Arn(patterns) => {
                    let account =
                        |fields: &Vec<Pattern>| fields.get(4).is_some_and(Pattern::is_exact);
                    patterns.iter().all(account)
                }
                _ => false,
            }
    }

    /// True if the condition holds for a request with this context.
    pub(crate) fn holds(&self, context: &Context) -> bool {
        let values = context.values(&self.key);
        if let Test::Absence(wanted) = &self.test {
            return wanted.contains(&values.is_empty());
        }
        if values.is_empty() {
            return self.holds_without_key();
        }
        let mut outcomes = values.iter().map(|value| self.test.passes(value, context));
        match self.quantifier {
            Quantifier::One => outcomes.any(|passes| passes) != self.negated,
            Quantifier::Any => outcomes.any(|passes| passes != self.negated),
            Quantifier::All => outcomes.all(|passes| passes != self.negated),
        }
    }

    fn holds_without_key(&self) -> bool {
        if self.names_absence {
            return !self.negated;
        }
        self.if_exists
            || match self.quantifier {
                Quantifier::One => self.negated,
                Quantifier::Any => false,
                Quantifier::All => true,
            }
    }
}

impl Test {
    fn parse(
        comparison: Comparison,
        attribute: Attribute,
        values: &[&str],
        variables: bool,
    ) -> Result<Self, Problem> {
        let spelling = Spelling { variables, ..Spelling::default() };
        let pattern =
            |spelling| move |value: &&str| Pattern::parse(&attribute.normal(value), spelling);
        Ok(match comparison {
            Comparison::Text { like, fold } => {
                let spelling = Spelling { wildcards: like, fold, ..spelling };
                Self::Text(each(values, pattern(spelling))?)
            }
            Comparison::Start => {
                let start = pattern(spelling);
                Self::Text(each(values, |value| Ok(start(value)?.open_end()))?)
            }
            Comparison::End => {
                let end = pattern(spelling);
                Self::Text(each(values, |value| Ok(end(value)?.open_start()))?)
            }
            Comparison::Arn => {
                let spelling = Spelling { wildcards: true, ..spelling };
                Self::Arn(each(values, |value| arn_fields(value, spelling))?)
            }
            Comparison::Number(relation) => Self::Number(
                relation,
                each(values, |value| required(number(value), value, "number"))?,
            ),
            Comparison::Moment(relation) => Self::Moment(
                relation,
                each(values, |value| required(moment(value), value, "date"))?,
            ),
            Comparison::Flag => {
                Self::Flag(each(values, |value| required(flag(value), value, "bool"))?)
            }
            Comparison::Absence => {
                Self::Absence(each(values, |value| required(flag(value), value, "bool"))?)
            }
            Comparison::Network => Self::Network(each(values, |value| {
                required(network(value), value, "address range")
            })?),
            Comparison::Bytes => Self::Bytes(each(values, |value| {
                required(STANDARD.decode(value).ok(), value, "base64")
            })?),
        })
    }

    /// True if one of the policy's values is met by this one of the request.
    fn passes(&self, value: &str, context: &Context) -> bool {
        match self {
            Self::Text(patterns) => patterns.iter().any(|pattern| pattern.matches(value, context)),
            Self::Number(relation, limits) => number(value).is_some_and(|value| {
                limits.iter().any(|limit| relation.holds(value.total_cmp(limit)))
            }),
            Self::Moment(relation, limits) => moment(value)
                .is_some_and(|value| limits.iter().any(|limit| relation.holds(value.cmp(limit)))),
            Self::Flag(wanted) => flag(value).is_some_and(|value| wanted.contains(&value)),
            Self::Network(networks) => address(value)
                .is_some_and(|value| networks.iter().any(|network| network.contains(&value))),
            Self::Bytes(wanted) => {
                STANDARD.decode(value).is_ok_and(|value| wanted.contains(&value))
            }
            Self::Arn(arns) => {
                let fields: Vec<&str> = value.splitn(6, ':').collect();
                arns.iter().any(|patterns| {
                    patterns.len() == fields.len()
                        && patterns
                            .iter()
                            .zip(&fields)
                            .all(|(one, field)| one.matches(field, context))
                })
            }
            Self::Absence(_) => false,
        }
    }
}

impl Relation {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

fn each<T>(values: &[&str], read: impl Fn(&&str) -> Result<T, Problem>) -> Result<Vec<T>, Problem> {
    values.iter().map(read).collect()
}

fn required<T>(read: Option<T>, value: &str, kind: &str) -> Result<T, Problem> {
    read.ok_or_else(|| Problem::new(format!("{value:?} is no {kind}")))
}

fn arn_fields(value: &str, spelling: Spelling) -> Result<Vec<Pattern>, Problem> {
    let fields = match value {
        "*" => vec!["*"; 6],
        _ => split_outside_variables(value, ':', 6),
    };
    if fields.len() != 6 {
        return Err(Problem::new(format!("{value:?} has fewer than the six parts of an ARN")));
    }
    fields.into_iter().map(|field| Pattern::parse(field, spelling)).collect()
}

/// A finite decimal; minus zero is zero, so that the total order is the usual one.
fn number(value: &str) -> Option<f64> {
    let number: f64 = value.trim().parse().ok()?;
    number.is_finite().then_some(number + 0.0)
}

/// ISO 8601 as far as W3C's profile goes, or seconds since 1970.
fn moment(value: &str) -> Option<OffsetDateTime> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<i64>()
        && value.len() != 4
    {
        return OffsetDateTime::from_unix_timestamp(seconds).ok();
    }
    let completed = match value.len() {
        4 => format!("{value}-01-01T00:00:00Z"),
        7 => format!("{value}-01T00:00:00Z"),
        10 => format!("{value}T00:00:00Z"),
        // 2026-01-01T00:00Z has no seconds.
        17 => value.strip_suffix('Z').map(|minutes| format!("{minutes}:00Z"))?,
        _ => value.to_owned(),
    };
    OffsetDateTime::parse(&completed, &Rfc3339).ok()
}

fn flag(value: &str) -> Option<bool> {
    match value {
        _ if value.eq_ignore_ascii_case("true") => Some(true),
        _ if value.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn network(value: &str) -> Option<IpNet> {
    value.parse().ok().or_else(|| address(value).map(IpNet::from))
}

/// An address; one of IPv4 in IPv6's clothes is compared as IPv4.
fn address(value: &str) -> Option<IpAddr> {
    value.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests;
