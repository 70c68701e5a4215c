//! The shape of every operation: parse, needs, run, render.
//!
//! An operation is one file named after the S3 or KMS operation. `parse` turns
//! the request into typed fields and is the only place that refuses bad input;
//! `needs` says what must be allowed and, with that, which catalog rows are
//! read in the one snapshot; `run` does the work with that snapshot; `render`
//! writes the answer in the request's dialect. Authentication is done by
//! `dispatch`, authorization by `run` before the operation runs, neither here.

use std::future::Future;

use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply};

use super::work::Work;

pub use super::need::{Need, On};

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
