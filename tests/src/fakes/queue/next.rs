use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

use super::message::Stored;

/// The places of the messages that may be received now, the next one first: of a FIFO queue all of a
/// group before those of another, and none of a group of which one is in flight.
pub(super) fn next(messages: &[Stored], now: Instant) -> Vec<usize> {
    let in_flight = messages.iter().filter(|message| !message.is_visible(now));
    let in_flight: BTreeSet<_> = in_flight.filter_map(|message| message.group.as_ref()).collect();
    let mut first_of_group = BTreeMap::new();
    let mut next = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        let group = message.group.as_ref();
        if message.is_visible(now) && group.is_none_or(|group| !in_flight.contains(group)) {
            let first = group.map_or(place, |group| *first_of_group.entry(group).or_insert(place));
            next.push((first, place));
        }
    }
    next.sort_unstable();
    next.into_iter().map(|(_, place)| place).collect()
}
