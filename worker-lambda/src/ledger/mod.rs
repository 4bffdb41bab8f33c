//! The ledger: for each ledger key, who works on the event, how often it was attempted, and what is delivered.
//!
//! The rules are in [`entry`] and [`destination_status`], and are pure. A [`Ledger`] only keeps entries, and lets one of
//! several writers win.

pub mod claim;
pub mod destination_status;
pub mod dynamodb;
pub mod entry;

use std::future::Future;

use shared::event::dedupe::LedgerKey;

use self::entry::Entry;
use crate::admission::circuit_breaker::CircuitBreakerStore;

/// Keeps one entry for each ledger key. Every write names the revision that it replaces: of two writers that read the
/// same one, one wins, and the other gets a conflict.
pub trait Ledger: CircuitBreakerStore {
    /// Reads the entry under a key. The read sees every write that was answered.
    fn get(
        &self,
        key: &LedgerKey,
    ) -> impl Future<Output = Result<Option<Entry>, LedgerError>> + Send;

    /// Writes an entry over the one with revision `previous`; `None` if there must be none yet.
    fn put(
        &self,
        key: &LedgerKey,
        entry: &Entry,
        previous: Option<u64>,
    ) -> impl Future<Output = Result<(), LedgerError>> + Send;
}

/// Why an entry was not written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The ledger has this other entry. Decide again by it.
    #[error("another worker was faster")]
    Conflict(Box<Entry>),
    /// The entry may or may not be written. Leave the message to its visibility timeout.
    #[error("ledger: {0}")]
    Unavailable(String),
}
