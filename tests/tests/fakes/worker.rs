//! The worker on fakes: exactly-once effect, retries, dead letters, and what remains after a crash at any point.
use std::time::Duration;

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use catchment_tests::fakes::{Fault, MemoryLedger, Received, message};
use catchment_tests::harness::{DEAD_LETTERS, QUEUE, TestWorker, config, counts};
use shared::event::dedupe::{LedgerKey, PreviousWindow};
use shared::event::reference::Reference;
use shared::ports::queue::MessageQueue;
use shared::ports::store::EventStore;
use tokio::time::Instant;
use worker_lambda::ledger::Ledger;
use worker_lambda::ledger::claim::key_of;
use worker_lambda::ledger::destination_status::DestinationState;
use worker_lambda::ledger::entry::{ClaimRequest, Entry, State};
use worker_lambda::outcome::{Attempt, Outcome};

fn retry() -> Outcome {
    Outcome::Retry { after: None, reason: "HTTP status 500".into() }
}

fn reject() -> Outcome {
    Outcome::Reject { reason: "HTTP status 400".into() }
}

#[tokio::test]
async fn a_destination_that_fails_once_gets_the_event_again() {
    let test = TestWorker::new();
    let key = test.receive_sample("docusign").await;
    test.destinations.answer("crm", Outcome::retry("HTTP status 503"));
    assert_eq!(test.batch().await, (1, 1));
    test.destinations.answer("crm", Outcome::Delivered);
    assert_eq!(test.batch().await, (1, 0));
    assert_eq!(test.destinations.tried(), ["crm", "crm"]);
    assert_eq!(test.state(&key), State::Complete);
    let expected = counts([("delivered", 1), ("retry", 1)]);
    assert_eq!(test.lines.counts(), expected);
}

#[tokio::test]
async fn an_event_is_delivered_to_all_its_destinations_with_two_writes() {
    let test = TestWorker::new();
    let key = test.receive_sample("github").await;
    assert_eq!(test.batch().await, (1, 0));
    assert_eq!(test.destinations.tried(), ["bus", "crm"]);
    for (_, delivery) in test.destinations.deliveries() {
        assert_eq!(delivery.body, catchment_tests::samples::body("github").unwrap());
        assert_eq!(delivery.webhook_id, key.webhook_id());
        assert_eq!(delivery.content_type.as_deref(), Some("application/json"));
    }
    assert_eq!(test.state(&key), State::Complete);
    assert_eq!(test.ledger.faults.calls(), 2, "one claim and one completion");
    assert_eq!((test.ingest.queue.depth(QUEUE), test.ingest.queue.depth(DEAD_LETTERS)), (0, 0));
}

/// Invariant 6.
#[tokio::test]
async fn a_duplicate_has_no_second_effect() {
    let test = TestWorker::new();
    test.receive_sample("stripe").await;
    let redelivered = test.ingest.queue.receive(QUEUE);
    assert!(test.process(&redelivered).await.is_empty());
    assert!(test.process(&redelivered).await.is_empty(), "SQS's second delivery is acknowledged");
    test.receive_sample("stripe").await;
    test.ingest.queue.delete(QUEUE, &redelivered[0].receipt);
    assert_eq!(test.batch().await, (1, 0), "the provider's retry is acknowledged");
    assert_eq!(test.destinations.tried(), ["bus", "crm"]);
}

#[tokio::test]
async fn two_deliveries_at_once_have_one_effect() {
    let test = TestWorker::new();
    test.receive_sample("stripe").await;
    test.receive_sample("stripe").await;
    test.destinations.delay("crm", Duration::from_millis(50));
    let received = test.ingest.queue.receive(QUEUE);
    assert_eq!(received.len(), 2);
    assert_eq!(test.process(&received).await.len(), 1, "one works, the other is hidden");
    assert_eq!(test.destinations.tried(), ["bus", "crm"]);
}

