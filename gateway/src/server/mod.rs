//! Builds a gateway from its settings and runs it until it is told to stop.

mod data_dir;
pub mod endpoint;
mod greeting;
mod harden;
