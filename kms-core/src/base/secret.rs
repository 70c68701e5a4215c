//! Secrets that wipe themselves.
//!
//! A secret has no `Clone`, `Display` or `Serialize`, its `Debug` prints a
//! placeholder, and the only way to its bytes is [`SecretBytes::expose`], so
//! that a search for `expose()` lists every place where a plaintext key may be
//! read. The memory is overwritten when the value is dropped.

use std::fmt;

use zeroize::Zeroize;

/// Secret bytes of any length on the heap, wiped on drop.
///
/// The buffer is allocated once with its final length: nothing here grows it,
/// since a reallocation would leave a copy behind.
pub struct SecretBytes(Box<[u8]>);

impl SecretBytes {
    /// Takes over `bytes` without a copy when the box is already exact.
    pub fn new(bytes: Box<[u8]>) -> Self {
        Self(bytes)
    }

    /// `len` zero bytes, to be filled by [`SecretBytes::expose_mut`].
    pub fn zeroed(len: usize) -> Self {
        Self(vec![0; len].into_boxed_slice())
    }

    /// Copies `source`; the caller wipes the source.
    pub fn copy_from(source: &[u8]) -> Self {
        Self(source.into())
    }

    /// The bytes to write into.
    pub fn expose_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// The bytes to read.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Length in bytes, which is no secret.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True for a secret of no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretBytes({} bytes)", self.0.len())
    }
}

/// A plaintext data encryption key (DEK), wiped on drop.
///
/// It exists from the KMS call that made or unwrapped it until the blob keys
/// have been derived from it ([`crate::sealed`]) or the KMS API has answered.
#[derive(Debug)]
pub struct DataKey(SecretBytes);

impl DataKey {
    /// Wraps the bytes of a DEK: 32 for objects, 1 to 1024 for the public API.
    pub fn new(bytes: SecretBytes) -> Self {
        Self(bytes)
    }

    /// The bytes to read.
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_a_secret_shows_no_byte() {
        let secret = SecretBytes::copy_from(b"\xAA\xBB");
        assert_eq!(format!("{secret:?}"), "SecretBytes(2 bytes)");
        assert_eq!(
            format!("{:?}", DataKey::new(secret)),
            "DataKey(SecretBytes(2 bytes))"
        );
    }
}
