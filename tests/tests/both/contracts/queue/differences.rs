//! Where the emulators differ from AWS's documentation of FIFO queues. Each contract is tested on the fake and on the
//! emulators that keep it. What the other emulator does instead is a contract of that emulator alone, as far as a
//! queue can show it. It fails once the emulator is corrected, and then belongs with the contract.
//!
//! | AWS's documentation | LocalStack | MiniStack |
//! |---|---|---|
//! | a receive gives as many of a group as there are | does | mixes groups, each in its order |
//! | a group is in flight until nothing of it is hidden | what comes back opens it | does |
//! | what comes back is before what was sent later | only if all that was received with it is back | does |
//! | a hidden group holds up no other | holds up what was received later | does |
//! | ids are known per group, for five minutes | for the last group that sent one | does |
//! | ids have 1 to 128 visible ASCII characters | does | takes any |
//! | a standard queue takes no deduplication id | does | takes it |
//! | an expired receipt is good for nothing | refuses to delete, and hides nothing in silence | deletes, hides |
//! | a dead-letter queue is of its queue's kind | any | any |
//! | Lambda works on several groups at once | runs none without Docker | on one batch of a queue at a time |

use std::time::Duration;

use catchment_tests::emulator::Kind::{LocalStack, MiniStack};
use catchment_tests::fakes::MemoryQueue;
use shared::ports::queue::MessageQueue;
use tokio::time::Instant;

use super::deduplication::placed;
use super::fifo::{batch, come, hide_all, send};
use super::subjects::Sqs;
use super::{MINUTE, SECOND, Subject, bodies, ordered, visible};
use crate::both::contracts::hold;

hold!(
    fake,
    tokio::test(start_paused = true),
    super::MemoryQueue::default(),
    [
        as_many_of_a_group_as_there_are_come_first,
        a_released_message_comes_before_later_messages_of_its_group,
        none_of_a_group_comes_while_an_earlier_one_is_hidden,
        a_hidden_group_does_not_keep_another_from_coming_back,
        a_group_knows_its_ids_whatever_other_groups_are_sent,
        a_receipt_that_has_expired_deletes_nothing,
    ]
);
hold!(
    localstack,
    tokio::test,
    super::Sqs::new(super::LocalStack).await,
    [
        as_many_of_a_group_as_there_are_come_first,
        delivers_a_later_message_when_the_first_of_a_group_is_visible_again,
        delivers_a_released_message_while_an_earlier_one_is_hidden,
        shows_no_message_again_before_those_received_earlier,
        knows_an_id_for_the_last_group_only,
        refuses_a_receipt_that_has_expired,
        lets_a_fifo_queue_have_a_standard_dead_letter_queue,
    ]
);
hold!(
    ministack,
    tokio::test,
    super::Sqs::new(super::MiniStack).await,
    [
        a_released_message_comes_before_later_messages_of_its_group,
        none_of_a_group_comes_while_an_earlier_one_is_hidden,
        a_hidden_group_does_not_keep_another_from_coming_back,
        a_group_knows_its_ids_whatever_other_groups_are_sent,
        mixes_the_groups_of_a_batch,
        deletes_by_a_receipt_that_has_expired,
        accepts_any_deduplication_id_even_in_a_standard_queue,
        lets_a_fifo_queue_have_a_standard_dead_letter_queue,
    ]
);

async fn as_many_of_a_group_as_there_are_come_first(subject: &impl Subject) {
    let url = subject.create_fifo(MINUTE, None).await;
    send(subject, &url, &["a1", "b1", "a2", "b2"]).await;
    assert_eq!(bodies(&subject.receive(&url).await), ["a1", "a2", "b1", "b2"]);
}

async fn mixes_the_groups_of_a_batch(subject: &Sqs) {
    let url = subject.create_fifo(MINUTE, None).await;
    batch(subject, &url, &["a1", "b1", "a2", "b2"]).await;
}

async fn a_released_message_comes_before_later_messages_of_its_group(subject: &impl Subject) {
    let url = subject.create_fifo(MINUTE, None).await;
    let received = batch(subject, &url, &["a1", "a2"]).await;
    send(subject, &url, &["a3"]).await;
    hide_all(subject, &url, &received[..1], SECOND).await;
    hide_all(subject, &url, &received[1..], SECOND * 3).await;
    assert_eq!(bodies(&come(subject, &url, 3).await), ["a1", "a2", "a3"]);
}

/// LocalStack keeps the order only of messages hidden for exactly the same time. Even then a later message may
/// overtake them, since any two calls are some milliseconds apart.
async fn delivers_a_later_message_when_the_first_of_a_group_is_visible_again(subject: &Sqs) {
    let url = subject.create_fifo(MINUTE, None).await;
    let received = batch(subject, &url, &["a1", "a2"]).await;
    send(subject, &url, &["a3"]).await;
    hide_all(subject, &url, &received[..1], SECOND).await;
    hide_all(subject, &url, &received[1..], SECOND * 3).await;
    assert_eq!(bodies(&come(subject, &url, 3).await), ["a1", "a3", "a2"]);
}

