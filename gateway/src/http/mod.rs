//! What an operation sees of HTTP: a request that has been parsed, a reply to
//! be rendered, faults with their codes, and XML.
//!
//! Not here: sockets and limits (`edge`), routes and order of work (`api`).

pub mod fault;
pub mod form;
pub mod message;
pub mod query;
pub mod xml;

pub use fault::{Code, Fault};
pub use message::{Incoming, Reply, Target};
pub use query::Query;
