//! RandomFaults, for tests in which anything may go wrong: the same for the same seed.

use std::iter::repeat_n;
use std::time::Duration;

use fastrand::Rng;
use shared::event::dedupe::LedgerKey;
use shared::event::reference::Reference;
use tokio::time::timeout;
use worker_lambda::ledger::entry::State;

use crate::Result;
use crate::fakes::{Fault, Faults};
use crate::harness::TestWorker;

/// What happens by chance.
#[derive(Debug)]
pub struct RandomFaults(Rng);

impl RandomFaults {
    /// All that a seed leads to.
    pub fn of(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }

    /// A chance of somebody else's, which comes of this one.
    pub fn fork(&mut self) -> Self {
        Self(self.0.fork())
    }

    /// A number below that one.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0.u64(..end)
    }

    /// Whether what happens once in so many times happens now.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of these.
    pub fn one_of<T: Copy, const N: usize>(&mut self, choices: [T; N]) -> T {
        choices[self.0.usize(..N)]
    }

    /// What goes wrong with a port: once in four times, one of the next calls.
    pub fn faults(&mut self) -> Vec<Fault> {
        let fault = self.one_of([Fault::Fails, Fault::AnswerLost]);
        if self.once_in(4) { self.at_some_call(fault) } else { Vec::new() }
    }

    /// Lets a worker work on a batch while its queue and its ledger fail. At times it crashes.
    pub async fn batch(&mut self, test: &TestWorker) -> Result<()> {
        ports(test).iter().for_each(|port| port.plan(self.faults()));
        match self.once_in(12) {
            true => self.crash(test).await?,
            false => drop(test.batch().await?),
        }
        ports(test).iter().for_each(|port| port.plan([]));
        Ok(())
    }

    /// The worker is gone in the midst of a call, if it comes to that one.
    async fn crash(&mut self, test: &TestWorker) -> Result<()> {
        let port = self.one_of(ports(test));
        port.plan(self.at_some_call(Fault::Hangs));
        timeout(Duration::from_secs(1), test.batch()).await.map_or(Ok(()), |done| done.map(drop))
    }

    fn at_some_call(&mut self, fault: Fault) -> Vec<Fault> {
        repeat_n(Fault::None, self.0.usize(..4)).chain([fault]).collect()
    }
}

/// What of a worker's may fail.
fn ports(test: &TestWorker) -> [&Faults; 3] {
    [&test.ingest.queue.faults, &test.ledger.faults, &test.ledger.circuit_faults]
}

/// Those of a worker's events that are lost, or still on their way: neither complete nor a dead letter that
/// says why.
pub fn lost(test: &TestWorker, events: &[LedgerKey]) -> Vec<(LedgerKey, Option<State>)> {
    let letters = dead_lettered(test);
    let is_settled = |key: &LedgerKey| match test.state(key) {
        Some(State::Complete) => true,
        Some(State::Dead) => letters.contains(key),
        _ => false,
    };
    let lost = events.iter().filter(|key| !is_settled(key));
    lost.map(|key| (*key, test.state(key))).collect()
}

/// What the dead letters are of. What SQS itself put there has no reason.
fn dead_lettered(test: &TestWorker) -> Vec<LedgerKey> {
    let url = &test.queue("default").dead_letter_url;
    let mut told = Vec::new();
    loop {
        let letters = test.ingest.queue.receive(url);
        if letters.is_empty() {
            return told;
        }
        for letter in letters.iter().filter(|letter| letter.attributes.contains_key("reason")) {
            told.extend(Reference::parse(&letter.body).map(|reference| reference.ledger_key));
            test.ingest.queue.delete(url, &letter.receipt);
        }
    }
}
