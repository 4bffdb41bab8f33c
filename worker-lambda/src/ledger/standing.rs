//! How an event stands with one of its destinations.

use jiff::Timestamp;

use crate::gate::Held;
use crate::outcome::{Outcome, Tried};

/// The longest reason kept, in characters, in the ledger and in a dead letter.
pub(crate) const LONGEST_REASON: usize = 1000;

/// How an event stands with one of its destinations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether it has the event.
    pub state: State,
    /// How often it was tried in this generation, the running attempt included.
    pub attempts: u32,
    /// The HTTP status of its last answer, where it answered with one.
    pub status: Option<u16>,
    /// Why the last attempt did not deliver.
    pub reason: Option<String>,
}

/// Whether a destination has an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has it.
    Delivered,
    /// It is to be tried again, not before then.
    Owed(Timestamp),
    /// It will not be tried again in this generation.
    Rejected,
}

/// How a destination may be tried again.
#[derive(Clone, Copy, Debug)]
pub struct Policy<F> {
    /// How often it is tried in all.
    pub max_attempts: u32,
    /// When it is tried next, by the number of attempts made and what it asked for itself.
    pub due: F,
}

impl Standing {
    /// One that is being tried for the `attempts`th time.
    pub fn tried(attempts: u32, now: Timestamp) -> Self {
        Self { state: State::Owed(now), attempts, status: None, reason: None }
    }

    /// Whether it is to be tried now.
    pub fn is_due(&self, now: Timestamp) -> bool {
        matches!(self.state, State::Owed(due) if due <= now)
    }

    /// Notes what became of an attempt.
    pub fn note<F>(&mut self, tried: Tried, policy: &Policy<F>)
    where
        F: Fn(u32, Option<std::time::Duration>) -> Timestamp,
    {
        self.status = tried.status;
        (self.state, self.reason) = match tried.outcome {
            Outcome::Delivered => (State::Delivered, None),
            Outcome::Reject { reason } => (State::Rejected, Some(cut(&reason))),
            Outcome::Retry { reason, .. } if self.attempts >= policy.max_attempts => {
                (State::Rejected, Some(cut(&reason)))
            }
            Outcome::Retry { after, reason } => {
                (State::Owed((policy.due)(self.attempts, after)), Some(cut(&reason)))
            }
        };
    }

    /// Notes that it was not tried after all: the attempt that was counted at the claim was none, and why
    /// the one before failed still is the reason.
    pub fn hold(&mut self, held: Held) {
        self.attempts = self.attempts.saturating_sub(1);
        self.state = State::Owed(held.until);
        self.reason.get_or_insert_with(|| held.reason.to_owned());
    }

    /// Gives it up where its last attempt was never noted: that one may have crashed the worker.
    pub fn give_up_beyond(&mut self, max_attempts: u32) {
        if self.attempts > max_attempts && matches!(self.state, State::Owed(_)) {
            self.attempts = max_attempts;
            self.state = State::Rejected;
            self.reason = Some(format!("{max_attempts} attempts; the last one never ended"));
        }
    }
}

/// As much of a reason as is kept.
pub(crate) fn cut(reason: &str) -> String {
    reason.chars().take(LONGEST_REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_it_failed_stays_the_reason_while_it_is_held() {
        let (now, until) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
        let mut standing = Standing::tried(2, now);
        let hold = |standing: &mut Standing| {
            standing.hold(Held { until, reason: "its circuit is open" });
            (standing.attempts, standing.reason.clone())
        };
        assert_eq!(hold(&mut standing), (1, Some("its circuit is open".to_owned())));
        standing
            .note(Outcome::retry("timed out").into(), &Policy { max_attempts: 8, due: |_, _| now });
        standing.attempts += 1;
        assert_eq!(hold(&mut standing), (1, Some("timed out".to_owned())));
        assert_eq!(standing.state, State::Owed(until));
    }

    /// DynamoDB's items have 400 KB at the most, and an event may have many destinations.
    #[test]
    fn a_reason_is_kept_in_part_however_long_it_is() {
        let now = Timestamp::UNIX_EPOCH;
        let policy = Policy { max_attempts: 1, due: |_, _| now };
        for outcome in [Outcome::retry("ü".repeat(5000)), Outcome::reject("ü".repeat(5000))] {
            let mut standing = Standing::tried(1, now);
            standing.note(outcome.into(), &policy);
            assert_eq!(standing.reason.map(|reason| reason.chars().count()), Some(LONGEST_REASON));
        }
    }
}
