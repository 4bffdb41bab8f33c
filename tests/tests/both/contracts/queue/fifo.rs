//! The order of a FIFO queue's groups. [`super::differences`] lists where an emulator differs.

use std::time::Duration;

use catchment_tests::emulator::Kind::{LocalStack, MiniStack};
use catchment_tests::fakes::{MemoryQueue, Received};
use catchment_tests::wait;
use shared::ports::queue::{Message, MessageQueue};

use super::subjects::Sqs;
use super::{MINUTE, SECOND, SOON, Subject, bodies, has, letter, ordered, visible};
use crate::both::contracts::hold;

/// What every implementation does.
macro_rules! every {
    ($name:ident, $test:meta, $subject:expr) => {
        hold!(
            $name,
            $test,
            $subject,
            [
                a_group_comes_in_the_order_of_sending,
                a_group_in_flight_gives_nothing_more,
                a_group_in_flight_holds_up_no_other,
                a_group_released_at_once_keeps_its_order,
                hidden_for_the_same_time_a_group_keeps_its_order,
                when_the_first_of_a_group_is_done_the_rest_keeps_its_order,
                received_too_often_a_group_is_in_the_dead_letter_queue_in_its_order,
                after_a_dead_letter_its_group_continues,
            ]
        );
    };
}

every!(fake, tokio::test(start_paused = true), super::MemoryQueue::default());
every!(localstack, tokio::test, super::Sqs::new(super::LocalStack).await);
every!(ministack, tokio::test, super::Sqs::new(super::MiniStack).await);

/// Sends messages to groups named by their first letters.
pub(super) async fn send(subject: &impl Subject, url: &str, bodies: &[&str]) {
    for body in bodies {
        subject.port().send(url, ordered(&body[..1], body)).await.unwrap();
    }
}

/// Sends messages, and receives all of them in one batch.
pub(super) async fn batch(subject: &impl Subject, url: &str, bodies: &[&str]) -> Vec<Received> {
    send(subject, url, bodies).await;
    let received = subject.receive(url).await;
    assert_eq!(super::bodies(&received), bodies);
    received
}

pub(super) async fn hide_all(
    subject: &impl Subject,
    url: &str,
    records: &[Received],
    time: Duration,
) {
    for record in records {
        subject.port().change_visibility(url, &record.receipt, time).await.unwrap();
    }
}

/// Receives until there are so many messages, and deletes none.
pub(super) async fn come(subject: &impl Subject, url: &str, number: usize) -> Vec<Received> {
    let mut all = Vec::new();
    wait::until("all of them", SOON, async || {
        all.extend(subject.receive(url).await);
        (all.len() >= number).then_some(())
    })
    .await
    .unwrap();
    all
}

