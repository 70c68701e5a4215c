//! Multipart uploads.

mod abort_multipart_upload;
mod checksum;
mod complete_multipart_upload;
mod create_multipart_upload;
mod list_multipart_uploads;
mod list_parts;
mod upload_part;
mod upload_part_copy;

pub use abort_multipart_upload::AbortMultipartUpload;
pub use complete_multipart_upload::CompleteMultipartUpload;
pub use create_multipart_upload::CreateMultipartUpload;
pub use list_multipart_uploads::ListMultipartUploads;
pub use list_parts::ListParts;
pub use upload_part::UploadPart;
pub use upload_part_copy::UploadPartCopy;

use super::object;
use super::operation::{Need, On};
use crate::http::{Fault, Incoming};
use policy::Action;

/// Most parts of an upload.
pub const MAX_PARTS: u32 = 10_000;

/// Bucket, key and upload id that a request names.
#[derive(Clone, Debug)]
pub struct UploadName {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Upload id.
    pub id: String,
}

impl UploadName {
    /// Reads target and `uploadId`.
    pub fn parse(request: &Incoming) -> Result<Self, Fault> {
        let (bucket, key) = object::target(request)?;
        let id = request.query.value("uploadId").unwrap_or_default().to_owned();
        Ok(Self { bucket, key, id })
    }

    /// The right to do `action` on the upload.
    pub fn need(&self, action: Action) -> Need {
        Need::new(action, On::Upload(self.bucket.clone(), self.key.clone(), self.id.clone()))
    }
}

/// `partNumber`. Errors: `InvalidArgument` outside 1 to 10,000.
fn part_number(request: &Incoming) -> Result<u32, Fault> {
    let text = request.query.value("partNumber").unwrap_or_default();
    text.parse().ok().filter(|number| (1..=MAX_PARTS).contains(number)).ok_or_else(|| {
        Fault::argument(
            "partNumber",
            text,
            "Part number must be an integer between 1 and 10000, inclusive",
        )
    })
}
