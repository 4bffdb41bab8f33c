//! What the worker counts when a circuit breaker opens. An alarm watches it.

use catchment_tests::harness::counts;

use super::deferred::{later, open};

/// Three events open the circuit breaker, and are due at once.
#[tokio::test(start_paused = true)]
async fn a_circuit_breaker_that_opens_is_counted_once_and_each_event_that_it_defers() {
    let test = open().await;
    let opened = counts([("circuit breaker opened", 1), ("CircuitOpened", 1), ("retry", 3)]);
    assert_eq!(test.lines.counts(), opened);

    test.batch().await;
    let deferred = counts([
        ("circuit breaker opened", 1),
        ("CircuitOpened", 1),
        ("deferred", 3),
        ("retry", 3),
    ]);
    assert_eq!(test.lines.counts(), deferred);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_fails_is_counted_as_retried_and_the_other_events_as_deferred() {
    let mut test = open().await;
    later(&mut test).await;
    test.batch().await;
    let probed = counts([
        ("circuit breaker opened", 1),
        ("CircuitOpened", 1),
        ("deferred", 2),
        ("retry", 4),
    ]);
    assert_eq!(test.lines.counts(), probed);
}