#[tokio::test]
async fn only_what_failed_is_tried_again() {
    let test = TestWorker::new();
    let key = test.receive_sample("github").await;
    test.destinations.answer("crm", retry());
    assert_eq!(test.batch().await, (1, 1));
    let entry = test.ledger.entry(&key).unwrap();
    assert!(matches!(entry.state, State::Waiting(_)));
    assert_eq!(entry.reason.as_deref(), Some("crm: HTTP status 500"));
    test.destinations.answer("crm", Outcome::Delivered);
    assert_eq!(test.batch().await, (1, 0));
    assert_eq!(test.destinations.tried(), ["bus", "crm", "crm"]);
    assert_eq!(test.state(&key), State::Complete);
}

fn later(seconds: u64) -> Attempt {
    let after = Some(Duration::from_secs(seconds));
    let outcome = Outcome::Retry { after, reason: "HTTP status 429".into() };
    Attempt { outcome, status: Some(429) }
}

/// Makes a destination due now.
fn make_due(test: &TestWorker, key: &LedgerKey, destination: &str) {
    test.ledger.change(key, |entry| {
        entry.state = State::Waiting(jiff::Timestamp::UNIX_EPOCH);
        let status = entry.destinations.get_mut(destination).unwrap();
        status.state = DestinationState::Owed(jiff::Timestamp::UNIX_EPOCH);
    });
}

/// An event in the queue: `crm` will ask for a retry after an hour, and `bus` will fail.
async fn one_asks_for_an_hour_and_one_fails() -> (TestWorker, LedgerKey, Vec<Received>) {
    let test = TestWorker::new();
    let key = test.receive_sample("github").await;
    test.destinations.answer("crm", later(3600));
    test.destinations.answer("bus", retry());
    let received = test.ingest.queue.receive(QUEUE);
    (test, key, received)
}

#[tokio::test]
async fn a_destination_that_asks_for_time_delays_no_other_of_the_same_event() {
    let (test, key, received) = one_asks_for_an_hour_and_one_fails().await;
    for _ in 0..2 {
        assert_eq!(test.process(&received).await.len(), 1);
    }
    assert_eq!(test.destinations.tried(), ["bus", "crm", "bus"], "`bus` was due at once");
    let crm = test.ledger.entry(&key).unwrap().destinations["crm"].clone();
    let DestinationState::Owed(due) = crm.state else { panic!("{crm:?}") };
    let wait = due.duration_since(jiff::Timestamp::now()).as_secs();
    assert!((3590..=3600).contains(&wait), "{wait}");
    assert_eq!((crm.attempts, crm.status), (1, Some(429)));
    assert_eq!(crm.reason.as_deref(), Some("HTTP status 429"));

    test.destinations.answer("bus", Outcome::Delivered);
    assert_eq!(test.process(&received).await.len(), 1);
    assert_eq!(test.ledger.entry(&key).unwrap().state, State::Waiting(due), "only `crm` is owed");
    assert_eq!(test.process(&received).await.len(), 1, "and is not due");
    assert_eq!(test.destinations.tried(), ["bus", "crm", "bus", "bus"]);

    test.destinations.answer("crm", Outcome::Delivered);
    make_due(&test, &key, "crm");
    assert!(test.process(&received).await.is_empty());
    assert_eq!(test.destinations.tried().len(), 5);
    let entry = test.ledger.entry(&key).unwrap();
    let attempts = entry.destinations.values().map(|standing| standing.attempts);
    assert_eq!((entry.state, attempts.collect()), (State::Complete, vec![3, 2]));
}

#[tokio::test]
async fn attempts_count_per_destination_and_the_event_is_dead_lettered_when_none_is_left() {
    let (test, key, received) = one_asks_for_an_hour_and_one_fails().await;
    for _ in 0..3 {
        assert_eq!(test.process(&received).await.len(), 1);
    }
    let entry = test.ledger.entry(&key).unwrap();
    assert_eq!(entry.destinations["bus"].state, DestinationState::Rejected, "3 attempts");
    assert!(matches!(entry.state, State::Waiting(_)), "`crm` has two left");
    assert!(test.dead_letters().is_empty());

    test.destinations.answer("crm", Outcome::Delivered);
    make_due(&test, &key, "crm");
    assert!(test.process(&received).await.is_empty());
    assert_eq!(test.destinations.tried(), ["bus", "crm", "bus", "bus", "crm"]);
    assert_eq!(test.state(&key), State::Dead);
    let attributes = test.dead_letters().remove(0).attributes;
    assert_eq!((&attributes["destination"][..], &attributes["attempts"][..]), ("bus", "3"));
    assert_eq!(attributes["reason"], "bus: HTTP status 500");
}

