//! Events whose filters fail, whose bodies do not match their content type, or which match no route, all the way
//! through the worker.

use catchment_tests::fakes::message;
use catchment_tests::harness::{QUEUE, TestWorker, counts};
use serde_json::{Value, json};
use shared::ports::queue::MessageQueue;
use worker_lambda::ledger::entry::State;
use worker_lambda::outcome::Outcome;

use crate::routing::setup::{config, with_sources};

/// A source `shop` that signs with HMAC.
fn sources() -> Value {
    let scheme = json!({ "header": "X-Signature", "encoding": "hex" });
    json!({ "shop": { "provider": "hmac", "scheme": scheme } })
}

fn shop(routes: Value) -> TestWorker {
    with_sources(&sources(), routes)
}

/// Delivers a body, checks how its event ended, and returns the destinations that got it.
async fn got(test: &TestWorker, content_type: &str, body: &str) -> Vec<String> {
    let before = test.destinations.deliveries().len();
    let key = test.send_as("shop", "hmac", content_type, body).await;
    test.drain().await;
    let tried = test.destinations.tried().split_off(before);
    let expected = if tried.is_empty() { State::NoDestination } else { State::Complete };
    assert_eq!(test.state(&key), expected, "{body}");
    tried
}

const JSON: &str = "application/json";

