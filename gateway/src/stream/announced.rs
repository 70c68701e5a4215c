//! What a client announced about its body, and whether it held.
//!
//! `Content-MD5`, one `x-amz-checksum-*` header, or one checksum that follows
//! in the trailer. The layer that consumes the body feeds [`Digests`] and, at
//! the end, asks [`Announced::verify`]; what fails there is never stored.
//! Not here: the signed SHA-256 of the body, which `auth` checks as it flows.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;

use super::checksum::{Checksum, ChecksumAlgorithm, ChecksumValue, Md5};
use super::{BodyError, Trailers};

/// Vendors' prefixes of checksum headers.
const PREFIXES: [&str; 2] = ["x-amz-", "x-obs-"];

/// An announcement that cannot be understood; each is a 400 before the body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnnouncedError {
    /// `Content-MD5` is not the base64 of 16 bytes (S3: `InvalidDigest`).
    #[error("Content-MD5 is not the base64 of 16 bytes")]
    ContentMd5,
    /// The value of this checksum header is malformed (S3: `InvalidRequest`).
    #[error("Value for x-amz-{0} header is invalid.")]
    Value(&'static str),
    /// Two checksums, in headers or trailers (S3: `InvalidRequest`).
    #[error("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")]
    Several,
    /// `x-amz-sdk-checksum-algorithm` is unknown or is not what came.
    #[error("Value for x-amz-sdk-checksum-algorithm header is invalid.")]
    Algorithm,
    /// `x-amz-trailer` names something that is no checksum.
    #[error("The value specified in the x-amz-trailer header is not supported")]
    Trailer,
}

/// What a client announced about its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Announced {
    /// `Content-MD5`.
    pub content_md5: Option<[u8; 16]>,
    /// The announced checksum.
    pub checksum: Option<AnnouncedChecksum>,
}

/// Where the announced checksum stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnnouncedChecksum {
    /// In a header.
    Header(ChecksumValue),
    /// In the trailer field of this name, which is known at the body's end.
    Trailer(ChecksumAlgorithm, String),
}

impl Announced {
    /// Reads the announcement. Errors: see [`AnnouncedError`].
    pub fn from_headers(headers: &HeaderMap) -> Result<Self, AnnouncedError> {
        let content_md5 = content_md5(headers)?;
        let mut checksums = header_values(headers)?;
        checksums.extend(trailer_names(headers)?);
        if checksums.len() > 1 {
            return Err(AnnouncedError::Several);
        }
        let announced = Self { content_md5, checksum: checksums.pop() };
        announced.agrees_with_sdk_algorithm(headers)?;
        Ok(announced)
    }

    /// The algorithm of the announced checksum.
    pub fn algorithm(&self) -> Option<ChecksumAlgorithm> {
        match self.checksum.as_ref()? {
            AnnouncedChecksum::Header(value) => Some(value.algorithm()),
            AnnouncedChecksum::Trailer(algorithm, _) => Some(*algorithm),
        }
    }

    /// The hashers that this announcement wants.
    pub fn digests(&self) -> Digests {
        Digests::new(self.content_md5.is_some(), self.algorithm())
    }

    /// Compares what flowed by with what was announced, once the body has
    /// ended. Gives the checksum to store: the announced one, or whatever else
    /// `finished` holds. Errors: [`BodyError::ContentMd5`],
    /// [`BodyError::Checksum`], [`BodyError::Trailer`] when the announced
    /// trailer is absent or malformed.
    pub fn verify(
        &self,
        finished: Finished,
        trailers: &Trailers,
    ) -> Result<Option<ChecksumValue>, BodyError> {
        if self.content_md5.is_some() && finished.md5 != self.content_md5 {
            return Err(BodyError::ContentMd5);
        }
        let expected = match &self.checksum {
            None => return Ok(finished.checksum),
            Some(AnnouncedChecksum::Header(value)) => value.clone(),
            Some(AnnouncedChecksum::Trailer(algorithm, name)) => {
                let value = trailers.value(name).ok_or(BodyError::Trailer)?;
                ChecksumValue::from_text(*algorithm, value).ok_or(BodyError::Trailer)?
            }
        };
        if finished.checksum.as_ref() != Some(&expected) {
            return Err(BodyError::Checksum(expected.algorithm().name()));
        }
        Ok(Some(expected))
    }

