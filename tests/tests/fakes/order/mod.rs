//! Order and priority, on fakes: which queue an event waits in, and what a FIFO queue keeps in order.
mod dead_letters;
mod groups;
mod lists;
mod metrics;
mod queues;
mod random;

use std::time::Duration;

use catchment_tests::harness::{TestWorker, config};
use serde_json::{Value, json};
use shared::event::dedupe::LedgerKey;
use worker_lambda::outcome::Outcome;

/// The usual configuration, in which `hmac` goes to `crm` by a FIFO queue, in the order of each `order`.
fn fifo() -> Value {
    let mut config = config();
    config["queues"]["default"]["ordering_key"] = json!("body.order");
    config["queues"]["default"]["max_receives"] = json!(1000);
    let route = json!({ "source": "hmac", "destinations": ["crm"] });
    config["routes"].as_array_mut().unwrap().push(route);
    config
}

/// Receives events at `hmac`, each of an order and with a number.
async fn receive(test: &TestWorker, events: &[(&str, u32)]) -> Vec<LedgerKey> {
    let mut keys = Vec::new();
    for (order, number) in events {
        keys.push(test.receive_body("hmac", &event(order, *number)).await);
    }
    keys
}

fn event(order: &str, number: u32) -> Value {
    json!({ "order": order, "number": number })
}

/// The numbers of the events of an order that were tried, in the order of the attempts.
fn numbers(test: &TestWorker, order: &str) -> Vec<u64> {
    let bodies = test.destinations.deliveries().into_iter();
    let bodies = bodies.map(|(_, it)| serde_json::from_slice::<Value>(&it.body).unwrap());
    let own = bodies.filter(|body| body["order"] == order);
    own.map(|body| body["number"].as_u64().unwrap()).collect()
}

/// The answer of a destination that asks for a retry after so many seconds.
fn busy(seconds: u64) -> Outcome {
    let after = Some(Duration::from_secs(seconds));
    Outcome::Retry { after, reason: "HTTP status 503".into() }
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
