//! Keys: their life, the HSM below them, the sealed format of objects, and the
//! audit chain.
//!
//! This crate knows no HTTP and no SQL. Its one door is [`kms::Kms`]; below it
//! stand the providers behind [`hsm::Hsm`] and the records behind
//! [`store::KeyStore`], which the gateway's catalog implements. The format of
//! an object's body is in [`sealed`]; its specification is
//! `docs/formats/sealed-object.md`.
//!
//! Floors, imports only go down (`tests/tests/tidy.rs` holds them):
//! `kms > {authorize, root, store} > {audit, key} > {hsm, sealed} > base`.

pub mod audit;
pub mod authorize;
pub mod base;
pub mod hsm;
pub mod key;
pub mod kms;
pub mod root;
pub mod sealed;
pub mod store;
