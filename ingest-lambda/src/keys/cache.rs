//! The cache of fetched keys, with the budgets of all sources and the fetches that are in progress.
//!
//! All of it is bounded, because the requests that fill it are not verified yet: forged requests can
//! neither use up memory nor make this Lambda flood a provider with calls.

use std::collections::BTreeMap;

use futures_util::future::{BoxFuture, Shared};
use jiff::{SignedDuration, Timestamp};

use super::bounded_map::BoundedMap;
use super::budget::Budget;
use super::fetch::KeyError;

/// The most keys in the cache.
const MAX_KEYS: usize = 48;
/// The most certificate files in the cache. Each has at most 64 KiB.
const MAX_FILES: usize = 8;
/// For how long a certificate's file is cached while its issuer's certificate could not be fetched. A provider sends
/// a request again within this time.
const FILE_TTL: SignedDuration = SignedDuration::from_mins(10);

/// A key, or a set of keys, that was fetched.
#[derive(Clone)]
pub(super) struct FetchedKey {
    /// The key in the form of a secret's text: a certificate as PEM, or a JWK. Or a whole JWK set.
    pub(super) text: String,
    /// When the key must be fetched again.
    pub(super) expires: Timestamp,
}

/// A fetch in progress. All requests that name the key wait for the same one.
pub(super) type Fetching = Shared<BoxFuture<'static, Result<FetchedKey, KeyError>>>;

/// Keys by name, which all sources share, and what each source may still fetch.
pub(super) struct KeyCache {
    keys: BoundedMap<FetchedKey>,
    files: BoundedMap<Vec<u8>>,
    /// By the source's name. Only registered sources have a budget.
    budgets: BTreeMap<String, Budget>,
    /// By the key's name.
    pub(super) in_progress: BTreeMap<String, Fetching>,
}

impl Default for KeyCache {
    fn default() -> Self {
        Self {
            keys: BoundedMap::new(MAX_KEYS),
            files: BoundedMap::new(MAX_FILES),
            budgets: BTreeMap::new(),
            in_progress: BTreeMap::new(),
        }
    }
}

impl KeyCache {
    /// The key of a name if it suffices, or the failure to fetch it for this source; none if neither is cached.
    pub(super) fn get(
        &mut self,
        source: &str,
        name: &str,
        now: Timestamp,
        suffices: impl Fn(&FetchedKey) -> bool,
    ) -> Option<Result<FetchedKey, KeyError>> {
        let key = self.keys.get(name, now).filter(suffices).map(Ok);
        key.or_else(|| self.budget(source).failure(name, now).map(Err))
    }

    /// Caches the result of fetching a key. Failures are cached elsewhere, so that forged names cannot push keys
    /// out of the cache.
    pub(super) fn insert(
        &mut self,
        source: &str,
        name: &str,
        fetched: &Result<FetchedKey, KeyError>,
        now: Timestamp,
    ) {
        match fetched {
            Ok(key) => self.keys.insert(name, key.clone(), key.expires),
            Err(error) => self.budget(source).insert_failure(name, error, now),
        }
    }

    /// The file of a certificate whose issuer's certificate is still missing.
    pub(super) fn file(&self, url: &str, now: Timestamp) -> Option<Vec<u8>> {
        self.files.get(url, now)
    }

    pub(super) fn insert_file(&mut self, url: &str, file: &[u8], now: Timestamp) {
        let expires = now.saturating_add(FILE_TTL).unwrap_or(now);
        self.files.insert(url, file.to_vec(), expires);
    }

    /// What a source may fetch.
    pub(super) fn budget(&mut self, source: &str) -> &mut Budget {
        self.budgets.entry(source.to_owned()).or_default()
    }
}

#[cfg(test)]
mod tests;
