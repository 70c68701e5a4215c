//! What depends on a key: asked before its end, and written into the record of
//! its scheduling.

use std::fmt;

use super::{Kms, KmsError};
use crate::key::{Key, KeyId, KeyVersion};
use crate::store::{KeyLookup, VersionImpact};

/// What depends on a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impact {
    /// The key.
    pub key: Key,
    /// Its versions, with when the public API last wrapped with each: such a
    /// version has ciphertexts that no count can see.
    pub versions: Vec<KeyVersion>,
    /// Objects and uploads by version and bucket.
    pub uses: Vec<VersionImpact>,
}

impl Impact {
    /// Whether any object or upload depends on it.
    pub fn is_in_use(&self) -> bool {
        self.uses.iter().any(|used| used.objects > 0 || used.uploads > 0)
    }
}

impl fmt::Display for Impact {
    /// `12 object versions (3456 bytes) and 1 uploads in 2 buckets; used by the API`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum = |count: fn(&VersionImpact) -> u64| self.uses.iter().map(count).sum::<u64>();
        let mut buckets: Vec<_> = self.uses.iter().map(|used| &used.bucket).collect();
        buckets.sort_unstable();
        buckets.dedup();
        let outside = self.versions.iter().any(|version| version.api_used_ms.is_some());
        write!(
            f,
            "{} object versions ({} bytes) and {} uploads in {} buckets; {} by the API",
            sum(|used| used.objects),
            sum(|used| used.bytes),
            sum(|used| used.uploads),
            buckets.len(),
            if outside { "used" } else { "never used" },
        )
    }
}

impl Kms {
    /// What depends on the key, for an operator. Errors: `NotFound`, `Unavailable`.
    pub async fn key_impact(&self, id: KeyId) -> Result<Impact, KmsError> {
        let key = self.store.key_find(KeyLookup::Id(id)).await;
        let key = key.map_err(|error| KmsError::of_store(id, error))?;
        let key = key.ok_or_else(|| KmsError::NotFound(id.to_string()))?;
        self.impact_of(key).await
    }

    pub(super) async fn impact_of(&self, key: Key) -> Result<Impact, KmsError> {
        let id = key.id;
        let versions = self.store.version_list(id).await;
        let versions = versions.map_err(|error| KmsError::of_store(id, error))?;
        let uses = self.store.key_impact(id).await;
        let uses = uses.map_err(|error| KmsError::of_store(id, error))?;
        Ok(Impact { key, versions, uses })
    }
}
