//! Operations of AWS STS in its query protocol (STS API reference, version
//! 2011-06-15): who the caller is, and temporary credentials.
//!
//! What is issued here is a sealed token (`iam::token`); nothing is written.
//! Invariant: a session has at most what its parent has, and ends no later than
//! it was issued to.

mod assume_role;
mod get_caller_identity;
mod get_federation_token;
mod get_session_token;
mod parts;

pub use assume_role::AssumeRole;
pub use get_caller_identity::{GetAccessKeyInfo, GetCallerIdentity};
pub use get_federation_token::GetFederationToken;
pub use get_session_token::GetSessionToken;
