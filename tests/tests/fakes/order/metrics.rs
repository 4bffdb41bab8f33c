//! What is counted of events that have nothing to be ordered by.

use catchment_tests::counted::{self, counts};
use catchment_tests::harness::TestWorker;
use serde_json::json;

use super::fifo;

#[tokio::test]
#[ignore = "the other tests here run it, each with a case"]
async fn case() {
    let mut config = fifo();
    let body = match &counted::case().unwrap()[..] {
        "with" => json!({ "order": "a" }),
        "without" => json!({ "order": null }),
        "list" => {
            config["sources"]["hmac"]["split"] = json!(true);
            config["sources"]["hmac"]["list"] = json!({ "items": "body.events" });
            json!({ "events": [{ "order": "a" }, {}] })
        }
        other => panic!("no case {other}"),
    };
    let test = TestWorker::with(config).unwrap();
    test.receive_body("hmac", &body).await.unwrap();
    test.work_through().await.unwrap();
}

#[test]
fn an_event_without_its_queues_ordering_key_is_counted() {
    let counted = |case| counted::counted("counts::case", case).unwrap();
    assert_eq!(counted("with"), counts([("Delivered", 1)]));
    assert_eq!(counted("without"), counts([("Delivered", 1), ("Unordered", 1)]));
    let list = counts([("Delivered", 2), ("Split", 1), ("Unordered", 1)]);
    assert_eq!(counted("list"), list, "the item, not the list");
}
