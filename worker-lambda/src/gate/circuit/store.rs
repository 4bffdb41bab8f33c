//! The port to where circuits' items are kept.

use std::future::Future;

use super::item::Item;

/// Keeps the item of each destination's circuit.
pub trait CircuitStore: Send + Sync {
    /// Reads a circuit's item, perhaps as it was a moment ago.
    fn circuit(
        &self,
        destination: &str,
    ) -> impl Future<Output = Result<Option<Item>, CircuitError>> + Send;

    /// Writes an item over the one of revision `over`; `None` where there must not be one yet.
    fn put_circuit(
        &self,
        destination: &str,
        item: &Item,
        over: Option<u64>,
    ) -> impl Future<Output = Result<(), CircuitError>> + Send;
}

/// Why a circuit's item was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum CircuitError {
    /// Another environment was first: look again.
    #[error("another revision stands there")]
    Conflict,
    /// It may or may not have happened.
    #[error("ledger: {0}")]
    Unavailable(String),
}
