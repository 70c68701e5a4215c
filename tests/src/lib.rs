//! The harness: starts the real binary in an empty directory, speaks to it as
//! clients do, and looks from outside at what it stored and holds in memory.
//!
//! Not a mock of anything: every test in `tests/tests/` meets the process that
//! operators run. Whatever goes wrong in the harness itself panics with what it
//! tried.

pub mod chance;
pub mod chunked;
pub mod client;
pub mod download;
pub mod gateway;
pub mod memory;
mod obs;
pub mod reply;
pub mod store;
pub mod token;
pub mod vault;
pub mod wire;

pub use chance::Chance;
pub use client::{Client, Identity, Payload};
pub use download::Download;
pub use gateway::{Account, Gateway};
pub use reply::Reply;
pub use token::Token;
