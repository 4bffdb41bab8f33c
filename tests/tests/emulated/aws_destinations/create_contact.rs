//! The handler `create_contact`, on an API of our own.

use std::time::Duration;

use catchment_tests::aws_targets::unique;
use catchment_tests::clients::Clients;
use catchment_tests::emulator::Kind;
use catchment_tests::fakes::MemoryStore;
use catchment_tests::harness::destination::{TestDestination, delivery, retry_reason};
use catchment_tests::receiver::{Behaviour, Receiver};
use serde_json::{Value, json};
use worker_lambda::deliver::Delivery;
use worker_lambda::outcome::Outcome;

use super::{docusign, emulator};

/// In the URL and the token, and in no reason.
const TOKEN: &str = "hunter2-token";

struct Api {
    receiver: Receiver,
    clients: Clients,
    secret: String,
    it: TestDestination<MemoryStore>,
}

impl Api {
    async fn start(timeout: f64) -> Self {
        let (endpoint, clients) = emulator(Kind::LocalStack).await;
        let receiver = Receiver::start().await.unwrap();
        let create = clients.secrets.create_secret().name(unique("token")).secret_string(TOKEN);
        let secret = create.send().await.unwrap().arn.unwrap();
        let settings = json!({
            "url": format!("{}/contacts?key={TOKEN}", receiver.url()), "secret_arn": secret,
            "allow_private": "true",
        });
        let it = TestDestination::new(endpoint, handler(timeout, settings)).unwrap();
        Self { receiver, clients, secret, it }
    }

    async fn outcome(&self, delivery: &Delivery) -> Outcome {
        self.it.deliver(delivery).await.outcome
    }
}

fn handler(timeout: f64, settings: Value) -> Value {
    json!({ "handler": { "name": "create_contact", "timeout": timeout, "settings": settings } })
}

fn signed() -> Delivery {
    docusign("2026-11-20T10:15:30Z", "envelope-completed")
}

#[tokio::test]
async fn the_api_gets_the_signer_with_the_token_and_a_key_to_know_a_duplicate_by() {
    let api = Api::start(10.0).await;
    let delivery = signed();
    for _ in 0..2 {
        assert_eq!(api.outcome(&delivery).await, Outcome::Delivered);
    }
    let received = api.receiver.received();
    assert_eq!(received.len(), 2);
    for call in received {
        let contact: Value = serde_json::from_slice(&call.body).unwrap();
        let expected = json!({ "name": "Jürgen Müller", "email": "juergen@example.com" });
        assert_eq!((&call.method[..], contact), ("POST", expected));
        assert_eq!(call.header("authorization"), Some(&format!("Bearer {TOKEN}")[..]));
        assert_eq!(call.header("idempotency-key"), Some(&delivery.webhook_id[..]));
        assert_eq!(call.header("content-type"), Some("application/json"));
    }
}

#[tokio::test]
async fn the_answer_of_the_api_decides_the_outcome_and_its_retry_after_is_kept() {
    let api = Api::start(10.0).await;
    let retry_after = Some("120".to_owned());
    api.receiver.behave(Behaviour { retry_after, ..Behaviour::always(429) });
    let after = Some(Duration::from_secs(120));
    let expected = Outcome::Retry { after, reason: "HTTP status 429".to_owned() };
    assert_eq!(api.outcome(&signed()).await, expected);
    api.receiver.behave(Behaviour::always(503));
    assert_eq!(api.outcome(&signed()).await, Outcome::retry("HTTP status 503"));
    api.receiver.behave(Behaviour::always(422));
    assert_eq!(api.outcome(&signed()).await, Outcome::reject("HTTP status 422"));
}

#[tokio::test]
async fn a_changed_token_is_read_again_after_a_401() {
    let api = Api::start(10.0).await;
    assert_eq!(api.outcome(&signed()).await, Outcome::Delivered);
    let put = api.clients.secrets.put_secret_value().secret_id(&api.secret);
    put.secret_string("another").send().await.unwrap();
    api.receiver.behave(Behaviour::next(1, 401));
    assert_eq!(api.outcome(&signed()).await, Outcome::retry("HTTP status 401"));
    assert_eq!(api.outcome(&signed()).await, Outcome::Delivered);
    let last = api.receiver.received().pop().unwrap();
    assert_eq!(last.header("authorization"), Some("Bearer another"));
}

#[tokio::test]
async fn without_a_token_or_an_answer_it_is_tried_again() {
    let api = Api::start(0.5).await;
    api.receiver.behave(Behaviour { delay_ms: 5000, ..Behaviour::always(200) });
    assert_eq!(api.outcome(&signed()).await, Outcome::retry("timed out"));
    let (endpoint, clients) = emulator(Kind::LocalStack).await;
    let secret = clients.secrets.create_secret().name(unique("empty")).send().await.unwrap();
    let settings = json!({ "url": "https://api.example/", "secret_arn": secret.arn });
    let it = TestDestination::new(endpoint, handler(10.0, settings)).unwrap();
    assert!(retry_reason(&it.deliver(&signed()).await).contains("has no value"));
}

#[tokio::test]
async fn a_private_address_and_an_event_without_a_signer_are_rejected() {
    let api = Api::start(10.0).await;
    let outcome = api.outcome(&delivery()).await;
    assert!(matches!(outcome, Outcome::Reject { .. }), "{outcome:?}");
    assert!(api.receiver.received().is_empty());
    let (endpoint, _) = emulator(Kind::LocalStack).await;
    let settings = json!({ "url": "https://127.0.0.1/", "secret_arn": api.secret });
    let it = TestDestination::new(endpoint, handler(10.0, settings)).unwrap();
    let outcome = it.deliver(&signed()).await.outcome;
    assert!(
        matches!(&outcome, Outcome::Reject { reason } if reason.contains("private")),
        "{outcome:?}"
    );
}
