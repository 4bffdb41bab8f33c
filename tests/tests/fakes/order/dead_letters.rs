//! Dead letters of a FIFO queue: their group continues without them, and a redrive brings them back.

use catchment_tests::fakes::{Fault, Received};
use catchment_tests::harness::TestWorker;
use shared::event::dedupe::LedgerKey;
use shared::event::message_group::FifoAttributes;
use shared::ports::queue::{Attributes, Message, MessageQueue};
use worker_lambda::ledger::entry::State;
use worker_lambda::outcome::Outcome;

use super::{busy, fifo, numbers, receive, seconds};

#[tokio::test(start_paused = true)]
async fn a_dead_letter_lets_its_group_continue() {
    let test = TestWorker::with(fifo());
    receive(&test, &[("a", 1), ("a", 2)]).await;
    test.destinations.answer("crm", Outcome::reject("HTTP status 400"));
    assert_eq!(test.batch().await, (2, 0));
    assert_eq!(numbers(&test, "a"), [1, 2], "in one batch");
    let letters = test.dead_letters();
    assert_eq!(letters.len(), 2);
    assert!(letters.iter().all(|letter| letter.group.as_deref() == Some("a")));
    assert_eq!(letters[0].attributes["reason"], "crm: HTTP status 400");
}

/// Moves a message back as SQS does: with its group and its deduplication id.
async fn redrive(test: &TestWorker, letter: Received) {
    let (group, deduplication_id) = (letter.group.unwrap(), letter.deduplication_id.unwrap());
    let order = Some(FifoAttributes { group, deduplication_id });
    let message = Message { body: letter.body, attributes: Attributes::new(), fifo: order };
    let queue = test.queue("default");
    test.ingest.queue.send(&queue.url, message).await.unwrap();
    test.ingest.queue.delete(&queue.dead_letter_url, &letter.receipt);
}

#[tokio::test(start_paused = true)]
async fn a_redrive_within_five_minutes_does_not_vanish() {
    let test = TestWorker::with(fifo());
    let keys = receive(&test, &[("a", 1)]).await;
    test.destinations.answer("crm", Outcome::reject("HTTP status 400"));
    for _ in 0..3 {
        test.batch().await;
        assert_eq!(test.state(&keys[0]), State::Dead);
        let letter = test.dead_letters().pop().unwrap();
        redrive(&test, letter).await;
        test.pass(seconds(10)).await;
    }
    test.destinations.answer("crm", Outcome::Delivered);
    test.batch().await;
    assert_eq!(test.state(&keys[0]), State::Complete);
    assert_eq!(numbers(&test, "a"), [1; 4]);
}

/// An event whose dead letter was sent but not recorded, as if the worker had crashed between the two.
async fn sent_and_not_noted() -> (TestWorker, LedgerKey) {
    let test = TestWorker::with(fifo());
    let key = receive(&test, &[("a", 1)]).await.remove(0);
    test.destinations.answer("crm", Outcome::reject("HTTP status 400"));
    // The calls of the ledger: read, claim, and record the result.
    test.ledger.faults.plan([Fault::None, Fault::None, Fault::Fails]);
    assert_eq!(test.batch().await, (1, 1));
    assert!(matches!(test.state(&key), State::Leased(_)));
    assert_eq!(letters(&test), 1, "it is sent first, so there is never none");
    (test, key)
}

fn letters(test: &TestWorker) -> usize {
    test.ingest.queue.depth(&test.queue("default").dead_letter_url)
}

/// SQS forgets a deduplication id after five minutes. Both dead letters are of one generation.
#[tokio::test(start_paused = true)]
async fn a_dead_letter_that_was_not_recorded_is_sent_again_and_a_redrive_of_both_delivers_once() {
    let (test, key) = sent_and_not_noted().await;
    test.pass(seconds(361)).await;
    assert_eq!(test.batch().await, (1, 0));
    assert_eq!((test.state(&key), letters(&test)), (State::Dead, 2));
    test.destinations.answer("crm", Outcome::Delivered);
    for letter in test.dead_letters() {
        redrive(&test, letter).await;
        assert_eq!(test.batch().await, (1, 0));
        test.pass(seconds(301)).await;
    }
    assert_eq!(test.state(&key), State::Complete);
    assert_eq!(numbers(&test, "a"), [1; 3], "rejected twice, delivered once");
}

/// Both have the same deduplication id. Messages are hidden for less than five minutes if `worker_timeout` is
/// below 50 s.
#[tokio::test(start_paused = true)]
async fn a_dead_letter_that_is_sent_again_within_five_minutes_is_deduplicated() {
    let (test, key) = sent_and_not_noted().await;
    test.ingest.queue.age(&test.queue("default").url, seconds(361));
    test.ledger.age(seconds(361));
    assert_eq!(test.batch().await, (1, 0));
    assert_eq!((test.state(&key), letters(&test)), (State::Dead, 1));
}

#[tokio::test(start_paused = true)]
async fn a_malformed_message_lets_its_group_continue() {
    let test = TestWorker::with(fifo());
    let order = Some(FifoAttributes { group: "a".into(), deduplication_id: "x".into() });
    let nonsense = Message { body: "nonsense".into(), attributes: Attributes::new(), fifo: order };
    test.ingest.queue.send(&test.queue("default").url, nonsense).await.unwrap();
    receive(&test, &[("a", 1)]).await;
    assert_eq!(test.batch().await, (2, 0));
    assert_eq!(numbers(&test, "a"), [1]);
    assert_eq!(test.dead_letters()[0].body, "nonsense");
}

/// An event cannot be resent without losing its position, and SQS would delete it at the end of its retention.
#[tokio::test(start_paused = true)]
async fn an_event_that_would_outlast_its_retention_is_dead_lettered_before_it_ends() {
    let test = TestWorker::with(fifo());
    let keys = receive(&test, &[("a", 1), ("a", 2)]).await;
    test.ingest.queue.age(&test.queue("default").url, seconds(6 * 86_400 - 60));
    test.destinations.answer("crm", busy(50));
    assert_eq!(test.batch().await, (2, 2), "there is time");
    test.ledger.age(seconds(51));
    test.ingest.queue.age(&test.queue("default").url, seconds(51));
    test.batch().await;
    assert_eq!(test.state(&keys[0]), State::Dead);
    let letter = test.dead_letters().remove(0);
    assert_eq!(
        letter.attributes["reason"],
        "crm: HTTP status 503; its queue's retention is nearly over"
    );
}
