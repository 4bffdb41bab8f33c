//! From a webhook to its destination, or to the dead-letter queue and back.

use std::time::Duration;

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchment_tests::clients::{secrets_manager, sqs_queue};
use catchment_tests::fakes::{Fault, MemoryLedger};
use catchment_tests::receiver::{Behaviour, Received, Receiver};
use catchment_tests::{harness, samples, wait};
use serde_json::{Value, json};
use shared::event::Event;
use shared::event::reference::Reference;
use shared::ports::queue::SqsQueue;
use shared::ports::secrets::SecretsManager;
use shared::ports::store::S3Store;
use tokio::time::Instant;
use worker_lambda::Worker;
use worker_lambda::batch::process_batch;
use worker_lambda::deliver::http::HttpDestinations;
use worker_lambda::ledger::entry::State;
use worker_lambda::ports::PortSet;

use crate::resources::{Resources, SOON, receive_sample};

const MINUTE: Duration = Duration::from_secs(60);
const SIGNING_KEY: [u8; 32] = [9; 32];

type RealWorker =
    Worker<PortSet<S3Store, SqsQueue, MemoryLedger, HttpDestinations<SecretsManager>>>;

/// A resources whose `docusign` events go to `crm`, which is a receiver on this machine.
struct Round {
    resources: Resources,
    receiver: Receiver,
    ledger: MemoryLedger,
    worker: RealWorker,
}

impl Round {
    async fn new(visibility: Duration, max_receives: u32) -> Self {
        let mut resources = Resources::new(visibility, max_receives).await;
        let source = resources.secret("docusign").await;
        resources.set_secret(&source, &harness::secret("docusign")).await;
        let destination = resources.secret("crm").await;
        let signing = samples::secret("standard-webhooks", SIGNING_KEY);
        resources.set_secret(&destination, &signing).await;
        let receiver = Receiver::start().await.unwrap();
        // Resources::secret notes every secret as a source's; this one is a destination's.
        resources.config["sources"].as_object_mut().unwrap().remove("crm");
        resources.config["destinations"]["crm"] = json!({
            "http": {
                "url": format!("{}/crm/hooks", receiver.url()), "method": "POST", "timeout": 5,
                "allow_private": true, "headers": { "x-tenant": "7" }, "secret_arn": destination,
                "reject_on": [], "retry_on": [],
            },
        });
        let (aws, config) = (resources.aws(), resources.config());
        let destinations = HttpDestinations::new(&config, secrets_manager(&aws)).unwrap();
        let longest = destinations.longest_timeout();
        let ledger = MemoryLedger::default();
        let (store, queue) = (resources.s3(&aws), sqs_queue(&aws));
        let ports = PortSet { store, queue, ledger: ledger.clone(), destinations };
        let worker =
            Worker::new(&config, longest, ports, shared::telemetry::Log::new("catchment")).unwrap();
        Self { resources, receiver, ledger, worker }
    }

    /// Receives the provider's sample, and returns the stored object.
    async fn send(&self) -> Vec<u8> {
        assert_eq!(receive_sample(&self.resources.ingest(), "docusign").await.status, 200);
        let key = self.resources.keys().await.pop().unwrap();
        self.resources.object(&key).await
    }

    /// Does what Lambda does once there is something to receive: hands it to the worker, and deletes
    /// what does not come back. Returns how many did.
    async fn batch(&self) -> usize {
        let receive = async || {
            let messages = self.resources.receive(&self.resources.queue).await;
            (!messages.is_empty()).then_some(messages)
        };
        let messages = wait::until("something to work on", SOON, receive).await.unwrap();
        let mut event = SqsEvent::default();
        event.records = messages
            .iter()
            .map(|message| {
                let mut record = SqsMessage::default();
                record.message_id = Some(message.id.clone());
                record.receipt_handle = Some(message.receipt.clone());
                record.event_source_arn = Some(self.resources.queue.arn.clone());
                record.body = Some(message.body.clone());
                record
            })
            .collect();
        let response = process_batch(&self.worker, event, Instant::now() + MINUTE).await.unwrap();
        let back: Vec<_> =
            response.batch_item_failures.into_iter().map(|item| item.item_identifier).collect();
        for message in messages.iter().filter(|message| !back.contains(&message.id)) {
            self.resources.delete(&self.resources.queue, &message.receipt).await;
        }
        back.len()
    }

