//! Order: which events of a FIFO queue come one after the other, and which have nothing to do with each
//! other.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::config::Queue;
use crate::queue::Order;
use crate::reference::Reference;
use crate::route::Subject;

/// The longest name of a message group (SQS, `MessageGroupId`).
const LONGEST_GROUP: usize = 128;

/// How an event is ordered in its queue.
#[derive(Clone, PartialEq, Eq)]
pub enum Ordering {
    /// Not at all: the queue is a standard one.
    None,
    /// Among all events of this group.
    In(String),
    /// The event does not have its queue's ordering key: it is a group of its own, to be counted. Its
    /// duplicates are in the same one.
    Alone(String),
}

/// A group is what the event says.
impl fmt::Debug for Ordering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::In(_) => "In(…)",
            Self::Alone(_) => "Alone(…)",
        })
    }
}

impl Ordering {
    /// How an event is ordered in a queue.
    pub fn of(queue: &Queue, event: &Subject<'_>, reference: &Reference) -> Self {
        match group_of(queue, event) {
            Some(group) => Self::In(group),
            None if queue.is_fifo() => Self::Alone(reference.ledger_key.to_string()),
            None => Self::None,
        }
    }

    /// How a list of events is ordered, which is to be taken apart: where it has no key as a whole, after
    /// the lists that its source sent before, so that the items of each are queued before the next one's.
    pub fn of_list(queue: &Queue, list: &Subject<'_>) -> Self {
        group_of_list(queue, list).map_or(Self::None, Self::In)
    }

    /// The place in the queue of a message with this reference.
    pub fn place(self, reference: &Reference) -> Option<Order> {
        match self {
            Self::None => None,
            Self::In(group) | Self::Alone(group) => {
                Some(Order { group, deduplication_id: reference.deduplication_id() })
            }
        }
    }
}

/// The message group that a queue's ordering key gives an event; none where the queue is a standard one,
/// or the event does not have the key.
pub fn group_of(queue: &Queue, event: &Subject<'_>) -> Option<String> {
    let key = queue.ordering_key.as_ref()?.find_text(event.document())?;
    (!key.is_empty()).then(|| group(&key))
}

/// The message group of a list that is to be taken apart: where it has no key as a whole, its source's name.
pub fn group_of_list(queue: &Queue, list: &Subject<'_>) -> Option<String> {
    group_of(queue, list).or_else(|| queue.is_fifo().then(|| list.source().to_owned()))
}

/// The message group of an ordering key: the key itself where SQS takes it, which is up to 128 ASCII
/// letters, digits and punctuation, and else its SHA-256 in hex.
pub fn group(key: &str) -> String {
    let is_taken =
        (1..=LONGEST_GROUP).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    if is_taken { key.to_owned() } else { hex::encode(Sha256::digest(key)) }
}

#[cfg(test)]
mod tests;