#[tokio::test]
async fn an_unreachable_archive_uses_an_attempt_of_each_due_destination() {
    let (test, key, received) = one_asks_for_an_hour_and_one_fails().await;
    test.process(&received).await;
    test.ingest.store.faults.plan([Fault::Fails]);
    assert_eq!(test.process(&received).await.len(), 1);
    let destinations = test.ledger.entry(&key).unwrap().destinations;
    assert_eq!((destinations["bus"].attempts, destinations["crm"].attempts), (2, 1));
    assert_eq!(destinations["bus"].reason.as_deref(), Some("its event cannot be read: fault"));
    assert_eq!(destinations["crm"].reason.as_deref(), Some("HTTP status 429"));
}

/// Attempts are limited even if the worker crashes during each.
#[tokio::test]
async fn a_destination_whose_last_attempt_was_never_recorded_is_dead_lettered_without_the_others() {
    let (test, key, received) = one_asks_for_an_hour_and_one_fails().await;
    test.process(&received).await;
    test.destinations.panic("bus");
    for _ in 0..2 {
        assert_eq!(test.process(&received).await.len(), 1);
        test.ledger.change(&key, |e| e.state = State::Leased(jiff::Timestamp::UNIX_EPOCH));
    }
    assert_eq!(test.process(&received).await.len(), 1);
    assert_eq!(test.destinations.tried(), ["bus", "crm", "bus", "bus"]);
    let bus = test.ledger.entry(&key).unwrap().destinations["bus"].clone();
    assert_eq!((bus.state, bus.attempts), (DestinationState::Rejected, 3));
    assert_eq!(bus.reason.as_deref(), Some("3 attempts; the last one never ended"));
    test.destinations.answer("crm", Outcome::Delivered);
    make_due(&test, &key, "crm");
    assert!(test.process(&received).await.is_empty());
    assert_eq!(test.dead_letters().remove(0).attributes["destination"], "bus");
}

/// Routes are evaluated at every attempt. An event that ended must not have owed destinations in the ledger.
#[tokio::test]
async fn an_event_discarded_by_new_routes_ends_without_destinations() {
    let mut test = TestWorker::new();
    let key = test.receive_sample("docusign").await;
    test.destinations.answer("crm", retry());
    assert_eq!(test.batch().await, (1, 1));
    let mut config = config();
    config["routes"] = serde_json::json!([{ "source": "docusign", "destinations": [] }]);
    test.reconfigure(config);
    assert_eq!(test.batch().await, (1, 0));
    let entry = test.ledger.entry(&key).unwrap();
    assert_eq!((entry.state, entry.destinations.len()), (State::NoDestination, 0));
}

/// Invariant 5.
#[tokio::test]
async fn attempts_used_up_make_a_dead_letter_with_its_reason() {
    let test = TestWorker::new();
    let key = test.receive_sample("github").await;
    test.destinations.answer("crm", retry());
    assert_eq!(
        [test.batch().await, test.batch().await, test.batch().await],
        [(1, 1), (1, 1), (1, 0)]
    );
    assert_eq!(test.batch().await, (0, 0));
    assert_eq!(test.destinations.tried(), ["bus", "crm", "crm", "crm"]);
    assert_eq!(test.state(&key), State::Dead);
    let letters = test.dead_letters();
    assert_eq!(letters.len(), 1);
    let attributes = &letters[0].attributes;
    assert_eq!(attributes["reason"], "crm: HTTP status 500");
    assert_eq!((&attributes["destination"][..], &attributes["attempts"][..]), ("crm", "3"));
    let reference = Reference::parse(&letters[0].body).unwrap();
    assert_eq!((reference.generation, reference.ledger_key), (1, key));
}