#[tokio::test]
async fn otherwise_matches_events_that_no_other_route_of_their_source_matches() {
    let test = shop(json!([
        { "source": "shop", "filter": "body.kind == 'a'", "destinations": ["crm"] },
        { "source": "shop", "filter": "body.kind == 'noise'", "destinations": [] },
        { "source": "shop", "otherwise": true, "destinations": ["bus"] },
        { "source": "*", "otherwise": true, "destinations": ["crm", "bus"] },
    ]));
    assert_eq!(got(&test, JSON, r#"{"kind":"a"}"#).await, ["crm"]);
    assert_eq!(got(&test, JSON, r#"{"kind":"b"}"#).await, ["bus"]);
    assert!(got(&test, JSON, r#"{"kind":"noise"}"#).await.is_empty());
    let github = test.deliver("github", "github", "{}").await;
    assert_eq!(github, ["bus", "crm"], "a source without routes has that of `*`");
}

#[tokio::test]
async fn an_event_that_no_route_takes_is_routed_again_each_time_it_is_sent_again() {
    let test = shop(json!([
        { "source": "shop", "filter": "body.kind == 'a'", "destinations": ["crm"] },
    ]));
    for _ in 0..2 {
        assert!(got(&test, JSON, r#"{"kind":"b"}"#).await.is_empty());
    }
    assert_eq!(test.ledger.faults.calls(), 7, "a read and two writes each, and one that failed");
    assert_eq!(test.lines.counts(), counts([("unrouted", 2), ("Unrouted", 2)]));
}

/// Otherwise a filter with a mistake in it would swallow the event for as long as the ledger remembers it.
#[tokio::test]
async fn a_corrected_route_gets_the_event_that_the_provider_sends_again_exactly_once() {
    let gone = json!({ "source": "shop", "destinations": [] });
    let mistaken =
        json!({ "source": "shop", "filter": "body.kimd == 'a'", "destinations": ["crm"] });
    for before in [gone, mistaken] {
        let mut test = shop(json!([before]));
        let body = r#"{"kind":"a"}"#;
        assert!(got(&test, JSON, body).await.is_empty());
        let corrected =
            json!([{ "source": "shop", "filter": "body.kind == 'a'", "destinations": ["crm"] }]);
        test.reconfigure(config(&sources(), corrected));
        assert_eq!(got(&test, JSON, body).await, ["crm"]);
        test.send_as("shop", "hmac", JSON, body).await;
        test.drain().await;
        assert_eq!(test.destinations.tried(), ["crm"], "what has it is a duplicate");
        assert_eq!(test.lines.counts()["duplicate"], 1);
    }
}

/// The worker crashes after it noted that the event has no destination, and again after the routes were corrected.
#[tokio::test]
async fn a_message_that_comes_back_after_its_event_was_unrouted_is_delivered_once() {
    let mut test = shop(json!([]));
    let key = test.send_as("shop", "hmac", JSON, "{}").await;
    let received = test.ingest.queue.receive(QUEUE);
    assert!(test.process(&received).await.is_empty());
    assert_eq!(test.state(&key), State::NoDestination);
    test.reconfigure(config(&sources(), json!([{ "source": "shop", "destinations": ["crm"] }])));
    for _ in 0..2 {
        assert!(test.process(&received).await.is_empty());
    }
    assert_eq!(test.destinations.tried(), ["crm"]);
    assert_eq!(test.state(&key), State::Complete);
}

/// A dead letter that was redriven while no route matched is not lost either: the provider's re-send delivers it.
#[tokio::test]
async fn a_redriven_event_without_a_route_is_delivered_when_it_comes_again() {
    let routes = json!([{ "source": "shop", "destinations": ["crm", "bus"] }]);
    let mut test = shop(routes.clone());
    test.destinations.answer("crm", Outcome::reject("HTTP status 400"));
    let key = test.send_as("shop", "hmac", JSON, "{}").await;
    test.drain().await;
    let letter = test.dead_letters().remove(0);
    test.reconfigure(config(&sources(), json!([])));
    test.ingest.queue.send(QUEUE, message(letter.body.clone())).await.unwrap();
    test.drain().await;
    assert_eq!(test.state(&key), State::NoDestination);
    test.reconfigure(config(&sources(), routes));
    test.destinations.answer("crm", Outcome::Delivered);
    test.ingest.queue.send(QUEUE, message(letter.body)).await.unwrap();
    test.drain().await;
    assert_eq!(test.destinations.tried(), ["bus", "crm", "crm"], "`bus` has it");
    assert_eq!(test.state(&key), State::Complete);
}

#[tokio::test]
async fn a_filter_that_fails_is_no_match_and_the_others_are_asked() {
    let test = shop(json!([
        { "source": "shop", "filter": "starts_with(body.name, 'a')", "destinations": ["crm"] },
        { "source": "shop", "filter": "body.name == `7`", "destinations": ["bus"] },
    ]));
    assert_eq!(got(&test, JSON, r#"{"name":7}"#).await, ["bus"]);
    assert_eq!(got(&test, JSON, r#"{"name":"ab"}"#).await, ["crm"]);
    assert!(got(&test, JSON, r#"{"name":true}"#).await.is_empty());
}

#[tokio::test]
async fn a_body_that_does_not_match_its_content_type_is_routed_by_headers_and_delivered_unchanged()
{
    let test = shop(json!([
        { "source": "shop", "filter": "body", "destinations": ["bus"] },
        { "source": "shop", "filter": "headers.\"content-type\"", "destinations": ["crm"] },
    ]));
    let cut = r#"{"name":"a"#;
    assert_eq!(got(&test, JSON, cut).await, ["crm"]);
    assert_eq!(test.destinations.sorted_bodies("crm"), [cut]);
    let multipart = "multipart/form-data; boundary=b";
    assert_eq!(got(&test, multipart, "--b\r\nno end").await, ["crm"]);
    assert_eq!(got(&test, "text/plain", r#"{"name":"a"}"#).await, ["bus", "crm"], "JSON is JSON");
}

#[tokio::test]
async fn fields_are_the_body_and_files_are_not() {
    let test = shop(json!([
        { "source": "shop", "filter": "body.kind == 'order'", "destinations": ["crm"] },
        { "source": "shop", "filter": "body.file", "destinations": ["bus"] },
    ]));
    let form = "application/x-www-form-urlencoded";
    assert_eq!(got(&test, form, "kind=ord%65r&n=1").await, ["crm"]);
    assert!(got(&test, form, "kind=other").await.is_empty());
    let part = |head: &str, text: &str| {
        format!("--b\r\nContent-Disposition: form-data; name={head}\r\n\r\n{text}\r\n")
    };
    let parts =
        part("\"kind\"", "order") + &part("\"file\"; filename=\"f.txt\"", "x") + "--b--\r\n";
    assert_eq!(got(&test, "multipart/form-data; boundary=b", &parts).await, ["crm"]);
    assert_eq!(test.destinations.sorted_bodies("crm"), [parts.as_str(), "kind=ord%65r&n=1"]);
}

/// A corrected filter or destination applies to waiting events too.
#[tokio::test]
async fn routes_are_evaluated_again_at_every_attempt() {
    let mut test = shop(json!([{ "source": "shop", "destinations": ["crm"] }]));
    test.destinations.answer("crm", Outcome::retry("HTTP status 500"));
    let key = test.send_as("shop", "hmac", JSON, r#"{"kind":"a"}"#).await;
    test.batch().await;
    assert!(matches!(test.state(&key), State::Waiting(_)));
    let elsewhere = json!([{ "source": "shop", "destinations": ["bus"] }]);
    test.reconfigure(config(&sources(), elsewhere));
    test.drain().await;
    assert_eq!(test.destinations.tried(), ["crm", "bus"], "`crm` is not owed it any more");
    assert_eq!(test.state(&key), State::Complete);
}
