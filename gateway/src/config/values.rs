//! The types of settings that are more than text and numbers.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use kms_core::base::SecretBytes;
use serde::{Deserialize, Serialize};

use super::declare::{Kind, SettingType};

/// A listener's address, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Listener {
    /// Not opened.
    Off,
    /// Opened here; port 0 lets the system choose.
    On(SocketAddr),
}

impl Listener {
    /// The address, unless off.
    pub fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Off => None,
            Self::On(address) => Some(*address),
        }
    }

    /// On this port of the loopback address.
    pub(super) fn loopback(port: u16) -> Self {
        Self::On(SocketAddr::from(([127, 0, 0, 1], port)))
    }
}

impl TryFrom<String> for Listener {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let address = text.replacen("localhost:", "127.0.0.1:", 1).parse();
        address.map(Self::On).map_err(|_| format!("{text:?} is no address"))
    }
}

impl From<Listener> for String {
    fn from(listener: Listener) -> String {
        listener.address().map_or_else(|| "off".to_owned(), |address| address.to_string())
    }
}

impl SettingType for Listener {
    const KIND: Kind = Kind::Listener;
}

/// A secret given as text. Clones share one wiped buffer; it prints and
/// serializes as a placeholder.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub struct SecretText(Arc<SecretBytes>);

impl SecretText {
    /// The bytes to read.
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(Arc::new(SecretBytes::new(text.into_bytes().into_boxed_slice())))
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl Serialize for SecretText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("(secret)")
    }
}

impl SettingType for SecretText {
    const KIND: Kind = Kind::Secret;
}

/// Where the root of trust lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// A file in the data directory. No HSM.
    Software,
    /// A PKCS#11 token.
    Pkcs11,
}

impl SettingType for Provider {
    const KIND: Kind = Kind::Choice(&["software", "pkcs11"]);
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl SettingType for LogFormat {
    const KIND: Kind = Kind::Choice(&["auto", "text", "json"]);
}
