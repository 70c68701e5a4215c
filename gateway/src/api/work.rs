//! What an operation works with: the handles, the caller, the snapshot.
//!
//! Not here: any decision; `authorize` has judged every need before this exists.
//! Invariant: rows come from the one snapshot that was judged, so an operation
//! never acts on a bucket, version or upload other than the one allowed.

use std::sync::Arc;

use kms_core::kms::Caller as KmsCaller;
use policy::{Request as PolicyRequest, Service};

use super::need::{Need, On};
use crate::authorize::{self, Admitted, Caller, Question, Standing, Subject};
use crate::catalog::identity::{Entity, EntityKind, EntityRef};
use crate::catalog::model::{Account, BucketFacts, Deleter, Found, Upload, Version, Want};
use crate::context::Gateway;
use crate::facts::RequestFacts;
use crate::http::{Code, Fault};

/// One authorized request on its way through `run`.
pub struct Work {
    /// Catalog, store, keys and settings.
    pub gateway: Arc<Gateway>,
    /// Who asks.
    pub caller: Caller,
    /// What the request itself says.
    pub request: RequestFacts,
    /// Whether each need is allowed; false only for soft ones.
    pub allowed: Vec<bool>,
    found: Vec<Found>,
    base: PolicyRequest,
    standing: Standing,
}

impl Work {
    /// Has the needs of a request judged. Errors: those of [`authorize::admit`].
    pub async fn admit(
        gateway: Arc<Gateway>,
        caller: Caller,
        request: RequestFacts,
        needs: Vec<Need>,
    ) -> Result<Self, Fault> {
        let questions = needs.into_iter().map(|need| question(&caller, need)).collect();
        let admitted = authorize::admit(&gateway, &caller, &request, questions).await?;
        let Admitted { found, allowed, base, standing } = admitted;
        Ok(Self { gateway, caller, request, allowed, found, base, standing })
    }

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

    /// The user, group or role of need `index`, if it exists.
    pub fn entity(&self, index: usize) -> Option<&Entity> {
        let found = self.found.get(index).and_then(|found| found.entity.as_ref());
        found.map(|found| &found.0)
    }

    /// The caller's account. Errors: a refusal for the anonymous.
    pub fn account(&self) -> Result<&Arc<Account>, Fault> {
        let account = self.caller.account.as_ref();
        account.ok_or_else(|| authorize::denied("this needs an account"))
    }

    /// The account that owns what this caller writes into `bucket`: his own,
    /// or the bucket's for the anonymous.
    pub fn writer_id(&self, bucket: &BucketFacts) -> String {
        match &self.caller.account {
            Some(account) => account.id.clone(),
            None => bucket.owner.id.clone(),
        }
    }

    /// The caller as one who deletes from `facts`.
    pub fn deleter(&self, facts: &BucketFacts) -> Deleter {
        Deleter {
            bucket: facts.bucket.row,
            owner_id: self.writer_id(facts),
            now_ms: self.request.received_ms(),
        }
    }

    /// The caller as the key service judges him, in this request's context.
    /// `via` is the service that uses the key for him.
    pub fn kms_caller(&self, via: Option<&'static str>) -> KmsCaller {
        KmsCaller {
            request: self.base.clone(),
            rights: self.standing.rights.clone(),
            region: self.gateway.settings.region.clone(),
            source_ip: Some(self.request.remote),
            request_id: self.request.id.clone(),
            via,
        }
    }
}

fn question(caller: &Caller, need: Need) -> Question {
    let Need { action, on, conditions, soft } = need;
    let stored = |want, key| Subject::Stored { want, key };
    let on = match on {
        On::Service => Subject::Service(Service::Storage),
        On::Identities => Subject::Service(Service::Identities),
        On::Entity(kind, name) => {
            Subject::Entity(EntityRef { account_id: caller.account_id(), kind, name })
        }
        On::Caller => match caller.user_name() {
            Some(name) => Subject::Entity(EntityRef {
                account_id: caller.account_id(),
                kind: EntityKind::User,
                name: name.to_owned(),
            }),
            None => Subject::Identity { account_id: String::new(), path: "root".to_owned() },
        },
        On::Identity(account_id, path) => Subject::Identity { account_id, path },
        On::Role(account_id, name) => {
            Subject::Role(EntityRef { account_id, kind: EntityKind::Role, name })
        }
        On::NewBucket(bucket) => Subject::NewBucket(bucket),
        On::Bucket(bucket) => stored(Want::Bucket(bucket), None),
        On::Object(bucket, key) => stored(Want::Bucket(bucket), Some(key)),
        On::Version(bucket, key, version) => {
            let bytes = key.clone().into_bytes();
            stored(Want::Version(bucket, bytes, version), Some(key))
        }
        On::Upload(bucket, key, id) => {
            let bytes = key.clone().into_bytes();
            stored(Want::Upload(bucket, bytes, id), Some(key))
        }
    };
    Question { action, on, conditions, soft }
}
