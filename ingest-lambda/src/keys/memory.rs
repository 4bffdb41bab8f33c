//! What is known of keys, and how often more is asked. Bounded, whatever requests say.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use super::KeyError;

/// The most keys that are kept.
const MAX_KEYS: usize = 48;
/// The most failures that are kept; together with the keys 64.
const MAX_FAILURES: usize = 16;
/// For how long a failure is kept: so long the same key is not asked for again.
const FAILED_FOR: SignedDuration = SignedDuration::from_secs(10);
/// The most calls in [`CALLS_IN`]: a provider has a key or two in use at a time, and forged ones must
/// not become a flood.
const MAX_CALLS: usize = 10;
/// The time in which calls are counted.
const CALLS_IN: SignedDuration = SignedDuration::from_secs(10);

/// A key that was fetched.
#[derive(Clone)]
pub(super) struct Key {
    /// As the text of a secret.
    pub(super) text: String,
    /// When it must be fetched again.
    pub(super) until: Timestamp,
}

/// Keys and failures by name, and the times of the last calls.
#[derive(Default)]
pub(super) struct Memory {
    keys: Shelf<String>,
    failures: Shelf<KeyError>,
    calls: VecDeque<Timestamp>,
}

impl Memory {
    /// What is known under a name.
    pub(super) fn get(&self, name: &str, now: Timestamp) -> Option<Result<String, KeyError>> {
        let key = self.keys.get(name, now).map(Ok);
        key.or_else(|| self.failures.get(name, now).map(Err))
    }

    /// Keeps what fetching brought. Failures have a place of their own: forged names can not push keys
    /// out of theirs.
    pub(super) fn remember(&mut self, name: &str, fetched: &Result<Key, KeyError>, now: Timestamp) {
        match fetched {
            Ok(key) => self.keys.put(name, key.text.clone(), key.until, MAX_KEYS),
            Err(error) => {
                let until = now.saturating_add(FAILED_FOR).unwrap_or(now);
                self.failures.put(name, error.clone(), until, MAX_FAILURES);
            }
        }
    }

    /// Whether there may be a call now. The second call that a key takes is counted, but not refused:
    /// half of a key is of no use.
    pub(super) fn admit(&mut self, now: Timestamp) -> Result<(), KeyError> {
        self.calls.retain(|&call| now.duration_since(call).abs() < CALLS_IN);
        if self.calls.len() < MAX_CALLS {
            return Ok(());
        }
        Err(KeyError::Unavailable("too many keys were asked for in the last seconds".to_owned()))
    }

    /// Counts a call.
    pub(super) fn count(&mut self, now: Timestamp) {
        self.calls.push_back(now);
    }
}

/// Things by name, each for a time, the oldest first.
struct Shelf<T>(VecDeque<(String, T, Timestamp)>);

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: Clone> Shelf<T> {
    fn get(&self, name: &str, now: Timestamp) -> Option<T> {
        let found = self.0.iter().find(|(known, _, until)| known == name && now < *until);
        found.map(|(_, thing, _)| thing.clone())
    }

    /// Puts a thing in the place of an older one of its name, or of the oldest where there is none left.
    fn put(&mut self, name: &str, thing: T, until: Timestamp, most: usize) {
        self.0.retain(|(known, ..)| known != name);
        while self.0.len() >= most {
            self.0.pop_front();
        }
        self.0.push_back((name.to_owned(), thing, until));
    }
}
