//! The contracts of the ports, each written once and held against the in-memory fakes and against
//! AWS's APIs as the emulators have them: what the other suites prove on fakes is then proved of the
//! real adapters too.
//!
//! Where an emulator differs from AWS's documentation, the fake follows the documentation, and the
//! emulator is held only to what it does honestly; the list of its contracts says so.
mod circuit_breaker;
mod ledger;
mod queue;
mod secrets;
mod store;

use catchment_tests::clients::Clients;
use catchment_tests::emulator::{Emulator, Kind};

/// Makes a test of each contract, which is a function beside the call, for one implementation. Those of the module
/// `fake` run in the binary `fakes`, all others in `emulated`.
macro_rules! hold {
    (fake, $($rest:tt)*) => {
        on_fakes! { hold!(@module fake, $($rest)*); }
    };
    (@module $name:ident, $test:meta, $subject:expr, [$($contract:ident),* $(,)?]) => {
        mod $name {
            $(
                #[$test]
                async fn $contract() {
                    super::$contract(&$subject).await;
                }
            )*
        }
    };
    ($name:ident, $($rest:tt)*) => {
        on_emulators! { hold!(@module $name, $($rest)*); }
    };
}
use hold;

async fn clients(kind: Kind) -> Clients {
    Emulator::shared(kind).await.unwrap().clients()
}
