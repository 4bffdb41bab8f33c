//! What is the same for every message, wherever it is in the queue.

use std::time::Duration;

use catchment_tests::emulator::Kind::{LocalStack, MiniStack};
use catchment_tests::fakes::{MemoryQueue, message};
use catchment_tests::wait;
use jiff::Timestamp;
use shared::ports::queue::{Attributes, MessageQueue};
use tokio::time::Instant;

use super::subjects::Sqs;
use super::{
    MINUTE, SECOND, SOON, Subject, has, letter, next, received_until, sent, visible, with,
};
use crate::both::contracts::hold;

/// What every implementation does.
macro_rules! every {
    ($name:ident, $test:meta, $subject:expr, [$($more:ident),*]) => {
        hold!(
            $name,
            $test,
            $subject,
            [
                a_message_arrives_with_body_and_attributes_intact,
                characters_that_xml_allows_arrive,
                a_received_message_says_when_it_was_sent_and_how_often_it_was_received,
                hidden_for_nothing_it_is_back_at_once,
                hidden_for_an_hour_it_stays_away,
                to_be_hidden_for_longer_than_sqs_can_is_to_be_hidden_for_eleven_hours,
                a_receipt_that_never_was_is_refused,
                an_old_receipt_loses_nothing,
                a_message_that_is_not_deleted_comes_back_after_its_visibility_timeout,
                a_deleted_message_does_not_come_back,
                received_too_often_it_is_in_the_dead_letter_queue_as_it_was,
                a_queue_that_is_not_there_is_an_error,
                $($more),*
            ]
        );
    };
}

every!(
    fake,
    tokio::test(start_paused = true),
    super::MemoryQueue::default(),
    [nothing_is_hidden_for_more_than_twelve_hours_since_it_was_received]
);
every!(localstack, tokio::test, super::Sqs::new(super::LocalStack).await, []);
every!(ministack, tokio::test, super::Sqs::new(super::MiniStack).await, []);

async fn a_message_arrives_with_body_and_attributes_intact(subject: &impl Subject) {
    let url = subject.create(MINUTE, None).await;
    let body = "{\"event_type\":\"ü€😀\",\"a\":\"<b>&amp;'\"}";
    for attributes in [letter(), Attributes::new()] {
        subject.port().send(&url, with(body, attributes.clone())).await.unwrap();
        let received = next(subject, &url).await;
        assert_eq!(received.body, body);
        assert!(has(&received, &attributes), "{:?}", received.attributes);
    }
}

async fn characters_that_xml_allows_arrive(subject: &impl Subject) {
    let url = subject.create(MINUTE, None).await;
    let allowed = "\t\n\r \u{7f}\u{85}\u{d7ff}\u{e000}\u{fffd}\u{10000}\u{10ffff} ";
    let attributes = Attributes::from([("reason", allowed.to_owned())]);
    subject.port().send(&url, with(allowed, attributes.clone())).await.unwrap();
    let received = next(subject, &url).await;
    assert_eq!(received.body, allowed);
    assert!(has(&received, &attributes), "{:?}", received.attributes);
}

async fn a_received_message_says_when_it_was_sent_and_how_often_it_was_received(
    subject: &impl Subject,
) {
    let url = subject.create(Duration::ZERO, None).await;
    let now = Timestamp::now();
    let first = sent(subject, &url, "one").await;
    let second = next(subject, &url).await;
    assert_eq!((first.receives, second.receives), (1, 2));
    assert!((first.sent_at - now).get_seconds().abs() <= 5, "{} is not {now}", first.sent_at);
    assert_eq!(second.sent_at, first.sent_at);
    assert_eq!(first.group, None);
}

async fn hidden_for_nothing_it_is_back_at_once(subject: &impl Subject) {
    let url = subject.create(SOON * 10, None).await;
    let received = sent(subject, &url, "one").await;
    subject.port().change_visibility(&url, &received.receipt, Duration::ZERO).await.unwrap();
    assert_eq!(next(subject, &url).await.body, "one");
}

async fn hidden_for_an_hour_it_stays_away(subject: &impl Subject) {
    let url = subject.create(SECOND, None).await;
    let hidden = sent(subject, &url, "hidden").await;
    subject.port().change_visibility(&url, &hidden.receipt, MINUTE * 60).await.unwrap();
    sent(subject, &url, "not hidden").await;
    // Received later, and hidden for as long as the other would have been but for us.
    let came = received_until(subject, &url, "not hidden").await;
    assert_eq!(came.len(), 1, "{came:?}");
    assert!(!visible(subject, &url).await.contains(&"hidden".to_owned()));
}

