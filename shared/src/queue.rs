//! Queues: a narrow port, and SQS behind it.

#[cfg(feature = "aws")]
mod sqs;

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::time::Duration;

#[cfg(feature = "aws")]
pub use self::sqs::{SqsQueue, message_attributes};

/// SQS refuses a visibility timeout that would end more than 12 h after the message was received, and
/// by the time we ask some of that is gone.
pub const LONGEST_HIDE: Duration = Duration::from_secs(11 * 3600);

/// Sends messages, and hides received ones. Queues are named by their URLs.
pub trait MessageQueue: Send + Sync {
    /// Sends a message. `Ok` means that it is durable.
    fn send(
        &self,
        url: &str,
        message: Message,
    ) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Sends several messages, those of one group in their order. `Ok` means that all are durable;
    /// where not, some may be.
    fn send_all(
        &self,
        url: &str,
        messages: Vec<Message>,
    ) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Hides a received message for a time, in whole seconds and at most [`LONGEST_HIDE`]; zero gives
    /// it back at once.
    fn hide(
        &self,
        url: &str,
        receipt: &str,
        time: Duration,
    ) -> impl Future<Output = Result<(), QueueError>> + Send;
}

/// A message to be sent.
#[derive(Clone)]
pub struct Message {
    /// What it says.
    pub body: String,
    /// What it says of itself.
    pub attributes: Attributes,
    /// Its place in a FIFO queue, which takes none without; a standard queue has no places.
    pub order: Option<Order>,
}

/// A message's place in a FIFO queue.
#[derive(Clone, PartialEq, Eq)]
pub struct Order {
    /// It comes after those of its group that were sent before, and waits for them.
    pub group: String,
    /// Of the messages of a group with the same one, sent within five minutes, only the first is taken,
    /// and the others acknowledged all the same.
    pub deduplication_id: String,
}

/// A group is what the event says.
impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = &self.deduplication_id;
        f.debug_struct("Order").field("deduplication_id", id).finish_non_exhaustive()
    }
}

/// Message attributes: text by name. Values must not be empty.
pub type Attributes = BTreeMap<&'static str, String>;

/// It may or may not have happened: leave the message to its visibility timeout, or answer 503.
#[derive(Debug, thiserror::Error)]
#[error("queue: {0}")]
pub struct QueueError(pub String);
