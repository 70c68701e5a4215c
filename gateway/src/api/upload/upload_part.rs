//! UploadPart (S3 API reference; OBS "Uploading a Part").

use super::{UploadName, checksum, part_number};
use crate::api::customer_key::{self, Customer};
use crate::api::faults::part_fault;
use crate::api::object::{self, payload};
use crate::api::operation::{Need, Operation};
use crate::api::sse;
use crate::api::work::Work;
use crate::catalog::model::UploadPart as Part;
use crate::dialect::Dialect;
use crate::http::{Code, Fault, Incoming, Reply};
use crate::object::encryption::{Announcement, Place};
use crate::object::write::Payload;
use policy::Action;

/// Writes a part. Its encryption is the upload's; it needs the right to write
/// with the upload's key.
pub struct UploadPart {
    upload: UploadName,
    number: u32,
    customer: Option<Customer>,
    payload: Payload,
}

impl Operation for UploadPart {
    const NAME: &'static str = "UploadPart";
    type Output = (Part, Announcement);

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        sse::refuse_on_read(request)?;
        let (upload, number) = (UploadName::parse(request)?, part_number(request)?);
        let customer = customer_key::parse(request)?;
        Ok(Self { upload, number, customer, payload: payload(request)? })
    }

    fn needs(&self) -> Vec<Need> {
        vec![self.upload.need(Action::PutObject)]
    }

    async fn run(mut self, work: &Work) -> Result<Self::Output, Fault> {
        let (facts, upload) = (work.bucket(0)?, work.upload(0)?);
        sse::require_tls(upload.mode, work)?;
        let wanted = checksum::algorithm(upload);
        let came = self.payload.announced.algorithm();
        if let (Some(wanted), Some(came)) = (wanted, came)
            && wanted != came
        {
            return Err(Fault::new(Code::InvalidRequest).message(format!(
                "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                wanted.name().to_lowercase(),
                came.name().to_lowercase()
            )));
        }
        self.payload.compute = wanted;
        let place = Place { facts, key: self.upload.key.as_bytes() };
        let caller = work.kms_caller(Some("s3"));
        let bearer = customer_key::bearer(work, &caller, self.customer.as_ref())?;
        let now_ms = work.request.received_ms();
        let objects = &work.gateway.objects;
        let written =
            objects.upload_part(bearer, place, upload, self.number, self.payload, now_ms).await;
        let (part, announcement) = written.map_err(part_fault)?;
        Ok((part, customer_key::announced(announcement, self.customer.as_ref())))
    }

    fn render((part, announcement): Self::Output, dialect: &'static Dialect) -> Reply {
        let reply = Reply::ok().with("etag", format!("\"{}\"", part.etag));
        let reply = sse::announce(reply, dialect, &announcement);
        match &part.checksum {
            Some(stored) => object::part_checksum(reply, dialect, stored),
            None => reply,
        }
    }
}
