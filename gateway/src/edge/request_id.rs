//! The id of a request in answers, logs and audit records.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// Draws ids: a keyed hash of a sequence number.
///
/// The keys are the process's own random ones, so ids differ between processes
/// and tell nobody how many requests there were. An id correlates and protects
/// nothing, and drawing one needs no system call and cannot fail.
#[derive(Debug, Default)]
pub(super) struct RequestIds {
    halves: [RandomState; 2],
    next: AtomicU64,
}

impl RequestIds {
    /// 32 upper-case hex digits.
    pub(super) fn draw(&self) -> String {
        let sequence = self.next.fetch_add(1, Ordering::Relaxed);
        let halves = self.halves.each_ref().map(|keyed| keyed.hash_one(sequence).to_be_bytes());
        hex::encode_upper(halves.as_flattened())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_32_hex_digits_and_differ() {
        let (one, other) = (RequestIds::default(), RequestIds::default());
        let ids: HashSet<String> = (0..1000).flat_map(|_| [one.draw(), other.draw()]).collect();
        assert_eq!(ids.len(), 2000);
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte);
        assert!(ids.iter().all(|id| id.len() == 32 && id.bytes().all(is_digit)));
    }
}