    /// The same for a document that has been collected. Errors as
    /// [`Announced::verify`].
    pub fn verify_document(&self, document: &[u8], trailers: &Trailers) -> Result<(), BodyError> {
        let mut digests = self.digests();
        digests.update(document);
        self.verify(digests.finish(), trailers).map(|_| ())
    }

    /// `x-amz-sdk-checksum-algorithm` must name what came, when anything came.
    fn agrees_with_sdk_algorithm(&self, headers: &HeaderMap) -> Result<(), AnnouncedError> {
        for prefix in PREFIXES {
            let Some(named) = headers.get(format!("{prefix}sdk-checksum-algorithm")) else {
                continue;
            };
            let named = named.to_str().ok().and_then(ChecksumAlgorithm::parse);
            let named = named.ok_or(AnnouncedError::Algorithm)?;
            if self.algorithm().is_some_and(|came| came != named) {
                return Err(AnnouncedError::Algorithm);
            }
        }
        Ok(())
    }
}

/// The hashers over one body: an MD5 and a checksum, each if wanted.
#[derive(Debug, Default)]
pub struct Digests {
    md5: Option<Md5>,
    checksum: Option<Checksum>,
}

/// What the hashers gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// MD5, when it was wanted.
    pub md5: Option<[u8; 16]>,
    /// The checksum, when one was wanted.
    pub checksum: Option<ChecksumValue>,
}

impl Digests {
    /// Hashers for an MD5, if `md5`, and for `algorithm`.
    pub fn new(md5: bool, algorithm: Option<ChecksumAlgorithm>) -> Self {
        Self { md5: md5.then(Md5::default), checksum: algorithm.map(Checksum::new) }
    }

    /// Adds bytes of the body.
    pub fn update(&mut self, bytes: &[u8]) {
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
        if let Some(checksum) = &mut self.checksum {
            checksum.update(bytes);
        }
    }

    /// The values over all bytes.
    pub fn finish(self) -> Finished {
        Finished { md5: self.md5.map(Md5::finish), checksum: self.checksum.map(Checksum::finish) }
    }
}

