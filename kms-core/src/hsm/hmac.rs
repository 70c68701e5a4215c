//! HMAC-SHA256 over secrets that are in memory (RFC 2104, FIPS 180-4).
//!
//! The same function a token computes behind [`super::Hsm::hmac_sha256`], for
//! the software provider and for unwrapped material. Not for tokens.

use ::hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroize;

use crate::base::SecretBytes;

/// Length of an HMAC-SHA256 in bytes.
pub const HMAC_LEN: usize = 32;

/// HMAC-SHA256 of `data` under `key` (any length), 32 bytes.
#[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104, section 2)")]
pub fn hmac_sha256(key: &SecretBytes, data: &[u8]) -> SecretBytes {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).expect("any length is a key");
    mac.update(data);
    let mut code = mac.finalize().into_bytes();
    let secret = SecretBytes::copy_from(&code);
    code.as_mut_slice().zeroize();
    secret
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_rfc_4231_test_case_2() {
        let code = hmac_sha256(&SecretBytes::copy_from(b"Jefe"), b"what do ya want for nothing?");
        assert_eq!(
            hex::encode(code.expose()),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
