//! CompleteMultipartUpload (S3 API reference; OBS "Completing a Multipart
//! Upload"). Free of the HTTPS rule: no object byte moves.

use super::{UploadName, checksum};
use crate::api::condition::{self, unquoted};
use crate::api::faults::object_fault;
use crate::api::object::{announced, wrote};
use crate::api::operation::{Need, Operation};
use crate::api::work::Work;
use crate::catalog::model::{CompletedUpload, Precondition, StoredChecksum, Upload, UploadPart};
use crate::dialect::Dialect;
use crate::http::xml::{self, Element, malformed};
use crate::http::{Code, Fault, Incoming, Reply};
use crate::object::encryption::Place;
use crate::object::multipart::Finish;
use crate::object::put::Written;
use crate::stream::announced::AnnouncedChecksum;
use crate::stream::checksum::{ChecksumAlgorithm, ChecksumValue};
use policy::Action;

/// Makes an object of uploaded parts.
pub struct CompleteMultipartUpload {
    upload: UploadName,
    parts: Vec<ListedPart>,
    precondition: Precondition,
    /// The checksum of the whole that the client expects.
    expected: Option<ChecksumValue>,
    size: Option<u64>,
    part_min_bytes: u64,
}

/// A part as the client lists it.
struct ListedPart {
    number: u32,
    etag: String,
    checksum: Option<ChecksumValue>,
}

/// The object that was made.
pub struct Completed {
    upload: UploadName,
    etag: String,
    /// `None` when this Complete repeats one that had succeeded.
    written: Option<Written>,
}

impl Operation for CompleteMultipartUpload {
    const NAME: &'static str = "CompleteMultipartUpload";
    type Output = Completed;

    fn parse(request: &mut Incoming, dialect: &'static Dialect) -> Result<Self, Fault> {
        let root = Element::parse(&request.document, "CompleteMultipartUpload")?;
        let parts = root.all("Part").map(ListedPart::parse).collect::<Result<Vec<_>, _>>()?;
        if parts.is_empty() {
            return Err(malformed("no parts"));
        }
        let ascending = parts.iter().zip(parts.iter().skip(1)).all(|(a, b)| a.number < b.number);
        if !ascending {
            return Err(Code::InvalidPartOrder.into());
        }
        let size = request.vendor("mp-object-size")?.map(|text| {
            text.parse().map_err(|_| Fault::argument("x-amz-mp-object-size", text, "Invalid size"))
        });
        Ok(Self {
            upload: UploadName::parse(request)?,
            parts,
            precondition: condition::of_write(request)?,
            expected: match announced(request)?.checksum {
                Some(AnnouncedChecksum::Header(value)) => Some(value),
                _ => None,
            },
            size: size.transpose()?,
            part_min_bytes: dialect.part_min_bytes,
        })
    }

    fn needs(&self) -> Vec<Need> {
        vec![self.upload.need(Action::PutObject)]
    }

    async fn run(self, work: &Work) -> Result<Completed, Fault> {
        let facts = work.bucket(0)?;
        let Ok(upload) = work.upload(0) else { return self.repeated(work).await };
        let catalog = &work.gateway.catalog;
        let stored = catalog.parts_all(upload.bucket, &upload.id).await?;
        let parts = self.chosen(&stored)?;
        let checksum = self.whole(upload, &parts)?;
        let finish = Finish {
            parts,
            checksum,
            precondition: self.precondition.clone(),
            now_ms: work.request.received_ms(),
        };
        let place = Place { facts, key: self.upload.key.as_bytes() };
        let finished = work.gateway.objects.upload_finish(place, upload, finish).await;
        let written = finished.map_err(object_fault)?;
        Ok(Completed { etag: written.etag.clone(), upload: self.upload, written: Some(written) })
    }

    fn render(completed: Completed, dialect: &'static Dialect) -> Reply {
        let Completed { upload, etag, written } = completed;
        let root = "CompleteMultipartUploadResult";
        let document = xml::document(root, Some(dialect.namespace), |root| {
            root.text("Location", format!("/{}/{}", upload.bucket, upload.key));
            root.text("Bucket", &upload.bucket);
            root.text("Key", &upload.key);
            root.text("ETag", format!("\"{etag}\""));
            if let Some(checksum) = written.as_ref().and_then(|written| written.checksum.as_ref())
                && let Some(algorithm) = ChecksumAlgorithm::parse(&checksum.algorithm)
            {
                root.text(algorithm.element(), &checksum.value);
                let kind = if checksum.composite { "COMPOSITE" } else { "FULL_OBJECT" };
                root.text("ChecksumType", kind);
            }
        });
        match &written {
            Some(written) => wrote(Reply::xml(document), dialect, written),
            None => Reply::xml(document),
        }
    }
}

