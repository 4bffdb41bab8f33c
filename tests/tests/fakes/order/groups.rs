//! A message group waits for its first event, and other groups do not.

use catchment_tests::fakes::{Fault, Received};
use catchment_tests::harness::TestWorker;
use serde_json::Value;
use tokio::time::Instant;
use worker_lambda::deliver::Delivery;
use worker_lambda::outcome::Outcome;

use super::{busy, fifo, numbers, receive, seconds};

/// Three events of one order and two of another, alternating.
const EVENTS: [(&str, u32); 5] = [("a", 1), ("b", 1), ("a", 2), ("b", 2), ("a", 3)];

async fn with_events() -> TestWorker {
    let test = TestWorker::with(fifo());
    receive(&test, &EVENTS).await;
    test
}

fn is_of(order: &str, delivery: &Delivery) -> bool {
    serde_json::from_slice::<Value>(&delivery.body).unwrap()["order"] == order
}

fn received(test: &TestWorker) -> Vec<Received> {
    test.ingest.queue.receive(&test.queue("default").url)
}

#[tokio::test(start_paused = true)]
async fn the_events_of_an_order_are_delivered_in_sequence_and_orders_in_parallel() {
    let test = with_events().await;
    test.destinations.delay("crm", seconds(2));
    let start = Instant::now();
    assert_eq!(test.batch().await, (5, 0));
    assert_eq!((numbers(&test, "a"), numbers(&test, "b")), (vec![1, 2, 3], vec![1, 2]));
    assert_eq!(start.elapsed(), seconds(6), "as long as the longer order");
}

#[tokio::test(start_paused = true)]
async fn an_order_waits_for_its_first_event_and_the_other_does_not() {
    let test = with_events().await;
    test.destinations.answer_by(
        "crm",
        |it| {
            if is_of("a", it) { busy(60) } else { Outcome::Delivered }
        },
    );
    assert_eq!(test.batch().await, (5, 3), "all of the order come back");
    assert_eq!((numbers(&test, "a"), numbers(&test, "b")), (vec![1], vec![1, 2]));
    test.pass(seconds(59)).await;
    assert!(received(&test).is_empty(), "all are hidden as long as the first");
    test.pass(seconds(2)).await;
    test.destinations.answer("crm", Outcome::Delivered);
    assert_eq!(test.batch().await, (3, 0));
    assert_eq!(numbers(&test, "a"), [1, 1, 2, 3]);
}

/// The first message comes back although it was acknowledged, and the provider sends the third event again. The third is
/// at the end of its group again.
#[tokio::test(start_paused = true)]
async fn events_that_were_unrouted_are_delivered_in_order_once_a_route_takes_them() {
    let mut unrouted = fifo();
    unrouted["routes"] = serde_json::json!([]);
    let mut test = TestWorker::with(unrouted);
    receive(&test, &[("a", 3)]).await;
    test.drain().await;
    receive(&test, &[("a", 1), ("a", 2)]).await;
    let first = received(&test);
    assert!(test.process(&first[..1]).await.is_empty());
    receive(&test, &[("a", 3)]).await;
    assert!(test.destinations.tried().is_empty());
    test.reconfigure(fifo());
    test.pass(seconds(3600)).await;
    test.drain().await;
    assert_eq!(numbers(&test, "a"), [1, 2, 3]);
}

/// The second of three fails: the first is done, and the third waits.
#[tokio::test(start_paused = true)]
async fn events_delivered_before_a_failure_are_not_delivered_again() {
    let test = with_events().await;
    test.destinations.answer_by("crm", |it| {
        let number = serde_json::from_slice::<Value>(&it.body).unwrap()["number"].clone();
        if is_of("a", it) && number == 2 { busy(60) } else { Outcome::Delivered }
    });
    assert_eq!(test.batch().await, (5, 2));
    assert_eq!(numbers(&test, "a"), [1, 2]);
    test.pass(seconds(61)).await;
    let waiting: Vec<_> = received(&test).iter().map(|it| it.receives).collect();
    assert_eq!(waiting, [2, 2]);
}

