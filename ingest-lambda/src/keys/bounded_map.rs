//! A small map whose entries expire.

use std::collections::VecDeque;

use jiff::Timestamp;

/// A small map in insertion order. Each entry expires, and the oldest one makes room for a new one.
pub(super) struct BoundedMap<T> {
    capacity: usize,
    entries: VecDeque<Entry<T>>,
}

struct Entry<T> {
    name: String,
    value: T,
    expires: Timestamp,
}

impl<T: Clone> BoundedMap<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, entries: VecDeque::new() }
    }

    pub(super) fn get(&self, name: &str, now: Timestamp) -> Option<T> {
        let found = self.entries.iter().find(|entry| entry.name == name && now < entry.expires);
        found.map(|entry| entry.value.clone())
    }

    /// Replaces the entry of the same name. If there is none and the map is full, the oldest entry is removed.
    pub(super) fn insert(&mut self, name: &str, value: T, expires: Timestamp) {
        self.entries.retain(|entry| entry.name != name);
        while self.entries.len() >= self.capacity {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { name: name.to_owned(), value, expires });
    }
}
