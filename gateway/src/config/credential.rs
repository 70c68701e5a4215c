//! What an access key pair may look like, wherever it comes from.

/// True for 3 to 128 letters, digits, `_`, `-` and `.`: AWS draws 20 capitals
/// and digits, but keys that people bring along are often shorter.
pub fn is_access_key_id(text: &str) -> bool {
    (3..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
}

/// True for 8 to 128 printable characters of ASCII without spaces.
pub fn is_secret_key(bytes: &[u8]) -> bool {
    (8..=128).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
}
