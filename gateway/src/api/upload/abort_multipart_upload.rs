//! AbortMultipartUpload (S3 API reference; OBS "Canceling a Multipart Upload").

use super::UploadName;
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply};
use policy::Action;

/// Gives an upload up; its parts are removed.
pub struct AbortMultipartUpload(UploadName);

impl Operation for AbortMultipartUpload {
    const NAME: &'static str = "AbortMultipartUpload";
    type Output = ();

    fn parse(request: &mut Incoming, _: &'static Dialect) -> Result<Self, Fault> {
        UploadName::parse(request).map(Self)
    }

    fn needs(&self) -> Vec<Need> {
        vec![self.0.need(Action::AbortMultipartUpload)]
    }

    async fn run(self, work: &Work) -> Result<(), Fault> {
        let (row, upload) = (work.bucket(0)?.bucket.row, work.upload(0)?);
        Ok(work.gateway.catalog.upload_abort(row, &upload.id).await?)
    }

    fn render((): (), _: &'static Dialect) -> Reply {
        Reply::no_content()
    }
}
