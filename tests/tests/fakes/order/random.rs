//! A FIFO queue as chance has it: its destination fails, rejects and panics, has a circuit and sometimes a
//! pace, the queue and the ledger fail, and workers crash.

use std::sync::Mutex;

use catchment_tests::harness::TestWorker;
use catchment_tests::random_faults::{RandomFaults, lost};
use serde_json::{Value, json};
use shared::event::dedupe::LedgerKey;
use worker_lambda::outcome::Outcome;

use super::{busy, fifo, numbers, receive, seconds};

/// How many events there are.
const EVENTS: u32 = 30;
const ORDERS: [&str; 3] = ["a", "b", "c"];

struct World {
    chance: RandomFaults,
    config: Value,
    test: TestWorker,
    events: Vec<LedgerKey>,
}

/// Each third has a pace as well: one delivery in five seconds.
fn config(seed: u64) -> Value {
    let mut config = fifo();
    config["queues"]["default"]["max_attempts"] = json!(4);
    config["destinations"]["crm"]["circuit"] = json!({ "failures": 3, "probe_after": 60 });
    if seed.is_multiple_of(3) {
        config["destinations"]["crm"]["rate"] = json!(0.2);
        config["queues"]["default"]["maximum_concurrency"] = json!(1);
    }
    config
}

/// What a destination answers that is not what it should be.
fn answer(chance: &mut RandomFaults) -> Outcome {
    match chance.below(10) {
        0..4 => Outcome::Delivered,
        4 => Outcome::reject("HTTP status 400"),
        5 => busy(chance.below(100)),
        _ => Outcome::retry("HTTP status 503"),
    }
}

impl World {
    fn of(seed: u64) -> Self {
        let (config, mut chance) = (config(seed), RandomFaults::of(seed));
        let test = TestWorker::with(config.clone()).unwrap();
        let own = Mutex::new(chance.fork());
        test.destinations.answer_by("crm", move |_| {
            let panics = own.lock().unwrap().once_in(20);
            assert!(!panics, "a destination's code panicked, as chance has it");
            answer(&mut own.lock().unwrap())
        });
        Self { chance, config, test, events: Vec::new() }
    }

    /// Up to three events come, until all have.
    async fn receive(&mut self) {
        for number in (0..EVENTS).skip(self.events.len()).take(self.chance.below(4) as usize) {
            let event = (self.chance.one_of(ORDERS), number);
            self.events.append(&mut receive(&self.test, &[event]).await);
        }
    }

    /// A minute or two pass.
    async fn pass(&mut self) {
        if self.chance.once_in(5) {
            self.test.reconfigure(self.config.clone()).unwrap();
        }
        self.chance.batch(&self.test).await.unwrap();
        self.test.pass(seconds(self.chance.below(200))).await;
    }

    /// Nothing goes wrong any more, for as long as anything waits.
    async fn recover(&mut self) {
        self.test.destinations.answer("crm", Outcome::Delivered);
        for _ in 0..60 {
            self.test.reconfigure(self.config.clone()).unwrap();
            self.test.batch().await.unwrap();
            self.test.pass(seconds(120)).await;
        }
    }
}

/// No event is tried before those of its order that came earlier are delivered or dead letters.
#[tokio::test(start_paused = true)]
async fn whatever_happens_orders_are_kept_and_no_event_is_lost() {
    for seed in 0..20 {
        let mut world = World::of(seed);
        for _ in 0..120 {
            world.receive().await;
            world.pass().await;
        }
        world.recover().await;
        assert_eq!(world.events.len(), EVENTS as usize, "seed {seed}");
        assert_eq!(lost(&world.test, &world.events), [], "seed {seed}");
        for order in ORDERS {
            let numbers = numbers(&world.test, order);
            assert!(numbers.is_sorted(), "seed {seed}: {order}'s {numbers:?}");
        }
    }
}
