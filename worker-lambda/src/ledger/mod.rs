//! The ledger: for each ledger key, who works on it, how often it was tried, what is done.
//!
//! The rules are in [`entry`], pure; a [`Ledger`] only keeps entries and lets one writer win.

pub mod claim;
pub mod dynamodb;
pub mod entry;
pub mod standing;

use std::future::Future;

use shared::event::dedupe::LedgerKey;

use self::entry::Entry;
use crate::gate::circuit::CircuitStore;

/// Keeps one entry per ledger key. Every write names the revision that it replaces, so that of two
/// writers who saw the same one wins and the other is told.
pub trait Ledger: CircuitStore {
    /// Reads the entry under a key, as it stands after every write that was answered.
    fn get(
        &self,
        key: &LedgerKey,
    ) -> impl Future<Output = Result<Option<Entry>, LedgerError>> + Send;

    /// Writes an entry over the one of revision `over`; `None` where there must not be one yet.
    fn put(
        &self,
        key: &LedgerKey,
        entry: &Entry,
        over: Option<u64>,
    ) -> impl Future<Output = Result<(), LedgerError>> + Send;
}

/// Why an entry was not written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Another entry stands there: this one. Decide anew.
    #[error("another worker was faster")]
    Conflict(Box<Entry>),
    /// It may or may not be written. Leave the message to its visibility timeout.
    #[error("ledger: {0}")]
    Unavailable(String),
}
