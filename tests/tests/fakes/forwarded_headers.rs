//! Headers of the original request: which of them a delivery has, and which of those an HTTP destination gets.

use catchment_tests::harness::signed;
use catchment_tests::receiver::{Received, Receiver};
use catchment_tests::samples::Sample;
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::provider;
use shared::webhook::request::{Headers, Request};
use shared::webhook::scheme::verify;
use worker_lambda::deliver::Delivery;
use worker_lambda::outcome::Outcome;

use crate::http_destination::{Destination, delivery};
use crate::routing::setup::{vector, with_sources};

/// The secret that the sender of a token sends.
const TOKEN: &str = "t0ken-hunter2";

/// The deliveries of a request at the source `s` with these settings.
async fn deliveries(settings: Value, secret: &str, request: &Sample) -> Vec<Delivery> {
    let provider = settings["provider"].as_str().unwrap().to_owned();
    let routes = json!([{ "source": "s", "destinations": ["crm"] }]);
    let test = with_sources(&json!({ "s": settings }), routes);
    test.ingest.secrets.set(&format!("arn:{provider}"), secret, Timestamp::UNIX_EPOCH);
    test.post("s", request).await;
    test.drain().await;
    test.destinations.deliveries().into_iter().map(|(_, delivery)| delivery).collect()
}

