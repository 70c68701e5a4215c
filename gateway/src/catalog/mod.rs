//! The transactional truth.

pub mod model;
