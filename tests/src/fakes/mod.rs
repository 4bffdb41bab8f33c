//! In-memory fakes of the ports. They hide and redeliver messages, enforce conditions and limits, and fail on request.
//! `tests/both/contracts` tests them and the emulators on the same contracts.

mod destinations;
mod hosts;
mod ledger;
mod queue;
mod secrets;
mod store;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use shared::ports::queue::{Attributes, Message};

pub use self::destinations::MemoryDestinations;
pub use self::hosts::MemoryHosts;
pub use self::ledger::MemoryLedger;
pub use self::queue::{MemoryQueue, Received, Settings};
pub use self::secrets::MemorySecrets;
pub use self::store::MemoryStore;

/// A message for a standard queue, without attributes.
pub fn message(body: impl Into<String>) -> Message {
    Message { body: body.into(), attributes: Attributes::new(), fifo: None }
}

/// How a fake fails, and how often it was called.
#[derive(Debug, Default)]
pub struct Faults {
    calls: AtomicU32,
    plan: Mutex<Vec<Fault>>,
}

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: the call goes through.
    None,
    /// It fails, and has no effect.
    Fails,
    /// It has its effect, but the answer is an error, as when a connection breaks.
    AnswerLost,
    /// It is never answered, and has no effect.
    Hangs,
}

impl Faults {
    /// What goes wrong with the next calls, in their order; afterwards nothing does.
    pub fn plan(&self, faults: impl IntoIterator<Item = Fault>) {
        let mut plan: Vec<_> = faults.into_iter().collect();
        plan.reverse();
        *lock(&self.plan) = plan;
    }

    /// How many calls were made.
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Counts a call and returns its fault. A call that hangs does so here.
    async fn next(&self) -> Fault {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let fault = lock(&self.plan).pop().unwrap_or(Fault::None);
        if fault == Fault::Hangs {
            tokio::time::sleep(Duration::from_secs(365 * 86_400)).await;
        }
        fault
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
