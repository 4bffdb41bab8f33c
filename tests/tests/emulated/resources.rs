//! The resources that `infra/` would create, in an emulator: a bucket, a queue with its dead-letter queue, and
//! secrets.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sqs::types::QueueAttributeName::{self, QueueArn, RedrivePolicy, VisibilityTimeout};
use catchment_tests::clients::{self, Clients};
use catchment_tests::emulator::{Emulator, Kind};
use catchment_tests::fakes::MemoryHosts;
use catchment_tests::harness::{self, Answer};
use catchment_tests::wait;
use ingest_lambda::Ingest;
use ingest_lambda::keys::Keys;
use ingest_lambda::receive::call_timeouts;
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::config::Config;
use shared::event::EventId;
use shared::ports::aws::{s3_client, with_timeouts};
use shared::ports::queue::SqsQueue;
use shared::ports::secrets::SecretsManager;
use shared::ports::store::S3Store;

pub(crate) const SOON: Duration = Duration::from_secs(20);

/// Ingest on the adapters that go to AWS.
pub(crate) type RealIngest = Ingest<S3Store, SqsQueue, SecretsManager, MemoryHosts>;

pub(crate) struct Resources {
    pub(crate) clients: Clients,
    pub(crate) bucket: String,
    pub(crate) queue: Queue,
    pub(crate) dead_letters: Queue,
    /// That of [`harness::config`], for this resources.
    pub(crate) config: Value,
    pub(crate) endpoint: String,
}

pub(crate) struct Queue {
    pub(crate) url: String,
    pub(crate) arn: String,
}

/// A received message.
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) receipt: String,
    pub(crate) body: String,
    pub(crate) attributes: Value,
}

impl Resources {
    /// New resources on LocalStack. The queue hides a received message for `visibility`, and dead-letters it after
    /// `max_receives`.
    pub(crate) async fn new(visibility: Duration, max_receives: u32) -> Self {
        Self::on(Kind::LocalStack, visibility, max_receives).await
    }

    pub(crate) async fn on(kind: Kind, visibility: Duration, max_receives: u32) -> Self {
        let emulator = Emulator::shared(kind).await.unwrap();
        let clients = emulator.clients();
        let name = format!("catchment-{}", EventId::new(Timestamp::now()));
        clients.s3.create_bucket().bucket(&name).send().await.unwrap();
        let dead_letters = Queue::create(&clients, &format!("{name}-dead"), &[]).await;
        let arn = &dead_letters.arn;
        let redrive = json!({ "deadLetterTargetArn": arn, "maxReceiveCount": max_receives });
        let settings = [
            (VisibilityTimeout, visibility.as_secs().to_string()),
            (RedrivePolicy, redrive.to_string()),
        ];
        let queue = Queue::create(&clients, &name, &settings).await;
        let mut config = harness::config();
        let configured = &mut config["queues"]["default"];
        configured["url"] = json!(queue.url);
        configured["arn"] = json!(queue.arn);
        configured["dead_letter_url"] = json!(dead_letters.url);
        let endpoint = emulator.endpoint().to_owned();
        Self { clients, bucket: name, queue, dead_letters, config, endpoint }
    }

    /// Creates the secret of a provider's source; without a value, as Terraform does.
    pub(crate) async fn secret(&mut self, provider: &str) -> String {
        let name = format!("{}/source/{provider}", self.bucket);
        let created = self.clients.secrets.create_secret().name(name).send().await.unwrap();
        let arn = created.arn.unwrap();
        self.config["sources"][provider]["secret_arn"] = json!(arn);
        arn
    }

    pub(crate) async fn set_secret(&self, arn: &str, value: &str) {
        let put = self.clients.secrets.put_secret_value().secret_id(arn).secret_string(value);
        put.send().await.unwrap();
    }

    pub(crate) fn config(&self) -> Config {
        serde_json::from_value(self.config.clone()).unwrap()
    }

