use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use shared::event::dedupe::LedgerKey;
use worker_lambda::admission::circuit_breaker::state::{BreakerState, State as BreakerStatus};
use worker_lambda::admission::circuit_breaker::{CircuitBreakerError, CircuitBreakerStore};
use worker_lambda::ledger::destination_status::DestinationState;
use worker_lambda::ledger::entry::{Entry, State};
use worker_lambda::ledger::{Ledger, LedgerError};

use super::{Fault, Faults, lock};

/// A ledger in memory. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryLedger {
    entries: Arc<Mutex<BTreeMap<LedgerKey, Entry>>>,
    circuits: Arc<Mutex<BTreeMap<String, BreakerState>>>,
    /// How it fails.
    pub faults: Arc<Faults>,
    /// How it fails where circuits are concerned.
    pub circuit_faults: Arc<Faults>,
}

impl MemoryLedger {
    /// The current state of an entry.
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
                if let DestinationState::Owed(due) = &mut standing.state {
                    *due -= time;
                }
            }
        }
        for circuit in lock(&self.circuits).values_mut() {
            if let BreakerStatus::Open(until) | BreakerStatus::Probing(until) = &mut circuit.state {
                *until -= time;
            }
        }
    }

    /// The current state of a destination's circuit.
    pub fn circuit_of(&self, destination: &str) -> Option<BreakerState> {
        lock(&self.circuits).get(destination).cloned()
    }
}

impl CircuitBreakerStore for MemoryLedger {
    async fn circuit_breaker(
        &self,
        destination: &str,
    ) -> Result<Option<BreakerState>, CircuitBreakerError> {
        match self.circuit_faults.next().await {
            Fault::None => Ok(self.circuit_of(destination)),
            _ => Err(CircuitBreakerError::Unavailable("fault".to_owned())),
        }
    }

    async fn put_circuit_breaker(
        &self,
        destination: &str,
        circuit: &BreakerState,
        over: Option<u64>,
    ) -> Result<(), CircuitBreakerError> {
        let fault = self.circuit_faults.next().await;
        if fault == Fault::Fails {
            return Err(CircuitBreakerError::Unavailable("fault".to_owned()));
        }
        let mut circuits = lock(&self.circuits);
        if circuits.get(destination).map(|standing| standing.revision) != over {
            return Err(CircuitBreakerError::Conflict);
        }
        circuits.insert(destination.to_owned(), circuit.clone());
        match fault {
            Fault::None => Ok(()),
            _ => Err(CircuitBreakerError::Unavailable("fault".to_owned())),
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
