//! What is said over the control socket. Fields are only ever added.
//!
//! One JSON document each way, at most [`MESSAGE_MAX`] bytes; names of paths are
//! those of the commands.

use serde::{Deserialize, Serialize};

/// The longest request or answer in bytes.
pub const MESSAGE_MAX: usize = 1 << 20;

/// How many accounts a page has at most.
pub const ACCOUNTS_PAGE: usize = 1000;

/// What an operator asks.
#[derive(Debug)]
pub enum Request {
    /// `GET /status`: see [`Status`].
    Status,
    /// `POST /account/create`: answered with an [`AccountShown`].
    AccountCreate(AccountCreate),
    /// `POST /account/list`: answered with an [`AccountPage`].
    AccountList(AccountList),
    /// `POST /account/freeze`: answered with nothing.
    AccountFreeze(AccountFreeze),
    /// `POST /key/protect`: answered with nothing.
    KeyProtect(KeyProtect),
    /// `POST /key/impact`: answered with a [`KeyImpact`].
    KeyImpact(KeyNamed),
    /// `POST /inspect`: answered with the object's envelope.
    Inspect(Inspect),
    /// `POST /policy/explain`: answered with an [`Explained`] for each action.
    Explain(Explain),
}

/// How a running gateway is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Status {
    /// Its version.
    pub version: String,
    /// Its process id.
    pub pid: u32,
    /// Its region.
    pub region: String,
}

/// Makes an account with its first access key.
#[derive(Clone, Default, Deserialize, Serialize)]
pub struct AccountCreate {
    /// Display name, unique.
    pub name: String,
    /// Contact.
    pub email: Option<String>,
    /// Access key to use instead of a drawn one.
    pub access_key_id: Option<String>,
    /// Secret of that access key.
    pub secret_access_key: Option<String>,
}

impl std::fmt::Debug for AccountCreate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AccountCreate({:?})", self.name)
    }
}

/// Asks for a page of accounts.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct AccountList {
    /// Only accounts whose id comes after this.
    pub after: Option<String>,
    /// Shows the secrets of access keys too.
    #[serde(default)]
    pub secrets: bool,
}

/// A page of accounts in the order of their ids.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct AccountPage {
    /// The accounts.
    pub accounts: Vec<AccountShown>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<String>,
}

/// An account as operators see it.
#[derive(Clone, Deserialize, Serialize)]
pub struct AccountShown {
    /// Display name.
    pub name: String,
    /// Contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// AWS-style id: 12 digits.
    pub account_id: String,
    /// Huawei domain id: 32 hex digits.
    pub domain_id: String,
    /// Huawei project id: 32 hex digits.
    pub project_id: String,
    /// S3 canonical user id: 64 hex digits.
    pub canonical_id: String,
    /// Its first access key, if it has one.
    pub access_key_id: Option<String>,
    /// The secret of that key, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_access_key: Option<String>,
}

impl std::fmt::Debug for AccountShown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AccountShown({}, {:?})", self.account_id, self.name)
    }
}

/// Freezes or thaws an account.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AccountFreeze {
    /// Its account id, domain id or name.
    pub account: String,
    /// True freezes.
    pub frozen: bool,
}

/// Switches the deletion protection of a key.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct KeyProtect {
    /// The key's id.
    pub key: String,
    /// True protects.
    pub on: bool,
}

/// Names a key.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct KeyNamed {
    /// The key's id.
    pub key: String,
}

/// What depends on a key.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct KeyImpact {
    /// The key's id.
    pub key: String,
    /// Its state.
    pub state: String,
    /// Its versions, oldest first.
    pub versions: Vec<VersionShown>,
    /// Objects and uploads by version and bucket.
    pub uses: Vec<UseShown>,
}

/// A version of a key.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct VersionShown {
    /// Its number.
    pub version: u32,
    /// When it was made, Unix milliseconds.
    pub created_ms: u64,
    /// When the public API last wrapped with it, if it ever did.
    pub api_used_ms: Option<u64>,
}

/// What depends on one version in one bucket.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct UseShown {
    /// The version.
    pub version: u32,
    /// The bucket.
    pub bucket: String,
    /// Versions of objects.
    pub objects: u64,
    /// Open uploads.
    pub uploads: u64,
    /// Bytes of the objects.
    pub bytes: u64,
}

/// Asks for an object's envelope.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Inspect {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Version; `None` for the newest.
    pub version_id: Option<String>,
}

/// Asks what would be decided.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Explain {
    /// ARN of a user, role or root.
    pub principal: String,
    /// Action in any spelling.
    pub action: String,
    /// ARN, or `*`.
    pub resource: String,
    /// Condition keys and values.
    pub context: Vec<(String, String)>,
}

/// What would be decided of one action.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Explained {
    /// The action's canonical name.
    pub action: String,
    /// Allow or deny.
    pub allowed: bool,
    /// By which statement of which policy, or what is missing.
    pub because: String,
}

/// Why the gateway refused.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, thiserror::Error)]
#[error("{error}")]
pub struct Refusal {
    /// HTTP status: 400 bad request, 404 not there, 409 taken, 503 try again.
    #[serde(skip)]
    pub status: u16,
    /// One sentence that says what to do.
    pub error: String,
}

impl Refusal {
    /// A refusal with this status and sentence.
    pub fn new(status: u16, error: impl Into<String>) -> Self {
        Self { status, error: error.into() }
    }
}
