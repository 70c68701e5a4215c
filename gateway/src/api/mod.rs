//! The table of contents of the product: one file an operation, one table of
//! routes, one order of work.
//!
//! `routes` names every operation; `dispatch` and `run` do them all the same way;
//! `operation` is their shape. Inside: `dispatch > routes > run > operations >
//! operation > work > need`, and `condition`, `faults`, `sse` beside them.
//! Operations never import each other.

pub mod acl;
pub mod bucket;
pub mod condition;
pub mod cors;
pub mod customer_key;
pub mod dispatch;
pub mod faults;
pub mod huawei_faults;
pub mod identity;
pub mod key;
pub mod lock;
pub mod need;
pub mod object;
pub mod obs;
pub mod operation;
mod query_routes;
pub mod routes;
pub mod run;
pub mod session;
pub mod setting;
pub mod sse;
pub mod tags;
pub mod upload;
pub mod work;
