//! The ports that the worker works on, bundled so that one type parameter stands for all four.

use shared::ports::queue::MessageQueue;
use shared::ports::store::EventStore;

use crate::deliver::Deliver;
use crate::ledger::Ledger;

/// The ports of a worker.
pub trait Ports {
    /// Where events are stored.
    type Store: EventStore;
    /// Where messages are hidden, resent and dead-lettered.
    type Queue: MessageQueue;
    /// Who works on which event, and what is done.
    type Ledger: Ledger;
    /// Where events are delivered.
    type Destinations: Deliver;

    /// The event store.
    fn store(&self) -> &Self::Store;
    /// The queues.
    fn queue(&self) -> &Self::Queue;
    /// The ledger.
    fn ledger(&self) -> &Self::Ledger;
    /// The destinations.
    fn destinations(&self) -> &Self::Destinations;
}

/// Any four implementations as [`Ports`].
pub struct PortSet<S, Q, L, D> {
    /// Where events are stored.
    pub store: S,
    /// Where messages are hidden, resent and dead-lettered.
    pub queue: Q,
    /// Who works on which event, and what is done.
    pub ledger: L,
    /// Where events are delivered.
    pub destinations: D,
}

impl<S: EventStore, Q: MessageQueue, L: Ledger, D: Deliver> Ports for PortSet<S, Q, L, D> {
    type Store = S;
    type Queue = Q;
    type Ledger = L;
    type Destinations = D;

    fn store(&self) -> &S {
        &self.store
    }

    fn queue(&self) -> &Q {
        &self.queue
    }

    fn ledger(&self) -> &L {
        &self.ledger
    }

    fn destinations(&self) -> &D {
        &self.destinations
    }
}
