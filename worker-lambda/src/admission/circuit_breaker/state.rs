//! The state of a destination's circuit breaker, and the rules by which it changes. Pure: the time is an argument.
//!
//! ```text
//!              failures in a row                probe is due: one delivery
//!   Closed ──────────────────────▶ Open ─────────────────────────────────▶ Probing (half-open)
//!     ▲                             ▲        probe fails: open twice as long   │ │
//!     │                             └──────────────────────────────────────────┘ │
//!     └─────────────────────────── probe is delivered or rejected ───────────────┘
//! ```

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use shared::config::CircuitBreaker;

use crate::outcome::truncate_reason;

/// The longest time between probes, whatever the destination's `Retry-After` asks for.
const MAX_OPEN: Duration = Duration::from_secs(15 * 60);
/// How soon a delivery that finds the first probe under way is tried again: that probe may be over in a moment. A later
/// probe is expected to fail as those before it did, so the time doubles with each opening.
const PROBE_POLL: Duration = Duration::from_secs(5);
/// How long the state is kept in the ledger after it was last written.
const TTL: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The state of a destination's circuit breaker, which all environments share by an item in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakerState {
    /// Increases by one with every write.
    pub revision: u64,
    /// Whether deliveries are made.
    pub state: State,
    /// How often it was opened since it was last closed.
    pub openings: u32,
    /// Why it opened.
    pub reason: Option<String>,
    /// When it may be deleted.
    pub expires_at: Timestamp,
}

/// Whether deliveries are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Deliveries are made.
    Closed,
    /// No delivery is made before this time. Then one is made as a probe.
    Open(Timestamp),
    /// Half-open: the probe is being made, and has certainly ended by this time.
    Probing(Timestamp),
}

/// What a delivery may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Be made.
    Allow,
    /// Be tried again at this time.
    NotBefore(Timestamp),
    /// Be made as the probe, if no other delivery claims that first.
    Probe,
}

impl BreakerState {
    /// What a delivery may do now.
    pub fn decide(&self, now: Timestamp) -> Decision {
        match self.state {
            State::Closed => Decision::Allow,
            State::Open(until) if until > now => Decision::NotBefore(until),
            State::Probing(until) if until > now => {
                Decision::NotBefore(until.min(self.retry_after_probe(now)))
            }
            // DynamoDB takes up to two days to delete what has expired.
            _ if self.expires_at <= now => Decision::Allow,
            State::Open(_) | State::Probing(_) => Decision::Probe,
        }
    }

    /// The open state that replaces `previous`, after a failure with its reason and the destination's `Retry-After`.
    pub fn opened(
        previous: Option<&Self>,
        settings: &CircuitBreaker,
        now: Timestamp,
        (retry_after, reason): (Option<Duration>, &str),
    ) -> Self {
        let openings = previous.map_or(0, |previous| previous.openings);
        let probe_after = Duration::from_secs(settings.probe_after.into());
        let open = doubled(probe_after, openings).max(retry_after.unwrap_or_default());
        Self {
            revision: next_revision(previous),
            state: State::Open(now + open.min(MAX_OPEN)),
            openings: openings.saturating_add(1),
            reason: Some(truncate_reason(reason)),
            expires_at: now + TTL,
        }
    }

    /// The state while a probe is made, which has certainly ended by `lease_until`.
    pub fn probing(&self, now: Timestamp, lease_until: Timestamp) -> Self {
        let state = State::Probing(lease_until);
        Self { revision: self.revision + 1, state, expires_at: now + TTL, ..self.clone() }
    }

    /// The closed state, after a probe succeeded.
    pub fn closed(&self, now: Timestamp) -> Self {
        let (revision, state) = (self.revision + 1, State::Closed);
        Self { revision, state, openings: 0, reason: None, expires_at: now + TTL }
    }

    /// When to try again while another environment makes the probe.
    pub fn retry_after_probe(&self, now: Timestamp) -> Timestamp {
        now + doubled(PROBE_POLL, self.openings.saturating_sub(1))
    }
}

/// `time` doubled `times` times, at most [`MAX_OPEN`].
fn doubled(time: Duration, times: u32) -> Duration {
    time.saturating_mul(2_u32.saturating_pow(times)).min(MAX_OPEN)
}

fn next_revision(previous: Option<&BreakerState>) -> u64 {
    previous.map_or(0, |previous| previous.revision) + 1
}

#[cfg(test)]
mod tests;
