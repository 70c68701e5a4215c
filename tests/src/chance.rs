//! Chance that can be repeated: the seed is printed, and `SEALGATE_SEED` sets it.

use std::time::{SystemTime, UNIX_EPOCH};

/// A small generator (SplitMix64). Not for secrets.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Seeded from `SEALGATE_SEED` or the clock; prints the seed, which the test
    /// runner shows when the test fails.
    pub fn new() -> Self {
        let given = std::env::var("SEALGATE_SEED").ok().and_then(|text| text.parse().ok());
        let clock =
            || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64;
        let seed = given.unwrap_or_else(clock);
        println!("SEALGATE_SEED={seed}");
        Self(seed)
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.number() % bound.max(1)
    }

    /// This many bytes.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(len + 8);
        while bytes.len() < len {
            bytes.extend_from_slice(&self.number().to_le_bytes());
        }
        bytes.truncate(len);
        bytes
    }

    /// Bytes that repeat the text, so that one look finds them anywhere.
    pub fn canary(&mut self, len: usize) -> (String, Vec<u8>) {
        let text = format!("canary-{:016x}-{:016x} ", self.number(), self.number());
        let bytes = text.bytes().cycle().take(len).collect();
        (text, bytes)
    }
}

impl Default for Chance {
    fn default() -> Self {
        Self::new()
    }
}
