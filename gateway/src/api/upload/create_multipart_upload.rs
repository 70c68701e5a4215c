//! CreateMultipartUpload (S3 API reference; OBS "Initiating a Multipart Upload").

use super::checksum;
use crate::api::acl::AskedAcl;
use crate::api::customer_key;
use crate::api::faults::object_fault;
use crate::api::operation::{Need, On, Operation};
use crate::api::sse::{self, SseRequest};
use crate::api::work::Work;
use crate::api::{object, tags};
use crate::catalog::model::{Metadata, Upload};
use crate::dialect::Dialect;
use crate::http::{Fault, Incoming, Reply, xml};
use crate::object::encryption::{Announcement, Place};
use crate::object::multipart::Start;
use policy::Action;

/// Starts a multipart upload; its encryption is decided here, for all parts.
pub struct CreateMultipartUpload {
    bucket: String,
    key: String,
    sse: SseRequest,
    acl: AskedAcl,
    metadata: Metadata,
    checksum: Option<(String, bool)>,
    dialect: &'static Dialect,
}

/// A started upload.
pub struct Started {
    bucket: String,
    key: String,
    upload: Upload,
    announcement: Announcement,
}

impl Operation for CreateMultipartUpload {
    const NAME: &'static str = "CreateMultipartUpload";
    type Output = Started;

    fn parse(request: &mut Incoming, dialect: &'static Dialect) -> Result<Self, Fault> {
        let (bucket, key) = object::target(request)?;
        Ok(Self {
            bucket,
            key,
            sse: SseRequest::parse(request)?,
            acl: AskedAcl::of_headers(request)?,
            metadata: object::parse_metadata(request)?,
            checksum: checksum::announced(request)?,
            dialect,
        })
    }

    fn needs(&self) -> Vec<Need> {
        let on = On::Object(self.bucket.clone(), self.key.clone());
        tags::write_needs(
            self.acl.conditions(self.sse.conditions(Need::new(Action::PutObject, on))),
            &self.metadata.tags,
        )
    }

    async fn run(mut self, work: &Work) -> Result<Started, Fault> {
        let facts = work.bucket(0)?;
        let encryption = self.sse.effective(facts)?;
        sse::require_tls(encryption.mode, work)?;
        self.sse.note(&encryption, &mut self.metadata)?;
        let settled = self.acl.settle_write(work, facts).await?;
        self.metadata.acl = settled.acl;
        let start = Start {
            etag_over: sse::etag_over(encryption.mode, self.dialect),
            encryption,
            metadata: self.metadata,
            checksum: self.checksum,
            owner_id: settled.owner_id,
            now_ms: work.request.received_ms(),
        };
        let place = Place { facts, key: self.key.as_bytes() };
        let caller = work.kms_caller(Some("s3"));
        let started = work.gateway.objects.upload_start(&caller, place, start).await;
        let (upload, announcement) = started.map_err(object_fault)?;
        let announcement = customer_key::announced(announcement, self.sse.customer.as_ref());
        Ok(Started { bucket: self.bucket, key: self.key, upload, announcement })
    }

    fn render(started: Started, dialect: &'static Dialect) -> Reply {
        let root = "InitiateMultipartUploadResult";
        let document = xml::document(root, Some(dialect.namespace), |root| {
            root.text("Bucket", &started.bucket);
            root.text("Key", &started.key);
            root.text("UploadId", &started.upload.id);
        });
        let mut reply = sse::announce(Reply::xml(document), dialect, &started.announcement);
        reply = sse::announce_bucket_key(reply, dialect, &started.upload.metadata);
        if let Some((algorithm, composite)) = &started.upload.checksum {
            let kind = if *composite { "COMPOSITE" } else { "FULL_OBJECT" };
            reply = reply
                .with(&dialect.header("checksum-algorithm"), algorithm)
                .with(&dialect.header("checksum-type"), kind);
        }
        reply
    }
}