#[tokio::test]
async fn a_rejection_is_a_dead_letter_at_once_but_others_are_tried_on() {
    let test = TestWorker::new();
    test.receive_sample("github").await;
    test.destinations.answer("crm", reject());
    test.destinations.answer("bus", retry());
    assert_eq!(test.batch().await, (1, 1));
    test.destinations.answer("bus", Outcome::Delivered);
    assert_eq!(test.batch().await, (1, 0));
    assert_eq!(test.destinations.tried(), ["bus", "crm", "bus"]);
    let letters = test.dead_letters();
    assert_eq!(letters[0].attributes["destination"], "crm");
    assert_eq!(letters[0].attributes["reason"], "crm: HTTP status 400");
}

/// A receiver that is gone has nothing to recover from, so no circuit breaker waits for it. An alarm says so instead.
#[tokio::test]
async fn a_receiver_that_is_gone_makes_dead_letters_and_is_counted_and_opens_no_circuit() {
    let test = TestWorker::new();
    let reason = "HTTP status 410: the receiver says that it is gone for good";
    test.destinations
        .answer("crm", Attempt { outcome: Outcome::reject(reason), status: Some(410) });
    for _ in 0..10 {
        test.receive_sample("docusign").await;
        assert_eq!(test.batch().await, (1, 0));
        let letter = test.dead_letters().remove(0);
        assert_eq!(letter.attributes["reason"], format!("crm: {reason}"));
        test.ingest.queue.delete(DEAD_LETTERS, &letter.receipt);
    }
    let expected = counts([("dead letter", 10), ("DeadLettered", 10), ("Gone", 10)]);
    assert_eq!(test.lines.counts(), expected);
    assert!(test.ledger.circuit_of("crm").is_none());

    test.destinations.answer("crm", Attempt { outcome: retry(), status: Some(410) });
    test.receive_sample("docusign").await;
    test.batch().await;
    assert_eq!(test.lines.counts()["Gone"], 10, "the destination retries a 410");
}

#[tokio::test]
async fn a_redrive_delivers_to_those_still_owed_and_no_others() {
    let test = TestWorker::new();
    let key = test.receive_sample("github").await;
    test.destinations.answer("crm", reject());
    test.batch().await;
    let letter = test.dead_letters().remove(0);
    test.destinations.answer("crm", Outcome::Delivered);
    test.ingest.queue.send(QUEUE, message(letter.body)).await.unwrap();
    assert_eq!(test.batch().await, (1, 0));
    assert_eq!(test.destinations.tried(), ["bus", "crm", "crm"]);
    assert_eq!(test.state(&key), State::Complete);
}

#[tokio::test]
async fn a_dead_lettered_event_that_the_provider_sends_again_is_delivered() {
    let test = TestWorker::new();
    let key = test.receive_sample("github").await;
    test.destinations.answer("crm", reject());
    test.batch().await;
    test.destinations.answer("crm", Outcome::Delivered);
    test.receive_sample("github").await;
    assert_eq!(test.batch().await, (1, 0));
    assert_eq!(test.destinations.tried(), ["bus", "crm", "crm"]);
    assert_eq!(test.state(&key), State::Complete);
}

/// The event that was sent again shares its ledger entry with one that was redriven before, and so has a higher
/// generation.
#[tokio::test]
async fn every_dead_letter_is_tried_when_it_is_redriven() {
    let test = TestWorker::new();
    let key = test.receive_sample("github").await;
    test.destinations.answer("crm", reject());
    test.batch().await;
    let redrive = async |letter: Received| {
        test.ingest.queue.delete(DEAD_LETTERS, &letter.receipt);
        test.ingest.queue.send(QUEUE, message(letter.body)).await.unwrap();
        assert_eq!(test.batch().await, (1, 0));
    };
    redrive(test.dead_letters().remove(0)).await;
    let lost = test.dead_letters().remove(0);
    test.ingest.queue.delete(DEAD_LETTERS, &lost.receipt);
    test.receive_sample("github").await;
    test.batch().await;
    test.destinations.answer("crm", Outcome::Delivered);
    redrive(test.dead_letters().remove(0)).await;
    assert_eq!(test.destinations.tried(), ["bus", "crm", "crm", "crm", "crm"]);
    assert_eq!(test.state(&key), State::Complete);
}

