//! One circuit breaker, as several environments see it.

use catchment_tests::fakes::{Fault, MemoryLedger};
use futures_util::future::join;
use jiff::{SignedDuration, Timestamp};
use worker_lambda::admission::circuit_breaker::state::State;
use worker_lambda::admission::circuit_breaker::{CircuitBreakers, Permit};
use worker_lambda::outcome::Outcome;

use super::{down, seconds, with_circuit};

/// An environment, whose clock a test sets with every call.
struct Environment<'l> {
    circuits: CircuitBreakers,
    ledger: &'l MemoryLedger,
}

impl<'l> Environment<'l> {
    fn new(ledger: &'l MemoryLedger) -> Self {
        let config = serde_json::from_value(with_circuit()).unwrap();
        Self { circuits: CircuitBreakers::new(&config), ledger }
    }

    /// Asks for a delivery that begins so many seconds after the start and may take 40. Returns a permit, or until
    /// when it is deferred.
    async fn admit(&self, at: i64) -> Result<Permit, i64> {
        let admitted = self.circuits.admit(self.ledger, "crm", after(at), after(at + 40)).await;
        admitted.map_err(|until| until.as_second())
    }

    /// Admits a delivery and records its outcome. Returns whether that opened the circuit breaker.
    async fn deliver(&self, at: i64, outcome: &Outcome) -> bool {
        let pass = self.admit(at).await.unwrap();
        self.circuits.record(self.ledger, "crm", pass, outcome, after(at)).await
    }

    async fn fails(&self, at: i64) -> bool {
        self.deliver(at, &down()).await
    }

    async fn opens(&self) {
        assert!(!self.fails(0).await && !self.fails(0).await && self.fails(0).await);
    }
}

