//! The table of contents of the product: one file an operation, one table of
//! routes, one order of work.
//!
//! `routes` names every operation; `dispatch` runs them all the same way;
//! `operation` is their shape. Inside: `dispatch > routes > operations >
//! {operation, work, condition, faults, sse}`. Operations never import each other.

pub mod bucket;
pub mod condition;
pub mod cors;
pub mod customer_key;
pub mod dispatch;
pub mod faults;
pub mod key;
pub mod object;
pub mod operation;
pub mod routes;
pub mod setting;
pub mod sse;
pub mod tags;
pub mod upload;
pub mod work;
