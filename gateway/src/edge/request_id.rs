//! The id of a request in answers, logs and audit records.

/// 32 upper-case hex digits, drawn at random.
///
/// The id correlates and protects nothing: should the system's generator fail,
/// the request is served under the id of zeros, and what needs randomness for
/// safety fails by itself.
pub(super) fn draw() -> String {
    let mut bytes = [0; 16];
    if let Err(error) = getrandom::fill(&mut bytes) {
        tracing::error!(%error, "the system's random generator failed");
    }
    hex::encode_upper(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_32_hex_digits_and_differ() {
        let (one, two) = (draw(), draw());
        assert_eq!(one.len(), 32);
        assert!(one.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b)));
        assert_ne!(one, two);
    }
}
