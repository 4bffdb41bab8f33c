//! SQS destinations: queues, standard and FIFO.

use aws_sdk_sqs::Client;
use shared::config;
use shared::event::message_group::group;
use shared::ports::queue::{Attributes, message_attributes};
use shared::ports::store::BodyStore;

use super::aws::{RegionalClients, failed_call};
use super::{Delivery, cloudevents, envelope};
use crate::outcome::{Attempt, Outcome};

/// The data type of every message attribute. It counts towards the size of a message, as names and values do.
const ATTRIBUTE_TYPE: &str = "String";

/// An SQS queue.
pub(super) struct SqsDestination {
    client: Client,
    url: String,
    order: OrderBy,
    inline_limit: usize,
}

/// Which deliveries a queue keeps in order.
#[derive(Clone, Copy)]
enum OrderBy {
    /// None: it is a standard queue.
    None,
    /// The events of each source.
    Source,
    /// The events with the same ordering key.
    Key,
}

impl SqsDestination {
    pub(super) fn new(sqs: &config::Sqs, clients: &mut RegionalClients<'_, Client>) -> Self {
        let order = match (sqs.arn.ends_with(".fifo"), &sqs.ordering_key) {
            (false, _) => OrderBy::None,
            (true, None) => OrderBy::Source,
            (true, Some(_)) => OrderBy::Key,
        };
        let client = clients.of(&sqs.arn);
        Self { client, url: sqs.url.clone(), order, inline_limit: sqs.inline_limit }
    }

    pub(super) async fn deliver(
        &self,
        destination: &str,
        delivery: &Delivery,
        bodies: &impl BodyStore,
    ) -> Attempt {
        let attributes = attributes(delivery);
        let max_bytes = self.inline_limit.saturating_sub(size(&attributes));
        let body = match envelope::inline_or_reference(delivery, max_bytes, bodies).await {
            Ok(body) => body,
            Err(error) => return Outcome::retry(error.to_string()).into(),
        };
        let attributes = match message_attributes(attributes) {
            Ok(attributes) => attributes,
            Err(error) => return Outcome::reject(error.to_string()).into(),
        };
        let group = self.order.group(destination, delivery);
        let deduplication = group.is_some().then(|| delivery.webhook_id.clone());
        let send = self.client.send_message().queue_url(&self.url).message_body(body);
        let send = send.set_message_attributes(Some(attributes));
        let send = send.set_message_group_id(group).set_message_deduplication_id(deduplication);
        match send.send().await {
            Ok(_) => Outcome::Delivered.into(),
            Err(error) => failed_call(&error),
        }
    }
}

impl OrderBy {
    /// The message group of a delivery to this destination; `None` on a standard queue. An event without an ordering key
    /// gets a group of its own.
    fn group(self, destination: &str, delivery: &Delivery) -> Option<String> {
        match self {
            Self::None => None,
            Self::Source => Some(delivery.source.clone()),
            Self::Key => {
                let key = delivery.ordering_keys.get(destination).unwrap_or(&delivery.webhook_id);
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

/// How many bytes attributes add to the size of a message.
fn size(attributes: &Attributes) -> usize {
    attributes.iter().map(|(name, value)| name.len() + ATTRIBUTE_TYPE.len() + value.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::envelope::tests::delivery;

    #[test]
    fn fifo_queues_have_groups_by_key_or_source_and_standard_queues_have_none() {
        let mut delivery = delivery();
        delivery.ordering_keys.insert("lake".to_owned(), "order-7".to_owned());
        assert_eq!(OrderBy::None.group("lake", &delivery), None);
        assert_eq!(OrderBy::Source.group("lake", &delivery).as_deref(), Some("shop"));
        assert_eq!(OrderBy::Key.group("lake", &delivery).as_deref(), Some("order-7"));
        assert_eq!(OrderBy::Key.group("sea", &delivery), Some(delivery.webhook_id));
    }

    #[test]
    fn the_size_of_attributes_includes_their_names_and_types() {
        assert_eq!(size(&Attributes::from([("ab", "cde".to_owned())])), 2 + 6 + 3);
    }
}