fn sample(headers: &[(&str, &str)]) -> Sample {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Sample { headers: headers.collect(), body: br#"{"id":"1"}"#.to_vec() }
}

fn names(headers: &Headers) -> Vec<&str> {
    headers.iter().map(|(name, _)| name).collect()
}

/// What a destination that wants these headers gets of a delivery with those of the original request.
async fn received(wanted: Value, configured: Value, original: &[(&str, &str)]) -> Received {
    let receiver = Receiver::start().await.unwrap();
    let destination =
        Destination::at(receiver.url()).with("forward_headers", wanted).with("headers", configured);
    let headers = original.iter().copied().collect();
    let delivery = Delivery { headers, ..delivery() };
    assert_eq!(destination.deliver(&delivery).await, Outcome::Delivered);
    receiver.received().pop().unwrap()
}

#[tokio::test]
async fn a_delivery_has_the_original_headers_without_credentials_and_those_of_the_connection() {
    let request = sample(&[
        ("Content-Type", "application/json"),
        ("X-Gitlab-Token", TOKEN),
        ("X-Gitlab-Event", "Push Hook"),
        ("Authorization", TOKEN),
        ("Cookie", TOKEN),
        ("Proxy-Authorization", TOKEN),
        ("Connection", "x-hop"),
        ("X-Hop", "1"),
        ("X-Forwarded-For", "192.0.2.1"),
        ("X-Amzn-Trace-Id", "Root=1"),
        ("User-Agent", "GitLab/17"),
        ("Webhook-Id", "theirs"),
    ]);
    for settings in [
        json!({ "provider": "gitlab" }),
        json!({ "provider": "gitlab", "schemes": ["secret-token"] }),
    ] {
        let deliveries = deliveries(settings, TOKEN, &request).await;
        assert_eq!(names(&deliveries[0].headers), ["x-gitlab-event"]);
    }
}

#[tokio::test]
async fn a_token_is_not_in_a_delivery_wherever_the_source_has_it() {
    let request = sample(&[("X-Renamed", TOKEN), ("X-Documenso-Secret", TOKEN), ("X-Event", "1")]);
    let renamed = json!({ "provider": "documenso", "header": "X-Renamed" });
    assert_eq!(names(&deliveries(renamed, TOKEN, &request).await[0].headers), ["x-event"]);
    let scheme = json!({ "header": "x-key-*", "algorithm": "token", "encoding": "utf8" });
    let request = sample(&[("X-Key-1", TOKEN), ("X-Key-2", TOKEN), ("X-Event", "1")]);
    let own = json!({ "provider": "custom", "scheme": scheme });
    assert_eq!(names(&deliveries(own, TOKEN, &request).await[0].headers), ["x-event"]);
    let okta = sample(&[("Authorization", TOKEN), ("X-Event", "1")]);
    let okta = deliveries(json!({ "provider": "okta" }), TOKEN, &okta).await;
    assert_eq!(names(&okta[0].headers), ["x-event"]);
}

#[tokio::test]
async fn items_of_a_list_have_the_headers_of_the_request() {
    let (request, secret) = vector("sendgrid", "two events");
    let items = deliveries(json!({ "provider": "sendgrid", "split": true }), &secret, &request);
    let items = items.await;
    assert_eq!(items.len(), 2);
    for item in items {
        assert!(item.headers.get("x-twilio-email-event-webhook-signature").is_some());
    }
}

#[tokio::test]
async fn a_destination_gets_the_headers_that_it_wants_and_no_others() {
    let original = [
        ("x-github-event", "push"),
        ("x-github-delivery", "1"),
        ("x-hub-signature-256", "sha256=00"),
        ("x-other", "1"),
        ("stripe-signature", "t=1,v1=a"),
    ];
    let plain = received(json!([]), json!({}), &original).await;
    let wanted = json!(["X-GitHub-*", "Stripe-Signature", "x-missing"]);
    let received = received(wanted, json!({}), &original).await;
    assert_eq!(received.header("x-github-event"), Some("push"));
    assert_eq!(received.header("x-github-delivery"), Some("1"));
    assert_eq!(received.header("stripe-signature"), Some("t=1,v1=a"));
    assert_eq!(received.headers.len(), plain.headers.len() + 3, "{:?}", received.headers);
}

#[tokio::test]
async fn the_values_of_a_repeated_header_are_forwarded_in_their_order() {
    let original = [("x-tag", "b"), ("x-tag", "a"), ("x-tag", "c")];
    let received = received(json!(["x-tag"]), json!({}), &original).await;
    let values: Vec<_> = received.headers.iter().filter(|(name, _)| name == "x-tag").collect();
    assert_eq!(values, [&("x-tag".to_owned(), "b,a,c".to_owned())]);
}

#[tokio::test]
async fn a_header_that_is_not_valid_in_http_is_left_out() {
    let original = [
        ("x-broken", "a\r\nx-injected: 1"),
        ("x-nul", "\0"),
        ("x name", "1"),
        ("x-text", "Zahlung €"),
        ("x-good", "1"),
    ];
    let received = received(json!(["x*"]), json!({}), &original).await;
    let of_x: Vec<_> = received.headers.iter().filter(|(name, _)| name.starts_with('x')).collect();
    let expected = [("x-good", "1"), ("x-text", "Zahlung €")];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(of_x, expected.iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_configured_header_replaces_a_forwarded_one() {
    let original = [("x-tenant", "theirs")];
    let received = received(json!(["x-*"]), json!({ "X-Tenant": "7" }), &original).await;
    let values: Vec<_> = received.headers.iter().filter(|(name, _)| name == "x-tenant").collect();
    assert_eq!(values, [&("x-tenant".to_owned(), "7".to_owned())]);
}

#[tokio::test]
async fn a_consumer_verifies_the_providers_own_signature() {
    let now = Timestamp::now();
    for (provider, wanted) in [
        ("github", json!(["x-github-*", "x-hub-signature-256"])),
        ("stripe", json!(["stripe-signature"])),
        ("docusign", json!(["x-docusign-signature-*"])),
    ] {
        let secret = catchment_tests::harness::secret(provider);
        let request = signed(provider, br#"{"id": "evt_1",  "n": 1.0}"#, now);
        let original = deliveries(json!({ "provider": provider }), &secret, &request).await;
        let receiver = Receiver::start().await.unwrap();
        let destination = Destination::at(receiver.url()).with("forward_headers", wanted);
        assert_eq!(destination.deliver(&original[0]).await, Outcome::Delivered);
        let received = receiver.received().pop().unwrap();
        let request = Request {
            method: received.method,
            headers: received.headers.into_iter().collect(),
            body: received.body,
            ..Request::default()
        };
        let schemes = provider::find(provider).unwrap().schemes;
        let verified = verify(&schemes, std::slice::from_ref(&secret), request, now).unwrap();
        assert!(verified.is_ok(), "{provider}: {:?}", verified.err());
    }
}