    pub(crate) fn ingest(&self) -> RealIngest {
        let config = self.config();
        let aws = with_timeouts(&clients::sdk_config(&self.endpoint), call_timeouts(&config));
        let (s3, sqs, secrets) =
            (self.s3(&aws), clients::sqs_queue(&aws), clients::secrets_manager(&aws));
        Ingest::new(&config, s3, sqs, secrets, Keys::new(MemoryHosts::default())).unwrap()
    }

    pub(crate) fn s3(&self, aws: &SdkConfig) -> S3Store {
        S3Store::new(s3_client(aws), self.bucket.clone())
    }

    pub(crate) fn aws(&self) -> SdkConfig {
        clients::sdk_config(&self.endpoint)
    }

    /// All keys in the bucket.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let listed = self.clients.s3.list_objects_v2().bucket(&self.bucket).send().await.unwrap();
        listed.contents.unwrap_or_default().into_iter().map(|object| object.key.unwrap()).collect()
    }

    pub(crate) async fn object(&self, key: &str) -> Vec<u8> {
        let got = self.clients.s3.get_object().bucket(&self.bucket).key(key).send().await.unwrap();
        got.body.collect().await.unwrap().to_vec()
    }

    /// Receives what is visible.
    pub(crate) async fn receive(&self, queue: &Queue) -> Vec<Message> {
        let receive = self.clients.sqs.receive_message().queue_url(&queue.url);
        let receive = receive.max_number_of_messages(10).message_attribute_names("All");
        let messages = receive.send().await.unwrap().messages.unwrap_or_default().into_iter();
        let received = messages.map(|message| Message {
            id: message.message_id.unwrap(),
            receipt: message.receipt_handle.unwrap(),
            body: message.body.unwrap(),
            attributes: message
                .message_attributes
                .unwrap_or_default()
                .into_iter()
                .map(|(name, value)| (name, json!(value.string_value.unwrap())))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        });
        received.collect()
    }

    /// Waits for the next message.
    pub(crate) async fn next(&self, queue: &Queue) -> Message {
        wait::until("a message", SOON, async || self.receive(queue).await.pop()).await.unwrap()
    }

    pub(crate) async fn delete(&self, queue: &Queue, receipt: &str) {
        let delete = self.clients.sqs.delete_message().queue_url(&queue.url);
        delete.receipt_handle(receipt).send().await.unwrap();
    }

    /// How many messages a queue holds: visible ones and hidden ones.
    pub(crate) async fn depth(&self, queue: &Queue) -> (u32, u32) {
        use QueueAttributeName::{
            ApproximateNumberOfMessages as Visible, ApproximateNumberOfMessagesNotVisible as Hidden,
        };
        let get = self.clients.sqs.get_queue_attributes().queue_url(&queue.url);
        let got = get.attribute_names(Visible).attribute_names(Hidden).send().await.unwrap();
        let got = got.attributes.unwrap();
        (got[&Visible].parse().unwrap(), got[&Hidden].parse().unwrap())
    }

    pub(crate) async fn nothing_is_stored_or_queued(&self) {
        assert!(self.keys().await.is_empty(), "nothing is stored");
        assert_eq!(self.depth(&self.queue).await, (0, 0), "nothing is queued");
    }
}

impl Queue {
    async fn create(
        clients: &Clients,
        name: &str,
        settings: &[(QueueAttributeName, String)],
    ) -> Self {
        let mut create = clients.sqs.create_queue().queue_name(name);
        for (attribute, value) in settings {
            create = create.attributes(attribute.clone(), value);
        }
        let url = create.send().await.unwrap().queue_url.unwrap();
        let get = clients.sqs.get_queue_attributes().queue_url(&url).attribute_names(QueueArn);
        let arn = get.send().await.unwrap().attributes.unwrap().remove(&QueueArn).unwrap();
        Self { url, arn }
    }
}

/// Has an ingest receive a provider's sample.
pub(crate) async fn receive_sample(ingest: &RealIngest, provider: &str) -> Answer {
    let now = Timestamp::now();
    harness::receive(ingest, &harness::sample_event(provider, now), now).await
}
