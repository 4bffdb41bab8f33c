//! Admission on fakes: circuit breakers that several environments share, rate limits, and the events that they defer.
mod circuit_breaker;
mod deferred;
mod metrics;
mod random;
mod retention;

use std::time::Duration;

use catchment_tests::harness::config;
use serde_json::{Value, json};
use worker_lambda::outcome::Outcome;

/// The reason of each failure.
const DOWN: &str = "HTTP status 503";

fn down() -> Outcome {
    Outcome::Retry { after: None, reason: DOWN.into() }
}

/// The usual configuration, in which `hmac` goes to `crm`.
fn usual() -> Value {
    let mut config = config();
    let route = json!({ "source": "hmac", "destinations": ["crm"] });
    config["routes"].as_array_mut().unwrap().push(route);
    config
}

/// The usual configuration, and a circuit breaker for `crm` that opens for a minute after three failures.
fn with_circuit() -> Value {
    let mut config = usual();
    config["destinations"]["crm"]["circuit"] = json!({ "failures": 3, "probe_after": 60 });
    config
}

/// The usual configuration, and a rate limit for `crm`, whose queue has one environment.
fn with_rate(rate: f64) -> Value {
    let mut config = usual();
    config["destinations"]["crm"]["rate"] = json!(rate);
    config["queues"]["default"]["maximum_concurrency"] = json!(1);
    config
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
