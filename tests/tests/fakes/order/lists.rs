//! Lists in FIFO queues: each item is in the group of its own key, in the order of the list.

use catchment_tests::harness::TestWorker;
use serde_json::{Value, json};

use super::{busy, event, fifo, numbers, seconds};

/// `hmac` splits the lists of its orders, each item known by order and number.
fn split() -> Value {
    let mut config = fifo();
    config["sources"]["hmac"]["split"] = json!(true);
    config["sources"]["hmac"]["list"] =
        json!({ "items": "body.events", "id": ["order", "number"] });
    config
}

fn list(events: &[(&str, u32)]) -> Value {
    json!({ "events": events.iter().map(|(order, number)| event(order, *number)).collect::<Vec<_>>() })
}

#[tokio::test(start_paused = true)]
async fn items_are_in_the_order_of_their_lists_and_lists_in_that_of_their_source() {
    let test = TestWorker::with(split());
    test.receive_body("hmac", &list(&[("a", 1), ("b", 1), ("a", 2)])).await;
    test.receive_body("hmac", &list(&[("a", 3), ("b", 2)])).await;
    test.drain().await;
    assert_eq!((numbers(&test, "a"), numbers(&test, "b")), (vec![1, 2, 3], vec![1, 2]));
}

#[tokio::test(start_paused = true)]
async fn an_item_waits_for_those_of_its_own_key_only() {
    let test = TestWorker::with(split());
    test.receive_body("hmac", &list(&[("a", 1), ("b", 1), ("a", 2)])).await;
    test.batch().await;
    test.destinations.answer_by("crm", |it| {
        match it.body.starts_with(br#"{"number":1,"order":"a""#) {
            true => busy(60),
            false => worker_lambda::outcome::Outcome::Delivered,
        }
    });
    assert_eq!(test.batch().await, (3, 2));
    assert_eq!((numbers(&test, "a"), numbers(&test, "b")), (vec![1], vec![1]));
    test.pass(seconds(61)).await;
    test.destinations.answer("crm", worker_lambda::outcome::Outcome::Delivered);
    test.drain().await;
    assert_eq!(numbers(&test, "a"), [1, 1, 2]);
}
