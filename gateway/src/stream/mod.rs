//! Ground floor of streams: bounded bodies, checksums that flow along, ranges.

pub mod announced;
pub mod body;
pub mod checksum;
pub mod range;
pub mod trailers;

pub use body::{Body, BodyError};
pub use trailers::Trailers;

/// Over what the MD5 in an ETag runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EtagOver {
    /// The stored bytes: anyone can check the store against the ETag.
    Ciphertext,
    /// The client's bytes, where clients check it themselves.
    Plaintext,
}