    fn state(&self, event: &Event<'_>) -> State {
        self.ledger.entry(&event.ledger_key).unwrap().state
    }

    async fn queues_are_empty(&self) {
        assert_eq!(self.resources.depth(&self.resources.queue).await, (0, 0));
        assert_eq!(self.resources.depth(&self.resources.dead_letters).await, (0, 0));
    }
}

/// Checks a delivery as its destination would, and against what is stored.
fn check(received: &Received, event: &Event<'_>) {
    assert_eq!(received.path, "/crm/hooks");
    assert_eq!(received.body, samples::body("docusign").unwrap());
    let header = |name: &str| received.header(name).unwrap();
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
    let head = format!("{id}.{timestamp}.");
    let mac = samples::mac(&SIGNING_KEY, &[head.as_bytes(), &received.body]).unwrap();
    assert_eq!(header("webhook-signature"), format!("v1,{}", STANDARD.encode(mac)));
    assert_eq!(id, event.ledger_key.webhook_id());
    let described = [
        "ce-specversion",
        "ce-id",
        "ce-source",
        "ce-type",
        "ce-time",
        "ce-eventid",
        "content-type",
        "x-tenant",
    ];
    assert_eq!(
        described.map(header),
        [
            "1.0",
            id,
            "/docusign",
            "envelope-completed",
            &event.received_at.to_string(),
            &event.id.to_string(),
            "application/json",
            "7",
        ]
    );
    let of_the_provider =
        |name: &str| name.starts_with("x-docusign") || name == "x-authorization-digest";
    assert!(received.headers.iter().all(|(name, _)| !of_the_provider(name)));
}

#[tokio::test]
async fn a_webhook_is_delivered_as_it_was_sent() {
    let round = Round::new(MINUTE, 100).await;
    let stored = round.send().await;
    let event = Event::from_json(&stored).unwrap();
    assert_eq!(round.batch().await, 0);
    let received = round.receiver.received();
    assert_eq!(received.len(), 1);
    check(&received[0], &event);
    assert_eq!(round.state(&event), State::Complete);
    round.queues_are_empty().await;
}

/// Invariant 6.
#[tokio::test]
async fn the_providers_retry_is_stored_too_and_delivered_once() {
    let round = Round::new(MINUTE, 100).await;
    for _ in 0..2 {
        round.send().await;
        assert_eq!(round.batch().await, 0);
    }
    assert_eq!(round.resources.keys().await.len(), 2);
    assert_eq!(round.receiver.received().len(), 1);
    round.queues_are_empty().await;
}

#[tokio::test]
async fn a_retried_event_is_hidden_for_the_time_of_retry_after_and_then_delivered() {
    let round = Round::new(MINUTE * 10, 100).await;
    let stored = round.send().await;
    let event = Event::from_json(&stored).unwrap();
    let retry_after = Some("2".to_owned());
    round.receiver.behave(Behaviour { retry_after, ..Behaviour::next(1, 500) });
    let start = Instant::now();
    assert_eq!(round.batch().await, 1, "it comes back");
    assert_eq!(
        round.resources.depth(&round.resources.queue).await,
        (0, 1),
        "and is hidden until then"
    );
    assert!(matches!(round.state(&event), State::Waiting(_)));
    // The queue's own visibility timeout is ten minutes: that it is back sooner is our doing.
    assert_eq!(round.batch().await, 0);
    assert!(start.elapsed() >= Duration::from_secs(2), "{:?}", start.elapsed());
    let received = round.receiver.received();
    let answered: Vec<_> = received.iter().map(|received| received.answered).collect();
    assert_eq!(answered, [500, 200]);
    received.iter().for_each(|received| check(received, &event));
    assert_eq!(round.state(&event), State::Complete);
    round.queues_are_empty().await;
}

