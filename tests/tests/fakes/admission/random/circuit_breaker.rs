//! A circuit breaker whose environments start and crash, and whose stored state is not always read or written.

use catchment_tests::fakes::MemoryLedger;
use catchment_tests::random_faults::RandomFaults;
use shared::config::Config;
use worker_lambda::admission::circuit_breaker::state::State;
use worker_lambda::admission::circuit_breaker::{CircuitBreakers, Permit};
use worker_lambda::outcome::Outcome;

use crate::admission::circuit_breaker::after;
use crate::admission::{down, with_circuit};

/// From this second on the destination works.
const RECOVERS: i64 = 1500;
/// By this second the circuit breaker is closed: it is open for at most 900 s, and a probe or two may crash.
const CLOSED: i64 = RECOVERS + 1500;
/// A delivery takes less than its invocation has.
const LEASE: i64 = 40;

struct Environments {
    random: RandomFaults,
    config: Config,
    ledger: MemoryLedger,
    environments: Vec<CircuitBreakers>,
    deliveries: Vec<Delivery>,
}

/// A delivery that was admitted and has not ended.
struct Delivery {
    environment: usize,
    pass: Permit,
    ends: i64,
}

impl Environments {
    fn of(seed: u64) -> Self {
        let config: Config = serde_json::from_value(with_circuit()).unwrap();
        let environments = (0..4).map(|_| CircuitBreakers::new(&config)).collect();
        let (random, ledger) = (RandomFaults::of(seed), MemoryLedger::default());
        Self { random, config, ledger, environments, deliveries: Vec::new() }
    }

    /// Lets a second pass. Returns until when a delivery was deferred, if one was.
    async fn pass(&mut self, now: i64) -> Option<i64> {
        if self.random.once_in(3) {
            self.ledger.circuit_faults.plan(self.random.faults());
        }
        if self.random.once_in(100) {
            self.crash();
        }
        self.end(now).await;
        if self.random.once_in(3) { self.begin(now).await.err() } else { None }
    }

    /// Ends an environment with its deliveries, and starts another.
    fn crash(&mut self) {
        let gone = self.random.one_of([0, 1, 2, 3]);
        self.environments[gone] = CircuitBreakers::new(&self.config);
        self.deliveries.retain(|delivery| delivery.environment != gone);
    }

    async fn begin(&mut self, now: i64) -> Result<(), i64> {
        let environment = self.random.one_of([0, 1, 2, 3]);
        let circuits = &self.environments[environment];
        let pass = circuits.admit(&self.ledger, "crm", after(now), after(now + LEASE)).await;
        let pass = pass.map_err(|until| until.as_second())?;
        let ends = now + 1 + self.random.one_of([0, 5, 10, 15, 20, 25]);
        self.deliveries.push(Delivery { environment, pass, ends });
        Ok(())
    }

    async fn end(&mut self, now: i64) {
        let outcome = if now < RECOVERS { down() } else { Outcome::Delivered };
        for ended in self.deliveries.extract_if(.., |delivery| delivery.ends <= now) {
            let circuits = &self.environments[ended.environment];
            circuits.record(&self.ledger, "crm", ended.pass, &outcome, after(now)).await;
        }
    }

    fn probes(&self) -> usize {
        let is_probe = |delivery: &&Delivery| matches!(delivery.pass, Permit::Probe(_));
        self.deliveries.iter().filter(is_probe).count()
    }
}

/// There is at most one probe at a time, no event is deferred for longer than fifteen minutes, and deliveries resume
/// once the destination works again.
#[tokio::test]
async fn under_random_faults_one_delivery_probes_and_the_circuit_breaker_closes_again() {
    for seed in 0..60 {
        let mut run = Environments::of(seed);
        let mut opened = false;
        for now in 0..CLOSED {
            let held = run.pass(now).await;
            assert!(run.probes() <= 1, "seed {seed}: two probes at second {now}");
            assert!(
                held.is_none_or(|until| (now + 1..=now + 900).contains(&until)),
                "seed {seed}: held until {held:?} at second {now}"
            );
            opened |= held.is_some();
        }
        let state = run.ledger.circuit_of("crm").map(|item| item.state);
        assert!(opened && state == Some(State::Closed), "seed {seed}: in the end {state:?}");
    }
}
