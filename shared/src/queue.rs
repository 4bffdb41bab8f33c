//! Queues: a narrow port, and SQS behind it.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::MessageAttributeValue;

use crate::aws::told;
use crate::config::Config;

/// SQS refuses a visibility timeout that would end more than 12 h after the message was received, and
/// by the time we ask some of that is gone.
pub const LONGEST_HIDE: Duration = Duration::from_secs(11 * 3600);

/// Sends messages, and hides received ones. Queues are named by their URLs.
pub trait MessageQueue: Send + Sync {
    /// Sends a message. `Ok` means that it is durable.
    fn send(
        &self,
        url: &str,
        body: String,
        attributes: Attributes,
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

/// Message attributes: text by name. Values must not be empty.
pub type Attributes = BTreeMap<&'static str, String>;

/// It may or may not have happened: leave the message to its visibility timeout, or answer 503.
#[derive(Debug, thiserror::Error)]
#[error("queue: {0}")]
pub struct QueueError(pub String);

/// SQS.
#[derive(Clone, Debug)]
pub struct SqsQueue(Client);

impl SqsQueue {
    /// SQS by a client.
    pub fn new(client: Client) -> Self {
        Self(client)
    }

    /// Opens the connection, so that the first message need not wait for it. What fails here is told
    /// when a message is sent.
    pub async fn warm_up(&self, config: &Config) {
        if let Some(queue) = config.queues.values().next() {
            let _ = self.0.get_queue_attributes().queue_url(&queue.url).send().await;
        }
    }
}

impl MessageQueue for SqsQueue {
    async fn send(
        &self,
        url: &str,
        body: String,
        attributes: Attributes,
    ) -> Result<(), QueueError> {
        let attributes: Result<_, BuildError> = attributes
            .into_iter()
            .map(|(name, value)| Ok((name.to_owned(), text(value)?)))
            .collect();
        let attributes = attributes.map_err(|error| QueueError(error.to_string()))?;
        let send = self.0.send_message().queue_url(url).message_body(body);
        let sent = send.set_message_attributes(Some(attributes)).send().await;
        sent.map_err(|error| QueueError(told(&error)))?;
        Ok(())
    }

    async fn hide(&self, url: &str, receipt: &str, time: Duration) -> Result<(), QueueError> {
        let seconds = time.min(LONGEST_HIDE).as_secs();
        let hide = self.0.change_message_visibility().queue_url(url).receipt_handle(receipt);
        let hidden = hide.visibility_timeout(i32::try_from(seconds).unwrap_or(0)).send().await;
        hidden.map_err(|error| QueueError(told(&error)))?;
        Ok(())
    }
}

fn text(value: String) -> Result<MessageAttributeValue, BuildError> {
    MessageAttributeValue::builder().data_type("String").string_value(value).build()
}
