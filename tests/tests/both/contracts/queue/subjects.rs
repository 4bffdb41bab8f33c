use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_sqs::types::{
    Message, MessageAttributeValue, MessageSystemAttributeName as System, QueueAttributeName,
};
use catchment_tests::clients::Clients;
use catchment_tests::emulator::Kind;
use catchment_tests::fakes::{MemoryQueue, Received, Settings};
use jiff::Timestamp;
use shared::ports::queue::{MessageQueue, SqsQueue};

use super::Subject;
use crate::both::contracts::clients;

impl Subject for MemoryQueue {
    fn port(&self) -> &impl MessageQueue {
        self
    }

    async fn create_as(
        &self,
        name: &str,
        visibility: Duration,
        redrive: Option<(u32, &str)>,
    ) -> String {
        let url = format!("https://sqs.example/{name}");
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

pub(super) struct Sqs {
    pub(super) client: aws_sdk_sqs::Client,
    port: SqsQueue,
}

impl Sqs {
    pub(super) async fn new(kind: Kind) -> Self {
        let Clients { sqs, .. } = clients(kind).await;
        Self { port: SqsQueue::new(sqs.clone()), client: sqs }
    }

    async fn arn(&self, url: &str) -> String {
        let get = self.client.get_queue_attributes().queue_url(url);
        let got = get.attribute_names(QueueAttributeName::QueueArn).send().await.unwrap();
        got.attributes.unwrap().remove(&QueueAttributeName::QueueArn).unwrap()
    }

    async fn redrive_policy(&self, (most, url): (u32, &str)) -> String {
        let arn = self.arn(url).await;
        format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":{most}}}"#)
    }
}

impl Subject for Sqs {
    fn port(&self) -> &impl MessageQueue {
        &self.port
    }

    async fn create_as(
        &self,
        name: &str,
        visibility: Duration,
        redrive: Option<(u32, &str)>,
    ) -> String {
        let seconds = visibility.as_secs().to_string();
        let mut attributes = HashMap::from([(QueueAttributeName::VisibilityTimeout, seconds)]);
        if let Some(redrive) = redrive {
            let policy = self.redrive_policy(redrive).await;
            attributes.insert(QueueAttributeName::RedrivePolicy, policy);
        }
        if name.ends_with(".fifo") {
            attributes.extend(FIFO.map(|(name, value)| (name, value.to_owned())));
        }
        let create = self.client.create_queue().queue_name(name).set_attributes(Some(attributes));
        create.send().await.unwrap().queue_url.unwrap()
    }

    async fn receive(&self, url: &str) -> Vec<Received> {
        let receive = self.client.receive_message().queue_url(url).max_number_of_messages(10);
        let receive = receive.message_attribute_names("All");
        let got = receive.message_system_attribute_names(System::All).send().await.unwrap();
        got.messages.unwrap_or_default().into_iter().map(received).collect()
    }

    async fn delete(&self, url: &str, receipt: &str) {
        let delete = self.client.delete_message().queue_url(url).receipt_handle(receipt);
        delete.send().await.unwrap();
    }
}

/// How `infra/` sets a FIFO queue up.
const FIFO: [(QueueAttributeName, &str); 3] = [
    (QueueAttributeName::FifoQueue, "true"),
    (QueueAttributeName::DeduplicationScope, "messageGroup"),
    (QueueAttributeName::FifoThroughputLimit, "perMessageGroupId"),
];

fn received(message: Message) -> Received {
    let system = message.attributes.unwrap_or_default();
    let number = |name| system.get(&name).unwrap().parse::<i64>().unwrap();
    Received {
        id: message.message_id.unwrap(),
        receipt: message.receipt_handle.unwrap(),
        body: message.body.unwrap(),
        attributes: texts(message.message_attributes.unwrap_or_default()),
        receives: number(System::ApproximateReceiveCount).try_into().unwrap(),
        sent_at: Timestamp::from_millisecond(number(System::SentTimestamp)).unwrap(),
        group: system.get(&System::MessageGroupId).cloned(),
        deduplication_id: system.get(&System::MessageDeduplicationId).cloned(),
    }
}

fn texts(attributes: HashMap<String, MessageAttributeValue>) -> BTreeMap<String, String> {
    let text = |(name, value): (String, MessageAttributeValue)| (name, value.string_value.unwrap());
    attributes.into_iter().map(text).collect()
}