async fn none_of_a_group_comes_while_an_earlier_one_is_hidden(subject: &impl Subject) {
    let url = subject.create_fifo(MINUTE, None).await;
    let received = batch(subject, &url, &["a1", "a2"]).await;
    hide_all(subject, &url, &received[..1], MINUTE).await;
    hide_all(subject, &url, &received[1..], Duration::ZERO).await;
    assert!(visible(subject, &url).await.is_empty());
}

async fn delivers_a_released_message_while_an_earlier_one_is_hidden(subject: &Sqs) {
    let url = subject.create_fifo(MINUTE, None).await;
    let received = batch(subject, &url, &["a1", "a2"]).await;
    hide_all(subject, &url, &received[..1], MINUTE).await;
    hide_all(subject, &url, &received[1..], Duration::ZERO).await;
    assert_eq!(visible(subject, &url).await, ["a2"]);
}

/// How long it takes a message of one group to come back, while one of another is hidden for longer.
async fn time_to_come_back(subject: &impl Subject) -> Duration {
    let url = subject.create_fifo(MINUTE, None).await;
    let received = batch(subject, &url, &["a1", "b1"]).await;
    hide_all(subject, &url, &received[..1], SECOND * 6).await;
    hide_all(subject, &url, &received[1..], SECOND).await;
    let start = Instant::now();
    assert_eq!(come(subject, &url, 1).await[0].body, "b1");
    start.elapsed()
}

async fn a_hidden_group_does_not_keep_another_from_coming_back(subject: &impl Subject) {
    let time = time_to_come_back(subject).await;
    assert!(time < SECOND * 4, "{time:?}");
}

/// LocalStack looks at messages in flight in the order of receiving, and stops at the first that is still hidden.
async fn shows_no_message_again_before_those_received_earlier(subject: &Sqs) {
    let url = subject.create_fifo(MINUTE, None).await;
    let received = batch(subject, &url, &["a1", "b1"]).await;
    hide_all(subject, &url, &received[..1], SECOND * 3).await;
    hide_all(subject, &url, &received[1..], SECOND).await;
    let start = Instant::now();
    assert_eq!(bodies(&come(subject, &url, 2).await), ["a1", "b1"]);
    assert!(start.elapsed() > Duration::from_millis(2500), "{:?}", start.elapsed());
}

async fn a_group_knows_its_ids_whatever_other_groups_are_sent(subject: &impl Subject) {
    let url = subject.create_fifo(MINUTE, None).await;
    for (group, body) in [("a", "of a"), ("b", "of b"), ("a", "of a again")] {
        subject.port().send(&url, placed(group, "event-0", body)).await.unwrap();
    }
    assert_eq!(visible(subject, &url).await, ["of a", "of b"]);
}

async fn knows_an_id_for_the_last_group_only(subject: &Sqs) {
    let url = subject.create_fifo(MINUTE, None).await;
    for (group, body) in [("a", "of a"), ("b", "of b"), ("a", "of a again")] {
        subject.port().send(&url, placed(group, "event-0", body)).await.unwrap();
    }
    assert_eq!(visible(subject, &url).await, ["of a", "of a again", "of b"]);
}

/// LocalStack refuses the call; the fake ignores it.
async fn a_receipt_that_has_expired_deletes_nothing(subject: &impl Subject) {
    let url = subject.create_fifo(SECOND, None).await;
    let received = batch(subject, &url, &["a1"]).await;
    tokio::time::sleep(SECOND + SECOND / 2).await;
    subject.delete(&url, &received[0].receipt).await;
    assert_eq!(visible(subject, &url).await, ["a1"]);
}

async fn refuses_a_receipt_that_has_expired(subject: &Sqs) {
    let url = subject.create_fifo(SECOND, None).await;
    let received = batch(subject, &url, &["a1"]).await;
    tokio::time::sleep(SECOND + SECOND / 2).await;
    let delete = subject.client.delete_message().queue_url(&url);
    delete.receipt_handle(&received[0].receipt).send().await.unwrap_err();
    assert_eq!(bodies(&come(subject, &url, 1).await), ["a1"]);
}

async fn deletes_by_a_receipt_that_has_expired(subject: &Sqs) {
    let url = subject.create_fifo(SECOND, None).await;
    let received = batch(subject, &url, &["a1"]).await;
    tokio::time::sleep(SECOND + SECOND / 2).await;
    subject.delete(&url, &received[0].receipt).await;
    assert!(visible(subject, &url).await.is_empty());
}

async fn accepts_any_deduplication_id_even_in_a_standard_queue(subject: &Sqs) {
    let url = subject.create_fifo(MINUTE, None).await;
    subject.port().send(&url, placed("a b", &"x".repeat(129), "one")).await.unwrap();
    let url = subject.create(MINUTE, None).await;
    subject.port().send(&url, ordered("a", "one")).await.unwrap();
}

async fn lets_a_fifo_queue_have_a_standard_dead_letter_queue(subject: &Sqs) {
    let dead_letters = subject.create(MINUTE, None).await;
    subject.create_fifo(MINUTE, Some((3, &dead_letters))).await;
}
