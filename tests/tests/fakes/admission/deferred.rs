//! Events that circuit breakers and rate limits defer.

use catchment_tests::harness::{QUEUE, TestWorker};
use jiff::Timestamp;
use serde_json::json;
use tokio::time::{Instant, timeout};
use worker_lambda::admission::circuit_breaker::{CircuitBreakerStore, state};
use worker_lambda::ledger::entry::{Entry, State};
use worker_lambda::outcome::Outcome;

use super::{down, seconds, with_circuit, with_rate};

/// A worker whose circuit breaker for `crm` was opened by three events just now. They wait for their next attempts.
pub(super) async fn open() -> TestWorker {
    let test = TestWorker::with(with_circuit());
    test.destinations.answer("crm", down());
    for provider in ["stripe", "github", "signbee"] {
        test.receive_sample(provider).await;
    }
    assert_eq!(test.batch().await, (3, 3));
    assert!(matches!(test.ledger.circuit_of("crm").unwrap().state, state::State::Open(_)));
    test
}

fn open_until(test: &TestWorker) -> Timestamp {
    match test.ledger.circuit_of("crm").unwrap().state {
        state::State::Open(until) => until,
        other => panic!("{other:?}"),
    }
}

fn attempts(entry: &Entry, destination: &str) -> u32 {
    entry.destinations[destination].attempts
}

/// Starts another environment a minute later: the probe is due.
pub(super) async fn later(test: &mut TestWorker) {
    test.pass(seconds(61)).await;
    test.reconfigure(with_circuit());
}

#[tokio::test(start_paused = true)]
async fn an_event_deferred_by_an_open_circuit_breaker_waits_for_the_probe_and_uses_no_attempt() {
    let test = open().await;
    let until = open_until(&test);
    let tried = test.destinations.tried().len();
    let key = test.receive_sample("standard-webhooks").await;
    test.batch().await;
    let entry = test.ledger.entry(&key).unwrap();
    assert_eq!(entry.state, State::Waiting(until));
    assert_eq!((attempts(&entry, "crm"), attempts(&entry, "bus")), (0, 1));
    assert_eq!(
        test.destinations.tried().len(),
        tried + 1,
        "`bus` got it, and `crm` was left alone"
    );
    tokio::time::advance(seconds(58)).await;
    assert!(test.ingest.queue.receive(QUEUE).is_empty(), "it is hidden until then");
    tokio::time::advance(seconds(3)).await;
    assert_eq!(test.ingest.queue.receive(QUEUE).len(), 4);
}

#[tokio::test(start_paused = true)]
async fn an_event_uses_no_attempt_however_often_it_is_deferred() {
    let mut test = open().await;
    let key = test.receive_sample("docusign").await;
    for _ in 0..20 {
        test.batch().await;
        test.pass(seconds(30)).await;
        test.ledger.age(seconds(0));
        test.reconfigure(with_circuit());
    }
    let entry = test.ledger.entry(&key).unwrap();
    assert_eq!((attempts(&entry, "crm"), entry.attempts), (0, 0));
    assert_eq!(entry.reason.as_deref(), Some("crm: circuit breaker open"));
}

