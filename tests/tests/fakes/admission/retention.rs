//! Retention: events that wait for long are counted, and SQS deletes none of them.

use catchment_tests::fakes::Received;
use catchment_tests::harness::{QUEUE, TestWorker, counts};
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::event::dedupe::LedgerKey;
use shared::ports::queue::{Message, MessageQueue};
use shared::telemetry::Metric;
use worker_lambda::ledger::entry::State;
use worker_lambda::outcome::Outcome;
use worker_lambda::record::{RESENDS, RESENT_AT, SINCE};

use super::{seconds, usual};

pub(super) const DAY: u64 = 86_400;

/// A worker with an event received some days ago, for which `crm` asks for a retry after two hours.
async fn waiting(days: u64) -> (TestWorker, LedgerKey) {
    waiting_with(usual(), days).await
}

async fn waiting_with(config: Value, days: u64) -> (TestWorker, LedgerKey) {
    let mut test = TestWorker::with(config);
    test.ingest.now -= seconds(days * DAY);
    let key = test.receive_body("hmac", &json!({ "order": 1 })).await;
    test.ingest.queue.age(QUEUE, seconds(days * DAY));
    let busy = Outcome::Retry { after: Some(seconds(7200)), reason: super::DOWN.into() };
    test.destinations.answer("crm", busy);
    (test, key)
}

/// How many records are visible now. Processes them.
async fn received(test: &TestWorker) -> usize {
    test.batch().await.0
}

#[tokio::test(start_paused = true)]
async fn an_event_within_half_of_its_retention_is_hidden() {
    let (test, _) = waiting(3).await;
    assert_eq!(test.batch().await, (1, 1));
    test.pass(seconds(7199)).await;
    assert_eq!(received(&test).await, 0);
}

/// SQS deletes a message at the end of its retention, hidden or not.
#[tokio::test(start_paused = true)]
async fn nothing_is_hidden_past_half_of_its_retention_without_being_received_at_that_time() {
    let (test, _) = waiting(3).await;
    test.ingest.queue.age(QUEUE, seconds(DAY / 2 - 3600));
    assert_eq!(test.batch().await, (1, 1));
    test.pass(seconds(3590)).await;
    assert_eq!(received(&test).await, 0);
    test.pass(seconds(20)).await;
    assert_eq!(received(&test).await, 1, "an hour before it is due");
}

/// The event is retried as long as its retention allows, and then becomes a dead letter with a reason.
#[tokio::test(start_paused = true)]
async fn an_event_that_would_outlast_its_retention_is_dead_lettered_before_it_ends() {
    let (test, key) = waiting(5).await;
    test.ingest.queue.age(QUEUE, seconds(DAY - 3 * 3600));
    assert_eq!(test.batch().await, (1, 1), "there is time");
    test.ingest.queue.age(QUEUE, seconds(2 * 3600));
    test.ledger.age(seconds(2 * 3600));
    assert_eq!(test.batch().await, (1, 0));
    assert_eq!(test.state(&key), State::Dead);
    let reason = &test.dead_letters()[0].attributes["reason"];
    assert_eq!(reason, "crm: HTTP status 503; its queue's retention is nearly over");
}

/// The message is resent when it is received for the second time. Its age counts from the first message.
#[tokio::test(start_paused = true)]
async fn a_resent_message_keeps_its_age() {
    let mut config = usual();
    config["queues"]["default"]["max_receives"] = json!(4);
    let (test, key) = waiting_with(config, 5).await;
    test.ingest.queue.age(QUEUE, seconds(DAY - 3 * 3600));
    assert_eq!(test.batch().await, (1, 1));
    test.ingest.queue.age(QUEUE, seconds(7200));
    assert_eq!(test.batch().await, (1, 0));
    assert_eq!((test.ingest.queue.depth(QUEUE), test.destinations.tried().len()), (1, 1));
    test.ledger.age(seconds(7200));
    assert_eq!(test.batch().await, (1, 0), "two hours more are too many");
    assert_eq!(test.state(&key), State::Dead);
    assert_eq!((test.ingest.queue.depth(QUEUE), test.dead_letters().len()), (0, 1));
}

