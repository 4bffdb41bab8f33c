//! Queues, standard and FIFO.

use std::collections::HashMap;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use catchment_tests::aws_targets::unique;
use catchment_tests::clients::Clients;
use catchment_tests::emulator::Kind;
use catchment_tests::harness::destination::{NAME, TestDestination, delivery, retry_reason};
use catchment_tests::{aws_targets, wait};
use serde_json::{Value, json};
use worker_lambda::deliver::Delivery;
use worker_lambda::deliver::envelope::inline;
use worker_lambda::outcome::Outcome;

use super::{SOON, assert_whole, emulator};

/// A queue in an emulator.
struct Queue {
    endpoint: &'static str,
    clients: Clients,
    name: String,
    url: String,
}

impl Queue {
    async fn create(kind: Kind, name: &str, attributes: &[(QueueAttributeName, &str)]) -> Self {
        let (endpoint, clients) = emulator(kind).await;
        let attributes: HashMap<_, _> =
            attributes.iter().map(|(name, value)| (name.clone(), (*value).to_owned())).collect();
        let create = clients.sqs.create_queue().queue_name(name);
        let created = create.set_attributes(Some(attributes)).send().await.unwrap();
        let url = created.queue_url.unwrap();
        Self { endpoint, clients, name: name.to_owned(), url }
    }

    async fn fifo(kind: Kind) -> Self {
        let fifo = [(QueueAttributeName::FifoQueue, "true")];
        Self::create(kind, &format!("{}.fifo", unique("q")), &fifo).await
    }

    fn destination(&self, ordering_key: Option<&str>, inline_limit: usize) -> Value {
        sqs(&self.name, &self.url, ordering_key, inline_limit)
    }

    /// All messages, when there are as many.
    async fn messages(&self, count: usize) -> Vec<Message> {
        let mut messages = Vec::new();
        let all = wait::until("the messages", SOON, async || {
            messages.extend(aws_targets::take(&self.clients, &self.url).await.unwrap());
            (messages.len() >= count).then_some(())
        });
        all.await.unwrap();
        messages
    }
}

fn sqs(name: &str, url: &str, ordering_key: Option<&str>, inline_limit: usize) -> Value {
    json!({ "sqs": {
        "arn": aws_targets::arn("sqs", name), "url": url,
        "ordering_key": ordering_key, "inline_limit": inline_limit,
    } })
}

fn attribute<'m>(message: &'m Message, name: &str) -> Option<&'m str> {
    message.message_attributes()?.get(name)?.string_value()
}

fn system<'m>(message: &'m Message, name: &MessageSystemAttributeName) -> Option<&'m str> {
    message.attributes()?.get(name).map(String::as_str)
}

#[tokio::test]
async fn a_standard_queue_gets_the_event_and_its_attributes() {
    for kind in [Kind::LocalStack, Kind::MiniStack] {
        let queue = Queue::create(kind, &unique("q"), &[]).await;
        let it = TestDestination::new(queue.endpoint, queue.destination(None, 262_144)).unwrap();
        let delivery = Delivery { event_type: Some("order.paid".into()), ..delivery() };
        let tried = it.deliver(&delivery).await;
        assert_eq!(tried.outcome, Outcome::Delivered, "{kind:?}");
        let [message] = <[Message; 1]>::try_from(queue.messages(1).await).unwrap();
        assert_whole(&serde_json::from_str(message.body().unwrap()).unwrap(), &delivery);
        assert_eq!(message.message_attributes().unwrap().len(), 4);
        for (name, value) in [
            ("webhook-id", &delivery.webhook_id[..]),
            ("ce-source", "/shop"),
            ("ce-type", "order.paid"),
            ("content-type", "application/cloudevents+json"),
        ] {
            assert_eq!(attribute(&message, name), Some(value));
        }
        let group = system(&message, &MessageSystemAttributeName::MessageGroupId);
        assert_eq!(group, None, "{kind:?}");
    }
}

