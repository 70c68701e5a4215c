//! RSA wrapping keys for import: made, told to the client, and used once to
//! open what the client encrypted.
//!
//! The pair exists in the token only as long as the client holds its import
//! token: the private half travels in it, wrapped by the root, and is kept
//! nowhere else. Padding is undone here in software (SoftHSM has no OAEP with
//! SHA-256); the hardware's part is the root. Sources: AWS
//! GetParametersForImport, RFC 8017 section 7.1, RFC 5649.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded};
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey,
    PrivateDecryptingKey,
};

use super::ImportRefusal;
use crate::base::SecretBytes;

/// Pairs that are made at once: each takes a processor for some time.
pub(super) const AT_ONCE: usize = 1;

/// How the client encrypts its material.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrappingAlgorithm {
    /// OAEP with SHA-256 and MGF1 with SHA-256.
    RsaesOaepSha256,
    /// OAEP with SHA-1 and MGF1 with SHA-1.
    RsaesOaepSha1,
    /// An AES-256 key under OAEP with SHA-256, and the material under that key
    /// (RFC 5649).
    RsaAesKeyWrapSha256,
}

impl WrappingAlgorithm {
    /// All algorithms.
    pub const ALL: [Self; 3] =
        [Self::RsaesOaepSha256, Self::RsaesOaepSha1, Self::RsaAesKeyWrapSha256];

    /// Its name in both dialects.
    pub fn name(self) -> &'static str {
        match self {
            Self::RsaesOaepSha256 => "RSAES_OAEP_SHA_256",
            Self::RsaesOaepSha1 => "RSAES_OAEP_SHA_1",
            Self::RsaAesKeyWrapSha256 => "RSA_AES_KEY_WRAP_SHA_256",
        }
    }

    /// The algorithm of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// Its number in import tokens.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::RsaesOaepSha256 => 1,
            Self::RsaesOaepSha1 => 2,
            Self::RsaAesKeyWrapSha256 => 3,
        }
    }

    pub(super) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.number() == number)
    }
}

/// Size of the wrapping key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrappingKeySpec {
    /// `RSA_2048`.
    Rsa2048,
    /// `RSA_3072`.
    Rsa3072,
    /// `RSA_4096`.
    Rsa4096,
}

impl WrappingKeySpec {
    /// The spec of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "RSA_2048" => Some(Self::Rsa2048),
            "RSA_3072" => Some(Self::Rsa3072),
            "RSA_4096" => Some(Self::Rsa4096),
            _ => None,
        }
    }
}

/// A new pair: the private half in PKCS #8, the public one as
/// SubjectPublicKeyInfo, both DER.
pub(super) struct WrappingPair {
    pub(super) private: SecretBytes,
    pub(super) public: Vec<u8>,
}

/// Makes a pair; takes a good part of a second of one processor. `None` when
/// the library fails.
pub(super) fn generate(spec: WrappingKeySpec) -> Option<WrappingPair> {
    let size = match spec {
        WrappingKeySpec::Rsa2048 => KeySize::Rsa2048,
        WrappingKeySpec::Rsa3072 => KeySize::Rsa3072,
        WrappingKeySpec::Rsa4096 => KeySize::Rsa4096,
    };
    let pair = PrivateDecryptingKey::generate(size).ok()?;
    let private: Pkcs8V1Der<'_> = pair.as_der().ok()?;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
    Some(WrappingPair {
        private: SecretBytes::copy_from(private.as_ref()),
        public: public.as_ref().to_vec(),
    })
}

/// Opens what a client encrypted. Errors: `Unwrap`, for every reason.
pub(super) fn open(
    algorithm: WrappingAlgorithm,
    private: &SecretBytes,
    encrypted: &[u8],
) -> Result<SecretBytes, ImportRefusal> {
    let refused = |_| ImportRefusal::Unwrap;
    let pair = PrivateDecryptingKey::from_pkcs8(private.expose());
    let pair = pair.map_err(|_| ImportRefusal::Token)?;
    let modulus_len = pair.key_size_bytes();
    let pair = OaepPrivateDecryptingKey::new(pair).map_err(refused)?;
    let oaep = |sealed: &[u8], algorithm| {
        let mut plain = SecretBytes::zeroed(pair.min_output_size());
        let len = pair.decrypt(algorithm, sealed, plain.expose_mut(), None).map(|text| text.len());
        let opened = len.ok().and_then(|len| plain.expose().get(..len).map(SecretBytes::copy_from));
        opened.ok_or(ImportRefusal::Unwrap)
    };
    match algorithm {
        WrappingAlgorithm::RsaesOaepSha256 => oaep(encrypted, &OAEP_SHA256_MGF1SHA256),
        WrappingAlgorithm::RsaesOaepSha1 => oaep(encrypted, &OAEP_SHA1_MGF1SHA1),
        WrappingAlgorithm::RsaAesKeyWrapSha256 => {
            let parts = encrypted.split_at_checked(modulus_len);
            let (kek, wrapped) = parts.ok_or(ImportRefusal::Unwrap)?;
            let kek = oaep(kek, &OAEP_SHA256_MGF1SHA256)?;
            let kek = AesKek::new(&AES_256, kek.expose()).map_err(refused)?;
            let mut plain = SecretBytes::zeroed(wrapped.len());
            let len = kek.unwrap_with_padding(wrapped, plain.expose_mut());
            let len = len.map(|text| text.len()).map_err(refused)?;
            let opened = plain.expose().get(..len).map(SecretBytes::copy_from);
            opened.ok_or(ImportRefusal::Unwrap)
        }
    }
}
