//! Keys as records: what a key is, which states it lives through, how it is
//! named, and how data keys are wrapped under it.
//!
//! Plain values and pure rules. Nothing here reads a store, a clock or an HSM;
//! [`crate::kms`] does, and [`crate::store`] keeps what is defined here.
//! Invariant: a [`Key`] holds no material, only its [`KeyVersion`]s do, and
//! those only wrapped.

mod alias;
mod grant;
mod id;
mod record;
mod reference;
mod state;
pub mod wrap;

pub use alias::{Alias, AliasError, AliasName};
pub use grant::{Constraint, Grant, GrantId, GrantOperation, Grantee, KeyRights};
pub use id::{KeyId, NotAKeyId};
pub use record::{
    Key, KeyOrigin, KeySpec, KeyUsage, KeyVersion, Rotation, VersionCause, VersionMaterial,
};
pub use reference::{KeyRef, KeyRefError, NamedBy};
pub use state::{KeyOperation, KeyState, StateRefusal};