#[tokio::test(start_paused = true)]
async fn one_probe_that_arrives_lets_all_the_others_through() {
    let mut test = open().await;
    receive(&test, 4).await;
    later(&mut test).await;
    test.destinations.answer("crm", Outcome::Delivered);
    for _ in 0..20 {
        test.batch().await;
        test.pass(seconds(6)).await;
    }
    assert_eq!(test.ingest.queue.depth(QUEUE), 0);
    assert!(test.dead_letters().is_empty());
    assert_eq!(test.ledger.circuit_of("crm").unwrap().state, state::State::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_probe_is_an_attempt_and_the_only_one() {
    let mut test = open().await;
    let tried = test.destinations.tried().len();
    later(&mut test).await;
    let (received, back) = test.batch().await;
    assert_eq!((received, back), (3, 3));
    assert_eq!(test.destinations.tried().len(), tried + 1);
    assert_eq!(test.ledger.circuit_of("crm").unwrap().openings, 2);
}

/// A probe excludes others as long as its invocation may last, and no longer: its worker may have crashed.
#[tokio::test(start_paused = true)]
async fn a_probe_is_alone_until_its_invocation_has_ended() {
    let mut test = open().await;
    let tried =
        |test: &TestWorker| test.destinations.tried().iter().filter(|it| *it == "crm").count();
    later(&mut test).await;
    test.destinations.delay("crm", seconds(3600));
    let lost = timeout(seconds(1), test.batch()).await;
    assert!(lost.is_err(), "the worker is gone");
    assert_eq!(tried(&test), 3 + 1, "the two others do not probe as well");
    test.pass(seconds(30)).await;
    test.reconfigure(with_circuit());
    assert_eq!(test.batch().await, (2, 2));
    assert_eq!(tried(&test), 3 + 1, "nor does another environment");
    test.pass(seconds(31)).await;
    test.destinations.answer("crm", Outcome::Delivered);
    assert_eq!(test.batch().await, (2, 0));
}

/// Five a second in one environment: ten events take 1.8 s. The worker then waits for the next slot, at 2 s, because
/// the next invocation may be in another environment.
#[tokio::test(start_paused = true)]
async fn a_batch_is_delivered_at_the_rate_limit_of_its_destination() {
    let test = TestWorker::with(with_rate(5.0));
    receive(&test, 10).await;
    let start = Instant::now();
    assert_eq!(test.batch().await, (10, 0));
    let took = start.elapsed();
    assert!((seconds(2)..seconds(2) + seconds(1) / 100).contains(&took), "{took:?}");
    assert_eq!(test.ingest.queue.depth(QUEUE), 0);
}

/// Fifteen a second, shared by three environments, any of which may be next. No second has more than fifteen, plus one
/// for each environment.
#[tokio::test(start_paused = true)]
async fn alternating_environments_stay_within_the_rate_limit() {
    let mut config = with_rate(15.0);
    config["queues"]["default"]["maximum_concurrency"] = json!(3);
    let mut test = TestWorker::with(config.clone());
    let start = Instant::now();
    for number in 0..20 {
        test.receive_body("hmac", &json!({ "number": number })).await;
        test.reconfigure(config.clone());
        assert_eq!(test.batch().await, (1, 0));
    }
    let took = start.elapsed();
    assert!(took >= seconds(4) - seconds(1) / 100, "one of three slots: five a second, {took:?}");
}

/// One delivery in twenty seconds, in an invocation of sixty, which must also wait for the slot after its last
/// delivery. Events without a slot in time are released without an attempt.
#[tokio::test(start_paused = true)]
async fn an_event_without_a_slot_in_time_is_released_and_uses_no_attempt() {
    let test = TestWorker::with(with_rate(0.05));
    let keys = receive(&test, 6).await;
    assert_eq!(test.batch().await, (6, 4));
    assert_eq!(test.destinations.tried(), ["crm"; 2]);
    let held: Vec<_> = keys.iter().filter_map(|key| test.ledger.entry(key)).collect();
    let held: Vec<_> = held.iter().filter(|entry| entry.state != State::Complete).collect();
    assert!(held.iter().all(|entry| attempts(entry, "crm") == 0 && entry.attempts == 0));
    assert_eq!(held[0].reason.as_deref(), Some("crm: rate limit reached"));
}

/// The eighth slot is after 50.4 of 60 s, and a delivery may take ten: it would be made but not recorded.
#[tokio::test(start_paused = true)]
async fn a_slot_that_leaves_no_time_for_its_delivery_is_not_used() {
    let test = TestWorker::with(with_rate(1.0 / 7.2));
    let keys = receive(&test, 10).await;
    test.destinations.delay("crm", seconds(10));
    assert_eq!(test.batch().await, (10, 3));
    assert_eq!(test.destinations.tried(), ["crm"; 7]);
    let noted = keys.iter().filter(|key| test.state(key) == State::Complete).count();
    assert_eq!(noted, 7);
}

/// A FIFO queue's message cannot be resent, and SQS counts each receive. (No message is hidden for more than eleven
/// hours, so far fewer receives would not be enough.)
#[tokio::test(start_paused = true)]
async fn an_event_deferred_for_days_in_a_fifo_queue_does_not_use_up_its_receives() {
    let mut config = with_circuit();
    config["queues"]["default"]["ordering_key"] = json!("source");
    config["queues"]["default"]["max_receives"] = json!(40);
    let mut test = TestWorker::with(config.clone());
    let key = receive(&test, 1).await.remove(0);
    for quarter in 0..3 * 24 * 4 {
        let over = test.ledger.circuit_of("crm").map(|item| item.revision);
        let until = Timestamp::now() + seconds(900);
        let open = state::BreakerState {
            revision: quarter + 1,
            state: state::State::Open(until),
            openings: 6,
            reason: None,
            expires_at: until + seconds(86_400),
        };
        test.ledger.put_circuit_breaker("crm", &open, over).await.unwrap();
        test.reconfigure(config.clone());
        test.batch().await;
        test.pass(seconds(900)).await;
    }
    assert!(matches!(test.state(&key), State::Waiting(_)));
    assert!(test.dead_letters().is_empty());
}

/// One delivery in a hundred seconds is slower than an invocation lasts. The next invocation does not wait for its
/// slot.
#[tokio::test(start_paused = true)]
async fn a_slow_rate_limit_delays_no_other_queue() {
    let mut config = with_rate(0.01);
    config["queues"]["other"] = config["queues"]["default"].clone();
    config["sources"]["stripe"]["queue"] = json!("other");
    config["routes"] = json!([
        { "source": "hmac", "destinations": ["crm"] }, { "source": "stripe", "destinations": ["bus"] },
    ]);
    let test = TestWorker::with(config);
    receive(&test, 1).await;
    let start = Instant::now();
    test.batch().await;
    assert!(start.elapsed() < test.time, "it rests no longer than Lambda lets it");
    test.receive_sample("stripe").await;
    let start = Instant::now();
    assert_eq!(test.batch_of("other").await, (1, 0));
    assert_eq!(start.elapsed(), seconds(0));
}

async fn receive(test: &TestWorker, events: usize) -> Vec<shared::event::dedupe::LedgerKey> {
    let mut keys = Vec::new();
    for number in 0..events {
        keys.push(test.receive_body("hmac", &json!({ "number": number })).await);
    }
    keys
}
