//! What parameters may look like (IAM and STS API reference), and which user a
//! request without a name is about.

use std::collections::BTreeMap;

use policy::Policy;

use crate::api::need::On;
use crate::api::work::Work;
use crate::catalog::identity::{Entity, EntityKind, EntityRef, IdentityError};
use crate::http::form::Form;
use crate::http::{Code, Fault};
use crate::iam::builtin::BuiltIn;

/// Characters of a managed policy, white space left out (IAM quotas).
const POLICY_MAX: usize = 6144;

/// Tags of one entity (IAM quotas).
const TAGS_MAX: usize = 50;

/// `ValidationError` with this message.
pub(super) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(Code::ValidationError).message(message.into())
}

/// The required name under `parameter`: 1 to 128 letters, digits and `+=,.@_-`,
/// 64 for users and roles.
pub(super) fn name(form: &Form, parameter: &str) -> Result<String, Fault> {
    let text = form.required(parameter)?;
    let limit = match parameter {
        "UserName" | "NewUserName" | "RoleName" => 64,
        _ => 128,
    };
    match text.len() <= limit && text.chars().all(is_name_char) {
        true => Ok(text.to_owned()),
        false => Err(invalid(format!(
            "The specified value for {parameter} is invalid. It must contain only alphanumeric \
             characters and/or the following: +=,.@_-, and at most {limit} of them."
        ))),
    }
}

/// The name under `parameter`, if it is given.
pub(super) fn optional_name(form: &Form, parameter: &str) -> Result<Option<String>, Fault> {
    form.value(parameter).map(|_| name(form, parameter)).transpose()
}

/// True for what a session of STS may be called: 2 to 64 characters of a name.
pub fn is_session_name(text: &str) -> bool {
    (2..=64).contains(&text.len()) && text.chars().all(is_name_char)
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+=,.@_-".contains(c)
}

/// The path under `parameter`, or `/`: starts and ends with a slash.
pub(super) fn path(form: &Form, parameter: &str) -> Result<String, Fault> {
    let text = form.value(parameter).unwrap_or("/");
    let fits = text.len() <= 512
        && text.starts_with('/')
        && text.ends_with('/')
        && text.chars().all(|c| c.is_ascii_graphic());
    match fits {
        true => Ok(text.to_owned()),
        false => Err(invalid(format!(
            "The specified value for {parameter} is invalid. It must begin and end with / and \
             contain only printable ASCII characters."
        ))),
    }
}

/// `PathPrefix`, or `/`.
pub(super) fn path_prefix(form: &Form) -> Result<String, Fault> {
    match form.value("PathPrefix").unwrap_or("/") {
        text if text.starts_with('/') && text.len() <= 512 => Ok(text.to_owned()),
        _ => Err(invalid("The specified value for PathPrefix is invalid.")),
    }
}

/// `Marker` and `MaxItems`: after which name, and how many.
pub(super) struct Page {
    pub(super) after: String,
    pub(super) limit: usize,
}

impl Page {
    pub(super) fn read(form: &Form) -> Result<Self, Fault> {
        let limit = match form.value("MaxItems").map(str::parse) {
            None => 100,
            Some(Ok(limit @ 1..=1000)) => limit,
            Some(_) => return Err(invalid("MaxItems must be between 1 and 1000.")),
        };
        Ok(Self { after: form.value("Marker").unwrap_or_default().to_owned(), limit })
    }

    /// Cuts a list that has one entry too many; the name where the next begins.
    pub(super) fn cut<T>(&self, list: &mut Vec<T>, name: impl Fn(&T) -> &str) -> Option<String> {
        let more = list.len() > self.limit;
        list.truncate(self.limit);
        list.last().filter(|_| more).map(|last| name(last).to_owned())
    }
}

/// A document under `parameter` that can be read as an identity policy. Errors:
/// `MalformedPolicyDocument` with the place, `LimitExceeded`.
pub fn policy_document(form: &Form, parameter: &str) -> Result<Vec<u8>, Fault> {
    let text = form.required(parameter)?;
    Policy::identity(text.as_bytes()).map_err(malformed)?;
    let length = text.chars().filter(|c| !c.is_whitespace()).count();
    match length > POLICY_MAX {
        true => Err(Fault::new(Code::LimitExceeded)
            .message(format!("Cannot exceed quota for PolicySize: {POLICY_MAX}"))),
        false => Ok(text.as_bytes().to_vec()),
    }
}

