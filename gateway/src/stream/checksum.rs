//! Checksums of bytes that flow by: the five S3 algorithms, the one of OBS, and MD5.
//!
//! Not here: what a client announced and whether it held ([`super::announced`]).
//! Invariant: a [`ChecksumValue`] always has exactly its algorithm's length.
//!
//! Source: "Checking object integrity for data uploads in Amazon S3" (S3 user
//! guide). The only room of `md-5`, `sha1` and `crc-fast`.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crc_fast::CrcAlgorithm;
use sha2::Digest;

/// An algorithm of the `x-amz-checksum-*` and `x-obs-checksum-*` families.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChecksumAlgorithm {
    /// CRC-32 (ISO-HDLC, as in zlib), 4 bytes.
    Crc32,
    /// CRC-32C (iSCSI), 4 bytes.
    Crc32c,
    /// CRC-64/NVME, 8 bytes.
    Crc64Nvme,
    /// CRC-64 of ECMA-182, reflected (as in xz), 8 bytes; only OBS has it.
    Crc64Ecma,
    /// SHA-1, 20 bytes.
    Sha1,
    /// SHA-256, 32 bytes.
    Sha256,
}

impl ChecksumAlgorithm {
    /// The number under which manifests keep it. Stored; it never changes.
    pub fn number(self) -> u8 {
        match self {
            Self::Crc32 => 1,
            Self::Crc32c => 2,
            Self::Crc64Nvme => 3,
            Self::Sha1 => 4,
            Self::Sha256 => 5,
            Self::Crc64Ecma => 6,
        }
    }

    /// True for CRCs, whose value over the whole follows from the parts'.
    pub fn is_crc(self) -> bool {
        matches!(self, Self::Crc32 | Self::Crc32c | Self::Crc64Nvme | Self::Crc64Ecma)
    }

    /// Every algorithm.
    pub const ALL: [Self; 6] =
        [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Crc64Ecma, Self::Sha1, Self::Sha256];

    /// The algorithm that `x-amz-checksum-algorithm` or
    /// `x-amz-sdk-checksum-algorithm` names, in any case; `None` for another.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// The algorithm of a header such as `x-amz-checksum-crc32c` (lower case,
    /// either vendor's prefix); `None` for any other header.
    pub fn of_header(header: &str) -> Option<Self> {
        let rest = header.strip_prefix("x-amz-").or_else(|| header.strip_prefix("x-obs-"))?;
        Self::ALL.into_iter().find(|algorithm| algorithm.setting() == rest)
    }

    /// Name in XML and in `x-amz-checksum-algorithm`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Crc64Ecma => "CRC64ECMA",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// Name of the element that carries a value in XML, such as `ChecksumCRC32`.
    pub fn element(self) -> &'static str {
        match self {
            Self::Crc32 => "ChecksumCRC32",
            Self::Crc32c => "ChecksumCRC32C",
            Self::Crc64Nvme => "ChecksumCRC64NVME",
            Self::Crc64Ecma => "ChecksumCRC64ECMA",
            Self::Sha1 => "ChecksumSHA1",
            Self::Sha256 => "ChecksumSHA256",
        }
    }

    /// Header name without the vendor's prefix, such as `checksum-crc32`.
    pub fn setting(self) -> &'static str {
        match self {
            Self::Crc32 => "checksum-crc32",
            Self::Crc32c => "checksum-crc32c",
            Self::Crc64Nvme => "checksum-crc64nvme",
            Self::Crc64Ecma => "checksum-crc64ecma",
            Self::Sha1 => "checksum-sha1",
            Self::Sha256 => "checksum-sha256",
        }
    }

    /// Length of a value in bytes.
    pub fn value_len(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme | Self::Crc64Ecma => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// The CRC behind it; `None` for a hash, which cannot be combined.
    fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            Self::Crc64Ecma => Some(CrcAlgorithm::Crc64Xz),
            Self::Sha1 | Self::Sha256 => None,
        }
    }
}

/// The value of a checksum; bytes in network order.
#[derive(Clone, PartialEq, Eq)]
pub struct ChecksumValue {
    algorithm: ChecksumAlgorithm,
    bytes: Box<[u8]>,
}

impl ChecksumValue {
    /// A value from its bytes; `None` when the length is not the algorithm's.
    pub fn from_bytes(algorithm: ChecksumAlgorithm, bytes: &[u8]) -> Option<Self> {
        (bytes.len() == algorithm.value_len()).then(|| Self { algorithm, bytes: bytes.into() })
    }

