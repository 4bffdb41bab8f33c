//! Admits deliveries to destinations: each waits for a slot of its destination's rate limit, and passes its circuit
//! breaker. A delivery that is not admitted was not attempted, and loses no attempt.

pub mod circuit_breaker;
pub mod rate_limit;

use std::time::Duration;

use jiff::Timestamp;
use shared::config::Config;
use tokio::time::{Instant, sleep_until};

use self::circuit_breaker::{CircuitBreakerStore, CircuitBreakers, Permit};
use self::rate_limit::{RateLimiters, Slot, Window};
use crate::outcome::Outcome;

/// The rate limits and circuit breakers of all destinations.
#[derive(Debug)]
pub struct Admission {
    breakers: CircuitBreakers,
    limiters: RateLimiters,
}

/// By when a delivery must begin and end.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The time that the invocation has for deliveries.
    pub window: Window,
    /// When the invocation has certainly ended.
    pub lease_until: Timestamp,
}

/// A delivery that was not admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deferred {
    /// The earliest time for another try.
    pub until: Timestamp,
    /// Why, as in the ledger and in dead letters.
    pub reason: &'static str,
}

impl Admission {
    /// The rate limits and circuit breakers of a configuration.
    pub fn new(config: &Config) -> Self {
        Self {
            breakers: CircuitBreakers::new(config),
            limiters: RateLimiters::new(config, Instant::now()),
        }
    }

    /// Waits until a delivery may be made, if there is a slot in time. The circuit breaker is asked after the wait,
    /// which may be long; what is known of it without a read is used before.
    pub async fn admit<S: CircuitBreakerStore>(
        &self,
        store: &S,
        destination: &str,
        limits: Limits,
    ) -> Result<Permit, Deferred> {
        let open_until = self.breakers.known_open_until(destination, Timestamp::now());
        open_until.map_or(Ok(()), deferred_by_breaker)?;
        match self.limiters.reserve(destination, Instant::now(), limits.window) {
            Slot::At(instant) => sleep_until(instant).await,
            Slot::NotBefore(instant) => {
                let wait = instant.saturating_duration_since(Instant::now());
                return Err(Deferred { until: after(wait), reason: "rate limit reached" });
            }
        }
        let now = Timestamp::now();
        let permit = self.breakers.admit(store, destination, now, limits.lease_until).await;
        permit.or_else(deferred_by_breaker)
    }

    /// Waits at the end of an invocation that began at `started` until every rate limit that it used has a free slot
    /// again, or until `deadline`.
    pub async fn wait_for_next_slot(&self, started: Instant, deadline: Instant) {
        if let Some(next) = self.limiters.next_slot(started) {
            sleep_until(next.min(deadline)).await;
        }
    }

    /// Records the outcome of an admitted delivery. True if it opened the circuit breaker.
    pub async fn record<S: CircuitBreakerStore>(
        &self,
        store: &S,
        destination: &str,
        permit: Permit,
        outcome: &Outcome,
    ) -> bool {
        self.breakers.record(store, destination, permit, outcome, Timestamp::now()).await
    }
}

fn deferred_by_breaker<T>(until: Timestamp) -> Result<T, Deferred> {
    Err(Deferred { until, reason: "circuit breaker open" })
}

fn after(wait: Duration) -> Timestamp {
    let now = Timestamp::now();
    now.saturating_add(wait).unwrap_or(now)
}
