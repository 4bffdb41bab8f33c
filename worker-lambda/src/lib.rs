//! The worker Lambda: one reference's way from the queue to its destinations.
//!
//! [`batch`] gives every record a fair and separate try; [`work`] takes one reference through its
//! steps; [`ledger`] remembers who works on what and what is done; [`gate`] lets through what a destination
//! can bear; [`deliver`] is the last mile; [`handlers`] are destinations of one's own.

pub mod backoff;
pub mod batch;
pub mod deliver;
pub mod gate;
pub mod handlers;
pub mod ledger;
pub mod outcome;
pub mod record;
pub mod tools;
pub mod work;

pub use work::Worker;
