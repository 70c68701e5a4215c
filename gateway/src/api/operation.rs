//! The shape of every operation: parse, needs, run, render.
//!
//! An operation is one file named after the S3 or KMS operation. `parse` turns
//! the request into typed fields and is the only place that refuses bad input;
//! `needs` says what must be allowed and, with that, which catalog rows are
//! read in the one snapshot; `run` does the work with that snapshot; `render`
//! writes the answer in the request's dialect. Authentication and authorization
//! are done by `dispatch`, never here.

use std::future::Future;

use policy::{Action, Attribute, ConditionKey};

use crate::catalog::identity::EntityKind;
use crate::catalog::model::VersionRef;
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply};

use super::work::Work;

/// One operation of one API.
pub trait Operation: Sized + Send + 'static {
    /// The operation's documented name, also in logs and metrics.
    const NAME: &'static str;
    /// What `run` hands to `render`.
    type Output: Send;

    /// Reads the request. Errors: the documented code for each bad input.
    fn parse(request: &mut Incoming, dialect: &'static Dialect) -> Result<Self, Fault>;

    /// What the caller must be allowed to do. There is no default: an operation
    /// that forgets authorization does not compile, and a test lists the few
    /// whose list is empty.
    fn needs(&self) -> Vec<Need>;

    /// Does the work. `work` holds the snapshot, one [`crate::catalog::model::Found`]
    /// for each need in order.
    fn run(self, work: &Work) -> impl Future<Output = Result<Self::Output, Fault>> + Send;

    /// Writes the answer.
    fn render(output: Self::Output, dialect: &'static Dialect) -> Reply;
}

/// One thing that must be allowed.
#[derive(Clone, Debug)]
pub struct Need {
    /// What is to be done.
    pub action: Action,
    /// On what.
    pub on: On,
    /// Condition keys that this operation knows, with their values.
    pub conditions: Vec<(ConditionKey, String)>,
    /// True when a refusal is for the operation to handle (one key of a
    /// DeleteObjects, or the question whether the caller may list).
    pub soft: bool,
}

/// The resource of a need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// The service as a whole.
    Service,
    /// Identities of the caller's account as a whole.
    Identities,
    /// A user, group or role of the caller's account that should exist.
    Entity(EntityKind, String),
    /// The caller himself.
    Caller,
    /// A user, group, role or policy by account, which is empty for the caller's,
    /// and the end of its ARN (`user/division/bob`): nothing is read.
    Identity(String, String),
    /// A role that the caller wants to become: account and name.
    Role(String, String),
    /// A bucket that is about to exist: nothing is read.
    NewBucket(String),
    /// A bucket that should exist.
    Bucket(String),
    /// An object; no version row is read (a write that replaces it).
    Object(String, String),
    /// A version of an object.
    Version(String, String, VersionRef),
    /// An upload: bucket, key, upload id.
    Upload(String, String, String),
}

impl Need {
    /// `action` on `on`, without conditions, and a refusal ends the request.
    pub fn new(action: Action, on: On) -> Self {
        Self { action, on, conditions: Vec::new(), soft: false }
    }

    /// Adds a condition key when there is a value.
    #[must_use]
    pub fn when(mut self, key: Attribute, value: Option<impl Into<String>>) -> Self {
        if let Some(value) = value {
            self.conditions.push((key.into(), value.into()));
        }
        self
    }

    /// Leaves a refusal to the operation.
    #[must_use]
    pub fn soft(mut self) -> Self {
        self.soft = true;
        self
    }
}
