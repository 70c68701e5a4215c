//! Ground floor: secrets that wipe themselves, canonical encodings, AEADs.

pub mod encode;
pub mod secret;

pub use encode::Canonical;
pub use secret::{DataKey, SecretBytes};
