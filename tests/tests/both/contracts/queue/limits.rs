//! What no queue of SQS accepts.

use catchment_tests::emulator::Kind::{LocalStack, MiniStack};
use catchment_tests::fakes::{MemoryQueue, message};
use shared::ports::queue::{Attributes, MessageQueue};

use super::subjects::Sqs;
use super::{MINUTE, Subject, letter, visible, with};
use crate::both::contracts::hold;

/// What SQS takes, in bytes.
const MEBIBYTE: usize = 1024 * 1024;

/// The contracts, including those of attributes.
macro_rules! every {
    ($name:ident, $test:meta, $subject:expr) => {
        hold!(
            $name,
            $test,
            $subject,
            [
                far_too_large_is_refused,
                the_limit_is_a_mebibyte_with_the_attributes,
                characters_that_xml_forbids_are_refused,
                empty_bodies_and_attributes_are_refused,
            ]
        );
    };
}

every!(fake, tokio::test(start_paused = true), super::MemoryQueue::default());
every!(localstack, tokio::test, super::Sqs::new(super::LocalStack).await);
// MiniStack does not check attributes: it does not count their bytes, and accepts empty ones and characters that XML
// forbids.
hold!(ministack, tokio::test, super::Sqs::new(super::MiniStack).await, [far_too_large_is_refused]);

async fn far_too_large_is_refused(subject: &impl Subject) {
    let url = subject.create(MINUTE, None).await;
    let body = "x".repeat(2 * MEBIBYTE);
    assert!(subject.port().send(&url, message(body)).await.is_err());
    assert!(visible(subject, &url).await.is_empty());
}

/// Name, type and value of each attribute count with the body.
async fn the_limit_is_a_mebibyte_with_the_attributes(subject: &impl Subject) {
    let url = subject.create(MINUTE, None).await;
    let parts = |(name, value): (&&str, &String)| name.len() + "String".len() + value.len();
    for attributes in [Attributes::new(), letter()] {
        let room = MEBIBYTE - attributes.iter().map(parts).sum::<usize>();
        for (size, fits) in [(room, true), (room + 1, false)] {
            let send = subject.port().send(&url, with(&"x".repeat(size), attributes.clone()));
            assert_eq!(send.await.is_ok(), fits, "{size} bytes and {} more", MEBIBYTE - room);
        }
    }
}

async fn characters_that_xml_forbids_are_refused(subject: &impl Subject) {
    let url = subject.create(MINUTE, None).await;
    for forbidden in ["\0", "\u{1}", "\u{8}", "\u{b}", "\u{1f}", "\u{fffe}", "\u{ffff}"] {
        let text = format!("a{forbidden}b");
        let body = subject.port().send(&url, message(&text)).await;
        assert!(body.is_err(), "in a body: {forbidden:?}");
        let attributes = Attributes::from([("reason", text)]);
        let attribute = subject.port().send(&url, with("one", attributes)).await;
        assert!(attribute.is_err(), "in an attribute: {forbidden:?}");
    }
    assert!(visible(subject, &url).await.is_empty());
}

async fn empty_bodies_and_attributes_are_refused(subject: &impl Subject) {
    let url = subject.create(MINUTE, None).await;
    assert!(subject.port().send(&url, message("")).await.is_err());
    let attributes = Attributes::from([("reason", String::new())]);
    assert!(subject.port().send(&url, with("one", attributes)).await.is_err());
    assert!(visible(subject, &url).await.is_empty());
}
