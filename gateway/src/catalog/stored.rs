//! How values of the model are written in columns: the small codes, version
//! ids, and JSON documents.
//!
//! The codes are part of the format; a number is never given another meaning.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::CatalogError;
use super::model::{Mode, VersionId, Versioning};

/// `version.null_version`: which kind of version a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// A version by name.
    Named,
    /// The null version, written before versioning was ever enabled: always the
    /// oldest row of its key.
    NullFirst,
    /// The null version, written while versioning was suspended.
    NullSuspended,
}

impl Naming {
    pub(super) fn of(versioning: Versioning) -> Self {
        match versioning {
            Versioning::Off => Self::NullFirst,
            Versioning::Enabled => Self::Named,
            Versioning::Suspended => Self::NullSuspended,
        }
    }

    pub(super) fn code(self) -> i64 {
        match self {
            Self::Named => 0,
            Self::NullFirst => 1,
            Self::NullSuspended => 2,
        }
    }

    pub(super) fn from_code(code: i64) -> Result<Self, CatalogError> {
        match code {
            0 => Ok(Self::Named),
            1 => Ok(Self::NullFirst),
            2 => Ok(Self::NullSuspended),
            _ => Err(damaged("null_version", code)),
        }
    }

    /// The public name of the version at `seq` with `tag`.
    pub(super) fn version_id(self, seq: i64, tag: i64) -> VersionId {
        match self {
            Self::Named => VersionId::Named(version_name(seq, tag)),
            Self::NullFirst | Self::NullSuspended => VersionId::Null,
        }
    }
}

/// 32 hex digits: the order number under the tag, then the random tag, so that
/// a named version is found by its primary key although the name looks random.
fn version_name(seq: i64, tag: i64) -> String {
    format!("{:016x}{:016x}", seq ^ tag, tag)
}

/// The order number and tag in the name of a version; `None` if no catalog made it.
pub(super) fn version_order(name: &str) -> Option<(i64, i64)> {
    let (covered, tag) = name.split_at_checked(16)?;
    let tag = u64::from_str_radix(tag, 16).ok()?.cast_signed();
    let covered = u64::from_str_radix(covered, 16).ok()?.cast_signed();
    Some((covered ^ tag, tag))
}

pub(super) fn versioning_code(versioning: Versioning) -> i64 {
    match versioning {
        Versioning::Off => 0,
        Versioning::Enabled => 1,
        Versioning::Suspended => 2,
    }
}

pub(super) fn versioning_from_code(code: i64) -> Result<Versioning, CatalogError> {
    match code {
        0 => Ok(Versioning::Off),
        1 => Ok(Versioning::Enabled),
        2 => Ok(Versioning::Suspended),
        _ => Err(damaged("versioning", code)),
    }
}

pub(super) fn mode_code(mode: Mode) -> i64 {
    match mode {
        Mode::None => 0,
        Mode::Aes256 => 1,
        Mode::Kms => 2,
        Mode::SseC => 3,
    }
}

pub(super) fn mode_from_code(code: i64) -> Result<Mode, CatalogError> {
    match code {
        0 => Ok(Mode::None),
        1 => Ok(Mode::Aes256),
        2 => Ok(Mode::Kms),
        3 => Ok(Mode::SseC),
        _ => Err(damaged("mode", code)),
    }
}

/// A nullable version id column: NULL is the null version.
pub(super) fn version_id_from_column(name: Option<String>) -> VersionId {
    name.map_or(VersionId::Null, VersionId::Named)
}

/// A nullable version id column: NULL is the null version.
pub(super) fn version_id_to_column(id: &VersionId) -> Option<&str> {
    match id {
        VersionId::Null => None,
        VersionId::Named(name) => Some(name),
    }
}

pub(super) fn json<T: Serialize>(value: &T) -> Result<Vec<u8>, CatalogError> {
    serde_json::to_vec(value).map_err(|error| CatalogError::Damaged(error.to_string()))
}

pub(super) fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CatalogError> {
    serde_json::from_slice(bytes).map_err(|error| CatalogError::Damaged(error.to_string()))
}

/// Sizes are below 2^63; a larger one cannot be stored.
pub(super) fn size_to_column(size: u64) -> Result<i64, CatalogError> {
    i64::try_from(size).map_err(|_| CatalogError::Damaged(format!("size {size}")))
}

fn damaged(column: &str, code: i64) -> CatalogError {
    CatalogError::Damaged(format!("{column} has the unknown code {code}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_version_name_carries_its_order(seq: i64, tag: i64) {
            let name = version_name(seq, tag);
            prop_assert_eq!(VersionId::parse(&name), Some(VersionId::Named(name.clone())));
            prop_assert_eq!(version_order(&name), Some((seq, tag)));
        }
    }
}