async fn to_be_hidden_for_longer_than_sqs_can_is_to_be_hidden_for_eleven_hours(
    subject: &impl Subject,
) {
    let url = subject.create(MINUTE, None).await;
    let received = sent(subject, &url, "one").await;
    for hours in [11, 12, 13, 24 * 365] {
        let time = Duration::from_secs(hours * 3600);
        subject.port().change_visibility(&url, &received.receipt, time).await.unwrap();
    }
    subject.port().change_visibility(&url, &received.receipt, Duration::MAX).await.unwrap();
    assert!(visible(subject, &url).await.is_empty());
}

async fn a_receipt_that_never_was_is_refused(subject: &impl Subject) {
    let url = subject.create(MINUTE, None).await;
    sent(subject, &url, "one").await;
    for receipt in ["nonsense", ""] {
        assert!(
            subject.port().change_visibility(&url, receipt, SECOND).await.is_err(),
            "{receipt:?}"
        );
    }
}

/// AWS documents that only the last receipt counts for certain; whether an old one still does is
/// open, and nothing may depend on it.
async fn an_old_receipt_loses_nothing(subject: &impl Subject) {
    let url = subject.create(SECOND, None).await;
    let old = sent(subject, &url, "one").await;
    let new = next(subject, &url).await;
    assert_ne!(old.receipt, new.receipt);
    let _ = subject.port().change_visibility(&url, &old.receipt, SECOND).await;
    subject.port().change_visibility(&url, &new.receipt, Duration::ZERO).await.unwrap();
    assert_eq!(next(subject, &url).await.body, "one");
}

async fn a_message_that_is_not_deleted_comes_back_after_its_visibility_timeout(
    subject: &impl Subject,
) {
    let url = subject.create(SECOND * 2, None).await;
    subject.port().send(&url, with("one", letter())).await.unwrap();
    let start = Instant::now();
    let first = next(subject, &url).await;
    let again = next(subject, &url).await;
    assert!(start.elapsed() >= SECOND * 2, "{:?}", start.elapsed());
    assert_eq!((again.id, again.body), (first.id, first.body));
    assert_eq!(again.attributes, first.attributes);
}

async fn a_deleted_message_does_not_come_back(subject: &impl Subject) {
    let url = subject.create(SECOND, None).await;
    let deleted = sent(subject, &url, "deleted").await;
    subject.delete(&url, &deleted.receipt).await;
    sent(subject, &url, "kept").await;
    let came = received_until(subject, &url, "kept").await;
    assert_eq!(came.len(), 1, "{came:?}");
    assert!(!visible(subject, &url).await.contains(&"deleted".to_owned()));
}

async fn received_too_often_it_is_in_the_dead_letter_queue_as_it_was(subject: &impl Subject) {
    let dead_letters = subject.create(MINUTE, None).await;
    let url = subject.create(Duration::ZERO, Some((3, &dead_letters))).await;
    let attributes = letter();
    subject.port().send(&url, with("never finished ü", attributes.clone())).await.unwrap();
    let mut receives = 0;
    let letter = wait::until("the dead letter", SOON, async || {
        receives += subject.receive(&url).await.len();
        subject.receive(&dead_letters).await.pop()
    });
    let letter = letter.await.unwrap();
    assert_eq!((receives, &letter.body[..]), (3, "never finished ü"));
    assert!(has(&letter, &attributes), "{:?}", letter.attributes);
    assert!(visible(subject, &url).await.is_empty());
}

async fn a_queue_that_is_not_there_is_an_error(subject: &impl Subject) {
    let there = subject.create(MINUTE, None).await;
    let received = sent(subject, &there, "one").await;
    let url = format!("{there}-not");
    assert!(subject.port().send(&url, message("one")).await.is_err());
    assert!(subject.port().change_visibility(&url, &received.receipt, SECOND).await.is_err());
}

/// SQS counts from when the message was received, which no emulator does; nor could a test wait.
async fn nothing_is_hidden_for_more_than_twelve_hours_since_it_was_received(fake: &MemoryQueue) {
    let url = Subject::create(fake, MINUTE * 60 * 12, None).await;
    let received = sent(fake, &url, "one").await;
    tokio::time::advance(MINUTE * 59).await;
    fake.change_visibility(&url, &received.receipt, MINUTE * 60 * 11).await.unwrap();
    tokio::time::advance(MINUTE * 2).await;
    fake.change_visibility(&url, &received.receipt, MINUTE * 60 * 11).await.unwrap_err();
    assert_eq!(fake.depth(&url), 1);
}
