//! The status of an event at one of its destinations.

use std::time::Duration;

use jiff::Timestamp;

use crate::admission::Deferred;
use crate::outcome::{Attempt, Outcome, truncate_reason};

/// The status of an event at one of its destinations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestinationStatus {
    /// Whether the destination has the event.
    pub state: DestinationState,
    /// How often it was attempted in this generation, the running attempt included.
    pub attempts: u32,
    /// The HTTP status of the last answer, if there was one.
    pub status: Option<u16>,
    /// Why the last attempt did not deliver, or why the delivery was deferred.
    pub reason: Option<String>,
}

/// Whether a destination has an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DestinationState {
    /// It has the event.
    Delivered,
    /// The next attempt is due at this time.
    Owed(Timestamp),
    /// It is not tried again in this generation.
    Rejected,
}

/// How a failed delivery is retried.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy<F> {
    /// How many attempts are made in all.
    pub max_attempts: u32,
    /// When the next attempt is due, by the number of attempts made and the destination's `Retry-After`.
    pub due: F,
}

impl DestinationStatus {
    /// A destination that is attempted for the `attempts`th time.
    pub fn attempted(attempts: u32, now: Timestamp) -> Self {
        Self { state: DestinationState::Owed(now), attempts, status: None, reason: None }
    }

    /// Whether an attempt is due.
    pub fn is_due(&self, now: Timestamp) -> bool {
        matches!(self.state, DestinationState::Owed(due) if due <= now)
    }

    /// Records what came of an attempt.
    pub fn record<F>(&mut self, attempt: Attempt, policy: &RetryPolicy<F>)
    where
        F: Fn(u32, Option<Duration>) -> Timestamp,
    {
        self.status = attempt.status;
        (self.state, self.reason) = match attempt.outcome {
            Outcome::Delivered => (DestinationState::Delivered, None),
            Outcome::Reject { reason } => {
                (DestinationState::Rejected, Some(truncate_reason(&reason)))
            }
            Outcome::Retry { reason, .. } if self.attempts >= policy.max_attempts => {
                (DestinationState::Rejected, Some(truncate_reason(&reason)))
            }
            Outcome::Retry { after, reason } => {
                let due = (policy.due)(self.attempts, after);
                (DestinationState::Owed(due), Some(truncate_reason(&reason)))
            }
        };
    }

    /// Records that the delivery was deferred: the attempt that was counted at the claim was not made. The reason of the
    /// last failure, if there was one, stays.
    pub fn defer(&mut self, deferred: Deferred) {
        self.attempts = self.attempts.saturating_sub(1);
        self.state = DestinationState::Owed(deferred.until);
        self.reason.get_or_insert_with(|| deferred.reason.to_owned());
    }

    /// Stops retrying after `max_attempts` if the last attempt was never recorded: it may have crashed the worker.
    pub fn enforce_max_attempts(&mut self, max_attempts: u32) {
        if self.attempts > max_attempts && matches!(self.state, DestinationState::Owed(_)) {
            self.attempts = max_attempts;
            self.state = DestinationState::Rejected;
            self.reason = Some(unfinished_attempts(max_attempts));
        }
    }
}

/// The reason of a dead letter whose last attempt crashed the worker, or ran out of time.
pub(super) fn unfinished_attempts(max_attempts: u32) -> String {
    format!("{max_attempts} attempts; the last one never ended")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_of_a_failure_stays_while_later_deliveries_are_deferred() {
        let (now, until) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
        let mut status = DestinationStatus::attempted(2, now);
        let defer = |status: &mut DestinationStatus| {
            status.defer(Deferred { until, reason: "circuit breaker open" });
            (status.attempts, status.reason.clone())
        };
        assert_eq!(defer(&mut status), (1, Some("circuit breaker open".to_owned())));
        status.record(
            Outcome::retry("timed out").into(),
            &RetryPolicy { max_attempts: 8, due: |_, _| now },
        );
        status.attempts += 1;
        assert_eq!(defer(&mut status), (1, Some("timed out".to_owned())));
        assert_eq!(status.state, DestinationState::Owed(until));
    }

    /// DynamoDB's items have 400 KB at the most, and an event may have many destinations.
    #[test]
    fn a_long_reason_is_truncated() {
        let now = Timestamp::UNIX_EPOCH;
        let policy = RetryPolicy { max_attempts: 1, due: |_, _| now };
        for outcome in [Outcome::retry("ü".repeat(5000)), Outcome::reject("ü".repeat(5000))] {
            let mut status = DestinationStatus::attempted(1, now);
            status.record(outcome.into(), &policy);
            assert_eq!(
                status.reason.map(|reason| reason.chars().count()),
                Some(crate::outcome::MAX_REASON_CHARS)
            );
        }
    }
}
