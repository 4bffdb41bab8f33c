//! Queues, with what Lambda and SQS do between our two calls: receive, delete, redrive.

use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;
use catchment_tests::clients::Clients;
use catchment_tests::emulator::Kind::{self, LocalStack, MiniStack};
use catchment_tests::fakes::{MemoryQueue, Received, Settings};
use catchment_tests::sockets::Sockets;
use catchment_tests::wait;
use shared::queue::{Attributes, MessageQueue, SqsQueue};
use tokio::time::Instant;

use crate::{clients, hold, unique};

/// What every implementation does.
macro_rules! every {
    ($name:ident, $test:meta, $subject:expr, [$($more:ident),*]) => {
        hold!($name, $test, $subject, [
            a_message_arrives_with_body_and_attributes_intact,
            characters_that_xml_allows_arrive,
            hidden_for_nothing_it_is_back_at_once,
            hidden_for_an_hour_it_stays_away,
            to_be_hidden_for_longer_than_sqs_can_is_to_be_hidden_for_eleven_hours,
            a_receipt_that_never_was_is_refused,
            an_old_receipt_loses_nothing,
            what_is_not_deleted_comes_back_after_its_visibility_timeout,
            what_is_deleted_does_not,
            received_too_often_it_is_in_the_dead_letter_queue_as_it_was,
            a_queue_that_is_not_there_is_an_error,
            far_too_large_is_refused,
            many_at_once_arrive_each_once,
            $($more),*
        ]);
    };
}

every!(
    fake,
    tokio::test(start_paused = true),
    super::MemoryQueue::default(),
    [
        the_limit_is_a_mebibyte_with_the_attributes,
        characters_that_xml_forbids_are_refused,
        empty_bodies_and_attributes_are_refused
    ]
);
every!(
    localstack,
    tokio::test,
    super::Sqs::new(super::LocalStack).await,
    [
        the_limit_is_a_mebibyte_with_the_attributes,
        characters_that_xml_forbids_are_refused,
        empty_bodies_and_attributes_are_refused
    ]
);
// MiniStack does not look into attributes: it counts none of their bytes, and takes in them what XML
// forbids, and nothing at all.
every!(ministack, tokio::test, super::Sqs::new(super::MiniStack).await, []);

const SOON: Duration = Duration::from_secs(20);
const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);
/// What SQS takes, in bytes.
const MEBIBYTE: usize = 1024 * 1024;

/// Queues, and what happens to them besides our own two calls.
trait Subject {
    fn port(&self) -> &impl MessageQueue;
    /// A new queue's URL.
    async fn create(&self, visibility: Duration, redrive: Option<(u32, &str)>) -> String;
    async fn receive(&self, url: &str) -> Vec<Received>;
    async fn delete(&self, url: &str, receipt: &str);
}

impl Subject for MemoryQueue {
    fn port(&self) -> &impl MessageQueue {
        self
    }

    async fn create(&self, visibility: Duration, redrive: Option<(u32, &str)>) -> String {
        let url = unique("https://sqs.example/contract");
        let redrive = redrive.map(|(most, url)| (most, url.to_owned()));
        Self::create(self, &url, Settings { visibility, redrive });
        url
    }

    async fn receive(&self, url: &str) -> Vec<Received> {
        Self::receive(self, url)
    }

    async fn delete(&self, url: &str, receipt: &str) {
        Self::delete(self, url, receipt);
    }
}

struct Sqs {
    client: aws_sdk_sqs::Client,
    port: SqsQueue,
}

impl Sqs {
    async fn new(kind: Kind) -> Self {
        let Clients { sqs, .. } = clients(kind).await;
        Self { port: SqsQueue::new(sqs.clone()), client: sqs }
    }

    async fn arn(&self, url: &str) -> String {
        let get = self.client.get_queue_attributes().queue_url(url);
        let got = get.attribute_names(QueueAttributeName::QueueArn).send().await.unwrap();
        got.attributes.unwrap().remove(&QueueAttributeName::QueueArn).unwrap()
    }
}

