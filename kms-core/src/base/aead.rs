//! The two AEADs: AES-256-GCM (aws-lc-rs) and SM4-GCM (RustCrypto).
//!
//! Both take a 12-byte nonce and append a 16-byte tag (NIST SP 800-38D; SM4:
//! GB/T 32907). A key here is used for one blob or one wrap only, so nonces
//! are counters and never random. On a failed tag the buffer is wiped: no
//! unauthenticated byte is left behind to be read by mistake.

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::{AeadInOut, AesGcm, KeyInit};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroize;

/// Length of an authentication tag in bytes.
pub const TAG_LEN: usize = 16;
/// Length of a nonce in bytes.
pub const NONCE_LEN: usize = 12;

/// A data algorithm. The numbers are stored; they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Algorithm {
    /// AES-256-GCM, 32-byte key.
    Aes256Gcm = 1,
    /// SM4-GCM, 16-byte key.
    Sm4Gcm = 2,
}

impl Algorithm {
    /// The algorithm with this stored number; `None` for a number of a newer format.
    pub fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Aes256Gcm),
            2 => Some(Self::Sm4Gcm),
            _ => None,
        }
    }

    /// The stored number.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Key length in bytes.
    pub fn key_len(self) -> usize {
        match self {
            Self::Aes256Gcm => 32,
            Self::Sm4Gcm => 16,
        }
    }
}

/// What an AEAD refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AeadError {
    /// The key has not the length of its algorithm: a bug of the caller.
    #[error("key length does not fit the algorithm")]
    KeyLength,
    /// The tag does not match, the input is shorter than a tag or longer than
    /// GCM allows. One kind on purpose: the difference helps only an attacker.
    #[error("sealed bytes failed authentication")]
    Tampered,
}

/// A keyed AEAD, wiped on drop by the libraries below.
pub struct Aead(Keyed);

enum Keyed {
    Aes256(Box<LessSafeKey>),
    Sm4(Box<AesGcm<sm4::Sm4, U12>>),
}

impl Aead {
    /// Schedules `key`, which must have the algorithm's length.
    pub fn new(algorithm: Algorithm, key: &[u8]) -> Result<Self, AeadError> {
        let keyed = match algorithm {
            Algorithm::Aes256Gcm => {
                let unbound =
                    UnboundKey::new(&AES_256_GCM, key).map_err(|_| AeadError::KeyLength)?;
                Keyed::Aes256(Box::new(LessSafeKey::new(unbound)))
            }
            Algorithm::Sm4Gcm => {
                let cipher = AesGcm::new_from_slice(key).map_err(|_| AeadError::KeyLength)?;
                Keyed::Sm4(Box::new(cipher))
            }
        };
        Ok(Self(keyed))
    }

    /// Encrypts `text` in place and returns the tag.
    pub fn seal_in_place(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        text: &mut [u8],
    ) -> Result<[u8; TAG_LEN], AeadError> {
        match &self.0 {
            Keyed::Aes256(key) => {
                let nonce = Nonce::assume_unique_for_key(*nonce);
                let tag = key
                    .seal_in_place_separate_tag(nonce, Aad::from(aad), text)
                    .map_err(|_| AeadError::Tampered)?;
                tag.as_ref().try_into().map_err(|_| AeadError::Tampered)
            }
            Keyed::Sm4(cipher) => cipher
                .encrypt_inout_detached(nonce.into(), aad, InOutBuf::from(text))
                .map(Into::into)
                .map_err(|_| AeadError::Tampered),
        }
    }

    /// Decrypts `sealed` (ciphertext, then tag) in place and returns the
    /// plaintext, which is the front of the same buffer. On
    /// [`AeadError::Tampered`] the whole buffer is zero.
    pub fn open_in_place<'a>(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        sealed: &'a mut [u8],
    ) -> Result<&'a mut [u8], AeadError> {
        let opened = match &self.0 {
            Keyed::Aes256(key) => {
                let nonce = Nonce::assume_unique_for_key(*nonce);
                key.open_in_place(nonce, Aad::from(aad), sealed).map(|text| text.len()).ok()
            }
            Keyed::Sm4(cipher) => open_sm4(cipher, nonce, aad, sealed),
        };
        let Some(len) = opened else {
            sealed.zeroize();
            return Err(AeadError::Tampered);
        };
        sealed.split_at_mut_checked(len).map(|(text, _)| text).ok_or(AeadError::Tampered)
    }
}

fn open_sm4(
    cipher: &AesGcm<sm4::Sm4, U12>,
    nonce: &[u8; NONCE_LEN],
    aad: &[u8],
    sealed: &mut [u8],
) -> Option<usize> {
    let len = sealed.len().checked_sub(TAG_LEN)?;
    let (text, tag) = sealed.split_at_mut_checked(len)?;
    let tag: [u8; TAG_LEN] = (&*tag).try_into().ok()?;
    cipher.decrypt_inout_detached(nonce.into(), aad, InOutBuf::from(text), &tag.into()).ok()?;
    Some(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seals and opens one published case.
    fn check(algorithm: Algorithm, [key, nonce, aad, text, sealed]: [&str; 5]) {
        let [key, nonce, aad, text, sealed] =
            [key, nonce, aad, text, sealed].map(|field| hex::decode(field).unwrap());
        let nonce = nonce.try_into().unwrap();
        let aead = Aead::new(algorithm, &key).unwrap();
        let mut buffer = text.clone();
        let tag = aead.seal_in_place(&nonce, &aad, &mut buffer).unwrap();
        buffer.extend_from_slice(&tag);
        assert_eq!(hex::encode(&buffer), hex::encode(&sealed));
        assert_eq!(aead.open_in_place(&nonce, &aad, &mut buffer), Ok(&mut text.clone()[..]));
    }

    #[test]
    fn aes_256_gcm_is_test_case_14_of_the_gcm_specification() {
        let zeros = "00000000000000000000000000000000";
        check(
            Algorithm::Aes256Gcm,
            [
                &zeros.repeat(2),
                "000000000000000000000000",
                "",
                zeros,
                "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919",
            ],
        );
    }

    #[test]
    fn sm4_gcm_is_the_example_of_rfc_8998() {
        check(
            Algorithm::Sm4Gcm,
            [
                "0123456789abcdeffedcba9876543210",
                "00001234567800000000abcd",
                "feedfacedeadbeeffeedfacedeadbeefabaddad2",
                "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd\
                 eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
                "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735\
                 d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d\
                 83de3541e4c2b58177e065a9bf7b62ec",
            ],
        );
    }

    #[test]
    fn a_failed_tag_wipes_the_buffer() {
        for algorithm in [Algorithm::Aes256Gcm, Algorithm::Sm4Gcm] {
            let aead = Aead::new(algorithm, &[9; 32][..algorithm.key_len()]).unwrap();
            let mut sealed = [5; 100];
            assert_eq!(aead.open_in_place(&[0; 12], &[], &mut sealed), Err(AeadError::Tampered));
            assert_eq!(sealed, [0; 100], "{algorithm:?}");
        }
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        for algorithm in [Algorithm::Aes256Gcm, Algorithm::Sm4Gcm] {
            assert_eq!(Aead::new(algorithm, &[0; 24]).err(), Some(AeadError::KeyLength));
        }
    }
}
