//! The cache of fetched keys, with a negative cache of failures and a rate limit on calls.
//!
//! All three are bounded, because the requests that fill them are not verified yet: forged requests can
//! neither use up memory nor make this Lambda flood a provider with calls.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use super::fetch::KeyError;

/// The most keys in the cache.
const MAX_KEYS: usize = 48;
/// The most failures in the negative cache.
const MAX_FAILURES: usize = 16;
/// For how long a failure is cached. The same key is not fetched again meanwhile.
const FAILURE_TTL: SignedDuration = SignedDuration::from_secs(10);
/// The most calls within [`CALL_WINDOW`]. A provider uses one or two keys at a time.
const MAX_CALLS: usize = 10;
/// The sliding window of the rate limit.
const CALL_WINDOW: SignedDuration = SignedDuration::from_secs(10);

/// A key that was fetched.
#[derive(Clone)]
pub(super) struct FetchedKey {
    /// The key in the form of a secret's text: a certificate as PEM, or a JWK.
    pub(super) text: String,
    /// When the key must be fetched again.
    pub(super) expires: Timestamp,
}

/// Keys and failures by name, and the times of recent calls.
pub(super) struct KeyCache {
    keys: BoundedMap<String>,
    failures: BoundedMap<KeyError>,
    calls: VecDeque<Timestamp>,
}

impl Default for KeyCache {
    fn default() -> Self {
        Self {
            keys: BoundedMap::new(MAX_KEYS),
            failures: BoundedMap::new(MAX_FAILURES),
            calls: VecDeque::new(),
        }
    }
}

impl KeyCache {
    /// The key of a name, or the failure to fetch it; none if neither is cached.
    pub(super) fn get(&self, name: &str, now: Timestamp) -> Option<Result<String, KeyError>> {
        let key = self.keys.get(name, now).map(Ok);
        key.or_else(|| self.failures.get(name, now).map(Err))
    }

    /// Caches the result of fetching a key. Failures have a map of their own, so that forged names cannot push
    /// keys out of the cache.
    pub(super) fn insert(
        &mut self,
        name: &str,
        fetched: &Result<FetchedKey, KeyError>,
        now: Timestamp,
    ) {
        match fetched {
            Ok(key) => self.keys.insert(name, key.text.clone(), key.expires),
            Err(error) => {
                let expires = now.saturating_add(FAILURE_TTL).unwrap_or(now);
                self.failures.insert(name, error.clone(), expires);
            }
        }
    }

    /// Whether the rate limit allows fetching a key now. It is checked once per key: an issuer's certificate
    /// is a second call, which is counted but never refused, because the first alone has no effect.
    pub(super) fn check_call_limit(&mut self, now: Timestamp) -> Result<(), KeyError> {
        self.calls.retain(|&call| now.duration_since(call).abs() < CALL_WINDOW);
        if self.calls.len() < MAX_CALLS {
            return Ok(());
        }
        Err(KeyError::Unavailable("too many keys were fetched in the last 10 seconds".to_owned()))
    }

    /// Counts a call for the rate limit.
    pub(super) fn record_call(&mut self, now: Timestamp) {
        self.calls.push_back(now);
    }
}

/// A small map in insertion order. Each entry expires, and the oldest one makes room for a new one.
struct BoundedMap<T> {
    capacity: usize,
    entries: VecDeque<Entry<T>>,
}

struct Entry<T> {
    name: String,
    value: T,
    expires: Timestamp,
}

impl<T: Clone> BoundedMap<T> {
    fn new(capacity: usize) -> Self {
        Self { capacity, entries: VecDeque::new() }
    }

    fn get(&self, name: &str, now: Timestamp) -> Option<T> {
        let found = self.entries.iter().find(|entry| entry.name == name && now < entry.expires);
        found.map(|entry| entry.value.clone())
    }

    /// Replaces the entry of the same name. If there is none and the map is full, the oldest entry is removed.
    fn insert(&mut self, name: &str, value: T, expires: Timestamp) {
        self.entries.retain(|entry| entry.name != name);
        while self.entries.len() >= self.capacity {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { name: name.to_owned(), value, expires });
    }
}

#[cfg(test)]
mod tests;
