//! What is counted.

use std::collections::BTreeMap;

use catchment_tests::counted::{self, counts};
use serde_json::{Value, json};

use crate::routing::docusign::{event, for_integration};
use crate::routing::world::World;

/// What is done in the other process.
#[tokio::test]
#[ignore = "the other tests here run it, each with a case"]
async fn case() {
    match &counted::case().unwrap()[..] {
        "custom-field" => {
            let world = World::of_example("custom-field");
            for integration in ["Integration A", "Integration B", "neither"] {
                let mut envelope = for_integration(integration);
                envelope["data"]["envelopeId"] = json!(integration);
                world.docusign(&envelope).await;
            }
        }
        "unrouted" => {
            let world = docusign(json!([]));
            world.docusign(&event("envelope-sent")).await;
        }
        "failed" => {
            let filter = "starts_with(body.data.nothing, 'x') || starts_with(body.uri, `1`)";
            let fails = json!({ "source": "docusign", "filter": filter, "destinations": ["bus"] });
            let world = docusign(json!([fails, fails, { "source": "*", "destinations": ["crm"] }]));
            assert_eq!(world.docusign(&event("envelope-sent")).await, ["crm"]);
        }
        "mislabelled" => {
            let filter = json!({ "source": "docusign", "filter": "body", "destinations": ["crm"] });
            let world = docusign(json!([filter, { "source": "*", "destinations": ["bus"] }]));
            assert_eq!(world.got("docusign", "docusign", "{").await, ["bus"]);
        }
        "not-looked-into" => {
            let world = docusign(json!([{ "source": "*", "destinations": ["bus"] }]));
            assert_eq!(world.got("docusign", "docusign", "{").await, ["bus"]);
        }
        "list" => {
            let world = World::of_example("split");
            let list =
                json!({ "events": [{ "id": 1, "kind": "order", "total": 101 }, { "id": 2 }] });
            for _ in 0..2 {
                world.send("in_house", "hmac", &list.to_string()).await;
                world.work().await;
            }
        }
        other => panic!("no case {other}"),
    }
}

fn docusign(routes: Value) -> World {
    World::with(&json!({}), routes)
}

fn counted(case: &str) -> BTreeMap<String, u64> {
    counted::counted("counts::case", case).unwrap()
}

#[test]
fn envelopes_for_neither_integration_are_counted_as_discarded() {
    assert_eq!(counted("custom-field"), counts([("Delivered", 2), ("Discarded", 1)]));
}

#[test]
fn an_event_without_a_route_is_counted_as_unrouted() {
    assert_eq!(counted("unrouted"), counts([("Unrouted", 1)]));
}

#[test]
fn a_filter_that_fails_is_counted_for_each_route() {
    assert_eq!(counted("failed"), counts([("Delivered", 1), ("FilterFailed", 2)]));
}

#[test]
fn a_body_that_is_not_what_it_is_called_is_counted_where_a_filter_looked() {
    assert_eq!(counted("mislabelled"), counts([("Delivered", 1), ("Mislabelled", 1)]));
    assert_eq!(counted("not-looked-into"), counts([("Delivered", 1)]));
}

#[test]
fn a_list_is_counted_as_split_and_each_item_as_what_it_comes_to() {
    let expected = counts([("Delivered", 1), ("Duplicate", 2), ("Split", 1), ("Unrouted", 1)]);
    assert_eq!(counted("list"), expected);
}
