//! Random faults, for tests in which any call may fail. The same seed leads to the same faults.

use std::iter::repeat_n;
use std::time::Duration;

use fastrand::Rng;
use serde_json::Value;
use shared::event::dedupe::LedgerKey;
use shared::event::reference::Reference;
use tokio::time::timeout;
use worker_lambda::ledger::entry::State;
use worker_lambda::outcome::Outcome;

use crate::fakes::{Fault, Faults};
use crate::harness::TestWorker;

/// A random sequence of events and faults.
#[derive(Debug)]
pub struct RandomFaults(Rng);

impl RandomFaults {
    /// The sequence of a seed.
    pub fn of(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }

    /// An independent sequence that depends on this one.
    pub fn fork(&mut self) -> Self {
        Self(self.0.fork())
    }

    /// A number from zero to below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0.u64(..end)
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of the choices.
    pub fn one_of<T: Copy, const N: usize>(&mut self, choices: [T; N]) -> T {
        choices[self.0.usize(..N)]
    }

    /// The faults of a port: once in four times, one of the next four calls fails.
    pub fn faults(&mut self) -> Vec<Fault> {
        let fault = self.one_of([Fault::Fails, Fault::AnswerLost]);
        if self.once_in(4) { self.at_some_call(fault) } else { Vec::new() }
    }

    /// Has a worker process a batch while its queue and its ledger fail at random. Sometimes it crashes.
    pub async fn batch(&mut self, test: &TestWorker) {
        ports(test).iter().for_each(|port| port.plan(self.faults()));
        match self.once_in(12) {
            true => self.crash(test).await,
            false => drop(test.batch().await),
        }
        ports(test).iter().for_each(|port| port.plan([]));
    }

    /// Ends the worker in the middle of a call, if it gets as far as that call.
    async fn crash(&mut self, test: &TestWorker) {
        let port = self.one_of(ports(test));
        port.plan(self.at_some_call(Fault::Hangs));
        let _crashed = timeout(Duration::from_secs(1), test.batch()).await;
    }

    fn at_some_call(&mut self, fault: Fault) -> Vec<Fault> {
        repeat_n(Fault::None, self.0.usize(..4)).chain([fault]).collect()
    }
}

/// The ports that fail.
fn ports(test: &TestWorker) -> [&Faults; 3] {
    [&test.ingest.queue.faults, &test.ledger.faults, &test.ledger.circuit_faults]
}

/// A run of a worker in which faults are random, with the events that it has received.
pub struct RandomRun {
    /// What happens.
    pub random: RandomFaults,
    /// The worker.
    pub test: TestWorker,
    /// The ledger keys of the events received so far.
    pub events: Vec<LedgerKey>,
}

impl RandomRun {
    /// A run that depends on nothing but a seed and a configuration.
    pub fn new(seed: u64, config: Value) -> Self {
        let (random, test) = (RandomFaults::of(seed), TestWorker::with(config));
        Self { random, test, events: Vec::new() }
    }

    /// Processes a batch in which calls may fail, once in so many times in a new environment, and lets less than so
    /// many seconds pass.
    pub async fn step(&mut self, restart_once_in: u64, seconds: u64) {
        if self.random.once_in(restart_once_in) {
            self.test.restart();
        }
        self.random.batch(&self.test).await;
        self.test.pass(Duration::from_secs(self.random.below(seconds))).await;
    }

    /// Processes so many batches in which nothing fails, and lets as many seconds pass after each.
    pub async fn recover(&mut self, batches: u32, seconds: u64) {
        self.test.destinations.answer("crm", Outcome::Delivered);
        for _ in 0..batches {
            self.test.restart();
            self.test.batch().await;
            self.test.pass(Duration::from_secs(seconds)).await;
        }
    }

    /// The events that are neither complete nor a dead letter with a reason.
    pub fn lost(&self) -> Vec<(LedgerKey, Option<State>)> {
        let dead_lettered = dead_lettered(&self.test);
        let state = |key: &LedgerKey| self.test.ledger.entry(key).map(|entry| entry.state);
        let is_settled = |key: &LedgerKey| match state(key) {
            Some(State::Complete | State::NoDestination) => true,
            Some(State::Dead) => dead_lettered.contains(key),
            _ => false,
        };
        let lost = self.events.iter().filter(|key| !is_settled(key));
        lost.map(|key| (*key, state(key))).collect()
    }
}

/// The ledger keys of the dead letters that the worker sent. Those that SQS moved have no reason and do not count.
fn dead_lettered(test: &TestWorker) -> Vec<LedgerKey> {
    let url = &test.queue("default").dead_letter_url;
    let mut keys = Vec::new();
    loop {
        let letters = test.ingest.queue.receive(url);
        if letters.is_empty() {
            return keys;
        }
        for letter in letters.iter().filter(|letter| letter.attributes.contains_key("reason")) {
            keys.extend(Reference::parse(&letter.body).map(|reference| reference.ledger_key));
            test.ingest.queue.delete(url, &letter.receipt);
        }
    }
}
