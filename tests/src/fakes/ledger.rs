use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use shared::event::dedupe::LedgerKey;
use worker_lambda::gate::circuit::item::{self, Item as Circuit};
use worker_lambda::gate::circuit::{CircuitError, CircuitStore};
use worker_lambda::ledger::entry::{Entry, State};
use worker_lambda::ledger::standing;
use worker_lambda::ledger::{Ledger, LedgerError};

use super::{Fault, Faults, lock};

/// A ledger in memory. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryLedger {
    entries: Arc<Mutex<BTreeMap<LedgerKey, Entry>>>,
    circuits: Arc<Mutex<BTreeMap<String, Circuit>>>,
    /// How it fails.
    pub faults: Arc<Faults>,
    /// How it fails where circuits are concerned.
    pub circuit_faults: Arc<Faults>,
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

impl MemoryLedger {
    /// Makes all that waits so much older, as the passing of time would.
    pub fn age(&self, time: Duration) {
        for entry in lock(&self.entries).values_mut() {
            if let State::Leased(until) | State::Waiting(until) = &mut entry.state {
                *until -= time;
            }
            for standing in entry.destinations.values_mut() {
                if let standing::State::Owed(due) = &mut standing.state {
                    *due -= time;
                }
            }
        }
        for circuit in lock(&self.circuits).values_mut() {
            if let item::State::Open(until) | item::State::Probing(until) = &mut circuit.state {
                *until -= time;
            }
        }
    }

    /// The circuit of a destination, as it stands.
    pub fn circuit_of(&self, destination: &str) -> Option<Circuit> {
        lock(&self.circuits).get(destination).cloned()
    }
}

impl CircuitStore for MemoryLedger {
    async fn circuit(&self, destination: &str) -> Result<Option<Circuit>, CircuitError> {
        match self.circuit_faults.next().await {
            Fault::None => Ok(self.circuit_of(destination)),
            _ => Err(CircuitError::Unavailable("fault".to_owned())),
        }
    }

    async fn put_circuit(
        &self,
        destination: &str,
        circuit: &Circuit,
        over: Option<u64>,
    ) -> Result<(), CircuitError> {
        let fault = self.circuit_faults.next().await;
        if fault == Fault::Fails {
            return Err(CircuitError::Unavailable("fault".to_owned()));
        }
        let mut circuits = lock(&self.circuits);
        if circuits.get(destination).map(|standing| standing.revision) != over {
            return Err(CircuitError::Conflict);
        }
        circuits.insert(destination.to_owned(), circuit.clone());
        match fault {
            Fault::None => Ok(()),
            _ => Err(CircuitError::Unavailable("fault".to_owned())),
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