impl Subject for Sqs {
    fn port(&self) -> &impl MessageQueue {
        &self.port
    }

    async fn create(&self, visibility: Duration, redrive: Option<(u32, &str)>) -> String {
        let create = self.client.create_queue().queue_name(unique("contract"));
        let seconds = visibility.as_secs().to_string();
        let mut create = create.attributes(QueueAttributeName::VisibilityTimeout, seconds);
        if let Some((most, url)) = redrive {
            let arn = self.arn(url).await;
            let policy = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":{most}}}"#);
            create = create.attributes(QueueAttributeName::RedrivePolicy, policy);
        }
        create.send().await.unwrap().queue_url.unwrap()
    }

    async fn receive(&self, url: &str) -> Vec<Received> {
        let receive = self.client.receive_message().queue_url(url).max_number_of_messages(10);
        let got = receive.message_attribute_names("All").send().await.unwrap();
        let messages = got.messages.unwrap_or_default().into_iter();
        let received = messages.map(|message| Received {
            id: message.message_id.unwrap(),
            receipt: message.receipt_handle.unwrap(),
            body: message.body.unwrap(),
            attributes: message
                .message_attributes
                .unwrap_or_default()
                .into_iter()
                .map(|(name, value)| (name, value.string_value.unwrap()))
                .collect(),
        });
        received.collect()
    }

    async fn delete(&self, url: &str, receipt: &str) {
        let delete = self.client.delete_message().queue_url(url).receipt_handle(receipt);
        delete.send().await.unwrap();
    }
}

/// Waits for the next message.
async fn next(subject: &impl Subject, url: &str) -> Received {
    let one = async || subject.receive(url).await.pop();
    wait::until("a message", SOON, one).await.unwrap()
}

/// Sends a message and receives it.
async fn sent(subject: &impl Subject, url: &str, body: &str) -> Received {
    subject.port().send(url, body.to_owned(), Attributes::new()).await.unwrap();
    let received = next(subject, url).await;
    assert_eq!(received.body, body);
    received
}

/// All that is received until a message with this body is, that one last.
async fn received_until(subject: &impl Subject, url: &str, body: &str) -> Vec<Received> {
    let mut all = Vec::new();
    wait::until("the last message", SOON, async || {
        all.extend(subject.receive(url).await);
        let last = all.iter().position(|received| received.body == body)?;
        let last = all.remove(last);
        all.push(last);
        Some(())
    })
    .await
    .unwrap();
    all
}

/// What is visible now: whatever comes until a message sent just now does.
async fn visible(subject: &impl Subject, url: &str) -> Vec<String> {
    subject.port().send(url, "sentinel".into(), Attributes::new()).await.unwrap();
    let mut received = received_until(subject, url, "sentinel").await;
    let sentinel = received.pop().unwrap();
    subject.delete(url, &sentinel.receipt).await;
    received.into_iter().map(|received| received.body).collect()
}

/// More than SQS takes in one call, and more than are sent side by side.
async fn many_at_once_arrive_each_once(subject: &impl Subject) {
    let url = subject.create(MINUTE, None).await;
    let bodies: Vec<_> = (0..95).map(|number| format!("item {number:02}")).collect();
    subject.port().send_all(&url, bodies.clone()).await.unwrap();
    let mut received = Vec::new();
    wait::until("all of them", SOON, async || {
        received.extend(subject.receive(&url).await.into_iter().map(|it| it.body));
        (received.len() >= bodies.len()).then_some(())
    })
    .await
    .unwrap();
    received.sort();
    assert_eq!(received, bodies);
}

