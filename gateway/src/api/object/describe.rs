//! The headers that describe an object, alike in GET, HEAD and writes.

use std::time::{Duration, UNIX_EPOCH};

use crate::api::customer_key::Customer;
use crate::api::faults::object_fault;
use crate::api::sse;
use crate::catalog::model::{
    APPENDABLE, BucketFacts, StoredChecksum, StoredObject, Version, Versioning,
};
use crate::dialect::Dialect;
use crate::http::{Fault, Reply};
use crate::object::append::NEXT_POSITION;
use crate::object::encryption::Announcement;
use crate::stream::checksum::ChecksumAlgorithm;

/// Content-Type of an object that was written without one.
const DEFAULT_TYPE: &str = "binary/octet-stream";

/// What a read says about a version, gathered before its bucket's facts go.
pub struct Description {
    version_id: Option<String>,
    announcement: Announcement,
    modified_ms: i64,
    object: StoredObject,
    /// True when the client asked for checksums and reads the whole object.
    pub with_checksum: bool,
}

impl Description {
    /// Describes `object`, which `version` holds.
    pub fn of(
        facts: &BucketFacts,
        version: &Version,
        object: &StoredObject,
    ) -> Result<Self, Fault> {
        let shown = facts.bucket.versioning != Versioning::Off;
        let announcement = Announcement::read(&object.body.envelope, &object.write_id);
        Ok(Self {
            version_id: shown.then(|| version.version_id.as_str().to_owned()),
            announcement: announcement.map_err(object_fault)?,
            modified_ms: version.modified_ms,
            object: object.clone(),
            with_checksum: false,
        })
    }

    /// Has the answer repeat the MD5 of the customer's key.
    pub fn announce_to(&mut self, customer: Option<&Customer>) {
        self.announcement.customer_md5 = customer.map(|customer| customer.md5.clone());
    }

    /// Writes the headers.
    pub fn write(&self, mut reply: Reply, dialect: &'static Dialect) -> Reply {
        let metadata = &self.object.metadata;
        reply = reply
            .with("content-type", DEFAULT_TYPE)
            .with("accept-ranges", "bytes")
            .with("last-modified", http_date(self.modified_ms))
            .with("etag", format!("\"{}\"", self.object.etag))
            .with_some(&dialect.header("version-id"), self.version_id.as_deref());
        for (name, value) in &metadata.headers {
            reply = reply.with(name, value);
        }
        for (name, value) in &metadata.user {
            reply = reply.with(&dialect.header(&format!("meta-{name}")), value);
        }
        let redirect = "website-redirect-location";
        reply = reply.with_some(&dialect.header(redirect), metadata.vendor.get(redirect));
        let tags = Some(metadata.tags.len()).filter(|count| *count > 0);
        reply =
            reply.with_some(&dialect.header("tagging-count"), tags.map(|count| count.to_string()));
        if metadata.vendor.contains_key(APPENDABLE) {
            // Both have their OBS name in every dialect.
            reply = reply
                .with("x-obs-object-type", "Appendable")
                .with(NEXT_POSITION, self.object.size.to_string());
        }
        reply = sse::announce(reply, dialect, &self.announcement);
        reply = sse::announce_bucket_key(reply, dialect, metadata);
        match &metadata.checksum {
            Some(stored) if self.with_checksum => checksum(reply, dialect, stored),
            _ => reply,
        }
    }
}

/// Writes a checksum and its type.
pub fn checksum(reply: Reply, dialect: &Dialect, stored: &StoredChecksum) -> Reply {
    let Some(algorithm) = ChecksumAlgorithm::parse(&stored.algorithm) else { return reply };
    let kind = if stored.composite { "COMPOSITE" } else { "FULL_OBJECT" };
    reply
        .with(&dialect.header(algorithm.setting()), &stored.value)
        .with(&dialect.header("checksum-type"), kind)
}

/// A time as HTTP writes it (RFC 9110, section 5.6.7).
pub fn http_date(ms: i64) -> String {
    let since = Duration::from_millis(u64::try_from(ms).unwrap_or(0));
    httpdate::fmt_http_date(UNIX_EPOCH + since)
}
