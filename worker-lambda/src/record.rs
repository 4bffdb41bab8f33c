//! One record of a batch: a received queue message.

use std::fmt;
use std::time::Duration;

use aws_lambda_events::sqs::SqsMessage;
use jiff::{SignedDuration, Timestamp};
use shared::config::Queue;
use shared::event::message_group::FifoAttributes;

/// The message attribute of a resent message with the time at which the first message entered the queue.
pub const SINCE: &str = "since";

/// The message attribute of a resent message with the time at which it was resent, by the worker's clock.
pub const RESENT_AT: &str = "resent_at";

/// The message attribute of a resent message that counts how often it was resent, this time included.
pub const RESENDS: &str = "resends";

/// How much later than [`RESENT_AT`] SQS may have taken a resent message: the longest call, and the difference between
/// the clocks.
const RESEND_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// A received queue message, until it is acknowledged or becomes visible again.
#[derive(Clone)]
pub struct Record {
    /// Identifies the record in the batch response.
    pub message_id: String,
    /// The receipt handle, by which its visibility timeout is changed.
    pub receipt: String,
    /// The ARN of its queue.
    pub queue_arn: String,
    /// The message body, which should be a reference.
    pub body: String,
    /// How often the message was received, this time included.
    pub receives: u32,
    /// Since when it is in its queue, the messages that it was resent from included. A redrive starts this time again.
    pub since: Timestamp,
    /// How often the worker resent it. A redrive starts this count again.
    pub resends: u64,
    /// The message group; in a FIFO queue there always is one.
    pub group: Option<String>,
}

/// Hides the body: a message that is not a reference may hold anything.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("message_id", &self.message_id)
            .field("queue_arn", &self.queue_arn)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A record that lacks an attribute which every SQS record has. It fails the whole batch: an empty id in a batch response
/// would do the same, silently.
#[derive(Debug, thiserror::Error)]
#[error("a record without {0}")]
pub struct MalformedRecord(&'static str);

impl Record {
    /// FIFO group and deduplication id of this record's dead letter; none on standard queues, whose messages may have a
    /// group too (SQS's fair queues).
    pub fn dead_letter_order(
        &self,
        queue: &Queue,
        deduplication_id: String,
    ) -> Option<FifoAttributes> {
        let group = self.group.clone().filter(|_| queue.is_fifo());
        group.map(|group| FifoAttributes { group, deduplication_id })
    }
}

/// Whether a message was redriven after the worker resent it. SQS moves a message with its attributes, but gives it another
/// `SentTimestamp`: its retention begins again, so what it waited before does not count.
fn is_redriven(sent_at: Option<Timestamp>, resent_at: Option<Timestamp>) -> bool {
    sent_at
        .zip(resent_at)
        .is_none_or(|(sent_at, resent_at)| sent_at.duration_since(resent_at) > RESEND_TOLERANCE)
}

impl TryFrom<SqsMessage> for Record {
    type Error = MalformedRecord;

    /// A record without `SentTimestamp` counts as new.
    fn try_from(mut message: SqsMessage) -> Result<Self, MalformedRecord> {
        let number = |name| message.attributes.get(name).and_then(|text| text.parse::<i64>().ok());
        let receives = number("ApproximateReceiveCount").and_then(|it| it.try_into().ok());
        let sent_at = number("SentTimestamp").and_then(|it| Timestamp::from_millisecond(it).ok());
        let attribute = |name| message.message_attributes.get(name)?.string_value.as_deref();
        let time = |name| attribute(name)?.parse::<Timestamp>().ok();
        let is_redriven = is_redriven(sent_at, time(RESENT_AT));
        let since = time(SINCE).filter(|_| !is_redriven).or(sent_at);
        let resends = attribute(RESENDS).and_then(|text| text.parse().ok());
        Ok(Self {
            message_id: message.message_id.ok_or(MalformedRecord("messageId"))?,
            receipt: message.receipt_handle.ok_or(MalformedRecord("receiptHandle"))?,
            queue_arn: message.event_source_arn.ok_or(MalformedRecord("eventSourceARN"))?,
            body: message.body.unwrap_or_default(),
            receives: receives.unwrap_or(1),
            since: since.unwrap_or_else(Timestamp::now),
            resends: resends.filter(|_| !is_redriven).unwrap_or_default(),
            group: message.attributes.remove("MessageGroupId"),
        })
    }
}

/// What becomes of a record's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Lambda deletes it.
    Acknowledge,
    /// It is hidden for this time, and then comes back.
    Hide(Duration),
    /// It comes back when its visibility timeout ends.
    Keep,
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::sqs::SqsMessageAttribute;

    use super::*;

    /// A message that SQS took at this second, with these times in its attributes.
    fn since(sent_at: i64, attributes: &[(&str, i64)]) -> i64 {
        let time = |second: &i64| Timestamp::from_second(*second).unwrap().to_string();
        let attributes = attributes.iter().map(|(name, second)| (*name, time(second)));
        record(sent_at, attributes).since.as_second()
    }

    fn record<'a>(sent_at: i64, attributes: impl Iterator<Item = (&'a str, String)>) -> Record {
        let mut message = SqsMessage::default();
        message.message_id = Some("m".to_owned());
        message.receipt_handle = Some("r".to_owned());
        message.event_source_arn = Some("arn".to_owned());
        message.attributes.insert("SentTimestamp".to_owned(), (sent_at * 1000).to_string());
        for (name, text) in attributes {
            let mut attribute = SqsMessageAttribute::default();
            attribute.string_value = Some(text);
            message.message_attributes.insert(name.to_owned(), attribute);
        }
        Record::try_from(message).unwrap()
    }

    #[test]
    fn a_resent_message_is_as_old_as_the_first_one() {
        assert_eq!(since(1000, &[]), 1000);
        for resent_at in [990, 1000, 1003] {
            assert_eq!(since(1000, &[(SINCE, 10), (RESENT_AT, resent_at)]), 10);
        }
    }

    #[test]
    fn the_age_of_a_redriven_message_starts_again() {
        assert_eq!(since(600_000, &[(SINCE, 10), (RESENT_AT, 1000)]), 600_000);
        assert_eq!(since(1301, &[(SINCE, 10), (RESENT_AT, 1000)]), 1301);
        assert_eq!(since(1300, &[(SINCE, 10), (RESENT_AT, 1000)]), 10, "SQS was slow");
    }
    #[test]
    fn resends_are_counted_until_a_redrive() {
        let resends = |sent_at, text: &str| {
            let resent_at = Timestamp::from_second(1000).unwrap().to_string();
            let attributes = [(RESENT_AT, resent_at), (RESENDS, text.to_owned())];
            record(sent_at, attributes.into_iter()).resends
        };
        assert_eq!(record(1000, std::iter::empty()).resends, 0);
        assert_eq!((resends(1000, "7"), resends(1000, "none")), (7, 0));
        assert_eq!(resends(600_000, "7"), 0, "redriven");
    }
}
