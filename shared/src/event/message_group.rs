//! Message groups: which events of a FIFO queue are kept in order.

use std::fmt;

use sha2::{Digest, Sha256};

use super::EventView;
use super::reference::Reference;
use crate::query::filter::Filter;

/// The longest message group, in characters (SQS, `MessageGroupId`).
const LONGEST_GROUP: usize = 128;

/// The attributes that a message of a FIFO queue must have. A message of a standard queue has none.
#[derive(Clone, PartialEq, Eq)]
pub struct FifoAttributes {
    /// `MessageGroupId`: SQS hands out the messages of a group in the order in which they were sent.
    pub group: String,
    /// `MessageDeduplicationId`: of the messages with the same one that are sent within five minutes, SQS
    /// keeps the first, and acknowledges the others.
    pub deduplication_id: String,
}

/// Hides the group, which is taken from the event.
impl fmt::Debug for FifoAttributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = &self.deduplication_id;
        f.debug_struct("FifoAttributes").field("deduplication_id", id).finish_non_exhaustive()
    }
}

/// Which message group an event belongs to in its queue.
#[derive(Clone, PartialEq, Eq)]
pub enum MessageGroup {
    /// The queue is a standard one.
    None,
    /// The event is ordered among all events of this group.
    Group(String),
    /// The event lacks its queue's ordering key, so it gets a group of its own. Its duplicates get the same
    /// group.
    Unordered(String),
}

/// Hides the group, which is taken from the event.
impl fmt::Debug for MessageGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Group(_) => "Group(…)",
            Self::Unordered(_) => "Unordered(…)",
        })
    }
}

impl MessageGroup {
    /// The group of an event. `ordering_key` is its queue's; a queue without one is a standard queue.
    pub fn of_event(
        ordering_key: Option<&Filter>,
        event: &EventView<'_>,
        reference: &Reference,
    ) -> Self {
        match (ordering_key, group_of(ordering_key, event)) {
            (None, _) => Self::None,
            (Some(_), Some(group)) => Self::Group(group),
            (Some(_), None) => Self::Unordered(reference.ledger_key.to_string()),
        }
    }

    /// The group of a list that is to be split. A list without the ordering key belongs to the group of its
    /// source, so that its items are queued before those of the source's next list.
    pub fn of_list(ordering_key: Option<&Filter>, list: &EventView<'_>) -> Self {
        group_of_list(ordering_key, list).map_or(Self::None, Self::Group)
    }

    /// The attributes of a message with this reference; none for a standard queue.
    pub fn fifo_attributes(self, reference: &Reference) -> Option<FifoAttributes> {
        match self {
            Self::None => None,
            Self::Group(group) | Self::Unordered(group) => {
                Some(FifoAttributes { group, deduplication_id: reference.deduplication_id() })
            }
        }
    }
}

/// The message group of an event by an ordering key. `None` without an ordering key, or if the event lacks
/// it.
pub fn group_of(ordering_key: Option<&Filter>, event: &EventView<'_>) -> Option<String> {
    let key = ordering_key?.find_text(event.document())?;
    (!key.is_empty()).then(|| group(&key))
}

/// The message group of a list that is to be split: its source's name if it lacks the ordering key.
pub fn group_of_list(ordering_key: Option<&Filter>, list: &EventView<'_>) -> Option<String> {
    group_of(ordering_key, list).or_else(|| ordering_key.map(|_| list.source().to_owned()))
}

/// The message group for the value of an ordering key: the value itself if SQS allows it, and its SHA-256 in
/// hex otherwise. SQS allows up to 128 ASCII letters, digits and punctuation characters.
pub fn group(key: &str) -> String {
    let is_allowed =
        (1..=LONGEST_GROUP).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    if is_allowed { key.to_owned() } else { hex::encode(Sha256::digest(key)) }
}

#[cfg(test)]
mod tests;
