//! Who asks, from where, and with which policies.

use std::net::IpAddr;
use std::sync::Arc;

use policy::{Policy, Principal};

/// An authenticated caller of the key service, as the edge established it.
///
/// The core trusts it entirely: building one is the gateway's authentication.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who, as policies name principals. An anonymous one may use no key.
    pub principal: Principal,
    /// The caller's account: 12 digits.
    pub account_id: String,
    /// The same account as OBS and the Huawei KMS name it.
    pub domain_id: String,
    /// The caller's identity policies; the root of an account needs none.
    pub policies: Arc<[Arc<Policy>]>,
    /// The region that the request addresses; for the object path the bucket's
    /// region counts instead.
    pub region: String,
    /// From where.
    pub source_ip: Option<IpAddr>,
    /// Whether the request came over TLS (`aws:SecureTransport`).
    pub secure_transport: bool,
    /// The id that answer and audit record carry.
    pub request_id: String,
    /// The service through which keys are used (`s3`), none for the KMS API itself.
    pub via: Option<&'static str>,
}
