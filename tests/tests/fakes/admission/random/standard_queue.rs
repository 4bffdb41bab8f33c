//! A standard queue with a destination that fails and recovers: events are deferred, retried, and received so often that
//! their messages are resent, for days.

use catchment_tests::harness::QUEUE;
use catchment_tests::random_faults::RandomRun;
use serde_json::{Value, json};
use worker_lambda::outcome::Outcome;

use crate::admission::retention::DAY;
use crate::admission::{down, seconds, with_circuit};

/// How many events there are.
const EVENTS: usize = 12;

/// A message is resent when it was received ten times.
fn few_receives() -> Value {
    let mut config = with_circuit();
    config["queues"]["default"]["max_attempts"] = json!(4);
    config["queues"]["default"]["max_receives"] = json!(20);
    config
}

/// A minute or so passes, or a day. `crm` is down for an hour, and works for another.
async fn step(run: &mut RandomRun, step: usize) {
    if step < EVENTS {
        let body = json!({ "number": run.events.len() });
        run.events.push(run.test.receive_body("hmac", &body).await);
    }
    let is_down = (step / 60).is_multiple_of(2);
    run.test.destinations.answer("crm", if is_down { down() } else { Outcome::Delivered });
    run.step(3, 100).await;
    if run.random.once_in(30) {
        run.test.ingest.queue.age(QUEUE, seconds(DAY));
    }
}

/// Neither SQS nor the worker makes a dead letter without a reason.
#[tokio::test(start_paused = true)]
async fn under_random_faults_each_event_is_delivered_or_a_dead_letter_with_a_reason() {
    for seed in 0..20 {
        let mut run = RandomRun::new(seed, few_receives());
        for number in 0..240 {
            step(&mut run, number).await;
        }
        run.recover(30, 400).await;
        assert_eq!(run.lost(), [], "seed {seed}");
        assert_eq!(run.test.ingest.queue.depth(QUEUE), 0, "seed {seed}");
    }
}
