use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use futures_util::future::try_join_all;

use super::{Attributes, LONGEST_HIDE, MessageQueue, QueueError};
use crate::aws::told;
use crate::config::Config;

/// SQS's limit of messages in one call.
const LARGEST_BATCH: usize = 10;
/// How many calls are made at once.
const BATCHES_AT_ONCE: usize = 8;

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
        let attributes =
            message_attributes(attributes).map_err(|error| QueueError(error.to_string()))?;
        let send = self.0.send_message().queue_url(url).message_body(body);
        let sent = send.set_message_attributes(Some(attributes)).send().await;
        sent.map_err(|error| QueueError(told(&error)))?;
        Ok(())
    }

    async fn send_all(&self, url: &str, bodies: Vec<String>) -> Result<(), QueueError> {
        for bodies in bodies.chunks(LARGEST_BATCH * BATCHES_AT_ONCE) {
            try_join_all(bodies.chunks(LARGEST_BATCH).map(|bodies| self.send_batch(url, bodies)))
                .await?;
        }
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

impl SqsQueue {
    async fn send_batch(&self, url: &str, bodies: &[String]) -> Result<(), QueueError> {
        let entry = |(number, body): (usize, &String)| {
            let entry = SendMessageBatchRequestEntry::builder().id(number.to_string());
            entry.message_body(body).build()
        };
        let entries: Result<Vec<_>, BuildError> = bodies.iter().enumerate().map(entry).collect();
        let entries = entries.map_err(|error| QueueError(error.to_string()))?;
        let send = self.0.send_message_batch().queue_url(url).set_entries(Some(entries));
        let sent = send.send().await.map_err(|error| QueueError(told(&error)))?;
        match sent.failed().first() {
            Some(failed) => Err(QueueError(format!("not queued: {}", failed.code()))),
            None => Ok(()),
        }
    }
}

/// Attributes as the SDK takes them.
pub fn message_attributes(
    attributes: Attributes,
) -> Result<HashMap<String, MessageAttributeValue>, BuildError> {
    attributes.into_iter().map(|(name, value)| Ok((name.to_owned(), text(value)?))).collect()
}

fn text(value: String) -> Result<MessageAttributeValue, BuildError> {
    MessageAttributeValue::builder().data_type("String").string_value(value).build()
}
