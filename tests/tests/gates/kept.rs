//! Retention: what waits for long is told of, and SQS forgets none of it.

use std::collections::BTreeMap;

use catchment_tests::counted::{self, counts};
use catchment_tests::setup::{QUEUE, TestWorker};
use serde_json::json;
use shared::dedupe::LedgerKey;
use worker_lambda::ledger::entry::State;
use worker_lambda::outcome::Outcome;

use super::{seconds, usual};

const DAY: u64 = 86_400;

/// A worker with an event that came some days ago, and for which `crm` asks to come again in two hours.
async fn waiting(days: u64) -> (TestWorker, LedgerKey) {
    let mut test = TestWorker::with(usual()).unwrap();
    test.ingest.now -= seconds(days * DAY);
    let key = test.receive_body("hmac", &json!({ "order": 1 })).await.unwrap();
    test.ingest.queue.age(QUEUE, seconds(days * DAY));
    let busy = Outcome::Retry { after: Some(seconds(7200)), reason: super::DOWN.into() };
    test.destinations.answer("crm", busy);
    (test, key)
}

/// What is received at once, at the moment.
async fn received(test: &TestWorker) -> usize {
    test.batch().await.unwrap().0
}

#[tokio::test(start_paused = true)]
async fn what_has_half_of_its_time_left_is_hidden() {
    let (test, _) = waiting(3).await;
    assert_eq!(test.batch().await.unwrap(), (1, 1));
    test.pass(seconds(7199)).await;
    assert_eq!(received(&test).await, 0);
}

/// Its time and its receives begin anew, and it is still one event.
#[tokio::test(start_paused = true)]
async fn what_has_not_is_queued_anew_and_delivered_once() {
    let (test, key) = waiting(4).await;
    assert_eq!(test.batch().await.unwrap(), (1, 0), "acknowledged");
    assert_eq!(test.ingest.queue.depth(QUEUE), 1, "and there it is");
    assert_eq!(test.batch().await.unwrap(), (1, 1));
    assert!(matches!(test.state(&key), Some(State::Waiting(_))));
    assert_eq!(test.destinations.tried().len(), 1, "it is not tried before its time");
    test.destinations.answer("crm", Outcome::Delivered);
    test.pass(seconds(7201)).await;
    test.work_through().await.unwrap();
    assert_eq!((test.state(&key), test.ingest.queue.depth(QUEUE)), (Some(State::Complete), 0));
    assert_eq!(test.destinations.tried().len(), 2);
}

/// SQS ends a message whether it is hidden or not.
#[tokio::test(start_paused = true)]
async fn nothing_is_hidden_beyond_half_of_its_time_without_being_seen_then() {
    let (test, _) = waiting(3).await;
    test.ingest.queue.age(QUEUE, seconds(DAY / 2 - 3600));
    assert_eq!(test.batch().await.unwrap(), (1, 1));
    test.pass(seconds(3590)).await;
    assert_eq!(received(&test).await, 0);
    test.pass(seconds(20)).await;
    assert_eq!(received(&test).await, 1, "an hour before it is due");
}

/// Else SQS would make a dead letter of it, without a reason and with attempts left.
#[tokio::test(start_paused = true)]
async fn what_is_received_again_and_again_never_comes_to_max_receives() {
    let (test, key) = waiting(0).await;
    for _ in 0..300 {
        test.batch().await.unwrap();
        test.ingest.queue.age(QUEUE, seconds(7200));
    }
    assert!(matches!(test.state(&key), Some(State::Waiting(_))));
    assert!(test.dead_letters().is_empty());
    assert_eq!(test.ingest.queue.depth(QUEUE), 1);
}

#[tokio::test(start_paused = true)]
#[ignore = "the other tests here run it, each with a case"]
async fn case() {
    let days = counted::case().unwrap().parse().unwrap();
    let (test, _) = waiting(days).await;
    test.batch().await.unwrap();
}

#[test]
fn what_is_owed_after_half_of_its_time_is_told_of() {
    let counted = |days| -> BTreeMap<String, u64> { counted::counted("kept::case", days).unwrap() };
    assert_eq!(counted("3"), counts([("Retried", 1)]));
    assert_eq!(counted("4"), counts([("Overdue", 1), ("Retried", 1)]));
}
