//! The harness: [`TestIngest`] and [`TestWorker`] run the product's ingest and worker on the fakes, and
//! [`TestDestination`](destination::TestDestination) runs one destination on an emulator or a raw server. Everything here
//! panics if something fails that no test expects to fail.
//!
//! | module | content |
//! |---|---|
//! | [`config`](mod@config) | the usual configuration, which tests change as they need |
//! | [`request`] | requests as API Gateway hands them over, and the answers |
//! | [`ingest`] | ingest on fakes |
//! | [`worker`] | ingest and worker on fakes: the whole path of an event |
//! | [`log`] | what ingest and worker log besides the line of each event |
//! | [`lines`] | the one line of each event that ingest and worker log, and what it counts |
//! | [`destination`] | one destination, with the AWS SDK's clients |
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "only tests use it")]

pub mod config;
pub mod destination;
pub mod ingest;
pub mod lines;
pub mod log;
pub mod request;
pub mod worker;

pub use self::config::{DEAD_LETTERS, QUEUE, QUEUE_ARN, config, source, source_with};
pub use self::ingest::{TestIngest, receive};
pub use self::lines::{RecordedLines, counts};
pub use self::request::{Answer, http_api_event, sample_event, secret, signed};
pub use self::worker::{TestWorker, TestWorkerBuilder};
