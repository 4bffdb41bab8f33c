//! A circuit's item, and the rules by which it changes. Pure: the time is an argument.
//!
//! ```text
//!              failures in a row                probe is due: one delivery
//!   Closed ──────────────────────▶ Open ─────────────────────────────────▶ Probing
//!     ▲                             ▲          it fails: for twice as long    │ │
//!     │                             └─────────────────────────────────────────┘ │
//!     └──────────────────────────────── it arrives, or is rejected ─────────────┘
//! ```

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use shared::config::CircuitBreaker;

use crate::ledger::standing::cut;

/// A circuit is probed at least so often, however long it has been open and whatever its destination asks
/// for.
const LONGEST_OPEN: Duration = Duration::from_secs(15 * 60);
/// How soon whoever finds the first probe under way looks again: it may be over in a moment. That of a
/// later one is expected to fail as those before did.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// For how long an item is kept after it was last written.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What all environments know of a destination's circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// One more with every write.
    pub revision: u64,
    /// How it stands.
    pub state: State,
    /// How often it was opened since it was last closed.
    pub openings: u32,
    /// Why it opened.
    pub reason: Option<String>,
    /// When it may be forgotten.
    pub expires_at: Timestamp,
}

/// How a circuit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Deliveries are made.
    Closed,
    /// None is made until then; after that, one.
    Open(Timestamp),
    /// That one is being made, and is over then for certain.
    Probing(Timestamp),
}

/// What a delivery meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Make it.
    Free,
    /// Not now.
    NotBefore(Timestamp),
    /// Be the probe, whoever is first.
    Probe,
}

impl Item {
    /// What a delivery meets here.
    pub fn answer(&self, now: Timestamp) -> Answer {
        match self.state {
            State::Closed => Answer::Free,
            State::Open(until) if until > now => Answer::NotBefore(until),
            State::Probing(until) if until > now => {
                Answer::NotBefore(until.min(self.look_again(now)))
            }
            // DynamoDB takes up to two days to delete what has expired.
            _ if self.expires_at <= now => Answer::Free,
            State::Open(_) | State::Probing(_) => Answer::Probe,
        }
    }

    /// The circuit opened over what stood there, by a failure with its reason and by how long the
    /// destination asked to be left alone.
    pub fn opened(
        over: Option<&Self>,
        settings: &CircuitBreaker,
        now: Timestamp,
        (asked, reason): (Option<Duration>, &str),
    ) -> Self {
        let openings = over.map_or(0, |item| item.openings);
        let probe_after = Duration::from_secs(settings.probe_after.into());
        let open = doubled(probe_after, openings).max(asked.unwrap_or_default());
        Self {
            revision: next_revision(over),
            state: State::Open(now + open.min(LONGEST_OPEN)),
            openings: openings.saturating_add(1),
            reason: Some(cut(reason)),
            expires_at: now + KEPT,
        }
    }

    /// The circuit with a probe under way.
    pub fn probing(&self, now: Timestamp, lease_until: Timestamp) -> Self {
        let state = State::Probing(lease_until);
        Self { revision: self.revision + 1, state, expires_at: now + KEPT, ..self.clone() }
    }

    /// The circuit closed again.
    pub fn closed(&self, now: Timestamp) -> Self {
        let (revision, state) = (self.revision + 1, State::Closed);
        Self { revision, state, openings: 0, reason: None, expires_at: now + KEPT }
    }

    /// When to look again for what another environment may do at any moment.
    pub fn look_again(&self, now: Timestamp) -> Timestamp {
        now + doubled(LOOK_AGAIN, self.openings.saturating_sub(1))
    }
}

/// A time doubled so often, up to the longest that a circuit is open.
fn doubled(time: Duration, times: u32) -> Duration {
    time.saturating_mul(2_u32.saturating_pow(times)).min(LONGEST_OPEN)
}

fn next_revision(over: Option<&Item>) -> u64 {
    over.map_or(0, |item| item.revision) + 1
}

#[cfg(test)]
mod tests;