impl CompleteMultipartUpload {
    /// A Complete whose answer was lost is repeated by clients: the same parts
    /// get the same answer.
    async fn repeated(self, work: &Work) -> Result<Completed, Fault> {
        let row = work.bucket(0)?.bucket.row;
        let key = self.upload.key.as_bytes();
        let found = work.gateway.catalog.upload_completed_find(row, key, &self.upload.id).await?;
        let CompletedUpload { etag, .. } = found.ok_or(Code::NoSuchUpload)?;
        Ok(Completed { upload: self.upload, etag, written: None })
    }

    /// The stored parts that the client lists. Errors: `InvalidPart`,
    /// `EntityTooSmall`.
    fn chosen(&self, stored: &[UploadPart]) -> Result<Vec<UploadPart>, Fault> {
        let mut chosen = Vec::with_capacity(self.parts.len());
        for listed in &self.parts {
            let invalid = || {
                Fault::new(Code::InvalidPart)
                    .detail("UploadId", &self.upload.id)
                    .detail("PartNumber", listed.number)
                    .detail("ETag", &listed.etag)
            };
            let found = stored.binary_search_by_key(&listed.number, |part| part.number);
            let part = found.ok().and_then(|index| stored.get(index)).ok_or_else(invalid)?;
            if part.etag != listed.etag || !listed.agrees(part) {
                return Err(invalid());
            }
            chosen.push(part.clone());
        }
        let all_but_last = chosen.iter().take(chosen.len().saturating_sub(1));
        match all_but_last.into_iter().find(|part| part.size < self.part_min_bytes) {
            None => Ok(chosen),
            Some(part) => Err(Fault::new(Code::EntityTooSmall)
                .detail("ETag", &part.etag)
                .detail("MinSizeAllowed", self.part_min_bytes)
                .detail("ProposedSize", part.size)
                .detail("PartNumber", part.number)),
        }
    }

    /// The checksum of the whole, which must be the expected one.
    fn whole(
        &self,
        upload: &Upload,
        parts: &[UploadPart],
    ) -> Result<Option<StoredChecksum>, Fault> {
        let size: u64 = parts.iter().map(|part| part.size).sum();
        if self.size.is_some_and(|expected| expected != size) {
            return Err(Fault::new(Code::InvalidRequest).message(
                "The provided 'x-amz-mp-object-size' header does not match what was computed.",
            ));
        }
        let whole =
            checksum::whole(upload, parts, self.expected.as_ref().map(ChecksumValue::algorithm));
        let Some(expected) = &self.expected else { return Ok(whole) };
        let computed =
            whole.as_ref().map(|whole| whole.value.split('-').next().unwrap_or_default());
        match computed == Some(expected.to_text().as_str()) {
            true => Ok(whole),
            false => Err(Fault::new(Code::BadDigest)
                .message("The checksum that you specified did not match the calculated checksum.")),
        }
    }
}

impl ListedPart {
    fn parse(part: &Element) -> Result<Self, Fault> {
        let number = part.required("PartNumber")?;
        let number = number.parse().ok().filter(|number| (1..=super::MAX_PARTS).contains(number));
        let mut checksum = None;
        for algorithm in ChecksumAlgorithm::ALL {
            if let Some(text) = part.child_text(algorithm.element())? {
                let value = ChecksumValue::from_text(algorithm, text);
                checksum = Some(value.ok_or_else(|| malformed("checksum"))?);
            }
        }
        Ok(Self {
            number: number.ok_or(Code::InvalidPart)?,
            etag: unquoted(part.required("ETag")?).to_owned(),
            checksum,
        })
    }

    fn agrees(&self, part: &UploadPart) -> bool {
        match (&self.checksum, &part.checksum) {
            (None, _) => true,
            (Some(listed), Some(stored)) => {
                stored.algorithm == listed.algorithm().name() && stored.value == listed.to_text()
            }
            (Some(_), None) => false,
        }
    }
}