#[tokio::test]
async fn a_fifo_queue_receives_an_event_once_even_if_it_is_sent_twice() {
    for kind in [Kind::LocalStack, Kind::MiniStack] {
        let queue = Queue::fifo(kind).await;
        let it = TestDestination::new(queue.endpoint, queue.destination(None, 262_144)).unwrap();
        let (first, second) = (delivery(), delivery());
        for delivery in [&first, &first, &second, &first] {
            assert_eq!(it.deliver(delivery).await.outcome, Outcome::Delivered);
        }
        let messages = queue.messages(2).await;
        let ids: Vec<_> = messages.iter().map(|m| attribute(m, "webhook-id").unwrap()).collect();
        assert_eq!(ids, [&first.webhook_id, &second.webhook_id], "{kind:?}");
        for message in &messages {
            let group = system(message, &MessageSystemAttributeName::MessageGroupId);
            assert_eq!(group, Some("shop"), "in order by source");
        }
    }
}

#[tokio::test]
async fn a_fifo_queue_keeps_messages_with_the_same_key_in_order() {
    let queue = Queue::fifo(Kind::LocalStack).await;
    let it =
        TestDestination::new(queue.endpoint, queue.destination(Some("body.id"), 262_144)).unwrap();
    let long = "ü".repeat(200);
    let mut expected = Vec::new();
    for key in [Some("order-7"), Some(&long), Some("a b"), None] {
        let mut delivery = delivery();
        delivery.ordering_keys.extend(key.map(|key| (NAME.to_owned(), key.to_owned())));
        assert_eq!(it.deliver(&delivery).await.outcome, Outcome::Delivered, "{key:?}");
        expected.push((delivery.webhook_id, key));
    }
    for message in queue.messages(expected.len()).await {
        let id = attribute(&message, "webhook-id").unwrap();
        let (_, key) = expected.iter().find(|(expected, _)| expected == id).unwrap();
        let group = system(&message, &MessageSystemAttributeName::MessageGroupId).unwrap();
        match key {
            Some("order-7") => assert_eq!(group, "order-7"),
            None => assert_eq!(group, id, "a group of its own"),
            Some(_) => assert_eq!(group.len(), 64, "hashed"),
        }
    }
}

/// The limit is that of the queue here: what is sent must be just within it.
#[tokio::test]
async fn an_inline_event_is_at_most_as_large_as_the_limit() {
    const LIMIT: usize = 2048;
    /// The attributes' names, types and values.
    const ATTRIBUTES: usize = (10 + 40) + (9 + 5) + (7 + 10) + (12 + 28) + 4 * 6;
    let size = [(QueueAttributeName::MaximumMessageSize, "2048")];
    let queue = Queue::create(Kind::LocalStack, &unique("q"), &size).await;
    let it = TestDestination::new(queue.endpoint, queue.destination(None, LIMIT)).unwrap();
    let text = Some("text/plain".to_owned());
    let of_size = |size| Delivery {
        content_type: text.clone(),
        body: format!("{size:0size$}").into(),
        ..delivery()
    };
    let around = inline(&of_size(1), LIMIT).unwrap().len() - 1 + ATTRIBUTES;
    for size in LIMIT - around - 2..=LIMIT - around + 2 {
        let tried = it.deliver(&of_size(size)).await;
        assert_eq!(tried.outcome, Outcome::Delivered, "{size}");
    }
    let (mut sizes, mut by_reference) = (Vec::new(), 0);
    for message in queue.messages(5).await {
        let body = message.body().unwrap();
        match body.contains("\"dataref\"") {
            true => by_reference += 1,
            false => sizes.push(body.len() + ATTRIBUTES),
        }
    }
    sizes.sort_unstable();
    assert_eq!((&sizes[..], by_reference), (&[LIMIT - 2, LIMIT - 1, LIMIT][..], 2));
}

#[tokio::test]
async fn a_queue_that_is_not_there_yet_gets_the_event_when_it_is() {
    let name = unique("late");
    let (endpoint, _) = emulator(Kind::LocalStack).await;
    let url = format!("{endpoint}/000000000000/{name}");
    let it = TestDestination::new(endpoint, sqs(&name, &url, None, 262_144)).unwrap();
    let delivery = delivery();
    let tried = it.deliver(&delivery).await;
    let reason = retry_reason(&tried);
    assert!(reason.starts_with("NonExistentQueue: ") || reason.contains("NotExist"), "{reason}");
    assert_eq!(tried.status, Some(400));
    let queue = Queue::create(Kind::LocalStack, &name, &[]).await;
    assert_eq!(it.deliver(&delivery).await.outcome, Outcome::Delivered);
    queue.messages(1).await;
}
