use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{Attributes, MAX_VISIBILITY_TIMEOUT, Message, MessageQueue, QueueError, ReachQueue};
use crate::config::Config;
use crate::event::message_group::FifoAttributes;
use crate::ports::aws::error_chain;

/// The most messages in one call (SQS, `SendMessageBatch`).
const MAX_BATCH_SIZE: usize = 10;
/// The most calls at a time.
const MAX_CONCURRENT_BATCHES: usize = 8;

/// Amazon SQS.
#[derive(Clone, Debug)]
pub struct SqsQueue(Client);

impl SqsQueue {
    /// SQS, called by this client.
    pub fn new(client: Client) -> Self {
        Self(client)
    }

    /// Opens the connection, so that the first message is sent without delay. Reads the attributes of a
    /// source's queue, because ingest has no permission for other queues. Errors are ignored: sending a
    /// message will report them.
    pub async fn warm_up<D, R, L>(&self, config: &Config<D, R, L>) {
        let queue = config.sources.values().find_map(|source| config.queues.get(&source.queue));
        if let Some(queue) = queue {
            let _ = self.reach(&queue.url).await;
        }
    }
}

impl ReachQueue for SqsQueue {
    async fn reach(&self, url: &str) -> Result<(), QueueError> {
        let reached = self.0.get_queue_attributes().queue_url(url).send().await;
        reached.map(drop).map_err(|error| QueueError(error_chain(&error)))
    }
}

impl MessageQueue for SqsQueue {
    async fn send(&self, url: &str, message: Message) -> Result<(), QueueError> {
        let Message { body, attributes, fifo } = message;
        let attributes =
            message_attributes(attributes).map_err(|error| QueueError(error.to_string()))?;
        let (group, deduplication_id) = fifo_attributes(fifo);
        let send = self.0.send_message().queue_url(url).message_body(body);
        let send = send.set_message_attributes(Some(attributes)).set_message_group_id(group);
        let sent = send.set_message_deduplication_id(deduplication_id).send().await;
        sent.map_err(|error| QueueError(error_chain(&error)))?;
        Ok(())
    }

    async fn send_all(&self, url: &str, messages: Vec<Message>) -> Result<(), QueueError> {
        let is_ordered = messages.iter().any(|message| message.fifo.is_some());
        let at_once = if is_ordered { 1 } else { MAX_CONCURRENT_BATCHES };
        let batches = batches(messages).into_iter().map(|batch| self.send_batch(url, batch));
        stream::iter(batches).buffered(at_once).try_collect().await
    }

    async fn change_visibility(
        &self,
        url: &str,
        receipt: &str,
        time: Duration,
    ) -> Result<(), QueueError> {
        let seconds = time.min(MAX_VISIBILITY_TIMEOUT).as_secs();
        let change = self.0.change_message_visibility().queue_url(url).receipt_handle(receipt);
        let change = change.visibility_timeout(i32::try_from(seconds).unwrap_or(0));
        change.send().await.map_err(|error| QueueError(error_chain(&error)))?;
        Ok(())
    }
}

impl SqsQueue {
    async fn send_batch(&self, url: &str, messages: Vec<Message>) -> Result<(), QueueError> {
        let entries: Result<Vec<_>, BuildError> =
            messages.into_iter().zip(0..).map(entry).collect();
        let entries = entries.map_err(|error| QueueError(error.to_string()))?;
        let send = self.0.send_message_batch().queue_url(url).set_entries(Some(entries));
        let sent = send.send().await.map_err(|error| QueueError(error_chain(&error)))?;
        match sent.failed().first() {
            Some(failed) => Err(QueueError(format!("not queued: {}", failed.code()))),
            None => Ok(()),
        }
    }
}

/// Divides messages into batches, in order, with at most one message of each message group in a batch. SQS
/// may reject some messages of a batch and accept others: a rejected message would be sent again after its
/// successors.
fn batches(messages: Vec<Message>) -> Vec<Vec<Message>> {
    let mut batches: Vec<Vec<Message>> = Vec::new();
    for message in messages {
        match batches.last_mut().filter(|batch| has_room(batch, &message)) {
            Some(batch) => batch.push(message),
            None => batches.push(vec![message]),
        }
    }
    batches
}

fn has_room(batch: &[Message], message: &Message) -> bool {
    let group = |message: &Message| message.fifo.as_ref().map(|fifo| fifo.group.clone());
    let has_group =
        group(message).is_some() && batch.iter().any(|other| group(other) == group(message));
    batch.len() < MAX_BATCH_SIZE && !has_group
}

fn entry((message, number): (Message, u32)) -> Result<SendMessageBatchRequestEntry, BuildError> {
    let (group, deduplication_id) = fifo_attributes(message.fifo);
    let entry = SendMessageBatchRequestEntry::builder().id(number.to_string());
    let entry = entry.message_body(message.body);
    let entry = entry.set_message_attributes(Some(message_attributes(message.attributes)?));
    entry.set_message_group_id(group).set_message_deduplication_id(deduplication_id).build()
}

/// Message group and deduplication id, as the SDK takes them.
fn fifo_attributes(fifo: Option<FifoAttributes>) -> (Option<String>, Option<String>) {
    fifo.map(|fifo| (fifo.group, fifo.deduplication_id)).unzip()
}

/// Converts message attributes into the SDK's type. Fails if the SDK rejects a value.
pub fn message_attributes(
    attributes: Attributes,
) -> Result<HashMap<String, MessageAttributeValue>, BuildError> {
    attributes.into_iter().map(|(name, value)| Ok((name.to_owned(), text(value)?))).collect()
}

fn text(value: String) -> Result<MessageAttributeValue, BuildError> {
    MessageAttributeValue::builder().data_type("String").string_value(value).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(group: Option<&str>) -> Message {
        let fifo =
            group.map(|group| FifoAttributes { group: group.into(), deduplication_id: "1".into() });
        Message { body: String::new(), attributes: Attributes::new(), fifo }
    }

    #[test]
    fn a_batch_has_at_most_ten_messages_and_one_of_each_group() {
        let sizes = |groups: Vec<Option<&str>>| -> Vec<usize> {
            let messages = groups.into_iter().map(message).collect();
            batches(messages).iter().map(Vec::len).collect()
        };
        assert_eq!(sizes(vec![None; 23]), [10, 10, 3]);
        assert_eq!(sizes(vec![Some("a"); 3]), [1, 1, 1]);
        assert_eq!(sizes(vec![Some("a"), Some("b"), None, Some("a"), None]), [3, 2]);
        assert!(sizes(Vec::new()).is_empty());
    }
}