#[tokio::test]
async fn an_event_that_its_destination_keeps_refusing_is_dead_lettered_and_delivered_by_a_redrive()
{
    let round = Round::new(MINUTE, 100).await;
    let stored = round.send().await;
    let event = Event::from_json(&stored).unwrap();
    round.receiver.behave(Behaviour::always(500));
    assert_eq!([round.batch().await, round.batch().await, round.batch().await], [1, 1, 0]);
    assert_eq!(round.state(&event), State::Dead);
    assert_eq!(round.resources.depth(&round.resources.queue).await, (0, 0));

    let (sqs, dead_letters) = (&round.resources.clients.sqs, &round.resources.dead_letters);
    let letter = round.resources.next(dead_letters).await;
    let expected =
        json!({ "reason": "crm: HTTP status 500", "destination": "crm", "attempts": "3" });
    assert_eq!(letter.attributes, expected);
    let reference = Reference::parse(&letter.body).unwrap();
    assert_eq!((reference.generation, reference.event_id), (1, event.id));
    assert_eq!(reference.ledger_key, event.ledger_key);
    let show = sqs.change_message_visibility().queue_url(&dead_letters.url);
    show.receipt_handle(letter.receipt).visibility_timeout(0).send().await.unwrap();

    round.receiver.behave(Behaviour::always(200));
    // Naming the queue it goes to: the worker, not SQS, sent the letter, so SQS knows of no other.
    let redrive = sqs.start_message_move_task().source_arn(&dead_letters.arn);
    redrive.destination_arn(&round.resources.queue.arn).send().await.unwrap();
    assert_eq!(round.batch().await, 0);
    let received = round.receiver.received();
    let answered: Vec<_> = received.iter().map(|received| received.answered).collect();
    assert_eq!(answered, [500, 500, 500, 200]);
    received.iter().for_each(|received| check(received, &event));
    assert_eq!(round.state(&event), State::Complete);
    round.queues_are_empty().await;
}

#[tokio::test]
async fn an_event_that_can_never_be_delivered_is_a_dead_letter_with_its_reason() {
    let round = Round::new(MINUTE, 100).await;
    let stored = round.send().await;
    let event = Event::from_json(&stored).unwrap();
    let (s3, bucket) = (&round.resources.clients.s3, &round.resources.bucket);
    s3.delete_object().bucket(bucket).key(event.s3_key()).send().await.unwrap();
    let send = round.resources.clients.sqs.send_message().queue_url(&round.resources.queue.url);
    send.message_body("no reference: ü").send().await.unwrap();
    let mut letters = Vec::new();
    wait::until("both dead letters", SOON, async || {
        if round.resources.depth(&round.resources.queue).await != (0, 0) {
            assert_eq!(round.batch().await, 0);
        }
        let received = round.resources.receive(&round.resources.dead_letters).await;
        letters.extend(received.into_iter().map(|letter| (letter.body, letter.attributes)));
        (letters.len() == 2).then_some(())
    })
    .await
    .unwrap();
    letters.sort_by_key(|(body, _)| body.starts_with('{'));
    let attributes = |reason: &str, attempts: &str| -> Value {
        json!({ "reason": reason, "destination": "-", "attempts": attempts })
    };
    let [(foreign, why_foreign), (gone, why_gone)] = &letters[..] else { panic!("two letters") };
    assert_eq!(foreign, "no reference: ü");
    assert_eq!(*why_foreign, attributes("not a reference (line 1 column 2)", "0"));
    assert_eq!(Reference::parse(gone).unwrap().event_id, event.id);
    assert_eq!(*why_gone, attributes("its stored event is gone", "1"));
    assert!(round.receiver.received().is_empty());
}

/// Invariant 5, its backstop: `max_receives` ends what the worker never finishes.
#[tokio::test]
async fn an_event_that_the_worker_never_finishes_arrives_in_the_dead_letter_queue() {
    let round = Round::new(Duration::ZERO, 3).await;
    let stored = round.send().await;
    let event = Event::from_json(&stored).unwrap();
    // Without its ledger the worker neither delivers nor acknowledges nor hides.
    round.ledger.faults.plan([Fault::Fails; 10]);
    assert_eq!([round.batch().await, round.batch().await, round.batch().await], [1, 1, 1]);
    let letter = wait::until("the dead letter", SOON, async || {
        assert!(round.resources.receive(&round.resources.queue).await.is_empty(), "a fourth time");
        round.resources.receive(&round.resources.dead_letters).await.pop()
    });
    let letter = letter.await.unwrap();
    let reference = Reference::parse(&letter.body).unwrap();
    assert_eq!((reference.generation, reference.event_id), (0, event.id), "as it was sent");
    assert_eq!(letter.attributes, json!({}), "nobody could say why");
    assert_eq!(round.resources.object(&reference.s3_key).await, stored, "and nothing is lost");
    assert!(round.receiver.received().is_empty());
}
