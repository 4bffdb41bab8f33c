//! Retention: what waits for long is told of, and SQS forgets none of it.

use catchment_tests::setup::{DEAD_LETTERS, QUEUE, TestWorker};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::dedupe::LedgerKey;
use worker_lambda::ledger::entry::{Entry, State};

use super::{down, seconds, usual};

/// The usual configuration with a queue that keeps messages for this long, and dead letters after so many
/// receives.
fn keeping(retention: u64, max_receives: u32) -> Value {
    let mut config = usual();
    config["queues"]["default"]["retention"] = json!(retention);
    config["queues"]["default"]["max_receives"] = json!(max_receives);
    config["queues"]["default"]["max_attempts"] = json!(100);
    config
}

/// A worker with an event that `crm` does not take, which is to wait for half an hour.
async fn waiting(config: Value) -> (TestWorker, LedgerKey) {
    let test = TestWorker::with(config).unwrap();
    test.destinations.answer("crm", down());
    let key = test.receive_body("hmac", &json!({ "order": 1 })).await.unwrap();
    let received = test.ingest.queue.receive(QUEUE);
    test.work(&received).await.unwrap();
    wait_for(&test, &key, 1800);
    test.ingest.queue.hide_all(QUEUE, seconds(0));
    (test, key)
}

fn wait_for(test: &TestWorker, key: &LedgerKey, seconds: i64) {
    let until = Timestamp::now() + SignedDuration::from_secs(seconds);
    test.ledger.change(key, |entry: &mut Entry| entry.state = State::Waiting(until));
}