pub(super) fn after(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

fn writes(ledger: &MemoryLedger) -> u64 {
    ledger.circuit_of("crm").map_or(0, |item| item.revision)
}

#[tokio::test]
async fn it_opens_after_consecutive_failures_only() {
    let ledger = MemoryLedger::default();
    let environment = Environment::new(&ledger);
    for outcome in [Outcome::Delivered, Outcome::reject("HTTP status 400")] {
        assert!(!environment.fails(0).await && !environment.fails(0).await);
        assert!(!environment.deliver(0, &outcome).await, "it answers");
    }
    assert_eq!(ledger.circuit_of("crm"), None, "nothing has changed");
    environment.opens().await;
    assert_eq!(environment.admit(1).await, Err(60));
    assert_eq!(ledger.circuit_of("crm").unwrap().reason.as_deref(), Some(super::DOWN));
}

#[tokio::test]
async fn another_environment_sees_it_open_before_any_failure_of_its_own() {
    let ledger = MemoryLedger::default();
    Environment::new(&ledger).opens().await;
    assert_eq!(Environment::new(&ledger).admit(1).await, Err(60));
}

#[tokio::test]
async fn an_environment_with_a_fresh_state_sees_it_open_after_its_first_failure_or_ten_seconds() {
    let ledger = MemoryLedger::default();
    let (late, failing) = (Environment::new(&ledger), Environment::new(&ledger));
    assert_eq!(late.admit(0).await, Ok(Permit::Closed));
    assert_eq!(failing.admit(0).await, Ok(Permit::Closed));
    Environment::new(&ledger).opens().await;
    assert_eq!(late.admit(9).await, Ok(Permit::Closed));
    assert_eq!(late.admit(10).await, Err(60));
    assert!(!failing.fails(1).await);
    assert_eq!(failing.admit(1).await, Err(60));
}

#[tokio::test]
async fn the_item_is_written_when_it_changes_and_read_every_ten_seconds() {
    let ledger = MemoryLedger::default();
    let environment = Environment::new(&ledger);
    for second in 0..30 {
        environment.deliver(second, &Outcome::Delivered).await;
    }
    assert_eq!((ledger.circuit_faults.calls(), writes(&ledger)), (3, 0), "looked at three times");
    let ledger = MemoryLedger::default();
    let environment = Environment::new(&ledger);
    environment.opens().await;
    for second in 0..60 {
        assert_eq!(environment.admit(second).await, Err(60));
    }
    assert_eq!(writes(&ledger), 1, "opened");
    environment.deliver(60, &Outcome::Delivered).await;
    assert_eq!(writes(&ledger), 3, "probed, and closed");
}

#[tokio::test]
async fn if_a_probe_is_due_one_delivery_probes_and_the_others_wait() {
    let ledger = MemoryLedger::default();
    let (one, other) = (Environment::new(&ledger), Environment::new(&ledger));
    one.opens().await;
    let (first, second) = join(one.admit(60), other.admit(60)).await;
    assert!(matches!(first, Ok(Permit::Probe(_))), "{first:?}");
    assert_eq!(second, Err(65), "it may be over in a moment");
    assert_eq!(one.admit(60).await, Err(65));
    one.circuits.record(&ledger, "crm", first.unwrap(), &Outcome::Delivered, after(61)).await;
    assert_eq!(one.admit(61).await, Ok(Permit::Closed));
    assert_eq!(other.admit(65).await, Ok(Permit::Closed));
    assert_eq!(ledger.circuit_of("crm").unwrap().state, State::Closed);
}

/// Both have read that it is open, and both write that they probe.
#[tokio::test]
async fn of_two_environments_that_probe_at_once_one_wins() {
    let ledger = MemoryLedger::default();
    let (one, other) = (Environment::new(&ledger), Environment::new(&ledger));
    one.opens().await;
    assert_eq!(other.admit(55).await, Err(60), "what it knows now is fresh for ten seconds");
    assert!(matches!(one.admit(60).await, Ok(Permit::Probe(_))));
    assert_eq!(other.admit(60).await, Err(65));
}

/// It would overwrite a revision that is gone, until its own copy is no longer fresh.
#[tokio::test]
async fn an_environment_that_lost_the_race_to_probe_reads_the_state_again() {
    let ledger = MemoryLedger::default();
    let (one, other) = (Environment::new(&ledger), Environment::new(&ledger));
    one.opens().await;
    assert_eq!(other.admit(55).await, Err(60), "what it knows now is fresh for ten seconds");
    one.deliver(60, &Outcome::Delivered).await;
    assert_eq!(other.admit(62).await, Err(67), "it has been probed already");
    assert_eq!(other.admit(63).await, Ok(Permit::Closed));
}

#[tokio::test]
async fn a_probe_that_fails_leaves_it_open_for_twice_as_long() {
    let ledger = MemoryLedger::default();
    let environment = Environment::new(&ledger);
    environment.opens().await;
    assert!(!environment.fails(60).await, "it was open before");
    assert_eq!(environment.admit(61).await, Err(60 + 120));
    environment.fails(180).await;
    assert_eq!(environment.admit(181).await, Err(180 + 240));
    let rejected = Outcome::reject("HTTP status 400");
    environment.deliver(420, &rejected).await;
    assert_eq!(environment.admit(421).await, Ok(Permit::Closed), "it answers");
}

#[tokio::test]
async fn a_probe_that_crashes_is_followed_by_another() {
    let ledger = MemoryLedger::default();
    let environment = Environment::new(&ledger);
    environment.opens().await;
    assert!(matches!(environment.admit(60).await, Ok(Permit::Probe(_))));
    let other = Environment::new(&ledger);
    assert_eq!(other.admit(99).await, Err(100), "the lease of the one that is gone");
    assert!(matches!(other.admit(100).await, Ok(Permit::Probe(_))));
}

#[tokio::test]
async fn a_delivery_that_began_before_it_opened_neither_opens_nor_closes_it() {
    let ledger = MemoryLedger::default();
    let environment = Environment::new(&ledger);
    let late = [environment.admit(0).await.unwrap(), environment.admit(0).await.unwrap()];
    environment.opens().await;
    for (pass, outcome) in late.into_iter().zip([down(), Outcome::Delivered]) {
        assert!(!environment.circuits.record(&ledger, "crm", pass, &outcome, after(2)).await);
    }
    assert_eq!(environment.admit(3).await, Err(60));
    assert_eq!(writes(&ledger), 1);
}

/// A batch fails as one: more failures than it takes to open it.
#[tokio::test]
async fn after_a_breaker_is_closed_failures_are_counted_from_zero() {
    let ledger = MemoryLedger::default();
    let (one, other) = (Environment::new(&ledger), Environment::new(&ledger));
    assert!(!other.fails(0).await && !other.fails(0).await);
    let mut batch = Vec::new();
    for _ in 0..5 {
        batch.push(one.admit(0).await.unwrap());
    }
    for pass in batch {
        one.circuits.record(&ledger, "crm", pass, &down(), after(1)).await;
    }
    assert!(other.admit(1).await.is_err());
    one.deliver(61, &Outcome::Delivered).await;
    assert!(!one.fails(62).await && !other.fails(86_400).await, "one of three");
}

/// The delivery began earlier and does not predict the result of the probe.
#[tokio::test]
async fn a_late_failure_does_not_reopen_a_circuit_breaker_that_is_being_probed() {
    let ledger = MemoryLedger::default();
    let environment = Environment::new(&ledger);
    let mut late = Vec::new();
    for _ in 0..3 {
        late.push(environment.admit(0).await.unwrap());
    }
    environment.opens().await;
    let probe = environment.admit(61).await.unwrap();
    for pass in late {
        assert!(!environment.circuits.record(&ledger, "crm", pass, &down(), after(62)).await);
    }
    environment.circuits.record(&ledger, "crm", probe, &Outcome::Delivered, after(63)).await;
    assert_eq!(ledger.circuit_of("crm").unwrap().state, State::Closed);
}

#[tokio::test]
async fn a_destination_that_asks_for_more_time_gets_it() {
    let ledger = MemoryLedger::default();
    let environment = Environment::new(&ledger);
    let busy = Outcome::Retry { after: Some(seconds(300)), reason: "HTTP status 429".into() };
    for _ in 0..3 {
        environment.deliver(0, &busy).await;
    }
    assert_eq!(environment.admit(1).await, Err(300));
}

/// The ledger accepted the claim a moment ago. Its failure now is not the destination's.
#[tokio::test]
async fn deliveries_are_made_if_the_circuit_breaker_store_fails() {
    let ledger = MemoryLedger::default();
    Environment::new(&ledger).opens().await;
    let environment = Environment::new(&ledger);
    ledger.circuit_faults.plan([Fault::Fails]);
    assert_eq!(environment.admit(1).await, Ok(Permit::Closed));
    assert_eq!(environment.admit(1).await, Err(60));
}

#[tokio::test]
async fn a_circuit_breaker_that_could_not_be_stored_opens_at_the_next_failure() {
    let ledger = MemoryLedger::default();
    let environment = Environment::new(&ledger);
    environment.admit(0).await.unwrap();
    for _ in 0..2 {
        environment.fails(0).await;
    }
    ledger.circuit_faults.plan([Fault::None, Fault::Fails]);
    assert!(!environment.fails(0).await && environment.fails(0).await);
}

#[tokio::test]
async fn a_destination_without_a_circuit_breaker_is_never_deferred() {
    let ledger = MemoryLedger::default();
    let environment = Environment::new(&ledger);
    for _ in 0..100 {
        let pass = environment.circuits.admit(&ledger, "bus", after(0), after(40)).await.unwrap();
        environment.circuits.record(&ledger, "bus", pass, &down(), after(0)).await;
    }
    assert_eq!(ledger.circuit_faults.calls(), 0);
}
