//! The rate limit and the negative cache of one source.
//!
//! Each source has a budget of its own, so that forged requests for one source do not keep the keys of another from
//! being fetched. Within a source, key names that a verified request had have an allowance of their own: a flood of
//! forged names does not keep such a key from being fetched again when it expires.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use super::bounded_map::BoundedMap;
use super::fetch::KeyError;

/// The most failures in each negative cache, and the most verified names of a source.
const MAX_NAMES: usize = 16;
/// For how long a failure is cached. The same key is not fetched again meanwhile.
const FAILURE_TTL: SignedDuration = SignedDuration::from_secs(10);
/// The most calls of one allowance within [`CALL_WINDOW`]. A provider uses one or two keys at a time.
const MAX_CALLS: usize = 10;
/// The sliding window of the rate limit.
const CALL_WINDOW: SignedDuration = SignedDuration::from_secs(10);

/// Which of a source's allowances a call counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameStatus {
    /// A request names the key, and nothing proves yet who sent the request.
    Claimed,
    /// A request with this key's name was verified before.
    Verified,
}

/// What one source may fetch.
pub(super) struct Budget {
    claimed: Allowance,
    verified: Allowance,
    verified_names: BoundedMap<()>,
}

/// The recent calls and failures for names of one [`NameStatus`].
struct Allowance {
    calls: VecDeque<Timestamp>,
    failures: BoundedMap<KeyError>,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { calls: VecDeque::new(), failures: BoundedMap::new(MAX_NAMES) }
    }
}

impl Default for Budget {
    fn default() -> Self {
        let verified_names = BoundedMap::new(MAX_NAMES);
        Self { claimed: Allowance::default(), verified: Allowance::default(), verified_names }
    }
}

impl Budget {
    /// Remembers that a request with this key's name was verified.
    pub(super) fn mark_verified(&mut self, name: &str) {
        self.verified_names.insert(name, (), Timestamp::MAX);
    }

    pub(super) fn status(&self, name: &str) -> NameStatus {
        match self.verified_names.get(name, Timestamp::MIN) {
            Some(()) => NameStatus::Verified,
            None => NameStatus::Claimed,
        }
    }

    /// The cached failure to fetch a key; none if it may be fetched.
    pub(super) fn failure(&mut self, name: &str, now: Timestamp) -> Option<KeyError> {
        self.allowance(self.status(name)).failures.get(name, now)
    }

    pub(super) fn insert_failure(&mut self, name: &str, error: &KeyError, now: Timestamp) {
        let expires = now.saturating_add(FAILURE_TTL).unwrap_or(now);
        self.allowance(self.status(name)).failures.insert(name, error.clone(), expires);
    }

    /// Whether the rate limit allows fetching a key now. It is checked once per key: an issuer's certificate
    /// is a second call, which is counted but never refused, because the first alone has no effect.
    pub(super) fn check(&mut self, status: NameStatus, now: Timestamp) -> Result<(), KeyError> {
        let calls = &mut self.allowance(status).calls;
        calls.retain(|&call| now.duration_since(call).abs() < CALL_WINDOW);
        if calls.len() < MAX_CALLS {
            return Ok(());
        }
        let reason = "too many keys were fetched for this source in the last 10 seconds";
        Err(KeyError::Unavailable(reason.to_owned()))
    }

    /// Counts a call for the rate limit.
    pub(super) fn record_call(&mut self, status: NameStatus, now: Timestamp) {
        self.allowance(status).calls.push_back(now);
    }

    fn allowance(&mut self, status: NameStatus) -> &mut Allowance {
        match status {
            NameStatus::Claimed => &mut self.claimed,
            NameStatus::Verified => &mut self.verified,
        }
    }
}
