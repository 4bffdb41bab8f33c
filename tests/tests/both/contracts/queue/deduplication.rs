//! Message groups and deduplication ids: which message SQS takes for one that it already has.

use std::time::Duration;

use catchment_tests::emulator::Kind::{LocalStack, MiniStack};
use catchment_tests::fakes::{MemoryQueue, message};
use shared::event::message_group::FifoAttributes;
use shared::ports::queue::{Message, MessageQueue};

use super::subjects::Sqs;
use super::{MINUTE, Subject, ordered, visible};
use crate::both::contracts::hold;

/// What every implementation does.
macro_rules! every {
    ($name:ident, $test:meta, $subject:expr, [$($more:ident),*]) => {
        hold!($name, $test, $subject, [
            a_message_sent_again_is_accepted_and_received_once,
            a_deleted_message_is_still_deduplicated,
            the_next_generation_of_an_event_is_another_message,
            another_group_may_have_the_same_id,
            any_id_of_128_visible_ascii_characters_is_accepted,
            a_fifo_queue_accepts_nothing_without_a_group_and_a_deduplication_id,
            $($more),*
        ]);
    };
}

every!(
    fake,
    tokio::test(start_paused = true),
    super::MemoryQueue::default(),
    [
        a_standard_queue_accepts_no_deduplication_id,
        other_ids_are_refused,
        five_minutes_after_the_first_was_sent_it_is_no_longer_known
    ]
);
every!(
    localstack,
    tokio::test,
    super::Sqs::new(super::LocalStack).await,
    [a_standard_queue_accepts_no_deduplication_id, other_ids_are_refused]
);
// MiniStack accepts any id, and a deduplication id in a standard queue.
every!(ministack, tokio::test, super::Sqs::new(super::MiniStack).await, []);

pub(super) fn placed(group: &str, id: &str, body: &str) -> Message {
    let order = FifoAttributes { group: group.to_owned(), deduplication_id: id.to_owned() };
    Message { fifo: Some(order), ..message(body) }
}

async fn send(subject: &impl Subject, url: &str, message: Message) {
    subject.port().send(url, message).await.unwrap();
}

async fn a_message_sent_again_is_accepted_and_received_once(subject: &impl Subject) {
    let url = subject.create_fifo(MINUTE, None).await;
    for body in ["first", "second", "third"] {
        send(subject, &url, placed("a", "event-0", body)).await;
    }
    assert_eq!(visible(subject, &url).await, ["first"]);
}

async fn a_deleted_message_is_still_deduplicated(subject: &impl Subject) {
    let url = subject.create_fifo(MINUTE, None).await;
    send(subject, &url, placed("a", "event-0", "first")).await;
    let received = super::next(subject, &url).await;
    subject.delete(&url, &received.receipt).await;
    send(subject, &url, placed("a", "event-0", "second")).await;
    assert!(visible(subject, &url).await.is_empty());
}

/// A redrive sends the same event with a higher generation, and may do so at once.
async fn the_next_generation_of_an_event_is_another_message(subject: &impl Subject) {
    let url = subject.create_fifo(MINUTE, None).await;
    send(subject, &url, placed("a", "event-0", "first")).await;
    let received = super::next(subject, &url).await;
    subject.delete(&url, &received.receipt).await;
    send(subject, &url, placed("a", "event-1", "second")).await;
    assert_eq!(visible(subject, &url).await, ["second"]);
}

/// As the deduplication scope `messageGroup` specifies.
async fn another_group_may_have_the_same_id(subject: &impl Subject) {
    let url = subject.create_fifo(MINUTE, None).await;
    send(subject, &url, placed("a", "event-0", "of a")).await;
    send(subject, &url, placed("b", "event-0", "of b")).await;
    assert_eq!(visible(subject, &url).await, ["of a", "of b"]);
}

async fn any_id_of_128_visible_ascii_characters_is_accepted(subject: &impl Subject) {
    let url = subject.create_fifo(MINUTE, None).await;
    let all: String = ('!'..='~').collect();
    for id in [all, "x".repeat(128), "x".to_owned()] {
        send(subject, &url, placed(&id, &id, "one")).await;
        let received = super::next(subject, &url).await;
        assert_eq!(received.group, Some(id));
        subject.delete(&url, &received.receipt).await;
    }
}

async fn a_fifo_queue_accepts_nothing_without_a_group_and_a_deduplication_id(
    subject: &impl Subject,
) {
    let url = subject.create_fifo(MINUTE, None).await;
    subject.port().send(&url, message("one")).await.unwrap_err();
    subject.port().send_all(&url, vec![message("one")]).await.unwrap_err();
    for (group, id) in [("", "id"), ("a", "")] {
        subject.port().send(&url, placed(group, id, "one")).await.unwrap_err();
    }
    assert!(visible(subject, &url).await.is_empty());
}

/// A standard queue accepts a group alone: fair queues identify tenants by it.
async fn a_standard_queue_accepts_no_deduplication_id(subject: &impl Subject) {
    let url = subject.create(MINUTE, None).await;
    subject.port().send(&url, ordered("a", "one")).await.unwrap_err();
    assert!(visible(subject, &url).await.is_empty());
}

async fn other_ids_are_refused(subject: &impl Subject) {
    let url = subject.create_fifo(MINUTE, None).await;
    for id in ["x".repeat(129), "a b".into(), "ü".into(), "a\nb".into()] {
        subject.port().send(&url, placed(&id, "id", "one")).await.unwrap_err();
        subject.port().send(&url, placed("a", &id, "one")).await.unwrap_err();
    }
    assert!(visible(subject, &url).await.is_empty());
}

/// No test of an emulator can wait for it.
async fn five_minutes_after_the_first_was_sent_it_is_no_longer_known(fake: &MemoryQueue) {
    let url = fake.create_fifo(MINUTE * 60, None).await;
    send(fake, &url, placed("a", "event-0", "first")).await;
    let almost = MINUTE * 5 - Duration::from_secs(1);
    tokio::time::advance(almost).await;
    // It counts from the first one, and not from this one.
    send(fake, &url, placed("a", "event-0", "second")).await;
    tokio::time::advance(MINUTE * 5 - almost).await;
    send(fake, &url, placed("a", "event-0", "third")).await;
    assert_eq!(visible(fake, &url).await, ["first", "third"]);
}
