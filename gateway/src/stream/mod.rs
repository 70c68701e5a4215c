//! Ground floor of streams: bounded bodies, checksums that flow along, ranges.

pub mod announced;
pub mod body;
pub mod checksum;
pub mod range;
pub mod trailers;

pub use body::{Body, BodyError};
pub use trailers::Trailers;
