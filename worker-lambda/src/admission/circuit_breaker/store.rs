//! The port to the shared states of circuit breakers.

use std::future::Future;

use super::state::BreakerState;

/// Keeps the state of each destination's circuit breaker.
pub trait CircuitBreakerStore: Send + Sync {
    /// Reads the state of a destination's circuit breaker, `None` if it never opened. The read may be eventually
    /// consistent.
    fn circuit_breaker(
        &self,
        destination: &str,
    ) -> impl Future<Output = Result<Option<BreakerState>, CircuitBreakerError>> + Send;

    /// Writes a state over the one with revision `previous`; `None` if there must be none yet.
    fn put_circuit_breaker(
        &self,
        destination: &str,
        state: &BreakerState,
        previous: Option<u64>,
    ) -> impl Future<Output = Result<(), CircuitBreakerError>> + Send;
}

/// Why the state of a circuit breaker was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum CircuitBreakerError {
    /// Another environment wrote first. Read again.
    #[error("another environment wrote another revision")]
    Conflict,
    /// The read or write may or may not have happened.
    #[error("ledger: {0}")]
    Unavailable(String),
}
