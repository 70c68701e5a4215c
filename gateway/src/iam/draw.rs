//! Draws the ids and keys of an account from the system's generator.
//!
//! Not under the HSM: an id is public, and an access key's secret is sealed in the
//! catalog as soon as it is drawn.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kms_core::base::SecretBytes;
use zeroize::Zeroizing;

use crate::catalog::model::Account;

use super::Error;

/// What access keys that are drawn here start with.
const ACCESS_KEY_PREFIX: &str = "SGAK";

/// What temporary access keys start with.
const TEMPORARY_KEY_PREFIX: &str = "SGTK";

/// Random characters of the unique id of a user, group, role or policy.
const UNIQUE_ID_LEN: usize = 17;

/// Capitals and digits that are not mistaken for each other (RFC 4648, base32).
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// An account with fresh ids.
pub(super) fn account(name: &str, email: Option<&str>, now_ms: i64) -> Result<Account, Error> {
    Ok(Account {
        id: account_id()?,
        domain_id: hex::encode(random::<16>()?),
        project_id: hex::encode(random::<16>()?),
        canonical_id: hex::encode(random::<32>()?),
        name: name.to_owned(),
        email: email.map(str::to_owned),
        created_ms: now_ms,
    })
}

/// 12 digits, the first of which is no zero, so that no spreadsheet eats it.
fn account_id() -> Result<String, Error> {
    let drawn = u64::from_le_bytes(random()?);
    Ok((100_000_000_000 + drawn % 900_000_000_000).to_string())
}

/// `SGAK` and 16 characters: 80 random bits.
pub(super) fn access_key_id() -> Result<String, Error> {
    symbols::<16>(ACCESS_KEY_PREFIX)
}

/// `SGTK` and 16 characters: 80 random bits.
pub(super) fn temporary_key_id() -> Result<String, Error> {
    symbols::<16>(TEMPORARY_KEY_PREFIX)
}

/// A prefix of AWS's (`AIDA`, `AGPA`, `AROA`, `ANPA`) and 17 characters.
pub(super) fn unique_id(prefix: &str) -> Result<String, Error> {
    symbols::<UNIQUE_ID_LEN>(prefix)
}

fn symbols<const N: usize>(prefix: &str) -> Result<String, Error> {
    let drawn = random::<N>()?;
    let symbols = drawn.iter().filter_map(|byte| ALPHABET.get(usize::from(byte % 32)));
    Ok(prefix.chars().chain(symbols.map(|symbol| char::from(*symbol))).collect())
}

/// 40 characters: 240 random bits in base64.
pub(super) fn secret_key() -> Result<SecretBytes, Error> {
    let drawn = Zeroizing::new(random::<30>()?);
    let text = STANDARD.encode(drawn.as_slice());
    Ok(SecretBytes::new(text.into_bytes().into_boxed_slice()))
}

fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|e| Error::Unavailable(format!("the system's random generator failed: {e}")))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_keys_have_their_documented_shapes() {
        for _ in 0..100 {
            let account = account("a", None, 0).unwrap();
            assert_eq!(account.id.len(), 12);
            assert!(!account.id.starts_with('0'));
            assert_eq!((account.domain_id.len(), account.project_id.len()), (32, 32));
            assert_eq!(account.canonical_id.len(), 64);
            let key = access_key_id().unwrap();
            assert!(key.starts_with("SGAK") && key.len() == 20);
            assert!(key.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));
            assert_eq!(secret_key().unwrap().len(), 40);
        }
    }
}