/// The call succeeds, and of its ten messages one is not taken: the list that they come from must not
/// count as taken apart. No emulator can be told to do so.
#[tokio::test]
async fn one_of_many_that_is_not_taken_is_an_error() {
    let server = Sockets::start(|_, mut connection| async move {
        loop {
            let call = connection.message().await?;
            let entries = String::from_utf8_lossy(&call.body).matches("MessageBody").count();
            assert_eq!(entries, 2);
            let answer = r#"{"Successful":[{"Id":"0","MessageId":"m","MD5OfMessageBody":"0cc175b9c0f1b6a831c399e269772661"}],
                "Failed":[{"Id":"1","Code":"InternalError","SenderFault":false,"Message":"hunter2"}]}"#;
            let headers = "content-type: application/x-amz-json-1.0\r\n";
            connection.answer("200 OK", headers, answer.as_bytes()).await?;
        }
    });
    let server = server.await.unwrap();
    let queue = SqsQueue::new(Clients::of(&server.url()).sqs);
    let url = format!("{}/000000000000/q", server.url());
    let error = queue.send_all(&url, vec!["a".into(), "b".into()]).await.unwrap_err();
    assert_eq!(error.to_string(), "queue: not queued: InternalError");
}

fn letter() -> Attributes {
    Attributes::from([
        ("reason", "crm: ü€😀 \"<&>\" ".repeat(20).chars().take(256).collect()),
        ("destination", "crm,bus".to_owned()),
        ("attempts", "12".to_owned()),
    ])
}

fn has(received: &Received, attributes: &Attributes) -> bool {
    let pairs = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    received.attributes == pairs.collect()
}

async fn a_message_arrives_with_body_and_attributes_intact(subject: &impl Subject) {
    let url = subject.create(MINUTE, None).await;
    let body = "{\"event_type\":\"ü€😀\",\"a\":\"<b>&amp;'\"}";
    for attributes in [letter(), Attributes::new()] {
        subject.port().send(&url, body.into(), attributes.clone()).await.unwrap();
        let received = next(subject, &url).await;
        assert_eq!(received.body, body);
        assert!(has(&received, &attributes), "{:?}", received.attributes);
    }
}

async fn characters_that_xml_allows_arrive(subject: &impl Subject) {
    let url = subject.create(MINUTE, None).await;
    let allowed = "\t\n\r \u{7f}\u{85}\u{d7ff}\u{e000}\u{fffd}\u{10000}\u{10ffff} ";
    let attributes = Attributes::from([("reason", allowed.to_owned())]);
    subject.port().send(&url, allowed.into(), attributes.clone()).await.unwrap();
    let received = next(subject, &url).await;
    assert_eq!(received.body, allowed);
    assert!(has(&received, &attributes), "{:?}", received.attributes);
}

async fn hidden_for_nothing_it_is_back_at_once(subject: &impl Subject) {
    let url = subject.create(SOON * 10, None).await;
    let received = sent(subject, &url, "one").await;
    subject.port().hide(&url, &received.receipt, Duration::ZERO).await.unwrap();
    assert_eq!(next(subject, &url).await.body, "one");
}

async fn hidden_for_an_hour_it_stays_away(subject: &impl Subject) {
    let url = subject.create(SECOND, None).await;
    let hidden = sent(subject, &url, "hidden").await;
    subject.port().hide(&url, &hidden.receipt, MINUTE * 60).await.unwrap();
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
        subject.port().hide(&url, &received.receipt, time).await.unwrap();
    }
    subject.port().hide(&url, &received.receipt, Duration::MAX).await.unwrap();
    assert!(visible(subject, &url).await.is_empty());
}

async fn a_receipt_that_never_was_is_refused(subject: &impl Subject) {
    let url = subject.create(MINUTE, None).await;
    sent(subject, &url, "one").await;
    for receipt in ["nonsense", ""] {
        assert!(subject.port().hide(&url, receipt, SECOND).await.is_err(), "{receipt:?}");
    }
}

/// AWS documents that only the last receipt counts for certain; whether an old one still does is
/// open, and nothing may depend on it.
async fn an_old_receipt_loses_nothing(subject: &impl Subject) {
    let url = subject.create(SECOND, None).await;
    let old = sent(subject, &url, "one").await;
    let new = next(subject, &url).await;
    assert_ne!(old.receipt, new.receipt);
    let _ = subject.port().hide(&url, &old.receipt, SECOND).await;
    subject.port().hide(&url, &new.receipt, Duration::ZERO).await.unwrap();
    assert_eq!(next(subject, &url).await.body, "one");
}

