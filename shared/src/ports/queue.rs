//! The port to message queues, which is implemented by SQS.

#[cfg(feature = "aws")]
mod sqs;

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

#[cfg(feature = "aws")]
pub use self::sqs::{SqsQueue, message_attributes};
use crate::event::message_group::FifoAttributes;

/// The longest visibility timeout that is set: 11 hours. SQS rejects one that would end more than 12 hours
/// after the message was received, and some of that time has passed by then.
pub const MAX_VISIBILITY_TIMEOUT: Duration = Duration::from_secs(11 * 3600);

/// Tells whether a queue can be reached.
pub trait ReachQueue: Send + Sync {
    /// Reads the attributes of a queue, as proof that it exists and that the role may use it.
    fn reach(&self, url: &str) -> impl Future<Output = Result<(), QueueError>> + Send;
}

/// Sends messages, and changes the visibility of received ones. Queues are identified by their URLs.
pub trait MessageQueue: Send + Sync {
    /// Sends a message. `Ok` means that the queue has stored it.
    fn send(
        &self,
        url: &str,
        message: Message,
    ) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// Sends several messages. Those of one message group keep their order. `Ok` means that the queue has
    /// stored all of them. After an error, it may have stored some.
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

/// A message to send.
#[derive(Clone)]
pub struct Message {
    /// The message body.
    pub body: String,
    /// The message attributes.
    pub attributes: Attributes,
    /// Message group and deduplication id, which a FIFO queue requires. `None` for a standard queue.
    pub fifo: Option<FifoAttributes>,
}

/// Message attributes: strings by name. Values must not be empty.
pub type Attributes = BTreeMap<&'static str, String>;

/// A call failed, and it is unknown whether it had an effect. The worker leaves the message to its visibility
/// timeout; ingest answers 503.
#[derive(Debug, thiserror::Error)]
#[error("queue: {0}")]
pub struct QueueError(pub String);