async fn a_group_comes_in_the_order_of_sending(subject: &impl Subject) {
    let url = subject.create_fifo(MINUTE, None).await;
    let sent: Vec<_> = (0..13).map(|number| format!("a{number:02}")).collect();
    send(subject, &url, &sent.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let first = subject.receive(&url).await;
    assert_eq!(bodies(&first), sent[..10]);
    for message in &first {
        assert_eq!((message.group.as_deref(), message.receives), (Some("a"), 1));
        subject.delete(&url, &message.receipt).await;
    }
    assert_eq!(bodies(&come(subject, &url, 3).await), sent[10..]);
}

async fn a_group_in_flight_gives_nothing_more(subject: &impl Subject) {
    let url = subject.create_fifo(MINUTE, None).await;
    let received = batch(subject, &url, &["a1", "a2"]).await;
    send(subject, &url, &["a3"]).await;
    assert!(visible(subject, &url).await.is_empty());
    subject.delete(&url, &received[0].receipt).await;
    assert!(visible(subject, &url).await.is_empty(), "a2 is in flight still");
    subject.delete(&url, &received[1].receipt).await;
    assert_eq!(visible(subject, &url).await, ["a3"]);
}

async fn a_group_in_flight_holds_up_no_other(subject: &impl Subject) {
    let url = subject.create_fifo(MINUTE, None).await;
    let received = batch(subject, &url, &["a1"]).await;
    hide_all(subject, &url, &received, MINUTE * 60).await;
    send(subject, &url, &["a2", "b1", "a3", "b2", "c1"]).await;
    assert_eq!(visible(subject, &url).await, ["b1", "b2", "c1"]);
}

async fn a_group_released_at_once_keeps_its_order(subject: &impl Subject) {
    let url = subject.create_fifo(MINUTE, None).await;
    let received = batch(subject, &url, &["a1", "a2", "a3"]).await;
    send(subject, &url, &["a4"]).await;
    hide_all(subject, &url, &received, Duration::ZERO).await;
    let again = come(subject, &url, 4).await;
    assert_eq!(bodies(&again), ["a1", "a2", "a3", "a4"]);
    // A receive counts for all that came with it, whether they were tried or not.
    let receives: Vec<_> = again.iter().map(|message| message.receives).collect();
    assert_eq!(receives, [2, 2, 2, 1]);
}

/// What a worker does with all that is left of a group of which one failed.
async fn hidden_for_the_same_time_a_group_keeps_its_order(subject: &impl Subject) {
    let url = subject.create_fifo(MINUTE, None).await;
    let received = batch(subject, &url, &["a1", "a2", "a3"]).await;
    hide_all(subject, &url, &received, SECOND * 2).await;
    assert!(visible(subject, &url).await.is_empty());
    assert_eq!(bodies(&come(subject, &url, 3).await), ["a1", "a2", "a3"]);
}

async fn when_the_first_of_a_group_is_done_the_rest_keeps_its_order(subject: &impl Subject) {
    let url = subject.create_fifo(MINUTE, None).await;
    let received = batch(subject, &url, &["a1", "a2", "a3"]).await;
    hide_all(subject, &url, &received[1..], SECOND * 2).await;
    subject.delete(&url, &received[0].receipt).await;
    assert_eq!(bodies(&come(subject, &url, 2).await), ["a2", "a3"]);
}

async fn received_too_often_a_group_is_in_the_dead_letter_queue_in_its_order(
    subject: &impl Subject,
) {
    let dead_letters = subject.create_fifo(MINUTE, None).await;
    let url = subject.create_fifo(MINUTE, Some((2, &dead_letters))).await;
    for body in ["a1", "a2", "b1", "a3"] {
        let message = Message { attributes: letter(), ..ordered(&body[..1], body) };
        subject.port().send(&url, message).await.unwrap();
    }
    for _ in 0..2 {
        let received = come(subject, &url, 4).await;
        hide_all(subject, &url, &received, Duration::ZERO).await;
    }
    assert!(visible(subject, &url).await.is_empty());
    let dead = come(subject, &dead_letters, 4).await;
    let mut places: Vec<_> = dead.iter().map(|it| (it.group.clone().unwrap(), &*it.body)).collect();
    places.sort_by(|(one, _), (other, _)| one.cmp(other));
    let places: Vec<_> = places.iter().map(|(group, body)| (&**group, *body)).collect();
    assert_eq!(places, [("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1")]);
    assert!(dead.iter().all(|message| has(message, &letter())));
}

async fn after_a_dead_letter_its_group_continues(subject: &impl Subject) {
    let dead_letters = subject.create_fifo(MINUTE, None).await;
    let url = subject.create_fifo(MINUTE, Some((1, &dead_letters))).await;
    let received = batch(subject, &url, &["a1"]).await;
    send(subject, &url, &["a2"]).await;
    hide_all(subject, &url, &received, Duration::ZERO).await;
    assert_eq!(bodies(&come(subject, &url, 1).await), ["a2"]);
    assert_eq!(visible(subject, &dead_letters).await, ["a1"]);
}
