//! The suite that every key store passes.
