//! A FIFO queue under random faults: its destination fails, rejects and panics, it has a circuit breaker and sometimes
//! a rate limit, the queue and the ledger fail, and workers crash.

use std::sync::Mutex;

use catchment_tests::random_faults::{RandomFaults, RandomRun};
use serde_json::{Value, json};
use worker_lambda::outcome::Outcome;

use super::{busy, fifo, numbers, receive};

/// How many events there are.
const EVENTS: u32 = 30;
const ORDERS: [&str; 3] = ["a", "b", "c"];

/// Every third seed has a rate limit too: one delivery in five seconds.
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

/// The answer of an unreliable destination.
fn answer(random: &mut RandomFaults) -> Outcome {
    match random.below(10) {
        0..4 => Outcome::Delivered,
        4 => Outcome::reject("HTTP status 400"),
        5 => busy(random.below(100)),
        _ => Outcome::retry("HTTP status 503"),
    }
}

fn start(seed: u64) -> RandomRun {
    let mut run = RandomRun::new(seed, config(seed));
    let answers = Mutex::new(run.random.fork());
    run.test.destinations.answer_by("crm", move |_| {
        let panics = answers.lock().unwrap().once_in(20);
        assert!(!panics, "the destination's code panics at random");
        answer(&mut answers.lock().unwrap())
    });
    run
}

/// Receives up to three events, until all are received.
async fn receive_some(run: &mut RandomRun) {
    let received = u32::try_from(run.events.len()).unwrap();
    for number in (received..EVENTS).take(run.random.below(4) as usize) {
        let event = (run.random.one_of(ORDERS), number);
        run.events.append(&mut receive(&run.test, &[event]).await);
    }
}

/// No event is tried before the earlier events of its order are delivered or dead letters.
#[tokio::test(start_paused = true)]
async fn under_random_faults_orders_are_kept_and_no_event_is_lost() {
    for seed in 0..20 {
        let mut run = start(seed);
        for _ in 0..120 {
            receive_some(&mut run).await;
            run.step(5, 200).await;
        }
        run.recover(60, 120).await;
        assert_eq!(run.events.len(), EVENTS as usize, "seed {seed}");
        assert_eq!(run.lost(), [], "seed {seed}");
        for order in ORDERS {
            let numbers = numbers(&run.test, order);
            assert!(numbers.is_sorted(), "seed {seed}: {order}'s {numbers:?}");
        }
    }
}
