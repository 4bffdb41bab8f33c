//! Queues, with what Lambda and SQS do between our own calls: receive, delete, redrive.

mod deduplication;
mod differences;
mod fifo;
mod limits;
mod send_all;
mod standard;
mod subjects;

use std::time::Duration;

use catchment_tests::aws_targets::unique;
use catchment_tests::fakes::{Received, message};
use catchment_tests::wait;
use shared::event::message_group::FifoAttributes;
use shared::ports::queue::{Attributes, Message, MessageQueue};

const SOON: Duration = Duration::from_secs(20);
const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

/// Queues, and what happens to them besides our own calls.
trait Subject {
    fn port(&self) -> &impl MessageQueue;
    /// A new queue's URL. It is a FIFO queue, set up as ours are, where the name ends in `.fifo`.
    async fn create_as(
        &self,
        name: &str,
        visibility: Duration,
        redrive: Option<(u32, &str)>,
    ) -> String;
    async fn receive(&self, url: &str) -> Vec<Received>;
    async fn delete(&self, url: &str, receipt: &str);

    async fn create(&self, visibility: Duration, redrive: Option<(u32, &str)>) -> String {
        self.create_as(&unique("contract"), visibility, redrive).await
    }

    async fn create_fifo(&self, visibility: Duration, redrive: Option<(u32, &str)>) -> String {
        self.create_as(&format!("{}.fifo", unique("contract")), visibility, redrive).await
    }
}

fn with(body: &str, attributes: Attributes) -> Message {
    Message { attributes, ..message(body) }
}

/// A message in a group, with its body for its deduplication id.
fn ordered(group: &str, body: &str) -> Message {
    let order = FifoAttributes { group: group.to_owned(), deduplication_id: body.to_owned() };
    Message { fifo: Some(order), ..message(body) }
}

/// Waits for the next message.
async fn next(subject: &impl Subject, url: &str) -> Received {
    let one = async || subject.receive(url).await.pop();
    wait::until("a message", SOON, one).await.unwrap()
}

/// Sends a message and receives it.
async fn sent(subject: &impl Subject, url: &str, body: &str) -> Received {
    subject.port().send(url, message(body)).await.unwrap();
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

/// The messages visible now: all that are received until a message sent just now is.
async fn visible(subject: &impl Subject, url: &str) -> Vec<String> {
    let name = unique("sentinel");
    let is_fifo = url.ends_with(".fifo");
    let sentinel = if is_fifo { ordered(&name, &name) } else { message(&name) };
    subject.port().send(url, sentinel).await.unwrap();
    let mut received = received_until(subject, url, &name).await;
    let sentinel = received.pop().unwrap();
    subject.delete(url, &sentinel.receipt).await;
    bodies(&received)
}

fn bodies(received: &[Received]) -> Vec<String> {
    received.iter().map(|received| received.body.clone()).collect()
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