#[tokio::test]
async fn discarded_and_unrouted_events_are_acknowledged_and_delivered_nowhere() {
    for provider in ["svix", "hmac"] {
        let test = TestWorker::new();
        let key = test.receive_sample(provider).await;
        assert_eq!(test.batch().await, (1, 0));
        assert_eq!(test.state(&key), State::NoDestination);
        assert!(test.destinations.tried().is_empty());
    }
}

/// Invariant 7.
#[tokio::test]
async fn one_bad_record_never_holds_up_its_batch() {
    let test = TestWorker::new();
    test.receive_sample("docusign").await;
    let mut received = test.ingest.queue.receive(QUEUE);
    for bad in ["hunter2 is no reference", "{}", "\u{1F4A9}", ""] {
        let record = Received { id: format!("bad {bad}"), body: bad.into(), ..received[0].clone() };
        received.insert(0, record);
    }
    let failed = test.process(&received).await;
    assert_eq!(test.destinations.tried(), ["crm"], "the good record is delivered");
    assert_eq!(failed, ["bad "], "SQS takes no empty dead letter; the redrive policy will");
    let letters = test.dead_letters();
    assert_eq!(letters.len(), 3);
    for letter in &letters {
        assert!(letter.attributes["reason"].starts_with("not a reference"), "{letter:?}");
        assert!(!letter.attributes["reason"].contains("hunter2"));
    }
}

#[tokio::test]
async fn a_panic_takes_neither_the_batch_nor_the_event_with_it() {
    let test = TestWorker::new();
    let key = test.receive_sample("docusign").await;
    test.receive_sample("stripe").await;
    test.destinations.panic("crm");
    let received = test.ingest.queue.receive(QUEUE);
    assert_eq!(test.process(&received).await.len(), 2);
    test.destinations.answer("crm", Outcome::Delivered);
    for key in [key, ledger_key(&received[1])] {
        test.ledger.change(&key, |entry| entry.state = State::Leased(jiff::Timestamp::UNIX_EPOCH));
    }
    assert!(test.process(&received).await.is_empty());
    assert_eq!(test.state(&key), State::Complete);
}

fn ledger_key(received: &Received) -> LedgerKey {
    Reference::parse(&received.body).unwrap().ledger_key
}

#[tokio::test]
async fn an_event_that_always_crashes_the_worker_ends_as_a_dead_letter() {
    let test = TestWorker::new();
    let key = test.receive_sample("docusign").await;
    test.destinations.panic("crm");
    let received = test.ingest.queue.receive(QUEUE);
    for _ in 0..3 {
        assert_eq!(test.process(&received).await.len(), 1);
        test.ledger.change(&key, |entry| entry.state = State::Leased(jiff::Timestamp::UNIX_EPOCH));
    }
    assert!(test.process(&received).await.is_empty());
    assert_eq!(test.destinations.tried().len(), 3);
    let attributes = test.dead_letters().remove(0).attributes;
    assert_eq!(attributes["reason"], "3 attempts; the last one never ended");
    assert_eq!(attributes["attempts"], "3");
}

#[tokio::test]
async fn an_event_that_is_gone_or_broken_is_a_dead_letter_and_one_out_of_reach_is_tried_again() {
    let test = TestWorker::new();
    test.receive_sample("docusign").await;
    let key = test.ingest.store.keys().remove(0);
    test.ingest.store.remove(&key);
    assert_eq!(test.batch().await, (1, 0));
    assert_eq!(test.dead_letters()[0].attributes["reason"], "its stored event is gone");

    let test = TestWorker::new();
    test.receive_sample("docusign").await;
    let store = &test.ingest.store;
    store.put(&store.keys()[0], b"{\"hunter2\":".to_vec(), None).await.unwrap();
    assert_eq!(test.batch().await, (1, 0));
    let reason = test.dead_letters().remove(0).attributes["reason"].clone();
    assert!(reason.starts_with("not a stored event") && !reason.contains("hunter2"), "{reason}");

    let test = TestWorker::new();
    let key = test.receive_sample("docusign").await;
    test.ingest.store.faults.plan([Fault::Fails]);
    assert_eq!(test.batch().await, (1, 1));
    assert_eq!(test.batch().await, (1, 0));
    assert_eq!(test.state(&key), State::Complete);
}