/// Several `Content-MD5` headers must agree.
fn content_md5(headers: &HeaderMap) -> Result<Option<[u8; 16]>, AnnouncedError> {
    let mut found = None;
    for value in headers.get_all("content-md5") {
        let md5 = STANDARD.decode(value.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        let md5 = md5.ok_or(AnnouncedError::ContentMd5)?;
        if found.is_some_and(|other| other != md5) {
            return Err(AnnouncedError::ContentMd5);
        }
        found = Some(md5);
    }
    Ok(found)
}

/// Every checksum in a header. One value under both prefixes counts once.
fn header_values(headers: &HeaderMap) -> Result<Vec<AnnouncedChecksum>, AnnouncedError> {
    let mut found = Vec::new();
    for (name, text) in headers {
        let Some(algorithm) = ChecksumAlgorithm::of_header(name.as_str()) else {
            continue;
        };
        let text = text.to_str().ok();
        let value = text.and_then(|text| ChecksumValue::from_text(algorithm, text));
        let value = value.ok_or(AnnouncedError::Value(algorithm.setting()))?;
        let announced = AnnouncedChecksum::Header(value);
        if !found.contains(&announced) {
            found.push(announced);
        }
    }
    Ok(found)
}

/// Every checksum that `x-amz-trailer` announces.
fn trailer_names(headers: &HeaderMap) -> Result<Vec<AnnouncedChecksum>, AnnouncedError> {
    let mut found = Vec::new();
    for value in PREFIXES.iter().flat_map(|prefix| headers.get_all(format!("{prefix}trailer"))) {
        let names = value.to_str().map_err(|_| AnnouncedError::Trailer)?;
        for name in names.split(',').map(|name| name.trim().to_ascii_lowercase()) {
            let algorithm = ChecksumAlgorithm::of_header(&name).ok_or(AnnouncedError::Trailer)?;
            found.push(AnnouncedChecksum::Trailer(algorithm, name));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    const HELLO_CRC32: &str = "NhCmhg==";
    const HELLO_MD5: &str = "XUFAKrxLKna5cZ2REBfFkg==";

    fn announced(fields: &[(&'static str, &'static str)]) -> Result<Announced, AnnouncedError> {
        let pairs = fields
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        Announced::from_headers(&pairs.collect())
    }

    #[test]
    fn a_document_is_verified_against_what_was_announced() {
        let both = announced(&[("content-md5", HELLO_MD5), ("x-amz-checksum-crc32", HELLO_CRC32)]);
        let both = both.expect("well formed");
        let none = Trailers::default();
        both.verify_document(b"hello", &none).expect("both hold");
        assert!(matches!(both.verify_document(b"hullo", &none), Err(BodyError::ContentMd5)));
        let crc = announced(&[("x-obs-checksum-crc32", HELLO_CRC32)]).expect("well formed");
        let refused = crc.verify_document(b"hullo", &none);
        assert!(matches!(refused, Err(BodyError::Checksum("CRC32"))));
    }

    #[test]
    fn an_announced_trailer_must_come_and_hold() {
        let fields = [("x-amz-trailer", "x-amz-checksum-crc32")];
        let announced = announced(&fields).expect("well formed");
        let trailers = Trailers::default();
        let missing = announced.verify_document(b"hello", &trailers);
        assert!(matches!(missing, Err(BodyError::Trailer)));
        trailers.set(vec![("x-amz-checksum-crc32".into(), HELLO_CRC32.into())]);
        announced.verify_document(b"hello", &trailers).expect("holds");
        let refused = announced.verify_document(b"hullo", &trailers);
        assert!(matches!(refused, Err(BodyError::Checksum(_))));
    }

    #[test]
    fn malformed_announcements_are_refused() {
        use AnnouncedError as E;
        for (fields, error) in [
            (vec![("content-md5", "XUFAKrxLKna5cZ2REBfF")], E::ContentMd5),
            (vec![("content-md5", "5d41402abc4b2a76b9719d911017c592")], E::ContentMd5),
            (vec![("x-amz-checksum-crc32", "AAAA")], E::Value("checksum-crc32")),
            (
                vec![("x-amz-checksum-crc32", HELLO_CRC32), ("x-amz-checksum-crc32c", HELLO_CRC32)],
                E::Several,
            ),
            (
                vec![
                    ("x-amz-checksum-crc32", HELLO_CRC32),
                    ("x-amz-trailer", "x-amz-checksum-sha1"),
                ],
                E::Several,
            ),
            (vec![("x-amz-trailer", "x-amz-meta-owner")], E::Trailer),
            (vec![("x-amz-sdk-checksum-algorithm", "MD5")], E::Algorithm),
            (
                vec![
                    ("x-amz-checksum-crc32", HELLO_CRC32),
                    ("x-amz-sdk-checksum-algorithm", "SHA1"),
                ],
                E::Algorithm,
            ),
        ] {
            assert_eq!(announced(&fields), Err(error), "{fields:?}");
        }
    }

    #[test]
    fn without_an_announcement_a_wanted_checksum_is_given_to_store() {
        let mut digests = Digests::new(false, Some(ChecksumAlgorithm::Crc64Nvme));
        digests.update(b"123456789");
        let stored = Announced::default().verify(digests.finish(), &Trailers::default());
        assert_eq!(stored.expect("holds").expect("a value").to_text(), "rosUhgp5mIg=");
    }
}
