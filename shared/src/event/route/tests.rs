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
fn destinations_of_all_matching_routes_are_a_set() {
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
fn discarding_is_not_the_same_as_having_no_route() {
    let routes = routes(json!([
        { "source": "shop", "filter": "body.test", "destinations": [] },
        { "source": "shop", "filter": "headers.\"x-kind\" == 'refund'", "destinations": ["crm"] },
    ]));
    assert_eq!(routed(&routes, "shop", r#"{"test":true}"#), Routed::Discarded);
    assert_eq!(routed(&routes, "shop", r#"{"test":false}"#), Routed::Unrouted);
    assert_eq!(routed(&routes, "other", "{}"), Routed::Unrouted);
}

#[test]
fn otherwise_is_for_what_no_other_route_of_the_source_matched() {
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
fn a_filter_that_fails_is_no_match_and_says_so() {
    let routes = routes(json!([
        { "source": "shop", "filter": "starts_with(body.name, 'a')", "destinations": ["a"] },
        { "source": "shop", "otherwise": true, "destinations": ["rest"] },
    ]));
    let request = order(r#"{"name":7}"#);
    let results = evaluate_routes(&routes, &EventView::whole("shop", None, &request));
    assert!(matches!(&results[0], RouteResult::Failed(why) if why.contains("number")));
    assert_eq!(select_destinations(&routes, &results), to(&["rest"]));
}

#[test]
fn a_body_that_is_not_what_it_is_called_is_routed_by_the_rest() {
    let routes = routes(json!([
        { "source": "shop", "filter": "body", "destinations": ["body"] },
        { "source": "shop", "filter": "headers.\"x-kind\"", "destinations": ["headers"] },
    ]));
    let request = order("{not json");
    let subject = EventView::whole("shop", None, &request);
    assert_eq!(subject.mislabelled(), Some("JSON"));
    assert_eq!(select_destinations(&routes, &evaluate_routes(&routes, &subject)), to(&["headers"]));
    for (content_type, body, said) in [
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
        assert_eq!(EventView::whole("shop", None, &request).mislabelled(), said, "{content_type}");
    }
}
