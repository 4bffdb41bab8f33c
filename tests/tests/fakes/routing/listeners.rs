//! One Docusign account, several listeners: each example in `docs/recipes/docusign-several-listeners.md`.

use serde_json::{Value, json};
use shared::config::Config;
use shared::event::EventView;
use shared::event::route::{Routed, evaluate_routes, select_destinations};
use shared::webhook::request::Request;

use crate::routing::docs;
use crate::routing::docusign::{
    event, for_integration, for_listed_integration, of_account, recipient_event, sent_by, without,
};
use crate::routing::setup::{deliver_docusign, example, with_config};

/// Delivers each body with an example's configuration, as a new event, and compares the destinations with the expected
/// ones. An event without a destination must be discarded, not unrouted.
async fn hold(example: &str, cases: Vec<(Value, &[&str])>) {
    let config = docs::config(example);
    for (body, expected) in cases {
        let test = with_config(&config);
        assert_eq!(deliver_docusign(&test, &body).await, expected, "{example}: {body}");
        assert!(test.dead_letters().is_empty(), "{example}: {body}");
        assert_eq!(is_discarded(&config, &body), expected.is_empty(), "{example}: {body}");
        for (_, delivery) in test.destinations.deliveries() {
            assert_eq!(delivery.body, body.to_string(), "byte for byte");
        }
    }
}

fn is_discarded(config: &Config, body: &Value) -> bool {
    let request = Request { body: body.to_string().into(), ..Request::default() };
    let subject = EventView::whole("docusign", body["event"].as_str(), &request);
    select_destinations(&config.routes, &evaluate_routes(&config.routes, &subject))
        == Routed::Discarded
}

const A: &[&str] = &["integration_a"];
const B: &[&str] = &["integration_b"];
const BOTH: &[&str] = &["integration_a", "integration_b"];
const NOBODY: &[&str] = &[];

#[tokio::test]
async fn by_envelope_custom_field_each_integration_gets_its_own_and_no_other() {
    let cases = vec![
        (for_integration("Integration A"), A),
        (for_integration("Integration B"), B),
        (for_integration("Integration C"), NOBODY),
        (for_integration(""), NOBODY),
        (for_listed_integration("Integration A"), A),
        (for_listed_integration("Integration B"), B),
        (for_listed_integration("None"), NOBODY),
        (without("customFields"), NOBODY),
        (json!({ "event": "envelope-completed", "data": {} }), NOBODY),
    ];
    hold("custom-field", cases).await;
}

/// Only the value of the envelope's field counts, wherever else the same text occurs.
#[tokio::test]
async fn the_same_text_in_another_field_matches_no_route() {
    let mut elsewhere = for_integration("none");
    elsewhere["data"]["envelopeSummary"]["emailSubject"] = json!("Integration A");
    let fields = &mut elsewhere["data"]["envelopeSummary"]["customFields"]["textCustomFields"];
    fields[0]["value"] = json!("Integration A");
    hold("custom-field", vec![(elsewhere, NOBODY)]).await;
}

#[tokio::test]
async fn by_sender() {
    let cases = vec![
        (sent_by("33333333-3333-3333-3333-333333333333", "ada@example.com"), A),
        (sent_by("5", "567@example.com"), B),
        (sent_by("5", "568@example.com"), B),
        (sent_by("33333333-3333-3333-3333-333333333333", "567@example.com"), BOTH),
        (sent_by("5", "569@example.com"), NOBODY),
        (without("sender"), NOBODY),
    ];
    hold("sender", cases).await;
}

#[tokio::test]
async fn by_event_type() {
    let cases = vec![
        (event("envelope-completed"), BOTH),
        (event("envelope-sent"), B),
        (recipient_event("recipient-completed", "1"), NOBODY),
    ];
    hold("event-type", cases).await;
}

#[tokio::test]
async fn by_recipient_event() {
    let cases = vec![
        (event("envelope-completed"), A),
        (recipient_event("recipient-declined", "1"), A),
        (recipient_event("recipient-authenticationfailed", "1"), A),
        (recipient_event("recipient-autoresponded", "1"), A),
        (recipient_event("recipient-declined", "2"), BOTH),
        (recipient_event("recipient-delivered", "2"), B),
        (recipient_event("recipient-delivered", "1"), NOBODY),
        (event("envelope-delivered"), NOBODY),
    ];
    hold("recipient-event", cases).await;
}

#[tokio::test]
async fn by_account() {
    let cases = vec![
        (of_account("11111111-1111-1111-1111-111111111111"), A),
        (of_account("22222222-2222-2222-2222-222222222222"), B),
        (of_account("44444444-4444-4444-4444-444444444444"), NOBODY),
    ];
    hold("account", cases).await;
}

#[tokio::test]
async fn by_a_url_for_each_integration() {
    let test = example("sources");
    let body = event("envelope-completed").to_string();
    assert_eq!(test.deliver("docusign-a", "docusign", &body).await, A);
    assert_eq!(test.deliver("docusign-b", "docusign", &body).await, B, "and is no duplicate");
}
