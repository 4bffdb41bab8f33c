//! Events whose source was renamed or removed while they waited: dead letters, which a redrive delivers once the source is
//! configured again.

use catchment_tests::fakes::Received;
use catchment_tests::harness::{QUEUE, TestWorker, counts};
use serde_json::{Value, json};
use shared::event::message_group::FifoAttributes;
use shared::event::reference::Reference;
use shared::ports::queue::{Attributes, Message, MessageQueue};
use worker_lambda::ledger::entry::State;
use worker_lambda::outcome::Outcome;

use crate::routing::setup::config;

const REASON: &str = "source not configured";

/// The usual configuration with the source `shop`, whose events go to `crm`.
fn with_shop(settings: Value) -> Value {
    config(&json!({ "shop": settings }), json!([{ "source": "shop", "destinations": ["crm"] }]))
}

fn hmac() -> Value {
    json!({ "provider": "hmac", "scheme": { "header": "X-Signature", "encoding": "hex" } })
}

/// A configuration without `shop`, in which `*` goes to `bus`: a route for every source that there is.
fn without_shop() -> Value {
    config(&json!({}), json!([{ "source": "*", "destinations": ["bus"] }]))
}

/// Moves dead letters back to their queue, as SQS does, and delivers them.
async fn redrive(test: &TestWorker, letters: Vec<Received>) {
    for letter in letters {
        let Received { body, receipt, group, deduplication_id, .. } = letter;
        let order = group.zip(deduplication_id);
        let fifo =
            order.map(|(group, deduplication_id)| FifoAttributes { group, deduplication_id });
        let queue = test.queue("default");
        let back = Message { body, attributes: Attributes::new(), fifo };
        test.ingest.queue.send(&queue.url, back).await.unwrap();
        test.ingest.queue.delete(&queue.dead_letter_url, &receipt);
    }
    test.drain().await;
}

/// The reason and the destinations of each dead letter.
fn reasons(letters: &[Received]) -> Vec<(&str, &str)> {
    let texts = letters.iter().map(|letter| &letter.attributes);
    texts.map(|texts| (&texts["reason"][..], &texts["destination"][..])).collect()
}

#[tokio::test]
async fn an_event_whose_source_was_removed_is_a_dead_letter_and_a_redrive_delivers_it_later() {
    let mut test = TestWorker::with(with_shop(hmac()));
    let key = test.send("shop", "hmac", "{}").await;
    test.reconfigure(without_shop());
    assert_eq!(test.batch().await, (1, 0), "at once: no retry can help");
    assert!(test.destinations.tried().is_empty(), "not even by a route for all sources");
    assert_eq!(test.state(&key), State::Dead);
    assert_eq!(test.lines.counts(), counts([("dead letter", 1), ("DeadLettered", 1)]));
    let letters = test.dead_letters();
    assert_eq!(reasons(&letters), [(REASON, "-")]);
    assert_eq!(Reference::parse(&letters[0].body).unwrap().generation, 1);

    redrive(&test, letters).await;
    let letters = test.dead_letters();
    assert_eq!(reasons(&letters), [(REASON, "-")], "the source is still missing");
    test.reconfigure(with_shop(hmac()));
    redrive(&test, letters).await;
    assert_eq!(test.destinations.tried(), ["crm"]);
    assert_eq!(test.state(&key), State::Complete);
}

#[tokio::test]
async fn a_redrive_reaches_only_the_destinations_that_had_it_not_before_the_source_was_removed() {
    let routes = json!([{ "source": "shop", "destinations": ["bus", "crm"] }]);
    let both = config(&json!({ "shop": hmac() }), routes);
    let mut test = TestWorker::with(both.clone());
    test.destinations.answer("crm", Outcome::retry("HTTP status 503"));
    let key = test.send("shop", "hmac", "{}").await;
    assert_eq!(test.batch().await, (1, 1));
    test.reconfigure(without_shop());
    assert_eq!(test.batch().await, (1, 0));
    assert_eq!(test.destinations.tried(), ["bus", "crm"]);
    test.destinations.answer("crm", Outcome::Delivered);
    test.reconfigure(both);
    let letters = test.dead_letters();
    assert_eq!(reasons(&letters), [(REASON, "crm")]);
    redrive(&test, letters).await;
    assert_eq!(test.destinations.tried(), ["bus", "crm", "crm"]);
    assert_eq!(test.state(&key), State::Complete);
}

#[tokio::test]
async fn an_event_that_is_complete_stays_a_duplicate_after_its_source_was_removed() {
    let mut test = TestWorker::with(with_shop(hmac()));
    test.send("shop", "hmac", "{}").await;
    let received = test.ingest.queue.receive(QUEUE);
    test.process(&received).await;
    test.reconfigure(without_shop());
    assert!(test.process(&received).await.is_empty());
    assert!(test.dead_letters().is_empty());
    assert_eq!(test.lines.counts(), counts([("delivered", 1), ("duplicate", 1)]));
}

/// A list and the items that were queued from it. As a whole, the list is never delivered.
#[tokio::test]
async fn lists_and_their_items_become_dead_letters_and_are_split_after_a_redrive() {
    let mut shop = hmac();
    shop["split"] = json!(true);
    shop["list"] = json!({ "items": "body.events", "id": ["id"] });
    let mut test = TestWorker::with(with_shop(shop.clone()));
    test.send("shop", "hmac", r#"{"events":[{"id":"1"},{"id":"2"}]}"#).await;
    assert_eq!(test.batch().await, (1, 0), "its items are queued");
    test.send("shop", "hmac", r#"{"events":[{"id":"3"}]}"#).await;
    test.reconfigure(without_shop());
    test.drain().await;
    assert!(test.destinations.tried().is_empty());
    let letters = test.dead_letters();
    assert_eq!(reasons(&letters), [(REASON, "-"); 3]);
    test.reconfigure(with_shop(shop));
    redrive(&test, letters).await;
    let items = [r#"{"id":"1"}"#, r#"{"id":"2"}"#, r#"{"id":"3"}"#];
    assert_eq!(test.destinations.sorted_bodies("crm"), items);
}

#[tokio::test]
async fn in_a_fifo_queue_they_keep_their_order_and_hold_up_no_other_event() {
    let fifo = |mut config: Value| {
        config["queues"]["default"]["ordering_key"] = json!("body.order");
        config["queues"]["default"]["max_receives"] = json!(1000);
        config
    };
    let routes = json!([
        { "source": "shop", "destinations": ["crm"] },
        { "source": "other", "destinations": ["bus"] },
    ]);
    let only_other = fifo(config(&json!({ "other": hmac() }), json!([routes[1]])));
    let both = fifo(config(&json!({ "shop": hmac(), "other": hmac() }), routes));
    let mut test = TestWorker::with(both.clone());
    for (source, number) in [("shop", 1), ("shop", 2), ("other", 3)] {
        test.send(source, "hmac", &json!({ "order": "a", "number": number }).to_string()).await;
    }
    test.reconfigure(only_other);
    test.drain().await;
    assert_eq!(test.destinations.sorted_bodies("bus"), [r#"{"number":3,"order":"a"}"#]);
    test.reconfigure(both);
    let letters = test.dead_letters();
    redrive(&test, letters).await;
    let numbers = test.destinations.deliveries().into_iter().map(|(name, it)| (name, it.body));
    let numbers: Vec<_> = numbers.filter(|(name, _)| name == "crm").map(|(_, body)| body).collect();
    assert_eq!(numbers, [r#"{"number":1,"order":"a"}"#, r#"{"number":2,"order":"a"}"#]);
}
