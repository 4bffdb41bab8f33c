//! The contracts of the ports, each written once and held against the in-memory fakes and against
//! AWS's APIs as the emulators have them: what the other suites prove on fakes is then proved of the
//! real adapters too.
//!
//! Where an emulator differs from AWS's documentation, the fake follows the documentation, and the
//! emulator is held only to what it does honestly; the list of its contracts says so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "it is a test")]

mod circuits;
mod ledger;
mod queue;
mod secrets;
mod store;

use catchment_tests::clients::Clients;
use catchment_tests::emulator::{Emulator, Kind};
use jiff::Timestamp;
use shared::event::EventId;

/// Holds contracts, which are functions beside the call, against one implementation: a test each.
macro_rules! hold {
    ($name:ident, $test:meta, $subject:expr, [$($contract:ident),* $(,)?]) => {
        mod $name {
            $(
                #[$test]
                async fn $contract() {
                    super::$contract(&$subject).await;
                }
            )*
        }
    };
}
use hold;

async fn clients(kind: Kind) -> Clients {
    Emulator::shared(kind).await.unwrap().clients()
}

/// A name that nothing else in the emulator has, whoever runs it.
fn unique(what: &str) -> String {
    format!("{what}-{}", EventId::new(Timestamp::now()))
}
