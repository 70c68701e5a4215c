//! The key service from outside: every test goes through `Kms` as a gateway does.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod aliases;
mod ciphertexts;
mod default_key;
mod faults;
mod foreign;
mod grants;
mod import;
mod lifecycle;
mod records;
mod states;
mod world;

use kms_core::store::{MemoryStore, conformance};

#[tokio::test]
async fn the_store_in_memory_passes_the_suite_of_stores() {
    conformance::all(&MemoryStore::default()).await;
}
