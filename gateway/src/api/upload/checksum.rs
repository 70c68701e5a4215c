//! Checksums of multipart objects: COMPOSITE over the parts' checksums, or
//! FULL_OBJECT, combined from the parts' CRCs (S3 "Checking object integrity").

use crate::catalog::model::{StoredChecksum, Upload, UploadPart};
use crate::http::{Code, Fault, Incoming};
use crate::stream::checksum::{self, ChecksumAlgorithm, ChecksumValue};

/// The algorithm and type that a CreateMultipartUpload announces.
pub fn announced(request: &Incoming) -> Result<Option<(String, bool)>, Fault> {
    let refuse = |name: &str, value: &str| {
        Fault::new(Code::InvalidRequest)
            .message(format!("Value for x-amz-{name} header is invalid: {value}"))
    };
    let kind = request.vendor("checksum-type")?;
    let Some(name) = request.vendor("checksum-algorithm")? else {
        return match kind {
            None => Ok(None),
            Some(kind) => Err(refuse("checksum-type", kind)),
        };
    };
    let algorithm =
        ChecksumAlgorithm::parse(name).ok_or_else(|| refuse("checksum-algorithm", name))?;
    let whole_only =
        matches!(algorithm, ChecksumAlgorithm::Crc64Nvme | ChecksumAlgorithm::Crc64Ecma);
    let composite = match kind {
        None => !whole_only,
        Some("COMPOSITE") if !whole_only => true,
        Some("FULL_OBJECT") if algorithm.is_crc() => false,
        Some(kind) => return Err(refuse("checksum-type", kind)),
    };
    Ok(Some((algorithm.name().to_owned(), composite)))
}

/// The algorithm of `upload`, if one was announced.
pub fn algorithm(upload: &Upload) -> Option<ChecksumAlgorithm> {
    upload.checksum.as_ref().and_then(|(name, _)| ChecksumAlgorithm::parse(name))
}

/// The checksum of the object that `parts` make; `None` when the upload has no
/// algorithm or a part has no checksum. Uploads of OBS announce none: there the
/// one that the Complete expects counts.
pub fn whole(
    upload: &Upload,
    parts: &[UploadPart],
    expected: Option<ChecksumAlgorithm>,
) -> Option<StoredChecksum> {
    let announced =
        algorithm(upload).zip(upload.checksum.as_ref().map(|(_, composite)| *composite));
    let of_obs = expected.filter(|algorithm| *algorithm == ChecksumAlgorithm::Crc64Ecma);
    let (algorithm, composite) = announced.or(of_obs.map(|algorithm| (algorithm, false)))?;
    let values = parts.iter().map(|part| value(part, algorithm)).collect::<Option<Vec<_>>>()?;
    let value = if composite {
        format!("{}-{}", checksum::composite(algorithm, &values)?.to_text(), parts.len())
    } else {
        let sized = values.into_iter().zip(parts.iter().map(|part| part.size));
        checksum::combine(algorithm, sized)?.to_text()
    };
    Some(StoredChecksum { algorithm: algorithm.name().to_owned(), value, composite })
}

fn value(part: &UploadPart, algorithm: ChecksumAlgorithm) -> Option<ChecksumValue> {
    let stored = part.checksum.as_ref().filter(|stored| stored.algorithm == algorithm.name())?;
    ChecksumValue::from_text(algorithm, &stored.value)
}
