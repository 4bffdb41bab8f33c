//! The worker Lambda: takes references from the queue, and delivers their events to destinations.
//!
//! Imports run downwards only. `worker-lambda/tests/layers.rs` fails when a module imports one that is not in its row:
//!
//! | module | holds | may import |
//! |---|---|---|
//! | [`batch`] | the records of an invocation, each processed on its own | [`process`], [`ports`], [`record`] |
//! | [`process`] | one record, from its reference to an ending that is settled | all below but [`handlers`] |
//! | [`health`] | the answer to the health event | [`ledger`] |
//! | [`ports`] | the store, the queues, the ledger and the destinations, as one type | [`ledger`], [`deliver`] |
//! | [`ledger`] | the lease on each event, its attempts, and which destinations have it | [`admission`], [`outcome`] |
//! | [`handlers`] | destinations that are compiled in | [`deliver`], [`outcome`] |
//! | [`deliver`] | deliveries by the kind of destination | [`outcome`] |
//! | [`admission`] | rate limits and circuit breakers | [`outcome`] |
//! | [`outcome`] | the result of a delivery | nothing |
//! | [`record`] | a received queue message | nothing |
//! | [`backoff`] | how long to wait before the next attempt | nothing |
//!
//! `main.rs` puts them together: it gives the [`handlers`] to the destinations, and the ports to the [`Worker`].

pub mod admission;
pub mod backoff;
pub mod batch;
pub mod deliver;
pub mod handlers;
pub mod health;
pub mod ledger;
pub mod outcome;
pub mod ports;
pub mod process;
pub mod record;

pub use process::Worker;