/// SQS moves a message with its attributes: to the dead-letter queue after its last receive, and back when it is redriven
/// days later. Its waiting time must not be that of the message before, or its first failure would be its last.
#[tokio::test(start_paused = true)]
async fn a_resent_message_that_is_redriven_has_all_its_time_again() {
    let mut config = usual();
    config["queues"]["default"]["max_receives"] = json!(4);
    config["queues"]["default"]["max_attempts"] = json!(10);
    let (test, key) = waiting_with(config, 3).await;
    assert_eq!(test.batch().await, (1, 1));
    test.pass(seconds(7201)).await;
    assert_eq!(test.batch().await, (1, 0), "resent");
    for _ in 0..4 {
        test.pass(seconds(7201)).await;
        assert_eq!(test.ingest.queue.receive(QUEUE).len(), 1, "and never finished with");
    }
    test.pass(seconds(7201)).await;
    assert!(test.ingest.queue.receive(QUEUE).is_empty());
    let Received { body, attributes, .. } = test.dead_letters().remove(0);
    assert_eq!(attributes.keys().collect::<Vec<_>>(), [RESENDS, RESENT_AT, SINCE]);
    let six_days_ago = |name: &str| {
        let time: Timestamp = attributes[name].parse().unwrap();
        (time - seconds(6 * DAY)).to_string()
    };
    let attributes = [RESENT_AT, SINCE].map(|name| (name, six_days_ago(name))).into();
    let redriven = Message { body, attributes, fifo: None };
    test.ingest.queue.send(QUEUE, redriven).await.unwrap();
    test.ledger.age(seconds(6 * DAY));
    let before = test.lines.counts();
    assert_eq!(test.batch().await, (1, 1), "it is tried again");
    assert!(matches!(test.state(&key), State::Waiting(_)));
    assert_eq!(test.lines.counts().get("Overdue"), before.get("Overdue"));
}

/// The alarm reads the maximum. Many messages that are each resent once are no loop.
#[tokio::test(start_paused = true)]
async fn what_is_counted_is_how_often_one_message_was_resent() {
    let mut config = usual();
    config["queues"]["default"]["max_receives"] = json!(4);
    config["queues"]["default"]["max_attempts"] = json!(1000);
    let (test, _) = waiting_with(config, 0).await;
    test.receive_body("hmac", &json!({ "order": 2 })).await;
    let mut largest = Vec::new();
    for _ in 0..6 {
        test.batch().await;
        test.pass(seconds(7201)).await;
        largest.push(test.lines.largest(Metric::Resent));
    }
    assert_eq!(largest, [0, 1, 1, 2, 2, 3], "at each second receive, for both messages alike");
}

/// Otherwise SQS would dead-letter it, without a reason and with attempts left.
#[tokio::test(start_paused = true)]
async fn an_event_received_repeatedly_never_reaches_max_receives() {
    let mut config = usual();
    config["queues"]["default"]["max_attempts"] = json!(1000);
    let (test, key) = waiting_with(config, 0).await;
    for _ in 0..300 {
        test.batch().await;
        test.pass(seconds(7201)).await;
    }
    assert!(matches!(test.state(&key), State::Waiting(_)));
    assert_eq!(test.destinations.tried().len(), 300, "it may be received a hundred times");
    assert_eq!((test.ingest.queue.depth(QUEUE), test.dead_letters().len()), (1, 0));
}

/// A message of a standard queue may have a group too (SQS's fair queues). Its dead letter must not.
#[tokio::test(start_paused = true)]
async fn a_message_with_a_group_in_a_standard_queue_can_be_dead_lettered() {
    let (test, _) = waiting(0).await;
    test.destinations.answer("crm", Outcome::reject("HTTP status 400"));
    let received = test.ingest.queue.receive(QUEUE).into_iter();
    let grouped = |it| Received { group: Some("tenant".into()), ..it };
    assert!(test.process(&received.map(grouped).collect::<Vec<_>>()).await.is_empty());
    assert_eq!(test.dead_letters().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_event_still_undelivered_after_half_of_its_retention_is_counted_as_overdue() {
    for (days, expected) in
        [(3, counts([("retry", 1)])), (4, counts([("Overdue", 1), ("retry", 1)]))]
    {
        let (test, _) = waiting(days).await;
        test.batch().await;
        assert_eq!(test.lines.counts(), expected, "{days} of seven days");
    }
}