/// A role's trust policy. Errors: `MalformedPolicyDocument`.
pub(super) fn trust_document(form: &Form, parameter: &str) -> Result<Vec<u8>, Fault> {
    let text = form.required(parameter)?;
    Policy::trust(text.as_bytes()).map_err(malformed)?;
    Ok(text.as_bytes().to_vec())
}

/// `MalformedPolicyDocument` with what is wrong and where.
pub(super) fn malformed(error: policy::Error) -> Fault {
    Fault::new(Code::MalformedPolicyDocument).message(error.to_string())
}

/// The tags under `parameter`. Errors: `InvalidInput` for one that cannot be or
/// comes twice, `LimitExceeded`.
pub(super) fn tags(form: &Form, parameter: &str) -> Result<BTreeMap<String, String>, Fault> {
    let wrong = |what: &str| Fault::new(Code::InvalidInput).message(what.to_owned());
    let mut tags = BTreeMap::new();
    for member in form.members(parameter) {
        let key = form.required(&format!("{member}.Key"))?;
        let value = form.value(&format!("{member}.Value")).unwrap_or_default();
        if key.chars().count() > 128 || value.chars().count() > 256 || key.starts_with("aws:") {
            return Err(wrong("A tag is too long, or its key starts with aws:."));
        }
        if tags.keys().any(|known: &String| known.eq_ignore_ascii_case(key)) {
            return Err(wrong("Duplicate tag keys found."));
        }
        tags.insert(key.to_owned(), value.to_owned());
    }
    check_tag_count(tags.len())?;
    Ok(tags)
}

/// Errors: [`IdentityError::Limit`] above 50 tags.
pub(super) fn check_tag_count(count: usize) -> Result<(), IdentityError> {
    match count > TAGS_MAX {
        true => Err(IdentityError::Limit("TagsPerEntity", TAGS_MAX)),
        false => Ok(()),
    }
}

/// The entity that a request names.
pub(super) fn entity_ref(work: &Work, kind: EntityKind, name: &str) -> Result<EntityRef, Fault> {
    let account_id = work.account()?.id.clone();
    Ok(EntityRef { account_id, kind, name: name.to_owned() })
}

/// The user that a request names, or the caller himself; `None` for the root.
/// Errors: `ValidationError` for a session that names nobody.
pub(super) fn user_or_caller(work: &Work, named: Option<&str>) -> Result<Option<EntityRef>, Fault> {
    match (named, work.caller.user_name()) {
        (Some(name), _) | (None, Some(name)) => entity_ref(work, EntityKind::User, name).map(Some),
        (None, None) if work.caller.is_root() => Ok(None),
        (None, None) => {
            Err(invalid("Must specify userName when calling with non-User credentials"))
        }
    }
}

/// The need's subject for a user by name, or for the caller himself.
pub(super) fn on_user(named: Option<&String>) -> On {
    match named {
        Some(name) => On::Entity(EntityKind::User, name.clone()),
        None => On::Caller,
    }
}

/// The entity of the snapshot, which need 0 named. Errors: `NoSuchEntity`.
pub(super) fn found<'a>(work: &'a Work, kind: EntityKind, name: &str) -> Result<&'a Entity, Fault> {
    let missing = || IdentityError::NoSuch(kind.name(), name.to_owned());
    work.entity(0).ok_or_else(|| missing().into())
}

/// The need's subject for a managed policy: account and the end of its ARN. A
/// built-in one counts as the caller's own.
pub(super) fn on_policy(arn: &str) -> On {
    match BuiltIn::find(arn) {
        Some(policy) => On::Identity(String::new(), format!("policy/{}", policy.name)),
        None => {
            let rest = arn.strip_prefix("arn:aws:iam::").unwrap_or_default();
            let (account, path) = rest.split_once(':').unwrap_or(("unknown", rest));
            On::Identity(account.to_owned(), path.to_owned())
        }
    }
}

/// The ARN of a managed policy under `parameter`.
pub(super) fn policy_arn(form: &Form, parameter: &str) -> Result<String, Fault> {
    let text = form.required(parameter)?;
    let rest = text.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(":policy/"));
    match rest.is_some_and(|(account, name)| !account.is_empty() && !name.is_empty()) {
        true => Ok(text.to_owned()),
        false => Err(Fault::new(Code::InvalidInput).message(format!("ARN {text} is not valid."))),
    }
}

/// The number of a version under `parameter`, `v1` and on.
pub(super) fn version(form: &Form, parameter: &str) -> Result<u32, Fault> {
    let text = form.required(parameter)?;
    let number = text.strip_prefix('v').and_then(|number| number.parse().ok());
    number.ok_or_else(|| invalid(format!("{parameter} must be v1, v2 and so on.")))
}
