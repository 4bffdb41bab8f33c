//! The worker Lambda: takes references from the queue, and delivers their events to destinations.
//!
//! - [`batch`] processes every record on its own.
//! - [`process`] takes one record from its reference to an ending, and settles it.
//! - [`ledger`] keeps who works on which event, and what is delivered.
//! - [`admission`] holds deliveries to rate limits and circuit breakers.
//! - [`deliver`] makes deliveries by the kind of destination; [`handlers`] are destinations compiled in.

pub mod admission;
pub mod backoff;
pub mod batch;
pub mod deliver;
pub mod handler_context;
pub mod handlers;
pub mod ledger;
pub mod outcome;
pub mod ports;
pub mod process;
pub mod record;

pub use process::Worker;
