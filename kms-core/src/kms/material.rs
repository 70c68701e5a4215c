//! Unwrapped key material, for at most a minute.
//!
//! Entries are by key version, whose material never changes, so they cannot go
//! stale; that a key may be used at all is judged before, on the fresh record.
//! Dropping a key also moves the epoch, and a load that began in an older epoch
//! is not kept: so a load that races with a disable cannot bring back what the
//! disable has just wiped.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::SecretBytes;
use crate::hsm::Hsm;
use crate::key::KeyId;
use crate::key::wrap::WrapKey;

/// How long material stays unwrapped, in milliseconds.
const LIFETIME_MS: u64 = 60_000;
/// How many versions are held; beyond, the oldest goes.
const CAPACITY: usize = 16_384;

/// The material of one key version, ready to wrap and unwrap.
pub(super) struct Material {
    source: Source,
    api_used_ms: AtomicU64,
}

/// Where the material is.
pub(super) enum Source {
    /// Here, unwrapped.
    Software(SecretBytes),
    /// In the token, under this label.
    Token(String),
}

/// A moment before which no drop counts for a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Epoch(u64);

/// The cache.
#[derive(Default)]
pub(super) struct MaterialCache(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    epoch: u64,
    held: HashMap<(KeyId, u32), Held>,
    /// In order of loading; an entry whose time differs from the held one's is void.
    order: VecDeque<((KeyId, u32), u64)>,
}

struct Held {
    material: Arc<Material>,
    loaded_ms: u64,
}

impl Material {
    pub(super) fn new(source: Source, api_used_ms: Option<u64>) -> Self {
        Self { source, api_used_ms: AtomicU64::new(api_used_ms.unwrap_or(0)) }
    }

    pub(super) fn wrap_key<'a>(&'a self, hsm: &'a dyn Hsm) -> WrapKey<'a> {
        match &self.source {
            Source::Software(material) => WrapKey::Software { material },
            Source::Token(label) => WrapKey::Token { hsm, label },
        }
    }

    /// When the store last heard of a use by the public API; 0 for never.
    pub(super) fn api_used_ms(&self) -> u64 {
        self.api_used_ms.load(Ordering::Relaxed)
    }

    pub(super) fn set_api_used_ms(&self, now_ms: u64) {
        self.api_used_ms.fetch_max(now_ms, Ordering::Relaxed);
    }
}

impl MaterialCache {
    /// Taken before the key's record is read, given back with what was loaded.
    pub(super) fn epoch(&self) -> Epoch {
        Epoch(self.lock().epoch)
    }

    /// The material of a version, if held and not expired at `now_ms`.
    pub(super) fn find(&self, key: KeyId, version: u32, now_ms: u64) -> Option<Arc<Material>> {
        let mut entries = self.lock();
        entries.expire(now_ms);
        entries.held.get(&(key, version)).map(|held| Arc::clone(&held.material))
    }

    /// Holds `material`, unless some key was dropped since `epoch`.
    pub(super) fn hold(
        &self,
        epoch: Epoch,
        key: KeyId,
        version: u32,
        material: Arc<Material>,
        now_ms: u64,
    ) {
        let mut entries = self.lock();
        if entries.epoch != epoch.0 {
            return;
        }
        entries.expire(now_ms);
        entries.held.insert((key, version), Held { material, loaded_ms: now_ms });
        entries.order.push_back(((key, version), now_ms));
        while entries.order.len() > CAPACITY {
            entries.drop_oldest();
        }
    }

    /// Wipes all versions of `key`, now and for loads under way.
    pub(super) fn drop_key(&self, key: KeyId) {
        let mut entries = self.lock();
        entries.epoch = entries.epoch.wrapping_add(1);
        entries.held.retain(|(id, _), _| *id != key);
    }

    /// Wipes what has expired at `now_ms`.
    pub(super) fn expire(&self, now_ms: u64) {
        self.lock().expire(now_ms);
    }

    /// A panic elsewhere cannot leave the maps half changed in a way that
    /// matters: at worst an entry lives until it expires.
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn expire(&mut self, now_ms: u64) {
        while let Some((_, loaded_ms)) = self.order.front() {
            // A clock that was set back expires nothing early and, by the
            // second test, keeps nothing for long.
            let age = now_ms.abs_diff(*loaded_ms);
            if age < LIFETIME_MS {
                return;
            }
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let Some((name, loaded_ms)) = self.order.pop_front() else {
            return;
        };
        if self.held.get(&name).is_some_and(|held| held.loaded_ms == loaded_ms) {
            self.held.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn material() -> Arc<Material> {
        Arc::new(Material::new(Source::Software(SecretBytes::zeroed(32)), None))
    }

    #[test]
    fn material_is_gone_after_a_minute() {
        let (cache, key) = (MaterialCache::default(), KeyId::random());
        cache.hold(cache.epoch(), key, 1, material(), 1_000);
        assert!(cache.find(key, 1, 60_999).is_some());
        assert!(cache.find(key, 1, 61_000).is_none());
        assert!(cache.lock().held.is_empty());
    }

    #[test]
    fn a_load_that_races_with_a_disable_does_not_bring_material_back() {
        let (cache, key) = (MaterialCache::default(), KeyId::random());
        let epoch = cache.epoch();
        cache.drop_key(key);
        cache.hold(epoch, key, 1, material(), 1);
        assert!(cache.find(key, 1, 1).is_none());
    }

    #[test]
    fn the_oldest_goes_when_the_cache_is_full() {
        let (cache, first) = (MaterialCache::default(), KeyId::random());
        cache.hold(cache.epoch(), first, 1, material(), 1);
        for _ in 0..CAPACITY {
            cache.hold(cache.epoch(), KeyId::random(), 1, material(), 2);
        }
        assert!(cache.find(first, 1, 3).is_none());
        assert_eq!(cache.lock().held.len(), CAPACITY);
    }
}