#[tokio::test(start_paused = true)]
async fn an_event_received_while_its_group_waits_also_waits() {
    let test = with_events().await;
    test.destinations.answer("crm", busy(60));
    test.batch().await;
    receive(&test, &[("a", 4), ("c", 1)]).await;
    test.destinations.answer("crm", Outcome::Delivered);
    assert_eq!(test.batch().await, (1, 0), "nothing but the new order");
    test.pass(seconds(61)).await;
    test.drain().await;
    assert_eq!(numbers(&test, "a"), [1, 1, 2, 3, 4]);
}

/// The other events of a group are left as the first one is: SQS returns none of them before all are visible.
#[tokio::test(start_paused = true)]
async fn if_the_first_is_not_hidden_its_group_is_not_hidden() {
    let test = with_events().await;
    test.destinations.panic("crm");
    assert_eq!(test.batch().await, (5, 5));
    assert_eq!(test.destinations.tried().len(), 2, "one of each order");
    test.pass(seconds(359)).await;
    assert!(received(&test).is_empty());
    test.pass(seconds(2)).await;
    test.destinations.answer("crm", Outcome::Delivered);
    assert_eq!(test.batch().await, (5, 0));
    assert_eq!(numbers(&test, "a"), [1, 1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn the_order_is_kept_if_hiding_fails() {
    let test = with_events().await;
    test.destinations.answer("crm", busy(60));
    test.ingest.queue.faults.plan([Fault::Fails; 5]);
    assert_eq!(test.batch().await, (5, 5));
    test.destinations.answer("crm", Outcome::Delivered);
    test.pass(seconds(361)).await;
    test.drain().await;
    assert_eq!(numbers(&test, "a"), [1, 1, 2, 3]);
}

/// A crashed worker still has the lease of the first event, so its group waits until the lease ends.
#[tokio::test(start_paused = true)]
async fn an_order_waits_for_the_lease_of_a_crashed_worker() {
    let test = with_events().await;
    test.destinations.delay("crm", seconds(3600));
    let lost = tokio::time::timeout(seconds(1), test.batch()).await;
    assert!(lost.is_err(), "the worker is gone");
    test.destinations.answer("crm", Outcome::Delivered);
    test.ingest.queue.age(&test.queue("default").url, seconds(360));
    assert_eq!(test.batch().await, (5, 5));
    assert_eq!(numbers(&test, "a"), [1], "nothing is tried before it");
    test.pass(seconds(61)).await;
    test.drain().await;
    assert_eq!((numbers(&test, "a"), numbers(&test, "b")), (vec![1, 1, 2, 3], vec![1, 1, 2]));
}

/// Each delivery takes 15 of 60 seconds. The rest is released at once, in order.
#[tokio::test(start_paused = true)]
async fn records_left_at_the_deadline_are_released_at_once() {
    let test = TestWorker::with(fifo());
    receive(&test, &[("a", 1), ("a", 2), ("a", 3), ("a", 4), ("b", 1)]).await;
    test.destinations.delay("crm", seconds(15));
    assert_eq!(test.batch().await, (5, 1));
    assert_eq!(numbers(&test, "a"), [1, 2, 3]);
    assert_eq!(test.batch().await, (1, 0));
    assert_eq!(numbers(&test, "a"), [1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_does_not_hold_up_its_order() {
    let test = TestWorker::with(fifo());
    receive(&test, &[("a", 1), ("a", 1), ("a", 2)]).await;
    assert_eq!(test.batch().await, (3, 0));
    assert_eq!(numbers(&test, "a"), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn events_without_the_ordering_key_do_not_wait_for_each_other() {
    let test = TestWorker::with(fifo());
    for number in 1..=3 {
        test.receive_body("hmac", &serde_json::json!({ "number": number })).await;
    }
    test.destinations.answer_by("crm", |it| {
        let number = serde_json::from_slice::<Value>(&it.body).unwrap()["number"].clone();
        if number == 1 { busy(60) } else { Outcome::Delivered }
    });
    assert_eq!(test.batch().await, (3, 1));
}
