//! What the worker counts for events without an ordering key.

use std::collections::BTreeMap;

use catchment_tests::harness::{TestWorker, counts};
use serde_json::{Value, json};
use shared::telemetry::Metric;

use super::fifo;

/// What is counted for one body.
async fn counted(config: Value, body: &Value) -> BTreeMap<String, u64> {
    let test = TestWorker::with(config);
    test.receive_body("hmac", body).await;
    test.drain().await;
    test.metrics.counts()
}

#[tokio::test]
async fn an_event_without_its_queues_ordering_key_is_counted() {
    let with_key = counted(fifo(), &json!({ "order": "a" })).await;
    assert_eq!(with_key, counts([(Metric::Delivered, 1)]));
    let without_key = counted(fifo(), &json!({ "order": null })).await;
    assert_eq!(without_key, counts([(Metric::Delivered, 1), (Metric::Unordered, 1)]));
}

#[tokio::test]
async fn an_item_without_its_queues_ordering_key_is_counted_and_its_list_is_not() {
    let mut config = fifo();
    config["sources"]["hmac"]["split"] = json!(true);
    config["sources"]["hmac"]["list"] = json!({ "items": "body.events" });
    let list = counted(config, &json!({ "events": [{ "order": "a" }, {}] })).await;
    let expected = counts([(Metric::Delivered, 2), (Metric::Split, 1), (Metric::Unordered, 1)]);
    assert_eq!(list, expected);
}
