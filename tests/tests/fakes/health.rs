//! The health event: what each Lambda reaches, and what it says if it cannot.

use catchment_tests::fakes::{Fault, MemoryLedger, MemorySecrets, MemoryStore};
use catchment_tests::harness::config::{on_fakes, queues};
use catchment_tests::harness::{config, http_api_event, signed};
use ingest_lambda::health::is_health_event;
use serde_json::json;
use shared::config::Config;

fn fakes() -> Config {
    on_fakes(&serde_json::from_value(config()).unwrap())
}

#[tokio::test]
async fn ingest_is_healthy_if_it_reaches_every_queue_and_secret() {
    let config = fakes();
    let (queue, secrets) = (queues(&config), MemorySecrets::default());
    let check = async || {
        ingest_lambda::health::check(&config.sources, &config.queues, &queue, &secrets).await
    };
    // No secret has a value yet, as after the first apply.
    check().await.unwrap();
    let with_secret = config.sources.values().filter(|source| source.secret_arn.is_some()).count();
    assert!(with_secret > 1);
    assert_eq!(secrets.faults.calls() as usize, with_secret);

    queue.faults.plan([Fault::Fails]);
    let error = check().await.unwrap_err().to_string();
    assert!(error.starts_with("queue "), "{error}");
    secrets.faults.plan([Fault::None, Fault::Fails]);
    let error = check().await.unwrap_err().to_string();
    assert!(error.starts_with("secret of source "), "{error}");
}

#[tokio::test]
async fn the_worker_is_healthy_if_it_reaches_the_events_the_ledger_every_queue_and_secret() {
    let config = fakes();
    let (store, ledger) = (MemoryStore::default(), MemoryLedger::default());
    let (queue, secrets) = (queues(&config), MemorySecrets::default());
    let check =
        async || worker_lambda::health::check(&config, &store, &ledger, &queue, &secrets).await;
    check().await.unwrap();
    assert_eq!(queue.faults.calls() as usize, config.queues.len());
    assert!(secrets.faults.calls() > 0);

    store.faults.plan([Fault::Fails]);
    assert!(check().await.unwrap_err().to_string().starts_with("stored events: "));
    ledger.faults.plan([Fault::Fails]);
    assert!(check().await.unwrap_err().to_string().starts_with("ledger: "));
    queue.faults.plan([Fault::Fails]);
    assert!(check().await.unwrap_err().to_string().starts_with("queue "));
    secrets.faults.plan([Fault::Fails]);
    assert!(check().await.unwrap_err().to_string().starts_with("secret of destination "));
}

#[test]
fn ingest_tells_the_health_event_from_a_webhook_and_from_any_other_event() {
    let is_health = |event: serde_json::Value| {
        is_health_event(&lambda_http::request::from_str(&event.to_string()).unwrap())
    };
    assert_eq!(is_health(json!({ "catchment": "health" })), Ok(true));
    // What a sender writes into a body is no event.
    let mut webhook = http_api_event("stripe", &signed("stripe", b"{}", jiff::Timestamp::now()));
    webhook["body"] = json!({ "catchment": "health" }).to_string().into();
    assert_eq!(is_health(webhook), Ok(false));
    for other in [json!({}), json!({ "Records": [] }), json!({ "catchment": "healthy" })] {
        assert!(is_health(other.clone()).is_err(), "{other}");
    }
}
