//! The table of contents of the product: one file an operation, one table of
//! routes, one order of work.
//!
//! `routes` names every operation; `dispatch` runs them all the same way;
//! `operation` is their shape. Inside: `dispatch > routes > operations >
//! {operation, work, condition, faults}`. Operations never import each other.

pub mod bucket;
pub mod condition;
pub mod dispatch;
pub mod faults;
pub mod identity;
pub mod key;
pub mod object;
pub mod operation;
pub mod routes;
pub mod session;
pub mod setting;
pub mod sse;
pub mod upload;
pub mod work;
