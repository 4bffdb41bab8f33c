//! Queues: a narrow port, and SQS behind it.

#[cfg(feature = "aws")]
mod sqs;

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

#[cfg(feature = "aws")]
pub use self::sqs::{SqsQueue, message_attributes};
use crate::event::message_group::FifoAttributes;

/// SQS refuses a visibility timeout that would end more than 12 h after the message was received, and
/// by the time we ask some of that is gone.
pub const MAX_VISIBILITY_TIMEOUT: Duration = Duration::from_secs(11 * 3600);

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

    /// Hides a received message for `time` from now: whole seconds, at most [`MAX_VISIBILITY_TIMEOUT`]. Zero
    /// makes it visible at once.
    fn change_visibility(
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
    /// Message group and deduplication id, which a FIFO queue requires; none for a standard queue.
    pub fifo: Option<FifoAttributes>,
}

/// Message attributes: text by name. Values must not be empty.
pub type Attributes = BTreeMap<&'static str, String>;

/// It may or may not have happened: leave the message to its visibility timeout, or answer 503.
#[derive(Debug, thiserror::Error)]
#[error("queue: {0}")]
pub struct QueueError(pub String);
