//! May this principal do this action on this resource, in this context?
//!
//! One pure function, [`evaluate`], answers for identity policies, permission
//! boundaries, session policies, bucket policies, key policies, ACLs and grants,
//! in AWS's, OBS's and Huawei IAM's spelling. No I/O, no clock, no HTTP: the
//! caller brings a [`Request`] and the [`Policies`], all from one snapshot.
//!
//! A policy is read once ([`Policy::bucket`], [`Policy::identity`], …), which
//! refuses whatever it does not understand and names the place; what has been
//! read can be shared (`Arc<Policy>`) and asked without fail.
//!
//! Floors, imports only go down: `evaluate > document > statement > request >
//! {condition, arn} > resource > pattern > context > key > error`; `decision`,
//! `principal`, `action` and `json` stand where they are used first.

mod action;
mod arn;
mod condition;
mod context;
mod decision;
mod document;
mod error;
mod evaluate;
mod json;
mod key;
mod pattern;
mod principal;
mod request;
mod resource;
mod statement;

pub use action::{Action, ActionSet};
pub use arn::ResourcePattern;
pub use condition::Condition;
pub use context::Context;
pub use decision::{Because, Decision, Missing, Place, Source};
pub use document::{BUCKET_POLICY_LEN_MAX, POLICY_LEN_MAX, Policy};
pub use error::Error;
pub use evaluate::{Delegation, Policies, evaluate};
pub use key::{Attribute, ConditionKey};
pub use principal::{Account, Identity, Principal, PrincipalPattern};
pub use request::Request;
pub use resource::{Resource, Service};
pub use statement::{Effect, Statement};
