//! Ground floor: secrets that wipe themselves, canonical encodings, AEADs.

pub mod aead;
pub mod encode;
pub mod secret;

pub use aead::{Aead, AeadError, Algorithm};
pub use encode::Canonical;
pub use secret::{DataKey, SecretBytes};
