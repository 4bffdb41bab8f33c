//! The contracts of the ports, each written once, and tested on the in-memory fakes and on AWS's APIs as the emulators
//! implement them: what other tests show on fakes then holds for the real adapters too.
//!
//! Where an emulator differs from AWS's documentation, the fake follows the documentation, and the emulator is tested
//! only on what it implements correctly, as the list of its contracts shows.
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