    /// A value as headers and XML carry it: base64 with padding, or a decimal
    /// number where OBS has it so. `None` when it is not that or has another
    /// length.
    pub fn from_text(algorithm: ChecksumAlgorithm, text: &str) -> Option<Self> {
        if algorithm == ChecksumAlgorithm::Crc64Ecma {
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
            let crc = text.parse().ok().filter(|_| is_number)?;
            return Some(Self::from_crc(algorithm, crc));
        }
        Self::from_bytes(algorithm, &STANDARD.decode(text).ok()?)
    }

    /// The algorithm.
    pub fn algorithm(&self) -> ChecksumAlgorithm {
        self.algorithm
    }

    /// The bytes, for a catalog row.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// As headers and XML carry it.
    pub fn to_text(&self) -> String {
        match self.algorithm {
            ChecksumAlgorithm::Crc64Ecma => self.as_crc().to_string(),
            _ => STANDARD.encode(&self.bytes),
        }
    }

    /// The CRC as a number.
    fn as_crc(&self) -> u64 {
        self.bytes.iter().fold(0, |crc, byte| crc << 8 | u64::from(*byte))
    }

    fn from_crc(algorithm: ChecksumAlgorithm, crc: u64) -> Self {
        let wide = crc.to_be_bytes();
        let skip = wide.len() - algorithm.value_len().min(wide.len());
        Self { algorithm, bytes: wide.into_iter().skip(skip).collect() }
    }
}

impl fmt::Debug for ChecksumValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.algorithm.name(), self.to_text())
    }
}

/// A checksum that is being computed.
pub struct Checksum {
    algorithm: ChecksumAlgorithm,
    state: State,
}

enum State {
    Crc(Box<crc_fast::Digest>),
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
}

impl Checksum {
    /// Starts with no bytes.
    pub fn new(algorithm: ChecksumAlgorithm) -> Self {
        let state = match algorithm.crc() {
            Some(crc) => State::Crc(Box::new(crc_fast::Digest::new(crc))),
            None if algorithm == ChecksumAlgorithm::Sha1 => State::Sha1(sha1::Sha1::new()),
            None => State::Sha256(sha2::Sha256::new()),
        };
        Self { algorithm, state }
    }

    /// The checksum of a whole document.
    pub fn of(algorithm: ChecksumAlgorithm, bytes: &[u8]) -> ChecksumValue {
        let mut checksum = Self::new(algorithm);
        checksum.update(bytes);
        checksum.finish()
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Crc(crc) => crc.update(bytes),
            State::Sha1(sha) => sha.update(bytes),
            State::Sha256(sha) => sha.update(bytes),
        }
    }

    /// The value over all bytes.
    pub fn finish(self) -> ChecksumValue {
        let algorithm = self.algorithm;
        match self.state {
            State::Crc(crc) => ChecksumValue::from_crc(algorithm, crc.finalize()),
            State::Sha1(sha) => {
                ChecksumValue { algorithm, bytes: sha.finalize().as_slice().into() }
            }
            State::Sha256(sha) => {
                ChecksumValue { algorithm, bytes: sha.finalize().as_slice().into() }
            }
        }
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checksum({})", self.algorithm.name())
    }
}

/// An MD5 that is being computed: ETags and `Content-MD5`, never security.
#[derive(Clone, Debug, Default)]
pub struct Md5(md5::Md5);

