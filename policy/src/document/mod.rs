//! Policy documents: JSON in, [`Policy`] out, or the place that is wrong.
//!
//! Parse, don't validate: what this module has accepted, the evaluator can run
//! without another question. Unknown fields, operators, keys and actions are
//! refused, because a misspelled Deny denies nothing.
//!
//! **Duplicate JSON keys** are refused, with one exception: in a bucket policy
//! an operator may stand twice in one `Condition`, as OBS documents; its keys
//! are united, and where both name the same key, the later one wins. Two
//! spellings of one operator or of one key are not the same: both must hold.
//!
//! Variables (`${…}`) exist in Version 2012-10-17 only, as on AWS.

mod fields;

use std::sync::Arc;

use crate::action::ActionSet;
use crate::arn::ResourcePattern;
use crate::condition::{Condition, Operator};
use crate::error::{Error, Problem};
use crate::json::Json;
use crate::principal::PrincipalPattern;
use crate::statement::{Effect, Principals, Resources, Statement};
use fields::{Fields, inside, object, refuse_repeats, values, words};

/// Longest bucket policy in bytes (OBS and AWS: 20 KB).
pub const BUCKET_POLICY_LEN_MAX: usize = 20 * 1024;

/// Longest policy of any other kind in bytes (KMS key policies: 32 KB). Tighter
/// limits on what one identity may have are IAM's to hold.
pub const POLICY_LEN_MAX: usize = 32 * 1024;

/// A policy that has been read and can be asked.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    pub(crate) statements: Vec<Statement>,
}

impl Policy {
    /// Reads an identity policy, permission boundary or session policy:
    /// AWS's (Version 2012-10-17, 2008-10-17 or none) or Huawei's (1.1, where
    /// `Resource` may be left out and then is everything).
    ///
    /// Errors: [`Error::TooLarge`], [`Error::NotJson`], [`Error::Malformed`].
    pub fn identity(document: &[u8]) -> Result<Self, Error> {
        parse(document, Kind::Identity)
    }

    /// Reads the policy of the bucket of this name, in S3's or OBS's spelling.
    /// Each statement has a principal, and resources that lie in the bucket.
    ///
    /// Errors: as [`Policy::identity`].
    pub fn bucket(document: &[u8], bucket: &str) -> Result<Self, Error> {
        parse(document, Kind::Bucket(bucket))
    }

    /// Reads the policy of a KMS key. Errors: as [`Policy::identity`].
    pub fn key(document: &[u8]) -> Result<Self, Error> {
        parse(document, Kind::Key)
    }

    /// Reads a role's trust policy: principals, no resources.
    ///
    /// Errors: as [`Policy::identity`].
    pub fn trust(document: &[u8]) -> Result<Self, Error> {
        parse(document, Kind::Trust)
    }

    /// True if some statement lets in callers that nobody chose (S3, "The meaning
    /// of public").
    pub fn is_public(&self) -> bool {
        self.statements.iter().any(Statement::is_public)
    }

    /// A policy of statements that come from no document: ACLs, grants.
    pub fn of(statements: Vec<Statement>) -> Self {
        Self { statements }
    }
}

#[derive(Clone, Copy)]
enum Kind<'a> {
    Identity,
    Bucket(&'a str),
    Key,
    Trust,
}

/// What a statement of this document may say.
#[derive(Clone, Copy)]
struct Rules<'a> {
    kind: Kind<'a>,
    variables: bool,
    resource_optional: bool,
}

fn parse(document: &[u8], kind: Kind<'_>) -> Result<Policy, Error> {
    let limit = match kind {
        Kind::Bucket(_) => BUCKET_POLICY_LEN_MAX,
        _ => POLICY_LEN_MAX,
    };
    if document.len() > limit {
        return Err(Error::TooLarge { len: document.len(), limit });
    }
    let json = Json::parse(document)?;
    let policy = Fields::of(&json, "", &["Version", "Id", "Statement"])?;
    policy.text("Id")?;
    let version = policy.text("Version")?;
    match (version, kind) {
        (None | Some("2012-10-17" | "2008-10-17"), _) | (Some("1.1"), Kind::Identity) => {}
        (_, Kind::Identity) => {
            return Err(Problem::new("must be 2012-10-17, 2008-10-17 or 1.1").at("Version"));
        }
        _ => return Err(Problem::new("must be 2012-10-17 or 2008-10-17").at("Version")),
    }
    let rules = Rules {
        kind,
        variables: version == Some("2012-10-17"),
        resource_optional: version == Some("1.1"),
    };
    let (json, place) = policy.field("Statement").ok_or_else(|| policy.missing("Statement"))?;
    let statements = match json {
        Json::List(list) if list.is_empty() => {
            return Err(Problem::new("has no statement").at(place));
        }
        Json::List(list) => list
            .iter()
            .enumerate()
            .map(|(index, json)| statement(json, &format!("{place}[{index}]"), rules))
            .collect::<Result<_, _>>()?,
        single => vec![statement(single, &place, rules)?],
    };
    refuse_repeated_sids(&statements)?;
    Ok(Policy { statements })
}

fn refuse_repeated_sids(statements: &[Statement]) -> Result<(), Error> {
    for (index, statement) in statements.iter().enumerate() {
        let Some(sid) = &statement.sid else { continue };
        if statements.iter().take(index).any(|earlier| earlier.sid.as_ref() == Some(sid)) {
            let problem = format!("{sid:?} is the Sid of an earlier statement");
            return Err(Problem::new(problem).at(format!("Statement[{index}].Sid")));
        }
    }
    Ok(())
}

