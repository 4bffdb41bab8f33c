//! SQS destinations: queues, standard and FIFO.

use aws_sdk_sqs::Client;
use shared::config;
use shared::event::message_group::group;
use shared::ports::queue::{Attributes, message_attributes};
use shared::ports::store::PresignedUrls;

use super::aws::{Regional, failed};
use super::message::message;
use super::{Delivery, cloudevents, envelope};
use crate::outcome::{Attempt, Outcome};

/// The type of every attribute, which counts towards a message's size as their names and values do.
const TEXT: &str = "String";

/// A queue.
pub(super) struct SqsDestination {
    client: Client,
    url: String,
    order: Order,
    inline_limit: usize,
}

/// What a queue keeps in order.
#[derive(Clone, Copy)]
enum Order {
    /// Nothing: it is a standard queue.
    None,
    /// The events of each source.
    BySource,
    /// Those with the same ordering key.
    ByKey,
}

impl SqsDestination {
    pub(super) fn new(sqs: &config::Sqs, clients: &mut Regional<'_, Client>) -> Self {
        let order = match (sqs.arn.ends_with(".fifo"), &sqs.ordering_key) {
            (false, _) => Order::None,
            (true, None) => Order::BySource,
            (true, Some(_)) => Order::ByKey,
        };
        let client = clients.of(&sqs.arn);
        Self { client, url: sqs.url.clone(), order, inline_limit: sqs.inline_limit }
    }

    pub(super) async fn deliver(
        &self,
        name: &str,
        delivery: &Delivery,
        link: &impl PresignedUrls,
    ) -> Attempt {
        let attributes = attributes(delivery);
        let room = self.inline_limit.saturating_sub(size(&attributes));
        let body = match message(delivery, room, link).await {
            Ok(body) => body,
            Err(error) => return Outcome::retry(error.to_string()).into(),
        };
        let attributes = match message_attributes(attributes) {
            Ok(attributes) => attributes,
            Err(error) => return Outcome::reject(error.to_string()).into(),
        };
        let group = self.order.group(name, delivery);
        let deduplication = group.is_some().then(|| delivery.webhook_id.clone());
        let send = self.client.send_message().queue_url(&self.url).message_body(body);
        let send = send.set_message_attributes(Some(attributes));
        let send = send.set_message_group_id(group).set_message_deduplication_id(deduplication);
        match send.send().await {
            Ok(_) => Outcome::Delivered.into(),
            Err(error) => failed(&error),
        }
    }
}

impl Order {
    /// The message group of a delivery to the destination of this name. What has no ordering key is in
    /// order with nothing: its group is its own.
    fn group(self, name: &str, delivery: &Delivery) -> Option<String> {
        match self {
            Self::None => None,
            Self::BySource => Some(delivery.source.clone()),
            Self::ByKey => {
                let key = delivery.ordering_keys.get(name).unwrap_or(&delivery.webhook_id);
                Some(group(key))
            }
        }
    }
}

fn attributes(delivery: &Delivery) -> Attributes {
    Attributes::from([
        ("webhook-id", delivery.webhook_id.clone()),
        ("ce-source", cloudevents::source(delivery)),
        ("ce-type", cloudevents::event_type(delivery).to_owned()),
        ("content-type", envelope::CONTENT_TYPE.to_owned()),
    ])
}

fn size(attributes: &Attributes) -> usize {
    attributes.iter().map(|(name, value)| name.len() + TEXT.len() + value.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::envelope::tests::delivery;

    #[test]
    fn groups_are_by_key_or_by_source_and_only_in_fifo_queues() {
        let mut delivery = delivery();
        delivery.ordering_keys.insert("lake".to_owned(), "order-7".to_owned());
        assert_eq!(Order::None.group("lake", &delivery), None);
        assert_eq!(Order::BySource.group("lake", &delivery).as_deref(), Some("shop"));
        assert_eq!(Order::ByKey.group("lake", &delivery).as_deref(), Some("order-7"));
        assert_eq!(Order::ByKey.group("sea", &delivery), Some(delivery.webhook_id));
    }

    #[test]
    fn attributes_count_with_their_names_and_types() {
        assert_eq!(size(&Attributes::from([("ab", "cde".to_owned())])), 2 + 6 + 3);
    }
}