/// Invariants 5 and 6: wherever it crashes, the event is neither lost nor unrecognisable.
#[tokio::test]
async fn a_crash_between_delivery_and_completion_delivers_again_under_the_same_id() {
    for fault in [Fault::Fails, Fault::AnswerLost] {
        let test = TestWorker::new();
        let key = test.receive_sample("docusign").await;
        test.ledger.faults.plan([Fault::None, fault]);
        let received = test.ingest.queue.receive(QUEUE);
        assert_eq!(test.process(&received).await.len(), 1, "not acknowledged: {fault:?}");
        test.ledger.change(&key, |entry| {
            if entry.state != State::Complete {
                entry.state = State::Leased(jiff::Timestamp::UNIX_EPOCH);
            }
        });
        assert!(test.process(&received).await.is_empty());
        assert_eq!(test.state(&key), State::Complete);
        let ids: Vec<_> =
            test.destinations.deliveries().into_iter().map(|(_, d)| d.webhook_id).collect();
        assert_eq!(ids.len(), if fault == Fault::Fails { 2 } else { 1 });
        assert!(ids.iter().all(|id| *id == key.webhook_id()));
    }
}

#[tokio::test]
async fn a_crash_around_a_dead_letter_leaves_two_at_the_most_and_never_none() {
    // The queue's calls: the message in, the dead letter. The ledger's: the claim, the end.
    let cases = [
        (vec![Fault::Fails], vec![], 1),
        (vec![Fault::AnswerLost], vec![], 2),
        (vec![], vec![Fault::None, Fault::Fails], 2),
        (vec![], vec![Fault::None, Fault::AnswerLost], 1),
    ];
    for (queue, ledger, letters) in cases {
        let test = TestWorker::new();
        let key = test.receive_sample("docusign").await;
        test.destinations.answer("crm", reject());
        test.ingest.queue.faults.plan(queue.clone());
        test.ledger.faults.plan(ledger.clone());
        let received = test.ingest.queue.receive(QUEUE);
        assert_eq!(
            test.process(&received).await.len(),
            1,
            "not acknowledged: {queue:?} {ledger:?}"
        );
        test.ledger.change(&key, |entry| {
            if entry.state != State::Dead {
                entry.state = State::Leased(jiff::Timestamp::UNIX_EPOCH);
            }
        });
        assert!(test.process(&received).await.is_empty(), "{queue:?} {ledger:?}");
        assert_eq!(test.dead_letters().len(), letters, "{queue:?} {ledger:?}");
        assert_eq!(test.state(&key), State::Dead);
    }
}

