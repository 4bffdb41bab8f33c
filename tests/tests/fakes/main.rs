//! Tests that run in this process: ingest and the worker on the fakes of `tests/src/fakes`, the real AWS and HTTP
//! clients on raw sockets, and the documentation. They need neither an emulator nor the network.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "it is a test")]

/// Runs the suites in `both` on the fakes only.
macro_rules! on_fakes {
    ($($item:item)*) => { $($item)* };
}

/// The binary `emulated` runs these.
macro_rules! on_emulators {
    ($($item:item)*) => {};
}

mod admission;
mod aws_destinations;
#[allow(dead_code, unused_imports, reason = "the binary `emulated` uses the rest")]
#[path = "../both/mod.rs"]
mod both;
mod client_certificates;
mod credentials;
mod docs;
mod forwarded_headers;
mod handshakes;
mod health;
mod http_destination;
mod ingest;
mod log_lines;
mod metric_names;
mod order;
mod partial_batch;
mod published_keys;
mod reply_within;
mod routing;
mod secrecy;
mod sources;
mod verify_deliveries;
mod worker;
