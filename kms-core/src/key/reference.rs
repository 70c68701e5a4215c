//! How clients name a key.
//!
//! | form | example |
//! |---|---|
//! | key id | `6f1e...` (36 characters) |
//! | alias | `alias/payroll`, or `payroll` |
//! | AWS ARN | `arn:aws:kms:us-east-1:111122223333:key/6f1e...`, `...:alias/payroll` |
//! | OBS | `region:domain:key/6f1e...`, `region:domain:alias/payroll` |
//! | Huawei URN | `kms:region:domain:alias:payroll` |
//!
//! Parsing says what the text names, not whether such a key exists or may be
//! used. Whoever resolves a reference must compare its scope with the key it
//! found: a foreign region or account is refused, never ignored.

use std::fmt;
use std::str::FromStr;

use super::{AliasName, Key, KeyId};

/// A parsed name of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRef {
    /// Key id or alias.
    pub name: NamedBy,
    /// The region it was said to be in, if the form has one.
    pub region: Option<String>,
    /// The account id or domain id it was said to belong to, if the form has one.
    pub owner: Option<String>,
}

/// What a reference names the key by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// Its id.
    Id(KeyId),
    /// An alias.
    Alias(AliasName),
}

/// The text names no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a key id, alias, key ARN or region:domain:key/id")]
pub struct KeyRefError;

impl KeyRef {
    /// Longest text that is read, in bytes.
    pub const MAX_LEN: usize = 2048;

    /// The key with this id, in whatever region and account it is.
    pub fn id(id: KeyId) -> Self {
        Self { name: NamedBy::Id(id), region: None, owner: None }
    }

    /// The key under this alias in the caller's account.
    pub fn alias(name: AliasName) -> Self {
        Self { name: NamedBy::Alias(name), region: None, owner: None }
    }

    /// Whether the account of `key` is the one this reference names, if any.
    pub fn names_owner_of(&self, key: &Key) -> bool {
        self.owner.as_ref().is_none_or(|owner| *owner == key.account_id || *owner == key.domain_id)
    }

    /// Whether `key` serves the region this reference names, if any.
    pub fn names_region_of(&self, key: &Key) -> bool {
        self.region.as_ref().is_none_or(|region| key.serves(region))
    }

    fn scoped(region: &str, owner: &str, name: NamedBy) -> Result<Self, KeyRefError> {
        let valid = |part: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            !part.is_empty() && part.len() <= 64 && part.bytes().all(allowed)
        };
        if !valid(region) || !valid(owner) {
            return Err(KeyRefError);
        }
        Ok(Self { name, region: Some(region.to_owned()), owner: Some(owner.to_owned()) })
    }
}

impl FromStr for KeyRef {
    type Err = KeyRefError;

    fn from_str(text: &str) -> Result<Self, KeyRefError> {
        if text.len() > Self::MAX_LEN {
            return Err(KeyRefError);
        }
        if let Some(arn) = text.strip_prefix("arn:") {
            let mut fields = arn.splitn(5, ':');
            let partition = fields.next().unwrap_or_default();
            let service = fields.next().unwrap_or_default();
            let (region, owner) = (fields.next(), fields.next());
            if !partition.starts_with("aws") || service != "kms" {
                return Err(KeyRefError);
            }
            let resource = resource(fields.next().unwrap_or_default())?;
            return Self::scoped(region.unwrap_or_default(), owner.unwrap_or_default(), resource);
        }
        if let Some(urn) = text.strip_prefix("kms:") {
            let mut fields = urn.splitn(3, ':');
            let (region, owner) = (fields.next(), fields.next());
            let alias = fields.next().and_then(|rest| rest.strip_prefix("alias:"));
            let name = NamedBy::Alias(alias_name(alias.unwrap_or_default())?);
            return Self::scoped(region.unwrap_or_default(), owner.unwrap_or_default(), name);
        }
        if let Some((region, owner, name)) = obs_form(text) {
            return Self::scoped(region, owner, resource(name)?);
        }
        let name = match text.parse() {
            Ok(id) => NamedBy::Id(id),
            Err(_) => NamedBy::Alias(alias_name(text)?),
        };
        Ok(Self { name, region: None, owner: None })
    }
}

