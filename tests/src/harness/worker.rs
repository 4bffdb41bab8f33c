//! The worker on fakes, fed by ingest on the same archive and queues.

use std::time::Duration;

use aws_lambda_events::sqs::{SqsEvent, SqsMessage, SqsMessageAttribute};
use futures_util::future::join_all;
use ingest_lambda::keys::Keys;
use serde_json::Value;
use shared::config::{Config, Queue};
use shared::event::Event;
use shared::event::dedupe::LedgerKey;
use shared::telemetry::Log;
use tokio::time::Instant;
use worker_lambda::Worker;
use worker_lambda::batch::process_batch;
use worker_lambda::ledger::Ledger;
use worker_lambda::ledger::entry::State;
use worker_lambda::ports::PortSet;
use worker_lambda::record::{Disposition, Record};

use super::config::{QUEUE_ARN, config, on_fakes};
use super::ingest::TestIngest;
use super::lines::RecordedLines;
use super::request::{http_api_event, sample_event, signed};
use crate::Result;
use crate::fakes::{MemoryDestinations, MemoryLedger, MemoryQueue, MemoryStore, Received};
use crate::samples::Sample;

/// The worker on fakes, fed by ingest on the same archive and queues. Its ledger is the fake, or any other.
pub struct TestWorker<L = MemoryLedger> {
    /// The ingest that feeds it.
    pub ingest: TestIngest,
    /// The ledger.
    pub ledger: L,
    /// Where events are delivered.
    pub destinations: MemoryDestinations,
    /// What the worker has logged of events.
    pub lines: RecordedLines,
    /// How much time an invocation has; a minute unless a test changes it.
    pub time: Duration,
    config: Config,
    longest_timeout: Duration,
    worker: OnFakes<L>,
}

/// A worker whose ports, except the ledger, are fakes.
pub type OnFakes<L> = Worker<PortSet<MemoryStore, MemoryQueue, L, MemoryDestinations>>;

/// How a [`TestWorker`] is set up. See [`TestWorker::builder`].
pub struct TestWorkerBuilder<L> {
    config: Config,
    ledger: L,
    longest_timeout: Duration,
}

impl TestWorker {
    /// A worker with the usual [`config`](super::config()).
    #[expect(clippy::new_without_default, reason = "a default would hide how much this sets up")]
    pub fn new() -> Self {
        Self::with(config())
    }

    /// A worker with another configuration, as Terraform writes it.
    pub fn with(config: Value) -> Self {
        Self::builder(&parse(config)).build()
    }

    /// A worker with a configuration whose queues are moved to the fakes, and with further options.
    pub fn builder(config: &Config) -> TestWorkerBuilder<MemoryLedger> {
        TestWorkerBuilder {
            config: on_fakes(config),
            ledger: MemoryLedger::default(),
            longest_timeout: Duration::from_secs(10),
        }
    }

    /// Lets time pass, which must be paused.
    pub async fn pass(&self, time: Duration) {
        tokio::time::advance(time).await;
        self.ledger.age(time);
    }

    /// The state of an event's ledger entry, which must exist.
    pub fn state(&self, key: &LedgerKey) -> State {
        self.ledger.entry(key).expect("a ledger entry").state
    }
}

impl<L> TestWorkerBuilder<L> {
    /// Uses another ledger.
    pub fn ledger<M>(self, ledger: M) -> TestWorkerBuilder<M> {
        let Self { config, longest_timeout, .. } = self;
        TestWorkerBuilder { config, ledger, longest_timeout }
    }

    /// Sets the timeout of the slowest destination, by which a lease outlasts its invocation; ten seconds by default.
    #[must_use]
    pub fn longest_timeout(mut self, time: Duration) -> Self {
        self.longest_timeout = time;
        self
    }

    /// Makes every retry due at once.
    #[must_use]
    pub fn retry_at_once(mut self) -> Self {
        self.config.queues.values_mut().for_each(|queue| queue.backoff.base = 0.0);
        self
    }
}

