//! Session tokens: temporary credentials that carry all that is to be known of
//! them, sealed under the service key `secret`.
//!
//! A token opens only beside the access key that it was issued with. Nothing of
//! it can be read or changed outside, so neither its end nor its policies can be
//! stretched; the secret key inside signs requests like any other. No row is
//! written for it. Source: "Temporary security credentials in IAM" (IAM user guide).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kms_core::base::SecretBytes;
use kms_core::key::wrap::WrapContext;
use kms_core::root::ServiceKeys;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::{Error, KeyPair, draw};

/// Longest token that is opened, in characters.
const TOKEN_MAX: usize = 16 * 1024;

/// Longest session policies of one token together, in bytes.
pub const POLICIES_MAX: usize = 6 * 1024;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The account in which the session acts.
    pub account_id: String,
    /// Unique id of the user or role; `None` for the root.
    pub entity_id: Option<String>,
    /// What kind of session it is.
    pub kind: Kind,
    /// When it was issued, in seconds since the epoch.
    pub issued_s: i64,
    /// When it ends, in seconds since the epoch.
    pub expires_s: i64,
    /// Session policies as documents.
    #[serde(default)]
    pub policies: Vec<String>,
}

/// What kind of session a token is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// GetSessionToken: the user or root itself.
    Own,
    /// AssumeRole, under this session name.
    Role(String),
    /// GetFederationToken, under this name.
    Federated(String),
}

/// Fresh temporary credentials.
#[derive(Debug)]
pub struct Issued {
    /// Access key and secret.
    pub pair: KeyPair,
    /// The session token.
    pub token: String,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    claims: Claims,
    secret: String,
}

impl Drop for Sealed {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It was not issued here for this access key.
    Invalid,
    /// Its time is over.
    Expired,
}

/// Issues credentials that say `claims`. Errors: `Unavailable`.
pub async fn issue(keys: &ServiceKeys, claims: Claims) -> Result<Issued, Error> {
    let pair = KeyPair { id: draw::temporary_key_id()?, secret: draw::secret_key()? };
    let secret = String::from_utf8_lossy(pair.secret.expose()).into_owned();
    let sealed = Sealed { claims, secret };
    let unavailable = |error: &dyn std::fmt::Display| Error::Unavailable(error.to_string());
    let text = serde_json::to_vec(&sealed).map(Zeroizing::new).map_err(|e| unavailable(&e))?;
    let blob = keys.seal_secret(&place(&pair.id), &text).await.map_err(|e| unavailable(&e))?;
    Ok(Issued { pair, token: STANDARD.encode(blob) })
}

/// Opens a token that came with `access_key_id`.
pub async fn open(
    keys: &ServiceKeys,
    access_key_id: &str,
    token: &str,
    now_s: i64,
) -> Result<(SecretBytes, Claims), Refused> {
    if token.len() > TOKEN_MAX {
        return Err(Refused::Invalid);
    }
    let blob = STANDARD.decode(token).map_err(|_| Refused::Invalid)?;
    let text = keys.open_secret(&place(access_key_id), &blob).await;
    let text = text.map_err(|_| Refused::Invalid)?;
    let sealed: Sealed = serde_json::from_slice(text.expose()).map_err(|_| Refused::Invalid)?;
    if now_s >= sealed.claims.expires_s {
        return Err(Refused::Expired);
    }
    Ok((SecretBytes::copy_from(sealed.secret.as_bytes()), sealed.claims.clone()))
}

/// No table of the catalog has this name, so no sealed row is ever a token.
fn place(access_key_id: &str) -> WrapContext<'_> {
    WrapContext::Secret { table: "session", row: access_key_id, column: "token" }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kms_core::hsm::software::SoftwareHsm;
    use kms_core::root::Root;

    use super::*;

    async fn keys(dir: &std::path::Path) -> ServiceKeys {
        let hsm = Arc::new(SoftwareHsm::open(dir.join("root.key")).unwrap());
        let (root, _) = Root::open(hsm, None).await.unwrap();
        let records = ServiceKeys::generate(&root).await.unwrap();
        ServiceKeys::open(&root, &records).await.unwrap()
    }

    fn claims() -> Claims {
        Claims {
            account_id: "111111111111".into(),
            entity_id: None,
            kind: Kind::Own,
            issued_s: 100,
            expires_s: 200,
            policies: vec!["{}".into()],
        }
    }

    // GHSA-m77q, -ccrv, -48rf, -xvfh: tokens that their holder could sign himself.
    #[tokio::test]
    async fn ghsa_m77q_a_token_cannot_be_made_or_changed_by_its_holder() {
        let dir = tempfile::tempdir().unwrap();
        let keys = keys(dir.path()).await;
        let issued = issue(&keys, claims()).await.unwrap();
        let id = &issued.pair.id;
        let (secret, told) = open(&keys, id, &issued.token, 199).await.unwrap();
        assert_eq!((secret.expose(), told), (issued.pair.secret.expose(), claims()));

        let other = issue(&keys, claims()).await.unwrap();
        let refused = open(&keys, &other.pair.id, &issued.token, 150).await.unwrap_err();
        assert_eq!(refused, Refused::Invalid, "a token of another key");
        let blob = STANDARD.decode(&issued.token).unwrap();
        for at in (0..blob.len()).step_by(7) {
            let mut changed = blob.clone();
            changed[at] ^= 1;
            let changed = STANDARD.encode(changed);
            assert_eq!(open(&keys, id, &changed, 150).await.unwrap_err(), Refused::Invalid);
        }
        for made in ["", "eyJhbGciOiJub25lIn0.e30.", &STANDARD.encode(b"{\"claims\":{}}")] {
            assert_eq!(open(&keys, id, made, 150).await.unwrap_err(), Refused::Invalid);
        }
    }

    #[tokio::test]
    async fn a_token_ends_at_the_second_it_says() {
        let dir = tempfile::tempdir().unwrap();
        let keys = keys(dir.path()).await;
        let issued = issue(&keys, claims()).await.unwrap();
        assert!(open(&keys, &issued.pair.id, &issued.token, 199).await.is_ok());
        let late = open(&keys, &issued.pair.id, &issued.token, 200).await.unwrap_err();
        assert_eq!(late, Refused::Expired);
    }
}
