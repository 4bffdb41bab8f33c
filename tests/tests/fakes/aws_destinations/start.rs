//! Errors of destinations that are misconfigured, and the time limits of the valid ones.

use std::time::Duration;

use catchment_tests::harness::destination::{TestDestination, delivery};
use serde_json::{Value, json};
use worker_lambda::outcome::Outcome;
use worker_lambda::process::CALL_TIMEOUTS;

const NOWHERE: &str = "http://127.0.0.1:1";

fn handler(name: &str, settings: Value) -> Value {
    json!({ "handler": { "name": name, "timeout": 12.5, "settings": settings } })
}

fn mistake(it: Value) -> String {
    let Err(error) = TestDestination::new(NOWHERE, it) else { panic!("it starts") };
    error.to_string()
}

#[test]
fn a_mistake_in_a_handlers_settings_is_reported_with_its_path() {
    let table = mistake(handler("envelope_status", json!({})));
    let path = "destinations.it.handler.settings.table";
    assert_eq!(table, format!("the configuration {path} is not valid: is missing"));
    let typo = mistake(handler("envelope_status", json!({ "table": "t", "tabel": "t" })));
    assert!(typo.contains("destinations.it.handler.settings.tabel is not valid"), "{typo}");
    assert!(typo.ends_with("no such setting; it has: table"), "{typo}");
    let arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:s";
    for (url, private) in
        [("http://api.example", "false"), ("ftp://api.example", "true"), ("x", "true")]
    {
        let settings = json!({ "url": url, "secret_arn": arn, "allow_private": private });
        let url = mistake(handler("create_contact", settings));
        assert!(url.contains("destinations.it.handler.settings.url"), "{url}");
    }
    let settings =
        json!({ "url": "https://api.example", "secret_arn": arn, "allow_private": "yes" });
    let flag = mistake(handler("create_contact", settings));
    assert!(flag.contains("destinations.it.handler.settings.allow_private"), "{flag}");
}

#[test]
fn an_unknown_handler_is_reported_with_the_list_of_handlers() {
    let unknown = mistake(handler("create_contacts", json!({})));
    assert!(unknown.contains("destinations.it.handler.name is not valid"), "{unknown}");
    assert!(unknown.ends_with("there are: create_contact, envelope_status"), "{unknown}");
}

#[tokio::test]
async fn each_kind_says_how_long_it_may_take() {
    let arn = |service: &str| format!("arn:aws:{service}:us-east-1:000000000000:x");
    let calls = |it: Value| TestDestination::new(NOWHERE, it).unwrap().longest_timeout();
    let lambda = json!({ "lambda": { "arn": arn("lambda"), "inline_limit": 1024 } });
    assert_eq!(calls(lambda), CALL_TIMEOUTS.operation);
    let sqs = json!({ "sqs": {
        "arn": arn("sqs"), "url": NOWHERE, "ordering_key": null, "inline_limit": 1024,
    } });
    assert_eq!(calls(sqs), CALL_TIMEOUTS.operation);
    let bus = json!({ "eventbridge": { "bus": "b", "inline_limit": 1024 } });
    assert_eq!(calls(bus), CALL_TIMEOUTS.operation);
    let handler = handler("envelope_status", json!({ "table": "t" }));
    assert_eq!(calls(handler), Duration::from_millis(12_500));
    let http = json!({ "http": {
        "url": "https://crm.example", "method": "POST", "timeout": 9, "allow_private": false,
        "headers": {}, "secret_arn": "arn:crm", "reject_on": [], "retry_on": [],
    } });
    let http = TestDestination::new(NOWHERE, http).unwrap();
    assert_eq!(http.longest_timeout(), Duration::from_secs(9));
    let mut elsewhere = delivery();
    elsewhere.s3_key.clear();
    let tried = http.deliver_to("gone", &elsewhere).await;
    assert_eq!(tried.outcome, Outcome::reject("not configured any more"));
    let tried = http.deliver(&elsewhere).await;
    assert!(
        matches!(tried.outcome, Outcome::Retry { .. }),
        "HTTP by its own kind: no secret is set"
    );
}