impl<L: Ledger + Clone> TestWorkerBuilder<L> {
    /// Starts the worker.
    pub fn build(self) -> TestWorker<L> {
        let Self { config, ledger, longest_timeout } = self;
        let ingest = TestIngest::of(&config, Keys::new);
        let (destinations, lines) = (MemoryDestinations::default(), RecordedLines::default());
        let worker = start(&config, longest_timeout, &ingest, &ledger, &destinations, lines.log());
        let time = Duration::from_secs(60);
        TestWorker { ingest, ledger, destinations, lines, time, config, longest_timeout, worker }
    }
}

impl<L: Ledger + Clone> TestWorker<L> {
    /// Starts the worker again on the same ports, with the same configuration, as a new Lambda environment does.
    pub fn restart(&mut self) {
        self.worker = self.environment();
    }

    /// Starts the worker again on the same ports, with another configuration, as a deployment does.
    pub fn reconfigure(&mut self, config: Value) {
        self.config = on_fakes(&parse(config));
        self.restart();
    }

    /// Another worker on the same ports, as another Lambda environment has it.
    pub fn environment(&self) -> OnFakes<L> {
        let Self { config, ingest, ledger, destinations, lines, .. } = self;
        start(config, self.longest_timeout, ingest, ledger, destinations, lines.log())
    }

    /// Receives a provider's sample, correctly signed, and returns the ledger key of its event.
    pub async fn receive_sample(&self, provider: &str) -> LedgerKey {
        self.receive(&sample_event(provider, self.ingest.now)).await
    }

    /// Receives a body from a provider, correctly signed, at the source named after the provider.
    pub async fn receive_body(&self, provider: &str, body: &Value) -> LedgerKey {
        self.send(provider, provider, &body.to_string()).await
    }

    /// Receives a body at a source, correctly signed as the provider does.
    pub async fn send(&self, source: &str, provider: &str, body: &str) -> LedgerKey {
        self.send_as(source, provider, "application/json", body).await
    }

    /// The same, with another content type.
    pub async fn send_as(
        &self,
        source: &str,
        provider: &str,
        content_type: &str,
        body: &str,
    ) -> LedgerKey {
        let mut sample = self.signed(provider, body);
        sample.headers.retain(|(name, _)| name != "Content-Type");
        sample.headers.push(("Content-Type".to_owned(), content_type.to_owned()));
        self.post(source, &sample).await
    }

    /// Receives a request at a source.
    pub async fn post(&self, source: &str, request: &Sample) -> LedgerKey {
        self.receive(&http_api_event(source, request)).await
    }

    /// Receives an event of API Gateway, which must be accepted, and returns the ledger key of its event.
    pub async fn receive(&self, event: &Value) -> LedgerKey {
        let before = self.ingest.store.keys();
        let answer = self.ingest.receive_later(event).await;
        let stored = self.ingest.store.keys().into_iter().find(|key| !before.contains(key));
        let stored = stored.unwrap_or_else(|| panic!("the event was not accepted: {answer:?}"));
        let stored = self.ingest.store.object(&stored).expect("a stored event");
        Event::from_json(&stored).expect("a valid event").ledger_key
    }

    /// A request as the provider signs it now. The secret of Microsoft Graph is in the body, not in a header.
    fn signed(&self, provider: &str, body: &str) -> Sample {
        match provider {
            "microsoft-graph" => Sample { headers: Vec::new(), body: body.into() },
            _ => signed(provider, body.as_bytes(), self.ingest.now),
        }
    }

    /// Receives a body as [`send`](Self::send) does, delivers it, and returns the destinations that were tried.
    pub async fn deliver(&self, source: &str, provider: &str, body: &str) -> Vec<String> {
        let before = self.destinations.tried().len();
        self.send(source, provider, body).await;
        self.drain().await;
        self.destinations.tried().split_off(before)
    }

    /// Does what Lambda does with the default queue: receives a batch, hands it to the worker, and deletes the records
    /// that did not fail. Returns how many records there were, and how many failed.
    pub async fn batch(&self) -> (usize, usize) {
        self.batch_of("default").await
    }

    /// The same, for the queue with this name.
    pub async fn batch_of(&self, queue: &str) -> (usize, usize) {
        let Queue { url, arn, .. } = self.queue(queue);
        let received = self.ingest.queue.receive(url);
        let failed = self.invoke(event(arn, &received)).await.expect("a valid event");
        for record in received.iter().filter(|record| !failed.contains(&record.id)) {
            self.ingest.queue.delete(url, &record.receipt);
        }
        (received.len(), failed.len())
    }

