//! What ingest and the worker count for events without an ordering key.

use catchment_tests::harness::{TestWorker, counts};
use serde_json::{Value, json};

use super::fifo;

/// A worker after a body was received and processed.
async fn processed(config: Value, body: &Value) -> TestWorker {
    let test = TestWorker::with(config);
    test.receive_body("hmac", body).await;
    test.drain().await;
    test
}

#[tokio::test]
async fn an_event_without_its_queues_ordering_key_is_counted() {
    for (order, unordered) in [(json!("a"), None), (Value::Null, Some(1.0))] {
        let test = processed(fifo(), &json!({ "order": order })).await;
        let [line] = &test.ingest.lines.lines("accepted")[..] else { panic!("one line") };
        assert_eq!(line.number("unordered"), unordered);
        assert_eq!(test.lines.counts(), counts([("delivered", 1)]));
    }
}

#[tokio::test]
async fn an_item_without_its_queues_ordering_key_is_counted_and_its_list_is_not() {
    let mut config = fifo();
    config["sources"]["hmac"]["split"] = json!(true);
    config["sources"]["hmac"]["list"] = json!({ "items": "body.events" });
    let test = processed(config, &json!({ "events": [{ "order": "a" }, {}] })).await;
    assert_eq!(test.lines.counts(), counts([("delivered", 2), ("split", 1)]));
    let [line] = &test.lines.lines("split")[..] else { panic!("one line") };
    assert_eq!((line.number("items"), line.number("unordered")), (Some(2.0), Some(1.0)));
    let [line] = &test.ingest.lines.lines("accepted")[..] else { panic!("one line") };
    assert!(!line.has("unordered"), "{line:?}");
}
