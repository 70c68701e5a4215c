//! ETags as text.

use std::fmt::Write;

use kms_core::sealed::Part;

use crate::stream::checksum::Md5;

/// The ETag of a single blob: 32 hex digits.
pub fn of_part(md5: &[u8; 16]) -> String {
    hex::encode(md5)
}

/// The ETag of a multipart object: MD5 over the parts' MD5s, and their number.
pub fn of_parts(parts: &[Part]) -> String {
    let mut md5 = Md5::default();
    parts.iter().for_each(|part| md5.update(&part.etag_md5));
    let mut etag = hex::encode(md5.finish());
    // Writing to a String does not fail.
    let _ = write!(etag, "-{}", parts.len());
    etag
}