    /// Processes batches of all queues until nothing is visible.
    pub async fn drain(&self) {
        loop {
            let mut received = 0;
            for queue in self.config.queues.keys() {
                received += self.batch_of(queue).await.0;
            }
            if received == 0 {
                return;
            }
        }
    }

    /// Processes records of the default queue and deletes none of them, as if Lambda crashed after the invocation.
    /// Returns the ids of the records that failed.
    pub async fn process(&self, received: &[Received]) -> Vec<String> {
        let event = event(&self.queue("default").arn, received);
        self.invoke(event).await.expect("a valid event")
    }

    /// Invokes the worker with an event of Lambda, and returns the ids of the records that failed.
    pub async fn invoke(&self, event: SqsEvent) -> Result<Vec<String>> {
        let response = process_batch(&self.worker, event, Instant::now() + self.time).await?;
        let failures = response.batch_item_failures.into_iter();
        Ok(failures.map(|failure| failure.item_identifier).collect())
    }

    /// Processes one record in a new environment, in an invocation that has this much time.
    pub async fn process_record(&self, record: &Record, time: Duration) -> Disposition {
        self.environment().process_record(record, Instant::now() + time).await
    }

    /// Processes each of these records in an environment of its own, all at the same time. Returns how many were
    /// acknowledged.
    pub async fn process_at_once(&self, records: &[Record]) -> usize {
        let processed = records.iter().map(|record| self.process_record(record, self.time));
        let dispositions = join_all(processed).await.into_iter();
        dispositions.filter(|disposition| *disposition == Disposition::Acknowledge).count()
    }

    /// Receives what is visible in a queue of the usual configuration, as records of the default queue.
    pub fn records(&self, url: &str) -> Vec<Record> {
        let received = self.ingest.queue.receive(url).into_iter();
        let record = |message: Received| Record {
            message_id: message.id,
            receipt: message.receipt,
            queue_arn: QUEUE_ARN.to_owned(),
            body: message.body,
            receives: message.receives,
            since: message.sent_at,
            resends: 0,
            group: message.group,
        };
        received.map(record).collect()
    }

    /// The settings of a queue, by its name.
    pub fn queue(&self, name: &str) -> &Queue {
        &self.config.queues[name]
    }

    /// Receives the dead letters of the default queue that are visible.
    pub fn dead_letters(&self) -> Vec<Received> {
        self.ingest.queue.receive(&self.queue("default").dead_letter_url)
    }
}

fn start<L: Ledger + Clone>(
    config: &Config,
    longest_timeout: Duration,
    ingest: &TestIngest,
    ledger: &L,
    destinations: &MemoryDestinations,
    log: Log,
) -> OnFakes<L> {
    let ports = PortSet {
        store: ingest.store.clone(),
        queue: ingest.queue.clone(),
        ledger: ledger.clone(),
        destinations: destinations.clone(),
    };
    let worker = Worker::new(config, longest_timeout, ports, log);
    worker.expect("a configuration that the worker starts with")
}

fn parse(config: Value) -> Config {
    serde_json::from_value(config).expect("a valid configuration")
}

/// Received messages as Lambda's event source mapping hands them to the worker.
fn event(queue_arn: &str, received: &[Received]) -> SqsEvent {
    let mut event = SqsEvent::default();
    event.records = received.iter().map(|received| record(queue_arn, received)).collect();
    event
}

fn record(queue_arn: &str, received: &Received) -> SqsMessage {
    let mut message = SqsMessage::default();
    message.message_id = Some(received.id.clone());
    message.receipt_handle = Some(received.receipt.clone());
    message.event_source_arn = Some(queue_arn.to_owned());
    message.body = Some(received.body.clone());
    let mut attribute = |name: &str, value| message.attributes.insert(name.to_owned(), value);
    attribute("ApproximateReceiveCount", received.receives.to_string());
    attribute("SentTimestamp", received.sent_at.as_millisecond().to_string());
    if let Some(group) = &received.group {
        attribute("MessageGroupId", group.clone());
    }
    for (name, text) in &received.attributes {
        let mut attribute = SqsMessageAttribute::default();
        attribute.string_value = Some(text.clone());
        message.message_attributes.insert(name.clone(), attribute);
    }
    message
}
