//! A standard queue before a destination that comes and goes: its events are held, tried again, and received
//! so often that they are message resent, for days.

use catchment_tests::harness::{QUEUE, TestWorker};
use catchment_tests::random_faults::{RandomFaults, lost};
use serde_json::{Value, json};
use shared::event::dedupe::LedgerKey;
use worker_lambda::outcome::Outcome;

use crate::admission::retention::DAY;
use crate::admission::{down, seconds, with_circuit};

/// How many events there are.
const EVENTS: usize = 12;

struct World {
    chance: RandomFaults,
    test: TestWorker,
    events: Vec<LedgerKey>,
}

/// A message is message resent when it was received ten times.
fn few_receives() -> Value {
    let mut config = with_circuit();
    config["queues"]["default"]["max_attempts"] = json!(4);
    config["queues"]["default"]["max_receives"] = json!(20);
    config
}

impl World {
    fn of(seed: u64) -> Self {
        let test = TestWorker::with(few_receives()).unwrap();
        Self { chance: RandomFaults::of(seed), test, events: Vec::new() }
    }

    async fn receive(&mut self) {
        let body = json!({ "number": self.events.len() });
        self.events.push(self.test.receive_body("hmac", &body).await.unwrap());
    }

    /// A minute or so passes, or a day. `crm` is down for an hour, and works for another.
    async fn pass(&mut self, step: usize) {
        let is_down = (step / 60).is_multiple_of(2);
        self.test.destinations.answer("crm", if is_down { down() } else { Outcome::Delivered });
        if self.chance.once_in(3) {
            self.test.reconfigure(few_receives()).unwrap();
        }
        self.chance.batch(&self.test).await.unwrap();
        if self.chance.once_in(30) {
            self.test.ingest.queue.age(QUEUE, seconds(DAY));
        }
        self.test.pass(seconds(self.chance.below(100))).await;
    }

    /// Nothing goes wrong any more, for as long as anything waits.
    async fn recover(&mut self) {
        self.test.destinations.answer("crm", Outcome::Delivered);
        for _ in 0..30 {
            self.test.reconfigure(few_receives()).unwrap();
            self.test.batch().await.unwrap();
            self.test.pass(seconds(400)).await;
        }
    }
}

/// SQS makes a dead letter of none, and neither do we without saying why.
#[tokio::test(start_paused = true)]
async fn whatever_happens_each_event_is_delivered_or_a_dead_letter_with_a_reason() {
    for seed in 0..20 {
        let mut world = World::of(seed);
        for step in 0..240 {
            if step < EVENTS {
                world.receive().await;
            }
            world.pass(step).await;
        }
        world.recover().await;
        assert_eq!(lost(&world.test, &world.events), [], "seed {seed}");
        assert_eq!(world.test.ingest.queue.depth(QUEUE), 0, "seed {seed}");
    }
}
