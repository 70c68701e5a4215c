//! One operation, from its parsed request to its answer.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::operation::Operation;
use super::work::Work;
use crate::authorize::Caller;
use crate::context::Gateway;
use crate::dialect::Dialect;
use crate::facts::RequestFacts;
use crate::http::{Fault, Incoming, Reply};

/// A running operation.
pub type Running = Pin<Box<dyn Future<Output = Result<Reply, Fault>> + Send>>;

/// Runs one operation; each route row names an instance of this.
pub fn run<O: Operation>(
    gateway: Arc<Gateway>,
    caller: Caller,
    mut request: Incoming,
    dialect: &'static Dialect,
) -> Running {
    Box::pin(async move {
        let operation = O::parse(&mut request, dialect)?;
        let facts = RequestFacts::of(&request);
        drop(request);
        let work = Work::admit(gateway, caller, facts, operation.needs()).await?;
        let output = operation.run(&work).await?;
        Ok(O::render(output, dialect))
    })
}
