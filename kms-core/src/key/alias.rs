//! Aliases: second names of keys, unique in one account and region.
//!
//! The name is kept without AWS's `alias/` prefix, which both dialects' edges
//! accept and AWS's answers carry.

use std::fmt;

use super::KeyId;

/// An alias with the key that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The account that owns alias and key.
    pub account_id: String,
    /// The region in which the name is unique.
    pub region: String,
    /// The name.
    pub name: AliasName,
    /// The key it stands for.
    pub key: KeyId,
    /// When it was made, Unix milliseconds.
    pub created_ms: u64,
    /// When it was last pointed at another key, Unix milliseconds.
    pub updated_ms: u64,
}

/// A valid alias name: 1 to 255 of `a-z A-Z 0-9 : / _ -`, without `alias/`
/// (KMS API create-key: key_alias; AWS CreateAlias: AliasName).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AliasName(String);

impl AliasName {
    /// Longest name in characters.
    pub const MAX_LEN: usize = 255;

    /// Reads a name with or without `alias/` before it. Reserved names pass:
    /// default keys bear them.
    pub fn parse(text: &str) -> Result<Self, AliasError> {
        let name = text.strip_prefix("alias/").unwrap_or(text);
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || b":/_-".contains(&byte);
        if name.is_empty() || name.len() > Self::MAX_LEN || !name.bytes().all(valid) {
            return Err(AliasError);
        }
        Ok(Self(name.to_owned()))
    }

    /// True for a name that looks like a service's (`.../default`, `aws/...`),
    /// which no tenant may give.
    pub fn is_reserved(&self) -> bool {
        self.0.ends_with("/default") || self.0.starts_with("aws/")
    }

    /// The name without `alias/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AliasName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is no alias name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an alias has 1 to 255 of the characters a-z A-Z 0-9 : / _ -")]
pub struct AliasError;