impl fmt::Display for KeyRef {
    /// Shows the reference without its scope, which the reader knows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            NamedBy::Id(id) => id.fmt(f),
            NamedBy::Alias(name) => write!(f, "alias/{name}"),
        }
    }
}

/// Splits `region:domain:key/...`. An alias may contain colons too, so only
/// texts whose third field begins with `key/` or `alias/` are of this form.
fn obs_form(text: &str) -> Option<(&str, &str, &str)> {
    let mut fields = text.splitn(3, ':');
    let (region, owner, name) = (fields.next()?, fields.next()?, fields.next()?);
    let scoped = name.starts_with("key/") || name.starts_with("alias/");
    scoped.then_some((region, owner, name))
}

fn resource(text: &str) -> Result<NamedBy, KeyRefError> {
    match text.strip_prefix("key/") {
        Some(id) => id.parse().map(NamedBy::Id).map_err(|_| KeyRefError),
        None if text.starts_with("alias/") => alias_name(text).map(NamedBy::Alias),
        None => Err(KeyRefError),
    }
}

fn alias_name(text: &str) -> Result<AliasName, KeyRefError> {
    AliasName::parse(text).map_err(|_| KeyRefError)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "6f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f0";

    #[test]
    fn every_documented_form_is_read() {
        let id = NamedBy::Id(ID.parse().unwrap());
        let alias = NamedBy::Alias(AliasName::parse("pay:roll/eu").unwrap());
        let scope = |name: &NamedBy| KeyRef {
            name: name.clone(),
            region: Some("r-1".into()),
            owner: Some("111122223333".into()),
        };
        let bare = |name: &NamedBy| KeyRef { name: name.clone(), region: None, owner: None };
        let table = [
            (ID.to_owned(), bare(&id)),
            (ID.to_uppercase(), bare(&id)),
            ("alias/pay:roll/eu".into(), bare(&alias)),
            ("pay:roll/eu".into(), bare(&alias)),
            (format!("arn:aws:kms:r-1:111122223333:key/{ID}"), scope(&id)),
            ("arn:aws-cn:kms:r-1:111122223333:alias/pay:roll/eu".into(), scope(&alias)),
            (format!("r-1:111122223333:key/{ID}"), scope(&id)),
            ("r-1:111122223333:alias/pay:roll/eu".into(), scope(&alias)),
            ("kms:r-1:111122223333:alias:pay:roll/eu".into(), scope(&alias)),
        ];
        for (text, expected) in table {
            assert_eq!(text.parse::<KeyRef>(), Ok(expected), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic_and_what_it_shows_reads_back(text in "\\PC{0,64}|[a-z0-9:/_-]{0,80}") {
            if let Ok(parsed) = text.parse::<KeyRef>() {
                let shown = parsed.to_string().parse::<KeyRef>().unwrap();
                proptest::prop_assert_eq!(shown.name, parsed.name);
            }
        }
    }

    #[test]
    fn malformed_names_are_refused() {
        for text in [
            "",
            "alias/",
            "arn:aws:kms:r-1:1:key/nonsense",
            "arn:aws:s3:r-1:1:key/6f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f0",
            "arn:aws:kms::1:key/6f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f0",
            "arn:aws:kms:r-1:1",
            "kms:r-1:1:key:x",
            "r-1:dom:key/short",
            "r 1:dom:key/6f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f0",
            "white space",
            "../../etc",
            "naïve",
        ] {
            assert_eq!(text.parse::<KeyRef>(), Err(KeyRefError), "{text}");
        }
        assert!("a".repeat(KeyRef::MAX_LEN + 1).parse::<KeyRef>().is_err());
    }
}
