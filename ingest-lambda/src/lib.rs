//! The ingest Lambda: one webhook's way from the provider to the queue.
//!
//! [`http`] takes API Gateway's request apart and puts the answer together; [`receive`] does the five
//! steps between them, each on what the step before made; [`verifier`] verifies, with a source's
//! secrets or with its provider's [`keys`], and answers handshakes; [`rejection`] says which failure gets
//! which status.

pub mod http;
pub mod keys;
mod new_event;
pub mod receive;
pub mod received;
pub mod rejection;
pub mod source;
pub mod verifier;

pub use receive::Ingest;
pub use received::{Accepted, Received};
pub use rejection::Rejection;
