//! CircuitBreakers, which are items of the ledger's table.

use catchment_tests::fakes::MemoryLedger;
use futures_util::future::join_all;
use jiff::Timestamp;
use worker_lambda::admission::circuit_breaker::state::{BreakerState, State};
use worker_lambda::admission::circuit_breaker::{CircuitBreakerError, CircuitBreakerStore};

use crate::both::contracts::hold;
use crate::both::contracts::ledger::table;

/// What every implementation does.
macro_rules! every {
    ($name:ident, $subject:expr) => {
        hold!(
            $name,
            tokio::test,
            $subject,
            [
                the_first_to_open_a_circuit_wins,
                every_field_of_an_item_survives,
                of_ten_that_would_probe_one_succeeds,
                over_another_revision_nothing_is_written,
                circuits_have_nothing_to_do_with_each_other
            ]
        );
    };
}

every!(fake, super::MemoryLedger::default());
every!(dynamodb, super::table().await.0);

/// Times as they are kept: to the millisecond, and `expires_at` to the second.
fn item(revision: u64, state: State) -> BreakerState {
    let expires_at = Timestamp::from_second(1_797_930_601).unwrap();
    BreakerState {
        revision,
        state,
        openings: 2,
        reason: Some("HTTP status 503".into()),
        expires_at,
    }
}

fn until() -> Timestamp {
    Timestamp::from_millisecond(1_795_338_569_361).unwrap()
}

async fn read(subject: &impl CircuitBreakerStore, destination: &str) -> Option<BreakerState> {
    subject.circuit_breaker(destination).await.unwrap()
}

async fn the_first_to_open_a_circuit_wins(subject: &impl CircuitBreakerStore) {
    assert_eq!(read(subject, "crm").await, None);
    let (first, second) = (item(1, State::Open(until())), item(1, State::Closed));
    subject.put_circuit_breaker("crm", &first, None).await.unwrap();
    let lost = subject.put_circuit_breaker("crm", &second, None).await.unwrap_err();
    assert!(matches!(lost, CircuitBreakerError::Conflict), "{lost}");
    assert_eq!(read(subject, "crm").await, Some(first));
}

async fn every_field_of_an_item_survives(subject: &impl CircuitBreakerStore) {
    let mut over = None;
    for state in [State::Open(until()), State::Probing(until()), State::Closed] {
        let revision = over.unwrap_or(0) + 1;
        let item = BreakerState { reason: None, ..item(revision, state) };
        subject.put_circuit_breaker("crm", &item, over).await.unwrap();
        assert_eq!(read(subject, "crm").await, Some(item));
        over = Some(revision);
    }
}

async fn of_ten_that_would_probe_one_succeeds(subject: &impl CircuitBreakerStore) {
    subject.put_circuit_breaker("crm", &item(1, State::Open(until())), None).await.unwrap();
    let probing = item(2, State::Probing(until()));
    let probes =
        join_all((0..10).map(|_| subject.put_circuit_breaker("crm", &probing, Some(1)))).await;
    assert_eq!(probes.iter().filter(|probe| probe.is_ok()).count(), 1);
}

async fn over_another_revision_nothing_is_written(subject: &impl CircuitBreakerStore) {
    let closed = item(8, State::Closed);
    let missing = subject.put_circuit_breaker("crm", &closed, Some(7)).await.unwrap_err();
    assert!(matches!(missing, CircuitBreakerError::Conflict), "{missing}");
    assert_eq!(read(subject, "crm").await, None);
    subject.put_circuit_breaker("crm", &item(1, State::Open(until())), None).await.unwrap();
    subject.put_circuit_breaker("crm", &closed, Some(7)).await.unwrap_err();
    assert_eq!(read(subject, "crm").await.unwrap().revision, 1);
}

async fn circuits_have_nothing_to_do_with_each_other(subject: &impl CircuitBreakerStore) {
    subject.put_circuit_breaker("crm", &item(1, State::Closed), None).await.unwrap();
    subject.put_circuit_breaker("bus", &item(1, State::Open(until())), None).await.unwrap();
    assert_eq!(read(subject, "crm").await.unwrap().state, State::Closed);
    assert_eq!(read(subject, "bus").await.unwrap().state, State::Open(until()));
}
