//! Random bytes of the token in stock, so that a data key costs no token call.
//!
//! Filled with blocks from the token only; when it is empty and the token does
//! not answer, there is no random. Each byte is handed out once and wiped here.

use std::sync::{Mutex, PoisonError};

use zeroize::Zeroize;

use crate::base::SecretBytes;

/// Bytes asked of the token at a time.
pub(super) const BLOCK_LEN: usize = 4096;

/// The stock: the unused end of at most one block.
#[derive(Debug, Default)]
pub(super) struct RandomPool(Mutex<Option<Block>>);

#[derive(Debug)]
struct Block {
    bytes: SecretBytes,
    used: usize,
}

impl RandomPool {
    /// `len` bytes out of the stock; `None` when it holds fewer.
    pub(super) fn take(&self, len: usize) -> Option<SecretBytes> {
        let mut stock = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let block = stock.as_mut()?;
        let end = block.used.checked_add(len)?;
        let source = block.bytes.expose_mut().get_mut(block.used..end)?;
        let taken = SecretBytes::copy_from(source);
        source.zeroize();
        block.used = end;
        Some(taken)
    }

    /// `len` bytes out of a fresh `block` of the token, whose rest becomes the
    /// stock; `None` when the block is shorter.
    pub(super) fn take_fresh(&self, block: SecretBytes, len: usize) -> Option<SecretBytes> {
        let fresh = Self(Mutex::new(Some(Block { bytes: block, used: 0 })));
        let taken = fresh.take(len)?;
        let rest = fresh.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_byte_is_handed_out_twice_or_kept() {
        let pool = RandomPool::default();
        assert!(pool.take(1).is_none());
        let block = SecretBytes::copy_from(&[1, 2, 3, 4, 5]);
        assert_eq!(pool.take_fresh(block, 2).unwrap().expose(), [1, 2]);
        assert_eq!(pool.take(2).unwrap().expose(), [3, 4]);
        assert!(pool.take(2).is_none(), "one byte is left");
        let stock = pool.0.lock().unwrap();
        assert_eq!(stock.as_ref().unwrap().bytes.expose(), [0, 0, 0, 0, 5]);
    }
}
