//! What the worker counts when it routes events and splits lists.

use catchment_tests::harness::{TestWorker, counts};
use serde_json::{Value, json};

use crate::routing::docusign::{event, for_integration};
use crate::routing::setup::{deliver_docusign, example, with_sources};

fn with_routes(routes: Value) -> TestWorker {
    with_sources(&json!({}), routes)
}

#[tokio::test]
async fn envelopes_for_neither_integration_are_counted_as_discarded() {
    let test = example("custom-field");
    for integration in ["Integration A", "Integration B", "neither"] {
        let mut envelope = for_integration(integration);
        envelope["data"]["envelopeId"] = json!(integration);
        deliver_docusign(&test, &envelope).await;
    }
    let expected = counts([("delivered", 2), ("discarded", 1)]);
    assert_eq!(test.lines.counts(), expected);
}

#[tokio::test]
async fn an_event_without_a_route_is_counted_as_unrouted() {
    let test = with_routes(json!([]));
    deliver_docusign(&test, &event("envelope-sent")).await;
    assert_eq!(test.lines.counts(), counts([("unrouted", 1), ("Unrouted", 1)]));
}

#[tokio::test]
async fn a_filter_that_fails_is_counted_for_each_route() {
    let filter = "starts_with(body.data.nothing, 'x') || starts_with(body.uri, `1`)";
    let fails = json!({ "source": "docusign", "filter": filter, "destinations": ["bus"] });
    let all = json!({ "source": "*", "destinations": ["crm"] });
    let test = with_routes(json!([fails, fails, all]));
    assert_eq!(deliver_docusign(&test, &event("envelope-sent")).await, ["crm"]);
    let expected = counts([("delivered", 1), ("FilterFailed", 2)]);
    assert_eq!(test.lines.counts(), expected);
}

#[tokio::test]
async fn a_body_that_does_not_match_its_content_type_is_reported_if_a_filter_reads_it() {
    let filter = json!({ "source": "docusign", "filter": "body", "destinations": ["crm"] });
    let all = json!({ "source": "*", "destinations": ["bus"] });
    let test = with_routes(json!([filter, all]));
    assert_eq!(test.deliver("docusign", "docusign", "{").await, ["bus"]);
    let [line] = &test.lines.lines("delivered")[..] else { panic!("one line") };
    assert_eq!(line.text("mislabelled"), Some("JSON"));

    let test = with_routes(json!([all]));
    assert_eq!(test.deliver("docusign", "docusign", "{").await, ["bus"]);
    let [line] = &test.lines.lines("delivered")[..] else { panic!("one line") };
    assert!(!line.has("mislabelled"), "{line:?}");
}

#[tokio::test]
async fn a_list_is_counted_as_split_and_each_item_by_its_result() {
    let test = example("split");
    let list = json!({ "events": [{ "id": 1, "kind": "order", "total": 101 }, { "id": 2 }] });
    for _ in 0..2 {
        test.send("in_house", "hmac", &list.to_string()).await;
        test.drain().await;
    }
    let expected = counts([
        ("delivered", 1),
        ("duplicate", 1),
        ("split", 1),
        ("split again", 1),
        ("unrouted", 2),
        ("Unrouted", 2),
    ]);
    assert_eq!(test.lines.counts(), expected);
}
