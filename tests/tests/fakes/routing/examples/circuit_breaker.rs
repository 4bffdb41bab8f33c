//! How often a failing destination is tried before its circuit breaker opens, and for how long it stays open.

use catchment_tests::harness::TestWorker;
use jiff::Timestamp;
use shared::config::CircuitBreaker;
use worker_lambda::admission::circuit_breaker::state::State;
use worker_lambda::outcome::Outcome;

use super::of_envelope;
use crate::routing::docs::config;
use crate::routing::setup::example;

/// Each destination fails every attempt, and each event has ten attempts.
#[tokio::test(start_paused = true)]
async fn a_circuit_breaker_opens_after_the_configured_failures_for_the_configured_time() {
    let settings = config("circuit").destinations;
    let circuit = |name: &str| settings[name].circuit;
    assert_eq!(circuit("crm"), Some(CircuitBreaker { failures: 5, probe_after: 30 }));
    assert_eq!(circuit("erp"), Some(CircuitBreaker { failures: 20, probe_after: 60 }));
    assert_eq!(circuit("audit"), None);
    let test = example("circuit");
    for name in ["crm", "erp", "audit"] {
        test.destinations.answer(name, Outcome::retry("HTTP status 503"));
    }
    for envelope in ["A", "B", "C"] {
        test.send("docusign", "docusign", &of_envelope(envelope, "envelope-sent")).await;
        test.drain().await;
    }
    let tried = test.destinations.tried();
    let times = |name| tried.iter().filter(|it| *it == name).count();
    assert_eq!((times("crm"), times("erp"), times("audit")), (5, 20, 30));
    assert_eq!((open_for(&test, "crm"), open_for(&test, "erp")), (Some(30), Some(60)));
    assert_eq!(open_for(&test, "audit"), None);
}

/// For how many seconds a circuit breaker stays open, rounded up.
fn open_for(test: &TestWorker, destination: &str) -> Option<i64> {
    match test.ledger.circuit_of(destination)?.state {
        State::Open(until) => Some(until.duration_since(Timestamp::now()).as_secs() + 1),
        other => panic!("{other:?}"),
    }
}
