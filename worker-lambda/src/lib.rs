//! The worker Lambda: one reference's way from the queue to its destinations.
//!
//! [`batch`] gives every record a fair and separate try; [`work`] takes one reference through its
//! steps; [`ledger`] remembers who works on what and what is done; [`gate`] lets through what a destination
//! can bear; [`deliver`] is the last mile; [`handlers`] are destinations of one's own.

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
