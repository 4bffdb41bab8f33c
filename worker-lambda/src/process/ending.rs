//! How the processing of a record ends, as a value, and the rules that choose it. Pure: the time and the jitter are
//! arguments.

use std::time::Duration;

use jiff::Timestamp;
use shared::config::Queue;

use super::deliver::Results;
use super::redelivery::reason_not_to_wait;
use crate::backoff::wait;
use crate::ledger::destination_status::RetryPolicy;
use crate::ledger::entry::{Entry, State};
use crate::record::Record;

/// How the processing of a record ends. [`Worker::settle`](super::Worker::settle) performs it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The event is settled already: acknowledge the message.
    Duplicate,
    /// Another worker holds the lease, or the next attempt is not due: hide the message until then. Nothing was
    /// claimed.
    NotDue {
        /// When the message should be received again.
        until: Timestamp,
    },
    /// Nothing is left to do: note that in the ledger, then acknowledge.
    Complete {
        /// The claimed entry.
        entry: Entry,
        /// Why it is complete.
        completion: Completion,
    },
    /// The items of a list that was sent again are queued again: acknowledge. The list's entry stays as it is.
    SplitAgain,
    /// The items of a list that was sent again could not be queued: leave the message to its visibility timeout.
    NotSplitAgain {
        /// What failed.
        error: String,
    },
    /// A destination is to be tried again: note it in the ledger, then hide or resend the message.
    Retry {
        /// The claimed entry, with the results of this attempt.
        entry: Entry,
        /// Why the event is not complete.
        reason: String,
        /// When the next destination is due.
        due: Timestamp,
        /// Whether anything was attempted. A deferred delivery is no attempt, and is not counted as a retry.
        attempted: bool,
    },
    /// Nothing can be tried any more: send a dead letter, note it in the ledger, then acknowledge.
    DeadLetter {
        /// The claimed entry, with the results of this attempt.
        entry: Entry,
        /// Why the event is not delivered.
        reason: String,
    },
}

/// Why an event is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Completion {
    /// Every destination has it.
    Delivered,
    /// The routes that matched have no destination.
    Discarded,
    /// No route matched.
    Unrouted,
    /// It is a list, and its items are queued.
    Split,
}

impl Completion {
    /// The state of the entry. Only what had an effect, or has it through its items, makes later copies duplicates.
    pub(super) fn state(self) -> State {
        match self {
            Self::Delivered | Self::Split => State::Complete,
            Self::Discarded | Self::Unrouted => State::NoDestination,
        }
    }

    /// The message of its log line.
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Discarded => "discarded",
            Self::Unrouted => "unrouted",
            Self::Split => "split",
        }
    }
}

/// What the rules need to know besides the entry.
#[derive(Clone, Copy)]
pub(super) struct AttemptContext<'a> {
    pub(super) queue: &'a Queue,
    pub(super) record: &'a Record,
    pub(super) now: Timestamp,
    /// Uniform in 0..1. Destinations that failed together are due together, so one event has one value.
    pub(super) jitter: f64,
}

impl AttemptContext<'_> {
    /// When attempt number `attempts + 1` is due. `retry_after` is what the destination asked for.
    fn due(&self, attempts: u32, retry_after: Option<Duration>) -> Timestamp {
        let wait = wait(self.queue, attempts, self.jitter, retry_after);
        self.now.saturating_add(wait).unwrap_or(self.now)
    }

    /// The ending after deliveries were attempted or deferred: retry as long as a destination can be tried, else
    /// complete if every destination has the event, else a dead letter.
    pub(super) fn after_deliveries(&self, mut entry: Entry, results: Results) -> Ending {
        let policy = RetryPolicy {
            max_attempts: self.queue.max_attempts,
            due: |attempts, retry_after| self.due(attempts, retry_after),
        };
        let attempted = results.iter().any(|(_, result)| result.is_ok());
        for (name, result) in results {
            let Some(status) = entry.destinations.get_mut(&name) else { continue };
            match result {
                Ok(attempt) => status.record(attempt, &policy),
                Err(deferred) => status.defer(deferred),
            }
        }
        if !attempted {
            entry.attempts = entry.attempts.saturating_sub(1);
        }
        let reason = join_reasons(entry.undelivered());
        match entry.next_due() {
            Some(due) => self.retry(entry, reason, due, attempted),
            None if reason.is_empty() => {
                Ending::Complete { entry, completion: Completion::Delivered }
            }
            None => Ending::DeadLetter { entry, reason },
        }
    }

    /// The ending if no destination was reached: retry, unless this was the last attempt.
    pub(super) fn before_deliveries(&self, entry: Entry, reason: String) -> Ending {
        if entry.attempts >= self.queue.max_attempts {
            return Ending::DeadLetter { entry, reason };
        }
        let due = self.due(entry.attempts, None);
        self.retry(entry, reason, due, true)
    }

    /// A retry at `due`, or a dead letter if SQS would delete or dead-letter the message before that.
    fn retry(&self, entry: Entry, reason: String, due: Timestamp, attempted: bool) -> Ending {
        match reason_not_to_wait(self.queue, self.record, due) {
            Some(why) => Ending::DeadLetter { entry, reason: format!("{reason}; {why}") },
            None => Ending::Retry { entry, reason, due, attempted },
        }
    }
}

/// The destinations that do not have the event, each with its reason: `crm: HTTP status 503; bus: timed out`.
fn join_reasons<'n>(undelivered: impl Iterator<Item = (&'n str, &'n str)>) -> String {
    let reasons: Vec<_> = undelivered.map(|(name, reason)| format!("{name}: {reason}")).collect();
    reasons.join("; ")
}

#[cfg(test)]
mod tests;
