//! The ingest Lambda: it verifies a webhook, stores it, enqueues a reference to it, and only then answers.
//!
//! A request passes these files, in this order:
//!
//! 1. [`http`] reads API Gateway's request, and writes the response.
//! 2. [`receive`] finds the source, classifies the request, verifies it, stores the event in S3 and enqueues its
//!    reference in SQS.
//! 3. `verifier` verifies the signature, with the source's secrets or with the [`keys`] that its provider
//!    publishes. It also answers handshakes.
//! 4. `new_event` builds the stored event and its reference.
//! 5. `rejection` maps every failure to an HTTP status, and `report` writes the log line and the metrics.
//!
//! [`health`] answers the health event, with which Terraform asks a new version whether it can receive.
//!
//! `source` has the registered sources, which are read once, at the start.

pub mod health;
pub mod http;
pub mod keys;
mod new_event;
pub mod receive;
mod rejection;
mod report;
mod source;
mod verifier;

pub use receive::Ingest;
pub use rejection::Rejection;
