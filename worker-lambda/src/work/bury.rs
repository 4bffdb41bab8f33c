//! Dead letters: sent first, then noted in the ledger, then acknowledged. A crash in between may
//! leave two, never none.

use jiff::Timestamp;
use shared::config::Queue;
use shared::ports::queue::{Attributes, Message, MessageQueue};
use shared::ports::store::EventStore;
use shared::telemetry::Metric;

use super::{Job, Worker};
use crate::deliver::Deliver;
use crate::ledger::Ledger;
use crate::ledger::claim::settle;
use crate::ledger::entry::{Entry, State};
use crate::ledger::standing::LONGEST_REASON;
use crate::record::{Record, Verdict};

impl<S: EventStore, Q: MessageQueue, L: Ledger, D: Deliver> Worker<S, Q, L, D> {
    /// Gives a reference up: its dead letter is the reference in its next generation.
    pub(super) async fn bury(&self, job: &Job<'_>, entry: Entry, reason: String) -> Verdict {
        let destinations: Vec<_> = entry.undelivered().map(|(name, _)| name).collect();
        let reborn = job.wish.reference.next_generation(entry.generation);
        let attempts = entry.most_attempts();
        let letter = Message {
            body: reborn.to_json(),
            attributes: attributes(&reason, &destinations.join(","), attempts),
            fifo: job.record.dead_letter_order(job.queue, reborn.deduplication_id()),
        };
        if let Err(error) = self.queue.send(&job.queue.dead_letter_url, letter).await {
            tracing::error!(message_id = job.record.message_id, %error, "no dead letter sent");
            return Verdict::Keep;
        }
        let (source, event_id) = (&job.wish.reference.source, job.wish.reference.event_id);
        tracing::warn!(source, %event_id, attempts, reason, "dead letter");
        self.count(Metric::DeadLettered, job.wish.reference);
        let dead = (State::Dead, Some(reason));
        match settle(&self.ledger, &job.wish, &entry, dead, Timestamp::now()).await {
            Ok(()) => Verdict::Acknowledge,
            Err(error) => {
                tracing::error!(%event_id, %error, "its dead letter could not be noted");
                Verdict::Keep
            }
        }
    }

    /// Gives a message up that is no reference: its dead letter is what it was.
    pub(super) async fn bury_message(
        &self,
        queue: &Queue,
        record: &Record,
        reason: &str,
    ) -> Verdict {
        let letter = Message {
            body: record.body.clone(),
            attributes: attributes(reason, "", 0),
            fifo: record.dead_letter_order(queue, record.message_id.clone()),
        };
        match self.queue.send(&queue.dead_letter_url, letter).await {
            Ok(()) => {
                tracing::warn!(message_id = record.message_id, reason, "dead letter");
                self.metrics.count(Metric::DeadLettered, None);
                Verdict::Acknowledge
            }
            Err(error) => {
                tracing::error!(message_id = record.message_id, %error, "no dead letter sent");
                Verdict::Keep
            }
        }
    }
}

/// What a dead letter says of itself. SQS takes no empty value: where no destination is at fault,
/// `destination` is `-`.
fn attributes(reason: &str, destination: &str, attempts: u32) -> Attributes {
    let destination = if destination.is_empty() { "-" } else { destination };
    Attributes::from([
        ("reason", printable(reason)),
        ("destination", printable(destination)),
        ("attempts", attempts.to_string()),
    ])
}

/// What SQS takes in an attribute: Unicode that XML allows.
fn printable(text: &str) -> String {
    let allowed = |c: &char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().filter(allowed).take(LONGEST_REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_never_empty_never_too_long_and_printable() {
        let attributes = attributes(&"a\u{0}\u{ffff}b\n".repeat(1000), "", 3);
        assert_eq!(attributes["reason"].len(), LONGEST_REASON);
        assert_eq!(&attributes["reason"][..4], "abab");
        assert_eq!((&attributes["destination"][..], &attributes["attempts"][..]), ("-", "3"));
    }
}
