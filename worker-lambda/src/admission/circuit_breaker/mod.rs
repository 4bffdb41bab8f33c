//! Circuit breakers: after failures in a row, a destination gets no deliveries for a while.
//!
//! All environments share one item in the ledger for each breaker, which is written only when the state changes. Each
//! environment counts failures by itself, and reads the item every ten seconds and after a failure. If the ledger cannot
//! be read, deliveries are made.

mod local;
pub mod state;
mod store;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use shared::config::{CircuitBreaker, Config};

use self::local::LocalView;
use self::state::{BreakerState, Decision};
pub use self::store::{CircuitBreakerError, CircuitBreakerStore};
use crate::outcome::Outcome;

/// The circuit breakers of all destinations that have one.
#[derive(Debug)]
pub struct CircuitBreakers(BTreeMap<String, Breaker>);

/// A destination's circuit breaker, as this environment sees it.
#[derive(Debug)]
struct Breaker {
    settings: CircuitBreaker,
    view: Mutex<LocalView>,
}

/// The permission to make one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permit {
    /// The breaker is closed.
    Closed,
    /// The delivery is the probe of an open breaker, whose state is now this one.
    Probe(BreakerState),
}

impl CircuitBreakers {
    /// The circuit breakers of a configuration.
    pub fn new(config: &Config) -> Self {
        let breakers = config.destinations.iter().filter_map(|(name, destination)| {
            let (settings, view) = (destination.circuit?, Mutex::default());
            Some((name.clone(), Breaker { settings, view }))
        });
        Self(breakers.collect())
    }

    /// Until when a destination's breaker is open, as far as is known without a read.
    pub fn known_open_until(&self, destination: &str, now: Timestamp) -> Option<Timestamp> {
        self.0.get(destination)?.view().open_until(now)
    }

    /// Permits a delivery, or returns when to try again. Of the deliveries that find a probe due, one gets to make it;
    /// it must have ended by `lease_until`.
    pub async fn admit<S: CircuitBreakerStore>(
        &self,
        store: &S,
        destination: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Permit, Timestamp> {
        let Some(breaker) = self.0.get(destination) else { return Ok(Permit::Closed) };
        if let Some(until) = breaker.view().open_until(now) {
            return Err(until);
        }
        let Some(state) = breaker.state(store, destination, now).await else {
            return Ok(Permit::Closed);
        };
        match state.decide(now) {
            Decision::Allow => Ok(Permit::Closed),
            Decision::NotBefore(until) => Err(until),
            Decision::Probe => {
                let probing = state.probing(now, lease_until);
                match breaker.write(store, destination, &probing, Some(state.revision)).await {
                    true => Ok(Permit::Probe(probing)),
                    false => Err(state.retry_after_probe(now)),
                }
            }
        }
    }

    /// Records the outcome of a permitted delivery. True if it opened the breaker; a failed probe leaves it open.
    pub async fn record<S: CircuitBreakerStore>(
        &self,
        store: &S,
        destination: &str,
        permit: Permit,
        outcome: &Outcome,
        now: Timestamp,
    ) -> bool {
        let Some(breaker) = self.0.get(destination) else { return false };
        let opened = |previous: Option<&BreakerState>, failure| {
            BreakerState::opened(previous, &breaker.settings, now, failure)
        };
        match (permit, outcome) {
            (Permit::Closed, Outcome::Retry { after, reason }) => {
                let previous = breaker.view().fail(breaker.settings.failures, now);
                let Some(previous) = previous else { return false };
                let open = opened(previous.as_ref(), (*after, reason.as_str()));
                let previous = previous.map(|state| state.revision);
                breaker.write(store, destination, &open, previous).await
            }
            (Permit::Closed, _) => {
                breaker.view().succeed();
                false
            }
            (Permit::Probe(probing), Outcome::Retry { after, reason }) => {
                let open = opened(Some(&probing), (*after, reason.as_str()));
                breaker.write(store, destination, &open, Some(probing.revision)).await;
                false
            }
            (Permit::Probe(probing), _) => {
                tracing::info!(destination, "circuit breaker closed");
                let closed = probing.closed(now);
                breaker.write(store, destination, &closed, Some(probing.revision)).await;
                false
            }
        }
    }
}

impl Breaker {
    fn view(&self) -> MutexGuard<'_, LocalView> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The cached state, or else the one in the ledger.
    async fn state<S: CircuitBreakerStore>(
        &self,
        store: &S,
        destination: &str,
        now: Timestamp,
    ) -> Option<BreakerState> {
        if let Some(state) = self.view().fresh(now) {
            return state;
        }
        match store.circuit_breaker(destination).await {
            Ok(state) => {
                self.view().read(state.clone(), now);
                state
            }
            Err(error) => {
                tracing::warn!(destination, %error, "circuit breaker not read");
                None
            }
        }
    }

    /// Writes a state, and caches it. If another environment wrote first, its state is read next time.
    async fn write<S: CircuitBreakerStore>(
        &self,
        store: &S,
        destination: &str,
        state: &BreakerState,
        previous: Option<u64>,
    ) -> bool {
        match store.put_circuit_breaker(destination, state, previous).await {
            Ok(()) => {
                self.view().replace(Some(state.clone()));
                true
            }
            Err(error) => {
                tracing::warn!(destination, %error, "circuit breaker not written");
                self.view().expire();
                false
            }
        }
    }
}
