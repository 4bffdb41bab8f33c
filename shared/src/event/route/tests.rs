use serde_json::json;

use super::*;
use crate::webhook::request::Request;

fn routes(routes: serde_json::Value) -> Vec<Route> {
    serde_json::from_value(routes).unwrap()
}

fn order(body: &str) -> Request {
    Request {
        headers: [("content-type", "application/json"), ("x-kind", "order")].into_iter().collect(),
        query: "test=1".into(),
        body: body.into(),
        ..Request::default()
    }
}

fn routed<'c>(routes: &'c [Route], source: &str, body: &str) -> Routed<'c> {
    let request = order(body);
    let results = evaluate_routes(routes, &EventView::whole(source, Some("order.paid"), &request));
    select_destinations(routes, &results)
}

fn to<'c>(names: &[&'c str]) -> Routed<'c> {
    Routed::To(names.iter().copied().collect())
}

#[test]
fn an_event_goes_once_to_each_destination_of_all_matching_routes() {
    let routes = routes(json!([
        { "source": "shop", "destinations": ["crm", "bus"] },
        { "source": "shop", "filter": "type == 'order.paid'", "destinations": ["crm", "erp"] },
        { "source": "shop", "filter": "body.total > `100`", "destinations": ["boss"] },
        { "source": "*", "filter": "query.test == '1'", "destinations": ["lake"] },
        { "source": "noise", "destinations": ["crm"] },
    ]));
    assert_eq!(routed(&routes, "shop", r#"{"total":7}"#), to(&["bus", "crm", "erp", "lake"]));
    assert_eq!(routed(&routes, "other", "{}"), to(&["lake"]));
}

#[test]
fn a_discarded_event_differs_from_one_without_a_route() {
    let routes = routes(json!([
        { "source": "shop", "filter": "body.test", "destinations": [] },
        { "source": "shop", "filter": "headers.\"x-kind\" == 'refund'", "destinations": ["crm"] },
    ]));
    assert_eq!(routed(&routes, "shop", r#"{"test":true}"#), Routed::Discarded);
    assert_eq!(routed(&routes, "shop", r#"{"test":false}"#), Routed::Unrouted);
    assert_eq!(routed(&routes, "other", "{}"), Routed::Unrouted);
}

#[test]
fn otherwise_matches_events_that_no_other_route_of_the_source_matches() {
    let routes = routes(json!([
        { "source": "shop", "filter": "body.a", "destinations": ["a"] },
        { "source": "shop", "filter": "body.drop", "destinations": [] },
        { "source": "shop", "otherwise": true, "destinations": ["rest"] },
        { "source": "shop", "otherwise": true, "destinations": ["rest2"] },
        { "source": "*", "filter": "body.all", "destinations": ["bus"] },
        { "source": "*", "otherwise": true, "destinations": ["lost"] },
    ]));
    assert_eq!(routed(&routes, "shop", r#"{"a":1}"#), to(&["a"]));
    assert_eq!(routed(&routes, "shop", r#"{"drop":1}"#), Routed::Discarded);
    assert_eq!(routed(&routes, "shop", "{}"), to(&["rest", "rest2"]));
    assert_eq!(routed(&routes, "shop", r#"{"all":1}"#), to(&["bus", "rest", "rest2"]));
    assert_eq!(routed(&routes, "other", r#"{"all":1}"#), to(&["bus"]));
    assert_eq!(routed(&routes, "other", "{}"), to(&["lost"]));
}

#[test]
fn a_filter_that_fails_does_not_match_and_gives_a_reason() {
    let routes = routes(json!([
        { "source": "shop", "filter": "starts_with(body.name, 'a')", "destinations": ["a"] },
        { "source": "shop", "otherwise": true, "destinations": ["rest"] },
    ]));
    let request = order(r#"{"name":7}"#);
    let results = evaluate_routes(&routes, &EventView::whole("shop", None, &request));
    assert!(matches!(&results[0], RouteResult::Failed(reason) if reason.contains("number")));
    assert_eq!(select_destinations(&routes, &results), to(&["rest"]));
}

#[test]
fn an_event_with_a_mislabelled_body_is_routed_without_the_body() {
    let routes = routes(json!([
        { "source": "shop", "filter": "body", "destinations": ["body"] },
        { "source": "shop", "filter": "headers.\"x-kind\"", "destinations": ["headers"] },
    ]));
    let request = order("{not json");
    let event = EventView::whole("shop", None, &request);
    assert_eq!(event.mislabelled(), Some("JSON"));
    assert_eq!(select_destinations(&routes, &evaluate_routes(&routes, &event)), to(&["headers"]));
    for (content_type, body, mislabelled) in [
        ("application/json", "{}", None),
        ("application/json", "", None),
        ("application/cloudevents+json; charset=utf-8", "x", Some("JSON")),
        ("application/x-www-form-urlencoded", "a=b", None),
        ("multipart/form-data; boundary=b", "no boundary here", Some("multipart")),
        ("text/plain", "x", None),
    ] {
        let request = Request {
            headers: [("content-type", content_type)].into_iter().collect(),
            body: body.into(),
            ..Request::default()
        };
        assert_eq!(
            EventView::whole("shop", None, &request).mislabelled(),
            mislabelled,
            "{content_type}"
        );
    }
}
