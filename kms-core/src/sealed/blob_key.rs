//! The key of one blob, derived from the object's data key, and its commitment.
//!
//! HKDF-SHA256 (RFC 5869) with the data key as input, the blob's salt, and as
//! info the canonical encoding of format, algorithm and write id under two
//! labels: one output is the AEAD key, the other the commitment, stored and
//! compared before the first segment. GCM alone does not commit to its key.
//! Specification: section "Keys".
//!
//! What stays in memory: nothing once a [`BlobKey`] is dropped. HKDF runs inside
//! AWS-LC, which cleanses the pseudorandom key and every HMAC state; its copy of
//! the data key is a zeroizing box. The derived key is written straight into a
//! [`SecretBytes`] and lives there only until the AEAD has scheduled it; AWS-LC
//! cleanses its AES schedule when it frees it. The `sm4` schedule, whose words
//! are not the key, is zeroized on drop. `kms-core/tests/sealed_memory.rs` looks.

use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt as HkdfSalt};
use subtle::ConstantTimeEq;

use super::{Commitment, FORMAT, Salt, SealedError, WriteId};
use crate::base::aead::{NONCE_LEN, TAG_LEN};
use crate::base::{Aead, AeadError, Algorithm, Canonical, DataKey, SecretBytes};

const KEY_LABEL: &str = "sealgate/blob-key/1";
const COMMITMENT_LABEL: &str = "sealgate/blob-commitment/1";
const DATA_KEY_LEN: usize = 32;

/// The key of one blob, for one [`super::Sealer`] or one [`super::Opener`]; wiped on drop.
pub struct BlobKey(Aead);

impl BlobKey {
    /// Derives the key of a new blob and the commitment to store beside it.
    ///
    /// `salt` must be fresh: see [`Salt`]. Errors: [`SealedError::DataKey`] when
    /// the data key has not 32 bytes.
    pub fn derive(
        data_key: &DataKey,
        algorithm: Algorithm,
        write_id: &WriteId,
        salt: &Salt,
    ) -> Result<(Self, Commitment), SealedError> {
        if data_key.expose().len() != DATA_KEY_LEN {
            return Err(SealedError::DataKey);
        }
        let expand = |label, out: &mut [u8]| {
            let info = Canonical::new(label)
                .number(FORMAT.into())
                .number(algorithm.number().into())
                .bytes(&write_id.0);
            hkdf_sha256(data_key, salt, &info, out)
        };
        let mut commitment = Commitment([0; 32]);
        expand(COMMITMENT_LABEL, &mut commitment.0)?;
        let mut key = SecretBytes::zeroed(algorithm.key_len());
        expand(KEY_LABEL, key.expose_mut())?;
        let aead = Aead::new(algorithm, key.expose()).map_err(|_| SealedError::DataKey)?;
        Ok((Self(aead), commitment))
    }

    /// Derives the key of a stored blob and checks it against the stored
    /// commitment, in constant time, before any segment is touched.
    ///
    /// Errors: [`SealedError::Tampered`] when data key, algorithm, write id, salt
    /// and commitment do not belong together; [`SealedError::DataKey`].
    pub fn open(
        data_key: &DataKey,
        algorithm: Algorithm,
        write_id: &WriteId,
        salt: &Salt,
        commitment: &Commitment,
    ) -> Result<Self, SealedError> {
        let (key, expected) = Self::derive(data_key, algorithm, write_id, salt)?;
        if bool::from(expected.0.ct_eq(&commitment.0)) {
            Ok(key)
        } else {
            Err(SealedError::Tampered)
        }
    }

    /// Encrypts one segment in place and returns its tag. Each index once.
    pub(super) fn seal_segment(
        &self,
        index: u32,
        last: bool,
        text: &mut [u8],
    ) -> Result<[u8; TAG_LEN], SealedError> {
        self.0.seal_in_place(&nonce(index, last), &[], text).map_err(refused)
    }

    /// Opens one segment (ciphertext, then tag) in place and returns the plain
    /// length at its front; on failure the segment is zero.
    pub(super) fn open_segment(
        &self,
        index: u32,
        last: bool,
        sealed: &mut [u8],
    ) -> Result<usize, SealedError> {
        let text = self.0.open_in_place(&nonce(index, last), &[], sealed).map_err(refused)?;
        Ok(text.len())
    }
}

impl std::fmt::Debug for BlobKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BlobKey(..)")
    }
}

/// STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): position and end are in
/// the nonce, so a segment opens only where it was sealed.
fn nonce(index: u32, last: bool) -> [u8; NONCE_LEN] {
    let [a, b, c, d] = index.to_be_bytes();
    [0, 0, 0, 0, 0, 0, 0, a, b, c, d, last.into()]
}

fn refused(_: AeadError) -> SealedError {
    SealedError::Tampered
}

/// Fills `out`, of at most one SHA-256 block, from the data key.
fn hkdf_sha256(
    data_key: &DataKey,
    salt: &Salt,
    info: &Canonical,
    out: &mut [u8],
) -> Result<(), SealedError> {
    let prk = HkdfSalt::new(HKDF_SHA256, &salt.0).extract(data_key.expose());
    let info = [info.as_bytes()];
    let okm = prk.expand(&info, OutLen(out.len())).map_err(|_| SealedError::DataKey)?;
    okm.fill(out).map_err(|_| SealedError::DataKey)
}

/// How many bytes HKDF shall give.
struct OutLen(usize);

impl KeyType for OutLen {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nonce_is_zeros_then_counter_then_last_flag() {
        assert_eq!(nonce(0x0102_0304, true), [0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 1]);
    }

    #[test]
    fn a_data_key_of_another_length_is_refused() {
        let short = DataKey::new(SecretBytes::zeroed(16));
        let derived = BlobKey::derive(&short, Algorithm::Sm4Gcm, &WriteId([0; 16]), &Salt([0; 32]));
        assert_eq!(derived.err(), Some(SealedError::DataKey));
    }
}
