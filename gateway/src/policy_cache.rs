//! Parsed policies of buckets and roles by their text.
//!
//! What is cached cannot go stale: the text is read from the catalog for every
//! request, and only its parsed form is kept, under the text's hash.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use policy::{Error, Policy};
use sha2::{Digest, Sha256};

/// Most policies that are kept; one more empties the cache.
const LIMIT: usize = 4096;

/// A bounded cache of parsed policies.
#[derive(Default)]
pub struct PolicyCache(Mutex<HashMap<[u8; 32], Arc<Policy>>>);

impl PolicyCache {
    /// The policy `document` of `bucket`. Errors: the document cannot be read,
    /// which must deny.
    pub fn bucket(&self, document: &[u8], bucket: &str) -> Result<Arc<Policy>, Error> {
        self.read("bucket", bucket, document, |text| Policy::bucket(text, bucket))
    }

    /// The trust policy `document` of a role. Errors: as [`PolicyCache::bucket`].
    pub fn trust(&self, document: &[u8]) -> Result<Arc<Policy>, Error> {
        self.read("trust", "", document, Policy::trust)
    }

    fn read(
        &self,
        kind: &str,
        owner: &str,
        document: &[u8],
        parse: impl FnOnce(&[u8]) -> Result<Policy, Error>,
    ) -> Result<Arc<Policy>, Error> {
        let mut hash = Sha256::new();
        for field in [kind.as_bytes(), owner.as_bytes(), document] {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field);
        }
        let name: [u8; 32] = hash.finalize().into();
        if let Some(known) = self.lock().get(&name) {
            return Ok(known.clone());
        }
        let parsed = Arc::new(parse(document)?);
        let mut known = self.lock();
        if known.len() >= LIMIT {
            known.clear();
        }
        known.insert(name, parsed.clone());
        Ok(parsed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Arc<Policy>>> {
        // A panic while it was held cannot leave a half-written entry.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