impl Md5 {
    /// The MD5 of a whole document.
    pub fn of(bytes: &[u8]) -> [u8; 16] {
        md5::Md5::digest(bytes).into()
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The MD5 over all bytes.
    pub fn finish(self) -> [u8; 16] {
        self.0.finalize().into()
    }
}

/// The checksum of parts that were put together, type `FULL_OBJECT`: each part
/// with its length in bytes, in order. `None` for hashes, for no parts and for
/// parts of another algorithm.
pub fn combine(
    algorithm: ChecksumAlgorithm,
    parts: impl IntoIterator<Item = (ChecksumValue, u64)>,
) -> Option<ChecksumValue> {
    let crc = algorithm.crc()?;
    let mut whole: Option<u64> = None;
    for (part, len) in parts {
        if part.algorithm != algorithm {
            return None;
        }
        whole = Some(match whole {
            // Nothing is appended, and crc-fast's combination wants some length.
            Some(before) if len == 0 => before,
            Some(before) => crc_fast::checksum_combine(crc, before, part.as_crc(), len),
            None => part.as_crc(),
        });
    }
    whole.map(|crc| ChecksumValue::from_crc(algorithm, crc))
}

/// The checksum of parts that were put together, type `COMPOSITE`: the checksum
/// of their checksums. S3 writes it with `-` and the number of parts. `None`
/// for parts of another algorithm.
pub fn composite<'a>(
    algorithm: ChecksumAlgorithm,
    parts: impl IntoIterator<Item = &'a ChecksumValue>,
) -> Option<ChecksumValue> {
    let mut checksum = Checksum::new(algorithm);
    for part in parts {
        if part.algorithm != algorithm {
            return None;
        }
        checksum.update(part.bytes());
    }
    Some(checksum.finish())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The published check values of "123456789".
    #[test]
    fn the_check_values_are_the_published_ones() {
        for (algorithm, hex) in [
            (ChecksumAlgorithm::Crc32, "cbf43926"),
            (ChecksumAlgorithm::Crc32c, "e3069283"),
            (ChecksumAlgorithm::Crc64Nvme, "ae8b14860a799888"),
            (ChecksumAlgorithm::Crc64Ecma, "995dc9bbdf1939fa"),
            (ChecksumAlgorithm::Sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
            (
                ChecksumAlgorithm::Sha256,
                "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
            ),
        ] {
            let value = Checksum::of(algorithm, b"123456789");
            assert_eq!(hex::encode(value.bytes()), hex, "{algorithm:?}");
            assert_eq!(ChecksumValue::from_text(algorithm, &value.to_text()), Some(value));
        }
        assert_eq!(hex::encode(Md5::of(b"123456789")), "25f9e794323b453885f5181f1b624d0b");
    }

    #[test]
    fn the_checksum_of_obs_is_a_decimal_number() {
        let value = Checksum::of(ChecksumAlgorithm::Crc64Ecma, b"123456789");
        assert_eq!(value.to_text(), "11051210869376104954");
        let read = |text| ChecksumValue::from_text(ChecksumAlgorithm::Crc64Ecma, text);
        assert_eq!(read("11051210869376104954"), Some(value));
        assert_eq!((read("+1"), read(""), read("18446744073709551616")), (None, None, None));
    }

    #[test]
    fn names_are_found_in_headers_of_both_vendors() {
        for algorithm in ChecksumAlgorithm::ALL {
            for prefix in ["x-amz-", "x-obs-"] {
                let header = format!("{prefix}{}", algorithm.setting());
                assert_eq!(ChecksumAlgorithm::of_header(&header), Some(algorithm));
            }
            assert_eq!(ChecksumAlgorithm::parse(algorithm.name()), Some(algorithm));
        }
        assert_eq!(ChecksumAlgorithm::of_header("x-amz-checksum-mode"), None);
        assert_eq!(ChecksumAlgorithm::parse("MD5"), None);
    }

    #[test]
    fn a_value_of_another_length_is_none() {
        let long = STANDARD.encode([0; 8]);
        assert!(ChecksumValue::from_text(ChecksumAlgorithm::Crc32, &long).is_none());
        assert!(ChecksumValue::from_text(ChecksumAlgorithm::Crc64Nvme, &long).is_some());
        assert!(ChecksumValue::from_text(ChecksumAlgorithm::Crc32, "not base64").is_none());
    }

    proptest! {
        #[test]
        fn combined_parts_have_the_checksum_of_the_whole(
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..6),
        ) {
            let whole = parts.concat();
            for algorithm in &ChecksumAlgorithm::ALL[..3] {
                let values = parts.iter().map(|p| (Checksum::of(*algorithm, p), p.len() as u64));
                prop_assert_eq!(combine(*algorithm, values), Some(Checksum::of(*algorithm, &whole)));
            }
        }
    }

    #[test]
    fn a_hash_is_composed_of_its_parts_and_not_combined() {
        let part = Checksum::of(ChecksumAlgorithm::Sha256, b"a");
        let whole = Checksum::of(ChecksumAlgorithm::Sha256, part.bytes());
        assert_eq!(composite(ChecksumAlgorithm::Sha256, [&part]), Some(whole));
        assert_eq!(combine(ChecksumAlgorithm::Sha256, [(part, 1)]), None);
    }
}
