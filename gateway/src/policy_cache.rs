//! Parsed bucket policies by their text.
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
        let mut hash = Sha256::new();
        hash.update((bucket.len() as u64).to_be_bytes());
        hash.update(bucket);
        hash.update(document);
        let name: [u8; 32] = hash.finalize().into();
        if let Some(known) = self.lock().get(&name) {
            return Ok(known.clone());
        }
        let parsed = Arc::new(Policy::bucket(document, bucket)?);
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
