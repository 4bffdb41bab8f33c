//! The documentation's examples, except those of several listeners, and a check that every example is run.

mod circuit_breaker;
mod credentials;
mod order;
mod protection;
mod queues;
mod rate_limit;
mod recipes;

use std::collections::BTreeMap;

use catchment_tests::samples;
use jiff::Timestamp;
use serde_json::json;
use shared::config::{Destination, Kind};
use worker_lambda::backoff::wait;
use worker_lambda::ledger::entry::State;

use crate::routing::docs::{PAGE, blocks, config, examples};
use crate::routing::docusign::event;
use crate::routing::setup::{deliver_docusign, example, vector};

/// Each has its own test, here, in `examples/`, in `listeners.rs` or in `lists.rs`.
const TESTED: [&str; 32] = [
    "account",
    "circuit",
    "credentials",
    "custom-domain",
    "custom-field",
    "deletion-protection",
    "deploy",
    "destinations",
    "event-type",
    "forms",
    "forwarded-headers",
    "github",
    "kms-key",
    "object-lock",
    "order",
    "own-provider",
    "package",
    "priority",
    "queue",
    "rate",
    "readme",
    "recipient-event",
    "replication",
    "retried-answers",
    "routes",
    "sender",
    "signbee",
    "sources",
    "split",
    "stripe",
    "verify-deliveries",
    "vpc",
];

/// Whether the pages contain this sentence, over any number of lines.
fn says(text: &str) -> bool {
    PAGE.split_whitespace().collect::<Vec<_>>().join(" ").contains(text)
}

/// An event of an envelope.
fn of_envelope(envelope: &str, name: &str) -> String {
    let mut body = event(name);
    body["data"]["envelopeId"] = json!(envelope);
    body.to_string()
}

#[test]
fn every_block_is_an_example_and_every_example_is_run() {
    let names: Vec<_> = examples().into_keys().collect();
    assert_eq!(names, TESTED);
    assert_eq!(blocks(), names.len(), "a block without a name is not run");
}

/// The table beside the example states what the code does with it.
#[test]
fn waits_grow_as_the_table_says() {
    let queue = &config("queue").queues["default"];
    let longest = |attempt| format!("{} s", wait(queue, attempt, 1.0, None).as_secs());
    let mut cells: Vec<_> = (1..queue.max_attempts).map(longest).collect();
    cells.insert(0, "then at most".to_owned());
    cells.push("rejected".to_owned());
    assert!(PAGE.contains(&format!("| {} |", cells.join(" | "))), "{cells:?}");
}

#[test]
fn each_destination_has_the_final_answers_of_the_example() {
    let destinations = config("retried-answers").destinations;
    let lists = |name: &str| match &destinations[name].kind {
        Kind::Http(http) => (Vec::from_iter(&http.reject_on), Vec::from_iter(&http.retry_on)),
        other => panic!("{other:?}"),
    };
    assert_eq!(lists("crm"), (vec![&404, &409], vec![&422]));
    assert_eq!(lists("erp"), (vec![], vec![]));
}

#[test]
fn the_certificate_of_the_example_is_demanded_on_the_second_name_and_of_one_source() {
    let sources = config("custom-domain").sources;
    let demanded = |name: &str| {
        let certificate = sources[name].client_certificate.as_ref();
        certificate.map(|it| (it.domain.as_str(), it.subject.as_str()))
    };
    let subject = "C=US,ST=California,L=San Francisco,O=Example Inc.,CN=sender.example.com";
    assert_eq!(demanded("docusign"), Some(("mtls.hooks.example.com", subject)));
    assert_eq!(demanded("billing"), None);
}

#[tokio::test]
async fn routes_that_match_apply_together_and_the_rest_is_otherwise() {
    let test = example("routes");
    assert_eq!(deliver_docusign(&test, &event("envelope-completed")).await, ["crm", "erp", "lake"]);
    assert_eq!(deliver_docusign(&test, &event("envelope-sent")).await, ["crm", "lake"]);
    assert!(deliver_docusign(&test, &event("envelope-voided")).await.is_empty(), "discarded");
    let stripe = std::str::from_utf8(samples::body("stripe").unwrap()).unwrap();
    assert_eq!(test.deliver("billing", "stripe", stripe).await, ["lake"]);
}

#[tokio::test]
async fn fields_of_forms_and_of_multipart_are_routed_by() {
    let test = example("forms");
    let form = "application/x-www-form-urlencoded";
    for (status, gets) in [("completed", &["integration_a"][..]), ("ringing", &[])] {
        let before = test.destinations.deliveries().len();
        let body = format!("CallSid=CA1&CallStatus={status}");
        test.send_as("calls", "hmac", form, &body).await;
        test.drain().await;
        let tried = test.destinations.tried().split_off(before);
        assert_eq!(tried, gets, "{status}");
    }
    let (request, secret) = vector("dropbox-sign", "event.event_hash in multipart field \"json\"");
    let arn = config("forms").sources["sign"].secret_arn.clone().unwrap();
    test.ingest.secrets.set(&arn, &secret, Timestamp::UNIX_EPOCH);
    let key = test.post("sign", &request).await;
    test.drain().await;
    let (name, delivery) = test.destinations.deliveries().pop().unwrap();
    assert_eq!((&name[..], &delivery.body[..]), ("integration_b", &request.body[..]));
    assert_eq!(test.state(&key), State::Complete);
}

#[tokio::test]
async fn an_event_goes_to_destinations_of_all_kinds() {
    let kinds: BTreeMap<_, _> = config("destinations")
        .destinations
        .into_iter()
        .map(|(name, destination)| (name, kind(&destination)))
        .collect();
    let expected = json!({
        "bus": "eventbridge", "crm": "http", "desk": "sqs", "erp": "lambda", "here": "handler",
        "lake": "sqs",
    });
    assert_eq!(json!(kinds), expected);
    let test = example("destinations");
    let names: Vec<_> = kinds.into_keys().collect();
    assert_eq!(deliver_docusign(&test, &event("envelope-sent")).await, names);
    let envelope = "5b1f4c9e-7f0a-4d52-9d5b-1c7f2a3b4c5d";
    for (_, delivery) in test.destinations.deliveries() {
        assert_eq!(delivery.ordering_keys["desk"], envelope, "`ordering_key` finds the envelope");
    }
}

fn kind(destination: &Destination) -> &'static str {
    match destination.kind {
        Kind::Http(_) => "http",
        Kind::Lambda(_) => "lambda",
        Kind::Sqs(_) => "sqs",
        Kind::EventBridge(_) => "eventbridge",
        Kind::Handler(_) => "handler",
    }
}
