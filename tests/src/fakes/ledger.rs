use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use shared::dedupe::LedgerKey;
use worker_lambda::ledger::entry::Entry;
use worker_lambda::ledger::{Ledger, LedgerError};

use super::{Fault, Faults, lock};

/// A ledger in memory. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryLedger {
    entries: Arc<Mutex<BTreeMap<LedgerKey, Entry>>>,
    /// How it fails.
    pub faults: Arc<Faults>,
}

impl MemoryLedger {
    /// An entry, as it stands.
    pub fn entry(&self, key: &LedgerKey) -> Option<Entry> {
        lock(&self.entries).get(key).cloned()
    }

    /// Changes an entry behind everybody's back, as the passing of time would.
    pub fn change(&self, key: &LedgerKey, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = lock(&self.entries).get_mut(key) {
            change(entry);
        }
    }
}

impl Ledger for MemoryLedger {
    async fn get(&self, key: &LedgerKey) -> Result<Option<Entry>, LedgerError> {
        match self.faults.next().await {
            Fault::None => Ok(self.entry(key)),
            _ => Err(LedgerError::Unavailable("fault".to_owned())),
        }
    }

    async fn put(
        &self,
        key: &LedgerKey,
        entry: &Entry,
        over: Option<u64>,
    ) -> Result<(), LedgerError> {
        let fault = self.faults.next().await;
        let unavailable = || LedgerError::Unavailable("fault".to_owned());
        if fault == Fault::Fails {
            return Err(unavailable());
        }
        let mut entries = lock(&self.entries);
        match (entries.get(key), over) {
            (Some(standing), over) if over != Some(standing.revision) => {
                return Err(LedgerError::Conflict(Box::new(standing.clone())));
            }
            (None, Some(_)) => return Err(LedgerError::Unavailable("gone".to_owned())),
            _ => entries.insert(*key, entry.clone()),
        };
        if fault == Fault::None { Ok(()) } else { Err(unavailable()) }
    }
}