const STATEMENT_FIELDS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

fn statement(json: &Json, place: &str, rules: Rules<'_>) -> Result<Statement, Error> {
    let fields = Fields::of(json, place, &STATEMENT_FIELDS)?;
    let effect = match fields.text("Effect")? {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        Some(_) => return Err(Problem::new("must be Allow or Deny").at(inside(place, "Effect"))),
        None => return Err(fields.missing("Effect")),
    };
    let sid = fields.text("Sid")?.filter(|sid| !sid.is_empty());
    let conditions = match fields.field("Condition") {
        Some((json, place)) => conditions(json, &place, rules)?,
        None => Vec::new(),
    };
    Ok(Statement {
        sid: sid.map(Arc::from),
        effect,
        principals: principals(&fields, rules)?,
        actions: actions(&fields, rules)?,
        resources: resources(&fields, rules)?,
        conditions,
    })
}

fn principals(fields: &Fields<'_>, rules: Rules<'_>) -> Result<Principals, Error> {
    let found = fields.either("Principal", "NotPrincipal")?;
    let (json, place, opposite) = match (found, rules.kind) {
        (None, Kind::Identity) => return Ok(Principals::Bearer),
        (None, _) => return Err(fields.missing("Principal")),
        (Some((_, place, _)), Kind::Identity) => {
            let problem = "an identity policy is for whom it is attached to";
            return Err(Problem::new(problem).at(place));
        }
        (Some(found), _) => found,
    };
    let mut patterns = Vec::new();
    match json {
        Json::Text(text) if text == "*" => patterns.push(PrincipalPattern::everyone()),
        Json::Object(kinds) if !kinds.is_empty() => {
            refuse_repeats(kinds, &place)?;
            for (kind, json) in kinds {
                let place = inside(&place, kind);
                for word in words(json, &place)? {
                    let pattern = PrincipalPattern::parse(kind, word);
                    patterns.push(pattern.map_err(|problem| problem.at(place.as_str()))?);
                }
            }
        }
        _ => return Err(Problem::new("must be \"*\" or an object like {\"AWS\": …}").at(place)),
    }
    Ok(if opposite { Principals::AllBut(patterns) } else { Principals::These(patterns) })
}

fn actions(fields: &Fields<'_>, rules: Rules<'_>) -> Result<ActionSet, Error> {
    let found = fields.either("Action", "NotAction")?;
    let (json, place, opposite) = found.ok_or_else(|| fields.missing("Action"))?;
    let mut set = ActionSet::of(&[]);
    for word in words(json, &place)? {
        let actions = match rules.kind {
            Kind::Identity => ActionSet::parse_any_service(word),
            Kind::Bucket(_) | Kind::Key | Kind::Trust => ActionSet::parse(word),
        };
        set.extend(&actions.map_err(|problem| problem.at(place.as_str()))?);
    }
    Ok(if opposite { set.complement() } else { set })
}

fn resources(fields: &Fields<'_>, rules: Rules<'_>) -> Result<Resources, Error> {
    let found = fields.either("Resource", "NotResource")?;
    let (json, place, opposite) = match (found, rules.kind) {
        (None, Kind::Trust) => return Ok(Resources::These(vec![ResourcePattern::any()])),
        (None, _) if rules.resource_optional => {
            return Ok(Resources::These(vec![ResourcePattern::any()]));
        }
        (None, _) => return Err(fields.missing("Resource")),
        (Some((_, place, _)), Kind::Trust) => {
            return Err(Problem::new("a trust policy has no resource but its role").at(place));
        }
        (Some(found), _) => found,
    };
    let read = |word: &str| match rules.kind {
        Kind::Bucket(bucket) => ResourcePattern::parse_in_bucket(word, bucket, rules.variables),
        Kind::Identity | Kind::Key | Kind::Trust => ResourcePattern::parse(word, rules.variables),
    };
    let patterns = words(json, &place)?
        .into_iter()
        .map(|word| read(word).map_err(|problem| problem.at(place.as_str())))
        .collect::<Result<_, _>>()?;
    Ok(if opposite { Resources::AllBut(patterns) } else { Resources::These(patterns) })
}

fn conditions(json: &Json, place: &str, rules: Rules<'_>) -> Result<Vec<Condition>, Error> {
    let operators = object(json, place)?;
    if !matches!(rules.kind, Kind::Bucket(_)) {
        refuse_repeats(operators, place)?;
    }
    let mut conditions = Vec::new();
    for (index, (name, json)) in operators.iter().enumerate() {
        let at = inside(place, name);
        let operator = Operator::parse(name).map_err(|problem| problem.at(at.as_str()))?;
        let keys = object(json, &at)?;
        refuse_repeats(keys, &at)?;
        if keys.is_empty() {
            return Err(Problem::new("has no condition key").at(at));
        }
        let later = operators.iter().skip(index + 1).filter(|(later, _)| later == name);
        let replaced: Vec<&str> = later
            .filter_map(|(_, json)| object(json, &at).ok())
            .flatten()
            .map(|(key, _)| key.as_str())
            .collect();
        for (key, json) in keys {
            let at = inside(&at, key);
            let values = values(json, &at)?;
            let condition = Condition::parse(operator, key, &values, rules.variables)
                .map_err(|problem| problem.at(at))?;
            if !replaced.contains(&key.as_str()) {
                conditions.push(condition);
            }
        }
    }
    Ok(conditions)
}

#[cfg(test)]
mod tests;
