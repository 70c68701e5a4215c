//! The MAC that ties a catalog row to its envelope, its parts and its place.
//!
//! HMAC-SHA256 (RFC 2104) under a service key over the canonical encoding of
//! [`RowClaims`], checked before the first byte of the object is read: a mode
//! downgrade, a dropped part, a foreign or a moved row fails. It does not show
//! that a row is the newest one: who can write the catalog can put an old row
//! back while its blobs exist. Specification: section "Row MAC".

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{Mode, SealedError, WriteId};
use crate::base::{Canonical, SecretBytes};

const LABEL: &str = "sealgate/row/1";
const PART_LABEL: &str = "sealgate/part/1";

/// What a version row says of its object.
#[derive(Clone, Copy, Debug)]
pub struct RowClaims<'a> {
    /// The bucket's id, which is never used again, unlike its name.
    pub bucket_id: &'a [u8],
    /// The object key, as bytes.
    pub object_key: &'a [u8],
    /// The write that made this version.
    pub write_id: &'a WriteId,
    /// What the client asked for.
    pub mode: Mode,
    /// [`super::Envelope::encode`].
    pub envelope: &'a [u8],
    /// [`super::Manifest::encode`].
    pub manifest: &'a [u8],
    /// Plain bytes of the whole object.
    pub plain_len: u64,
    /// The ETag as text, without quotes.
    pub etag: &'a str,
}

/// The MAC of a row under the service key `key` (32 bytes).
pub fn row_mac(key: &SecretBytes, row: &RowClaims<'_>) -> [u8; 32] {
    mac(LABEL, key, row)
}

/// The MAC of a part of an open upload: its claims are those of an object that
/// consists of this part alone. Its label is another, so that no part passes for
/// an object whose other parts were dropped.
pub fn part_mac(key: &SecretBytes, part: &RowClaims<'_>) -> [u8; 32] {
    mac(PART_LABEL, key, part)
}

fn mac(label: &str, key: &SecretBytes, row: &RowClaims<'_>) -> [u8; 32] {
    let claims = Canonical::new(label)
        .bytes(row.bucket_id)
        .bytes(row.object_key)
        .bytes(&row.write_id.0)
        .number(row.mode.number().into())
        .bytes(row.envelope)
        .bytes(row.manifest)
        .number(row.plain_len)
        .text(row.etag);
    #[expect(clippy::expect_used, reason = "RFC 2104 defines HMAC for keys of every length")]
    let mut hmac = Hmac::<Sha256>::new_from_slice(key.expose()).expect("any length is a key");
    hmac.update(claims.as_bytes());
    hmac.finalize().into_bytes().into()
}

/// Checks the stored MAC of a row in constant time.
///
/// Errors: [`SealedError::Tampered`]; then nothing the row says may be used.
pub fn verify_row_mac(
    key: &SecretBytes,
    row: &RowClaims<'_>,
    stored: &[u8],
) -> Result<(), SealedError> {
    if bool::from(row_mac(key, row).ct_eq(stored)) { Ok(()) } else { Err(SealedError::Tampered) }
}

/// Checks the stored MAC of a part in constant time, before the part becomes one
/// of an object.
///
/// Errors: [`SealedError::Tampered`]; then nothing the row says may be used.
pub fn verify_part_mac(
    key: &SecretBytes,
    part: &RowClaims<'_>,
    stored: &[u8],
) -> Result<(), SealedError> {
    if bool::from(part_mac(key, part).ct_eq(stored)) { Ok(()) } else { Err(SealedError::Tampered) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: RowClaims<'_> = RowClaims {
        bucket_id: b"bucket",
        object_key: b"key",
        write_id: &WriteId([1; 16]),
        mode: Mode::Kms,
        envelope: b"envelope",
        manifest: b"manifest",
        plain_len: 9,
        etag: "d41d8cd98f00b204e9800998ecf8427e",
    };

    #[test]
    fn a_row_with_any_claim_changed_is_refused() {
        let key = SecretBytes::copy_from(&[3; 32]);
        let mac = row_mac(&key, &ROW);
        assert_eq!(verify_row_mac(&key, &ROW, &mac), Ok(()));
        let forged = [
            RowClaims { bucket_id: b"other", ..ROW },
            RowClaims { object_key: b"kex", ..ROW },
            RowClaims { write_id: &WriteId([2; 16]), ..ROW },
            RowClaims { mode: Mode::None, ..ROW },
            RowClaims { envelope: b"", ..ROW },
            RowClaims { manifest: b"manifes", ..ROW },
            RowClaims { plain_len: 8, ..ROW },
            RowClaims { etag: "", ..ROW },
        ];
        for row in forged {
            assert_eq!(verify_row_mac(&key, &row, &mac), Err(SealedError::Tampered), "{row:?}");
        }
        assert_eq!(verify_part_mac(&key, &ROW, &mac), Err(SealedError::Tampered));
        assert_eq!(verify_part_mac(&key, &ROW, &part_mac(&key, &ROW)), Ok(()));
        let foreign = SecretBytes::copy_from(&[4; 32]);
        assert_eq!(verify_row_mac(&foreign, &ROW, &mac), Err(SealedError::Tampered));
        assert_eq!(verify_row_mac(&key, &ROW, &mac[..31]), Err(SealedError::Tampered));
    }
}
