//! Circuits: a destination that fails again and again is left alone for a while.
//!
//! What holds for all environments is one item in the ledger, written only when it changes; each
//! environment counts failures by itself, and looks at the item now and then.

pub mod item;
mod known;
mod store;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use shared::config::{CircuitBreaker, Config};

use self::item::{Answer, Item};
use self::known::Known;
pub use self::store::{CircuitError, CircuitStore};
use crate::outcome::Outcome;

/// The circuits of all destinations that have one.
#[derive(Debug)]
pub struct Circuits(BTreeMap<String, Guarded>);

/// A circuit, and what this environment knows of it.
#[derive(Debug)]
struct Guarded {
    settings: CircuitBreaker,
    known: Mutex<Known>,
}

/// The right to make one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pass {
    /// The circuit is closed.
    Free,
    /// The one delivery by which an open circuit is tried; the item says so.
    Probe(Item),
}

impl Circuits {
    /// The circuits that a configuration has.
    pub fn new(config: &Config) -> Self {
        let circuits = config.destinations.iter().filter_map(|(name, destination)| {
            let (settings, known) = (destination.circuit?, Mutex::default());
            Some((name.clone(), Guarded { settings, known }))
        });
        Self(circuits.collect())
    }

    /// Until when a destination is to be left alone, as far as is known without asking.
    pub fn known(&self, destination: &str, now: Timestamp) -> Option<Timestamp> {
        self.0.get(destination)?.known().open_until(now)
    }

    /// Lets a delivery through, or says when to try again. Of those that find the circuit open and a probe
    /// due, one is let through as the probe. Where the ledger fails, all are.
    pub async fn admit<C: CircuitStore>(
        &self,
        store: &C,
        destination: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Pass, Timestamp> {
        let Some(circuit) = self.0.get(destination) else { return Ok(Pass::Free) };
        if let Some(until) = circuit.known().open_until(now) {
            return Err(until);
        }
        let Some(item) = circuit.item(store, destination, now).await else {
            return Ok(Pass::Free);
        };
        match item.answer(now) {
            Answer::Free => Ok(Pass::Free),
            Answer::NotBefore(until) => Err(until),
            Answer::Probe => {
                let probing = item.probing(now, lease_until);
                match circuit.write(store, destination, &probing, Some(item.revision)).await {
                    true => Ok(Pass::Probe(probing)),
                    false => Err(item.look_again(now)),
                }
            }
        }
    }

    /// Notes what became of a delivery that was let through. Whether the circuit opened by that: a probe
    /// that fails leaves it open.
    pub async fn note<C: CircuitStore>(
        &self,
        store: &C,
        destination: &str,
        pass: Pass,
        outcome: &Outcome,
        now: Timestamp,
    ) -> bool {
        let Some(circuit) = self.0.get(destination) else { return false };
        match (pass, outcome) {
            (Pass::Free, Outcome::Retry { after, reason }) => {
                let Some(over) = circuit.known().fail(circuit.settings.failures, now) else {
                    return false;
                };
                let opened = Item::opened(over.as_ref(), &circuit.settings, now, (*after, reason));
                let over = over.map(|item| item.revision);
                circuit.write(store, destination, &opened, over).await
            }
            (Pass::Free, _) => {
                circuit.known().answered();
                false
            }
            (Pass::Probe(item), Outcome::Retry { after, reason }) => {
                let still = Item::opened(Some(&item), &circuit.settings, now, (*after, reason));
                circuit.write(store, destination, &still, Some(item.revision)).await;
                false
            }
            (Pass::Probe(item), _) => {
                tracing::info!(destination, "its circuit is closed again");
                circuit.write(store, destination, &item.closed(now), Some(item.revision)).await;
                false
            }
        }
    }
}

impl Guarded {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The item as it is known, or as it is read.
    async fn item<C: CircuitStore>(
        &self,
        store: &C,
        destination: &str,
        now: Timestamp,
    ) -> Option<Item> {
        if let Some(item) = self.known().fresh(now) {
            return item;
        }
        match store.circuit(destination).await {
            Ok(item) => {
                self.known().read(item.clone(), now);
                item
            }
            Err(error) => {
                tracing::warn!(destination, %error, "its circuit could not be read");
                None
            }
        }
    }

    /// Writes an item, and knows it then. Where another environment was first, its item is read next time.
    async fn write<C: CircuitStore>(
        &self,
        store: &C,
        destination: &str,
        item: &Item,
        over: Option<u64>,
    ) -> bool {
        match store.put_circuit(destination, item, over).await {
            Ok(()) => {
                self.known().know(Some(item.clone()));
                true
            }
            Err(error) => {
                tracing::warn!(destination, %error, "its circuit could not be written");
                self.known().doubt();
                false
            }
        }
    }
}
