//! Circuits: a destination that fails again and again is left alone for a while.
//!
//! What holds for all environments is one item in the ledger, written only when it changes; each
//! environment counts failures by itself, and looks at the item now and then.

pub mod item;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use shared::config::{Circuit, Config};

use self::item::{Answer, Item, State};
use crate::outcome::Outcome;

/// For how long an environment relies on what it has read, unless a delivery fails.
const RELIED_ON: SignedDuration = SignedDuration::from_secs(10);

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

/// The circuits of all destinations that have one.
#[derive(Debug)]
pub struct Circuits(BTreeMap<String, Guarded>);

/// A circuit, and what this environment knows of it.
#[derive(Debug)]
struct Guarded {
    settings: Circuit,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    item: Option<Item>,
    /// Until when that is relied on; not at all before it was read.
    fresh_until: Timestamp,
    /// How many deliveries in a row have failed here.
    failures: u32,
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
                circuit.known().failures = 0;
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
                self.known().fresh_until = Timestamp::MIN;
                false
            }
        }
    }
}

impl Known {
    /// Nothing can close a circuit before its probe is due, so that needs no look.
    fn open_until(&self, now: Timestamp) -> Option<Timestamp> {
        match self.item.as_ref()?.state {
            State::Open(until) => Some(until).filter(|until| *until > now),
            State::Closed | State::Probing(_) => None,
        }
    }

    /// What may still be so. A probe may have ended since.
    fn fresh(&self, now: Timestamp) -> Option<Option<Item>> {
        let is_probed =
            self.item.as_ref().is_some_and(|item| matches!(item.state, State::Probing(_)));
        (self.fresh_until > now && !is_probed).then(|| self.item.clone())
    }

    /// What failed before a change says nothing of what came after it.
    fn know(&mut self, item: Option<Item>) {
        let revision = |item: &Option<Item>| item.as_ref().map(|item| item.revision);
        if revision(&self.item) != revision(&item) {
            self.failures = 0;
        }
        self.item = item;
    }

    fn read(&mut self, item: Option<Item>, now: Timestamp) {
        self.know(item);
        self.fresh_until = now + RELIED_ON;
    }

    /// Counts a failure, and says over what the circuit is to be opened, if it is. What fails late, while it
    /// is open or probed, is not counted. Others may have failed too: the item is looked at before the next
    /// delivery.
    fn fail(&mut self, most: u32, now: Timestamp) -> Option<Option<Item>> {
        if self.item.as_ref().is_some_and(|item| item.answer(now) != Answer::Free) {
            return None;
        }
        self.fresh_until = Timestamp::MIN;
        self.failures += 1;
        (self.failures >= most).then(|| self.item.clone())
    }
}
