//! The policies of a user or role, parsed.
//!
//! Invariant: a document that cannot be read might have denied, so it makes all
//! of the bearer's rights unreadable, and that denies.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use kms_core::kms::Rights;
use policy::{Attribute, ConditionKey, Policy};

use super::builtin::BuiltIn;
use crate::catalog::identity::{Bearer, Document};

/// Bearers whose rights are kept; one more empties the table.
const KEPT: usize = 4096;

/// The rights of one bearer.
#[derive(Debug, Default)]
pub struct BearerRights {
    /// Its own policies and its boundary.
    pub rights: Rights,
    /// Names of its own policies, for explanations.
    pub names: Vec<String>,
    /// Its tags, as conditions test them.
    pub tags: Vec<(ConditionKey, String)>,
}

/// Rights by bearer and the revision under which it was read, so that nothing
/// here can go stale.
#[derive(Default)]
pub struct RightsCache(Mutex<HashMap<String, (i64, Arc<BearerRights>)>>);

impl RightsCache {
    /// The rights of `bearer`. Errors: the policy that cannot be read, which
    /// must deny.
    pub fn of(&self, bearer: &Bearer) -> Result<Arc<BearerRights>, String> {
        if let Some((revision, known)) = self.lock().get(&bearer.entity.id)
            && *revision == bearer.revision
        {
            return Ok(known.clone());
        }
        let read = Arc::new(BearerRights::read(bearer)?);
        let mut known = self.lock();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(bearer.entity.id.clone(), (bearer.revision, read.clone()));
        Ok(read)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, (i64, Arc<BearerRights>)>> {
        // A panic while it was held cannot leave a half-written entry.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BearerRights {
    fn read(bearer: &Bearer) -> Result<Self, String> {
        let identity: Result<Vec<_>, _> = bearer.policies.iter().map(parse).collect();
        let tag = |(name, value): (&String, &String)| {
            (ConditionKey::of(Attribute::PrincipalTag, name), value.clone())
        };
        Ok(Self {
            rights: Rights {
                identity: identity?.into(),
                boundary: bearer.boundary.as_ref().map(parse).transpose()?,
                session: Arc::default(),
            },
            names: bearer.policies.iter().map(|document| document.name.clone()).collect(),
            tags: bearer.entity.tags.iter().map(tag).collect(),
        })
    }
}

fn parse(document: &Document) -> Result<Arc<Policy>, String> {
    let built_in = || BuiltIn::find(&document.name).map(|policy| policy.document.as_bytes());
    let text = document.text.as_deref().or_else(built_in);
    let text = text.ok_or_else(|| format!("the policy {} is not there", document.name))?;
    let read = Policy::identity(text).map(Arc::new);
    read.map_err(|error| format!("the policy {} cannot be read: {error}", document.name))
}
