//! Why a change of an identity was not made.

use crate::catalog::CatalogError;

/// Why a change was not made; nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// What is named does not exist: the kind of thing and its name.
    #[error("the {0} {1} does not exist")]
    NoSuch(&'static str, String),
    /// The name is taken: choose another.
    #[error("the {0} {1} exists already")]
    Exists(&'static str, String),
    /// It is still used: take this away first.
    #[error("must {0} first")]
    InUse(&'static str),
    /// A quota is exhausted: what, and how many there may be.
    #[error("cannot exceed the quota for {0}: {1}")]
    Limit(&'static str, usize),
    /// The catalog did not do it.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}
