//! Dead letters: the reference in its next generation, or the message as it is if it is no reference.

use shared::config::Queue;
use shared::event::reference::InvalidReference;
use shared::ports::queue::{Attributes, Message, MessageQueue};
use shared::telemetry::{Line, Metric};

use super::{Job, Worker};
use crate::ledger::entry::Entry;
use crate::outcome::MAX_REASON_CHARS;
use crate::ports::Ports;
use crate::record::{Disposition, Record};

impl<P: Ports> Worker<P> {
    /// Sends the dead letter of an event. False if it was not sent, which is logged.
    pub(super) async fn send_dead_letter(
        &self,
        job: &Job<'_>,
        entry: &Entry,
        reason: &str,
    ) -> bool {
        let destinations: Vec<_> = entry.undelivered().map(|(name, _)| name).collect();
        let reference = job.reference().next_generation(entry.generation);
        let attempts = entry.max_undelivered_attempts();
        let message = Message {
            body: reference.to_json(),
            attributes: attributes(reason, &destinations.join(","), attempts),
            fifo: job.record.dead_letter_order(job.queue, reference.deduplication_id()),
        };
        if !self.send_to_dead_letter_queue(job.queue, job.record, message).await {
            return false;
        }
        job.report.add(|line| line.field("attempts", attempts));
        job.report.warn(Metric::DeadLettered, "reason", reason);
        true
    }

    /// Dead-letters a message that is not a reference, unchanged. Nothing was claimed for it.
    pub(super) async fn dead_letter_malformed(
        &self,
        queue: &Queue,
        record: &Record,
        error: &InvalidReference,
    ) -> Disposition {
        let reason = error.to_string();
        let message = Message {
            body: record.body.clone(),
            attributes: attributes(&reason, "", 0),
            fifo: record.dead_letter_order(queue, record.message_id.clone()),
        };
        if !self.send_to_dead_letter_queue(queue, record, message).await {
            return Disposition::Keep;
        }
        let mut line = Line::default();
        line.warn();
        line.count(Metric::DeadLettered);
        line.field("message_id", record.message_id.as_str());
        line.field("reason", reason);
        self.log.write("dead letter", line);
        Disposition::Acknowledge
    }

    async fn send_to_dead_letter_queue(
        &self,
        queue: &Queue,
        record: &Record,
        message: Message,
    ) -> bool {
        let sent = self.ports.queue().send(&queue.dead_letter_url, message).await;
        if let Err(error) = &sent {
            tracing::error!(message_id = record.message_id, %error, "dead letter not sent");
        }
        sent.is_ok()
    }
}

/// The attributes of a dead letter. SQS takes no empty value, so `destination` is `-` if none is at fault.
fn attributes(reason: &str, destination: &str, attempts: u32) -> Attributes {
    let destination = if destination.is_empty() { "-" } else { destination };
    Attributes::from([
        ("reason", printable(reason)),
        ("destination", printable(destination)),
        ("attempts", attempts.to_string()),
    ])
}

/// The characters that SQS takes in an attribute, which are those that XML allows, up to [`MAX_REASON_CHARS`].
fn printable(text: &str) -> String {
    let allowed = |c: &char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().filter(allowed).take(MAX_REASON_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_never_empty_never_too_long_and_printable() {
        let attributes = attributes(&"a\u{0}\u{ffff}b\n".repeat(1000), "", 3);
        assert_eq!(attributes["reason"].len(), MAX_REASON_CHARS);
        assert_eq!(&attributes["reason"][..4], "abab");
        assert_eq!((&attributes["destination"][..], &attributes["attempts"][..]), ("-", "3"));
    }
}
