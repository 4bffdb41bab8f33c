//! One record of a batch: a queue message on loan.

use std::fmt;
use std::time::Duration;

use aws_lambda_events::sqs::SqsMessage;
use jiff::Timestamp;
use shared::config::Queue;
use shared::event::message_group::FifoAttributes;

/// The message attribute by which a message that is sent anew says since when it has been in its queue.
pub const SINCE: &str = "since";

/// A queue message, until it is acknowledged or given back.
#[derive(Clone)]
pub struct Record {
    /// By which Lambda is told that it failed.
    pub message_id: String,
    /// By which SQS is told to hide it.
    pub receipt: String,
    /// The queue that it is from.
    pub queue_arn: String,
    /// What should be a reference.
    pub body: String,
    /// How often it was received, this time included.
    pub receives: u32,
    /// Since when it has been in its queue, in this message or in those that it was sent anew from.
    pub since: Timestamp,
    /// Its message group, in a FIFO queue.
    pub group: Option<String>,
}

/// What is no reference may be anything.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("message_id", &self.message_id)
            .field("queue_arn", &self.queue_arn)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A record that lacks what every SQS record has. An empty id in a batch response would count as a
/// failure of the whole batch without saying so; this says so.
#[derive(Debug, thiserror::Error)]
#[error("a record without {0}")]
pub struct Incomplete(&'static str);

impl Record {
    /// The place in its queue's dead-letter queue of what this one says, or will say next. A message of a
    /// standard queue may have a group as well, which is no place there.
    pub fn dead_letter_order(
        &self,
        queue: &Queue,
        deduplication_id: String,
    ) -> Option<FifoAttributes> {
        let group = self.group.clone().filter(|_| queue.is_fifo());
        group.map(|group| FifoAttributes { group, deduplication_id })
    }
}

impl TryFrom<SqsMessage> for Record {
    type Error = Incomplete;

    /// A record that does not say how old it is counts as new.
    fn try_from(mut message: SqsMessage) -> Result<Self, Incomplete> {
        let number = |name| message.attributes.get(name).and_then(|text| text.parse::<i64>().ok());
        let receives = number("ApproximateReceiveCount").and_then(|it| it.try_into().ok());
        let sent_at = number("SentTimestamp").and_then(|it| Timestamp::from_millisecond(it).ok());
        let since = message.message_attributes.get(SINCE).and_then(|it| it.string_value.as_ref());
        let since = since.and_then(|it| it.parse().ok()).or(sent_at);
        Ok(Self {
            message_id: message.message_id.ok_or(Incomplete("messageId"))?,
            receipt: message.receipt_handle.ok_or(Incomplete("receiptHandle"))?,
            queue_arn: message.event_source_arn.ok_or(Incomplete("eventSourceARN"))?,
            body: message.body.unwrap_or_default(),
            receives: receives.unwrap_or(1),
            since: since.unwrap_or_else(Timestamp::now),
            group: message.attributes.remove("MessageGroupId"),
        })
    }
}

/// What is to happen with a record's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is done with: Lambda deletes it.
    Acknowledge,
    /// It comes back after this time, for which it is hidden.
    Hidden(Duration),
    /// It comes back when its visibility timeout ends.
    Keep,
}
