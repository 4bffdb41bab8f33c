//! Which queue an event goes through: its source's, or its type's.

use catchment_tests::harness::{TestIngest, TestWorker, config};
use serde_json::{Value, json};

/// The usual configuration with a queue `critical` for `hmac`'s paid orders.
fn with_critical() -> Value {
    let mut config = config();
    config["queues"]["critical"] = config["queues"]["default"].clone();
    config["sources"]["hmac"]["queue_by_type"] = json!({ "paid": "critical" });
    let route = json!({ "source": "hmac", "destinations": ["crm"] });
    config["routes"].as_array_mut().unwrap().push(route);
    config
}

fn depths(test: &TestWorker) -> [usize; 2] {
    ["default", "critical"].map(|name| test.ingest.queue.depth(&test.queue(name).url))
}

#[tokio::test]
async fn a_type_may_have_a_queue_of_its_own() {
    let test = TestWorker::with(with_critical());
    for (kind, expected) in [("paid", [0, 1]), ("shipped", [1, 1]), ("Paid", [2, 1])] {
        test.receive_body("hmac", &json!({ "kind": kind })).await;
        assert_eq!(depths(&test), expected, "{kind}");
    }
    test.receive_body("hmac", &json!({ "of": "no type" })).await;
    assert_eq!(depths(&test), [3, 1]);
    test.drain().await;
    assert_eq!(test.destinations.tried().len(), 4);
}

#[tokio::test]
async fn each_queue_has_its_own_dead_letters_and_attempts() {
    let mut config = with_critical();
    config["queues"]["critical"]["max_attempts"] = json!(1);
    let test = TestWorker::with(config);
    for kind in ["paid", "shipped"] {
        test.receive_body("hmac", &json!({ "kind": kind })).await;
    }
    test.destinations.answer("crm", super::busy(0));
    test.drain().await;
    let letters = |name| test.ingest.queue.receive(&test.queue(name).dead_letter_url);
    assert_eq!(letters("critical")[0].attributes["attempts"], "1");
    assert_eq!(letters("default")[0].attributes["attempts"], "3");
}

#[tokio::test]
async fn each_item_of_a_list_goes_by_its_own_type() {
    let mut config = with_critical();
    config["sources"]["hmac"]["split"] = json!(true);
    config["sources"]["hmac"]["list"] = json!({ "items": "body.events", "type": ["kind"] });
    let test = TestWorker::with(config);
    let list = json!({ "events": [{ "kind": "paid" }, { "kind": "shipped" }, { "kind": "paid" }] });
    test.receive_body("hmac", &list).await;
    assert_eq!(depths(&test), [1, 0], "the list itself has no type");
    test.batch().await;
    assert_eq!(depths(&test), [1, 2]);
    test.drain().await;
    assert_eq!(test.destinations.tried().len(), 3);
}

#[test]
fn a_queue_that_is_not_configured_stops_the_start() {
    let mut config = with_critical();
    config["sources"]["hmac"]["queue_by_type"] = json!({ "paid": "urgent" });
    let error = TestIngest::start_error(config);
    assert!(
        error.contains("sources.hmac") && error.contains("there is no queue `urgent`"),
        "{error}"
    );
}