#[tokio::test]
async fn without_the_ledger_nothing_is_delivered_and_nothing_acknowledged() {
    let test = TestWorker::new();
    test.receive_sample("docusign").await;
    test.ledger.faults.plan([Fault::Fails]);
    assert_eq!(test.batch().await, (1, 1));
    assert!(test.destinations.tried().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_record_without_enough_time_is_released_without_an_attempt() {
    let mut test = TestWorker::new();
    let key = test.receive_sample("docusign").await;
    test.time = Duration::from_secs(15);
    assert_eq!(test.batch().await, (1, 1));
    assert!(test.ledger.entry(&key).is_none(), "no attempt is counted");
    test.time = Duration::from_secs(60);
    assert_eq!(test.batch().await, (1, 0), "and it is back at once");
}

#[tokio::test(start_paused = true)]
async fn a_delivery_that_never_ends_does_not_take_the_batch_with_it() {
    let test = TestWorker::new();
    test.receive_sample("docusign").await;
    test.receive_sample("stripe").await;
    test.destinations.delay("bus", Duration::from_secs(3600));
    let start = Instant::now();
    assert_eq!(test.batch().await, (2, 1));
    assert!(start.elapsed() < test.time);
    assert_eq!(test.ingest.queue.depth(QUEUE), 1);
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_large_events_stays_within_its_byte_budget_and_a_small_one_runs_at_once() {
    let test = TestWorker::new();
    let body = vec![b'x'; 4 * 1024 * 1024];
    let secret = catchment_tests::harness::secret("docusign");
    for n in 0..10_u8 {
        let body = [&body[..], &[n]].concat();
        let sample =
            catchment_tests::samples::sign("docusign", &secret, "", &body, test.ingest.now)
                .unwrap();
        let event = catchment_tests::harness::http_api_event("docusign", &sample);
        assert_eq!(test.ingest.receive(&event).await.status, 200);
    }
    test.destinations.delay("crm", Duration::from_secs(1));
    assert_eq!(test.batch().await, (10, 0));
    let most = test.destinations.most_bytes_at_once();
    assert!(most <= 32 * 1024 * 1024, "{most} bytes at once");
    assert!(most > 16 * 1024 * 1024, "{most} bytes at once are too few");

    let test = TestWorker::new();
    test.destinations.delay("crm", Duration::from_millis(50));
    for n in 0..10 {
        let sample = catchment_tests::samples::sign(
            "docusign",
            &secret,
            "",
            format!("{n}").as_bytes(),
            test.ingest.now,
        );
        let event = catchment_tests::harness::http_api_event("docusign", &sample.unwrap());
        test.ingest.receive(&event).await;
    }
    let start = Instant::now();
    assert_eq!(test.batch().await, (10, 0));
    assert!(start.elapsed() < Duration::from_millis(75), "{:?}", start.elapsed());
}

#[tokio::test]
async fn the_same_body_within_the_window_is_one_event_and_after_it_another() {
    let mut config = config();
    config["routes"]
        .as_array_mut()
        .unwrap()
        .push(serde_json::json!({ "source": "hmac", "destinations": ["crm"] }));
    let mut test = TestWorker::with(config);
    let start = test.ingest.now;
    for (after, tried) in [(0, 1), (599, 1), (700, 2), (1200, 2)] {
        test.ingest.now = start + jiff::SignedDuration::from_secs(after);
        test.receive_sample("hmac").await;
        assert_eq!(test.batch().await, (1, 0));
        assert_eq!(test.destinations.tried().len(), tried, "after {after} s");
    }
    let ids: Vec<_> =
        test.destinations.deliveries().into_iter().map(|(_, d)| d.webhook_id).collect();
    assert_ne!(ids[0], ids[1], "two events have two ids");
}

/// Two copies of an event that has no id, one on each side of a window's border.
#[tokio::test]
async fn a_copy_across_a_border_is_known_by_the_earlier_key_unless_it_was_begun_by_its_own() {
    let (ledger, now) = (MemoryLedger::default(), jiff::Timestamp::now());
    let keys = |window| LedgerKey::of("shop", window);
    let event_id = shared::event::EventId::new(now);
    let reference = Reference {
        version: shared::event::reference::Version::CURRENT,
        generation: 0,
        event_id,
        source: "shop".into(),
        s3_key: "events/x".into(),
        size: 1,
        event_type: None,
        ledger_key: keys("2"),
        previous_window: Some(PreviousWindow {
            ledger_key: keys("1"),
            since: event_id.received_at(),
        }),
        item: None,
    };
    let begin = async |key| {
        let wish = ClaimRequest { reference: &reference, key, now, lease_until: now };
        ledger.put(&key, &Entry::first(&wish), None).await.unwrap();
    };
    assert_eq!(key_of(&ledger, &reference).await.unwrap(), keys("2"), "nothing came before");
    begin(keys("1")).await;
    assert_eq!(key_of(&ledger, &reference).await.unwrap(), keys("1"));
    let since = event_id.received_at() + jiff::SignedDuration::from_millis(1);
    let later = PreviousWindow { ledger_key: keys("1"), since };
    let outside = Reference { previous_window: Some(later), ..reference.clone() };
    assert_eq!(key_of(&ledger, &outside).await.unwrap(), keys("2"), "too long ago");
    begin(keys("2")).await;
    assert_eq!(key_of(&ledger, &reference).await.unwrap(), keys("2"), "it stays what it was");
}

#[tokio::test]
async fn a_record_that_is_no_sqs_record_fails_the_batch_loudly() {
    let test = TestWorker::new();
    let mut event = SqsEvent::default();
    event.records = vec![SqsMessage::default()];
    let error = test.invoke(event).await.unwrap_err();
    assert_eq!(error.to_string(), "a record without messageId");
}
