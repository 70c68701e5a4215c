//! Keys: how one key wraps another.

pub mod wrap;