async fn what_is_not_deleted_comes_back_after_its_visibility_timeout(subject: &impl Subject) {
    let url = subject.create(SECOND * 2, None).await;
    subject.port().send(&url, "one".into(), letter()).await.unwrap();
    let start = Instant::now();
    let first = next(subject, &url).await;
    let again = next(subject, &url).await;
    assert!(start.elapsed() >= SECOND * 2, "{:?}", start.elapsed());
    assert_eq!((again.id, again.body), (first.id, first.body));
    assert_eq!(again.attributes, first.attributes);
}

async fn what_is_deleted_does_not(subject: &impl Subject) {
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
    subject.port().send(&url, "never finished ü".into(), attributes.clone()).await.unwrap();
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
    assert!(subject.port().send(&url, "one".into(), Attributes::new()).await.is_err());
    assert!(subject.port().hide(&url, &received.receipt, SECOND).await.is_err());
}

async fn far_too_large_is_refused(subject: &impl Subject) {
    let url = subject.create(MINUTE, None).await;
    let body = "x".repeat(2 * MEBIBYTE);
    assert!(subject.port().send(&url, body, Attributes::new()).await.is_err());
    assert!(visible(subject, &url).await.is_empty());
}

/// Name, type and value of each attribute count with the body.
async fn the_limit_is_a_mebibyte_with_the_attributes(subject: &impl Subject) {
    let url = subject.create(MINUTE, None).await;
    let parts = |(name, value): (&&str, &String)| name.len() + "String".len() + value.len();
    for attributes in [Attributes::new(), letter()] {
        let room = MEBIBYTE - attributes.iter().map(parts).sum::<usize>();
        for (size, fits) in [(room, true), (room + 1, false)] {
            let send = subject.port().send(&url, "x".repeat(size), attributes.clone());
            assert_eq!(send.await.is_ok(), fits, "{size} bytes and {} more", MEBIBYTE - room);
        }
    }
}

async fn characters_that_xml_forbids_are_refused(subject: &impl Subject) {
    let url = subject.create(MINUTE, None).await;
    for forbidden in ["\0", "\u{1}", "\u{8}", "\u{b}", "\u{1f}", "\u{fffe}", "\u{ffff}"] {
        let text = format!("a{forbidden}b");
        let body = subject.port().send(&url, text.clone(), Attributes::new()).await;
        assert!(body.is_err(), "in a body: {forbidden:?}");
        let attributes = Attributes::from([("reason", text)]);
        let attribute = subject.port().send(&url, "one".into(), attributes).await;
        assert!(attribute.is_err(), "in an attribute: {forbidden:?}");
    }
    assert!(visible(subject, &url).await.is_empty());
}

async fn empty_bodies_and_attributes_are_refused(subject: &impl Subject) {
    let url = subject.create(MINUTE, None).await;
    assert!(subject.port().send(&url, String::new(), Attributes::new()).await.is_err());
    let attributes = Attributes::from([("reason", String::new())]);
    assert!(subject.port().send(&url, "one".into(), attributes).await.is_err());
    assert!(visible(subject, &url).await.is_empty());
}

/// SQS counts from when the message was received, which no emulator does; nor could a test wait.
#[tokio::test(start_paused = true)]
async fn nothing_is_hidden_for_more_than_twelve_hours_since_it_was_received() {
    let fake = MemoryQueue::default();
    let url = Subject::create(&fake, MINUTE * 60 * 12, None).await;
    let received = sent(&fake, &url, "one").await;
    tokio::time::advance(MINUTE * 59).await;
    fake.hide(&url, &received.receipt, MINUTE * 60 * 11).await.unwrap();
    tokio::time::advance(MINUTE * 2).await;
    fake.hide(&url, &received.receipt, MINUTE * 60 * 11).await.unwrap_err();
    assert_eq!(fake.depth(&url), 1);
}
