//! Facts of a request that outlive its headers and body.

use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::http::Incoming;

/// What a request itself says.
#[derive(Clone, Debug)]
pub struct RequestFacts {
    /// Id in answers, logs and audit records.
    pub id: String,
    /// True for TLS.
    pub secure: bool,
    /// The client's address.
    pub remote: IpAddr,
    /// When it arrived.
    pub received: SystemTime,
    /// `User-Agent`, if given.
    pub user_agent: Option<String>,
    /// `Referer`, if given.
    pub referer: Option<String>,
}

impl RequestFacts {
    /// The facts of `request`.
    pub fn of(request: &Incoming) -> Self {
        let text = |name| request.header(name).ok().flatten().map(str::to_owned);
        Self {
            id: request.request_id.clone(),
            secure: request.secure,
            remote: request.remote,
            received: request.received,
            user_agent: text("user-agent"),
            referer: text("referer"),
        }
    }

    /// Arrival in milliseconds since the Unix epoch.
    pub fn received_ms(&self) -> i64 {
        let since = self.received.duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}
