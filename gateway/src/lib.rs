//! Sealgate's gateway: S3 and OBS to clients, ciphertext to a backing store,
//! and the key service in the same process.
//!
//! Floors, imports only go down (`tests/tests/tidy.rs` holds them):
//! `main > cli > server > {edge, control} > {api, jobs} > authorize >
//! {auth, context} > {object, iam, policy_cache, grants, facts} > dialect > catalog >
//! {http, telemetry} > {stream, backing, config}`.

pub mod api;
pub mod auth;
pub mod authorize;
pub mod backing;
pub mod catalog;
pub mod cli;
pub mod config;
pub mod context;
pub mod control;
pub mod dialect;
pub mod edge;
pub mod facts;
pub mod grants;
pub mod http;
pub mod iam;
pub mod jobs;
pub mod object;
pub mod policy_cache;
pub mod server;
pub mod stream;
pub mod telemetry;
