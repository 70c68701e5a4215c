//! What an operation works with: the handles, the caller, the snapshot.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::authorize::Caller;
use crate::catalog::model::{Account, BucketFacts, Found, Upload, Version};
use crate::context::Gateway;
use crate::http::{Code, Fault, Incoming};

/// One authorized request on its way through `run`.
pub struct Work {
    /// Catalog, store, keys and settings.
    pub gateway: Arc<Gateway>,
    /// Who asks.
    pub caller: Caller,
    /// What the snapshot found, one for each need in order.
    pub found: Vec<Found>,
    /// Whether each need is allowed; false only for soft ones.
    pub allowed: Vec<bool>,
    /// What the request itself says.
    pub request: RequestFacts,
}

/// Facts of a request that outlive its body and headers.
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

impl Work {
    /// The bucket of need `index`. Errors: `NoSuchBucket`.
    pub fn bucket(&self, index: usize) -> Result<&Arc<BucketFacts>, Fault> {
        let found = self.found.get(index).and_then(|found| found.bucket.as_ref());
        found.ok_or_else(|| Code::NoSuchBucket.into())
    }

    /// The version of need `index`, if it exists.
    pub fn version(&self, index: usize) -> Option<&Arc<Version>> {
        self.found.get(index).and_then(|found| found.version.as_ref())
    }

    /// The upload of need `index`. Errors: `NoSuchUpload`.
    pub fn upload(&self, index: usize) -> Result<&Arc<Upload>, Fault> {
        let found = self.found.get(index).and_then(|found| found.upload.as_ref());
        found.ok_or_else(|| Code::NoSuchUpload.into())
    }

    /// The caller's account. Errors: `AccessDenied` for the anonymous.
    pub fn account(&self) -> Result<&Arc<Account>, Fault> {
        self.caller.account.as_ref().ok_or_else(|| Code::AccessDenied.into())
    }

    /// The account that owns what this caller writes into `bucket`: his own,
    /// or the bucket's for the anonymous.
    pub fn writer_id(&self, bucket: &BucketFacts) -> String {
        match &self.caller.account {
            Some(account) => account.id.clone(),
            None => bucket.owner.id.clone(),
        }
    }
}
