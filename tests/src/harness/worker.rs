use std::collections::BTreeMap;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsEvent, SqsMessage, SqsMessageAttribute};
use ingest_lambda::keys::Keys;
use serde_json::Value;
use shared::config::{Config, Queue};
use shared::event::Event;
use shared::event::dedupe::LedgerKey;
use shared::telemetry::Metrics;
use tokio::time::Instant;
use worker_lambda::Worker;
use worker_lambda::batch::process_batch;
use worker_lambda::ledger::entry::State;
use worker_lambda::ports::PortSet;

use super::{TestIngest, http_api_event, on_fakes, secret};
use crate::Result;
use crate::fakes::{MemoryDestinations, MemoryLedger, MemoryQueue, MemoryStore, Received};
use crate::samples;

/// The worker on fakes, fed by ingest on the same archive and queue.
pub struct TestWorker {
    /// What feeds it.
    pub ingest: TestIngest,
    /// The ledger.
    pub ledger: MemoryLedger,
    /// Where events go.
    pub destinations: MemoryDestinations,
    /// How much time an invocation has.
    pub time: Duration,
    queues: BTreeMap<String, Queue>,
    worker: OnFakes,
}

type OnFakes = Worker<PortSet<MemoryStore, MemoryQueue, MemoryLedger, MemoryDestinations>>;

impl TestWorker {
    /// With a configuration as Terraform writes it.
    pub fn with(config: Value) -> Result<Self> {
        Self::of(&serde_json::from_value(config)?)
    }

    /// With a configuration that is read already, but for its queues: those are on fakes.
    pub fn of(config: &Config) -> Result<Self> {
        let config = &on_fakes(config);
        let ingest = TestIngest::of(config, Keys::new)?;
        let (ledger, destinations) = (MemoryLedger::default(), MemoryDestinations::default());
        let worker = worker(config, &ingest, &ledger, &destinations)?;
        let (queues, time) = (config.queues.clone(), Duration::from_secs(60));
        Ok(Self { ingest, ledger, destinations, worker, queues, time })
    }

    /// Starts the worker again, as a deployment does: another configuration, the same ports.
    pub fn reconfigure(&mut self, config: Value) -> Result<()> {
        let config = on_fakes(&serde_json::from_value(config)?);
        self.worker = worker(&config, &self.ingest, &self.ledger, &self.destinations)?;
        Ok(())
    }

    /// Receives a provider's sample, correctly signed, and says under what the ledger will know it.
    pub async fn receive_sample(&self, provider: &str) -> Result<LedgerKey> {
        self.receive(&self.ingest.sample(provider)?).await
    }

    /// Receives a body from a provider, correctly signed, at the source named after it.
    pub async fn receive_body(&self, provider: &str, body: &Value) -> Result<LedgerKey> {
        let body = body.to_string();
        let now = self.ingest.now;
        let sample = samples::sign(provider, &secret(provider), "id", body.as_bytes(), now)?;
        self.receive(&http_api_event(provider, &sample)).await
    }

    /// Receives an event of API Gateway's, which must be accepted, and says under what the ledger will
    /// know it.
    pub async fn receive(&self, event: &Value) -> Result<LedgerKey> {
        let before = self.ingest.store.keys();
        let answer = self.ingest.receive_later(event).await?;
        let stored = self.ingest.store.keys().into_iter().find(|key| !before.contains(key));
        let stored = stored.ok_or_else(|| format!("it was not accepted: {answer:?}"))?;
        let stored = self.ingest.store.object(&stored).unwrap_or_default();
        Ok(Event::from_json(&stored)?.ledger_key)
    }

    /// Lets time pass, which must be paused.
    pub async fn pass(&self, time: Duration) {
        tokio::time::advance(time).await;
        self.ledger.age(time);
    }

    /// Lets Lambda receive a batch, work on it, and delete what did not fail. Returns how many
    /// records it had, and how many came back.
    pub async fn batch(&self) -> Result<(usize, usize)> {
        self.batch_of("default").await
    }

    /// The same, of a queue by its name.
    pub async fn batch_of(&self, queue: &str) -> Result<(usize, usize)> {
        let Queue { url, arn, .. } = &self.queues[queue];
        let received = self.ingest.queue.receive(url);
        let failed = self.process_batch(arn, &received).await?;
        for record in received.iter().filter(|record| !failed.contains(&record.id)) {
            self.ingest.queue.delete(url, &record.receipt);
        }
        Ok((received.len(), failed.len()))
    }

    /// Works on what is in any queue until nothing is to be received.
    pub async fn work_through(&self) -> Result<()> {
        loop {
            let mut received = 0;
            for queue in self.queues.keys() {
                received += self.batch_of(queue).await?.0;
            }
            if received == 0 {
                return Ok(());
            }
        }
    }

    /// A queue, by its name.
    pub fn queue(&self, name: &str) -> &Queue {
        &self.queues[name]
    }

    /// Works on records, and deletes none: as when Lambda crashes after the work. Returns the ids of
    /// those that are to come back.
    pub async fn work(&self, received: &[Received]) -> Result<Vec<String>> {
        self.process_batch(&self.queues["default"].arn, received).await
    }

    async fn process_batch(&self, arn: &str, received: &[Received]) -> Result<Vec<String>> {
        let mut event = SqsEvent::default();
        event.records = received.iter().map(|received| record(arn, received)).collect();
        self.invoke(event).await
    }

    /// Has the worker invoked with an event of Lambda's.
    pub async fn invoke(&self, event: SqsEvent) -> Result<Vec<String>> {
        let response = process_batch(&self.worker, event, Instant::now() + self.time).await?;
        let failures = response.batch_item_failures.into_iter();
        Ok(failures.map(|failure| failure.item_identifier).collect())
    }

    /// How an entry stands, if there is one.
    pub fn state(&self, key: &LedgerKey) -> Option<State> {
        self.ledger.entry(key).map(|entry| entry.state)
    }

    /// The dead letters that are visible.
    pub fn dead_letters(&self) -> Vec<Received> {
        self.ingest.queue.receive(&self.queues["default"].dead_letter_url)
    }
}

fn worker(
    config: &Config,
    ingest: &TestIngest,
    ledger: &MemoryLedger,
    destinations: &MemoryDestinations,
) -> Result<OnFakes> {
    let ports = PortSet {
        store: ingest.store.clone(),
        queue: ingest.queue.clone(),
        ledger: ledger.clone(),
        destinations: destinations.clone(),
    };
    Ok(Worker::new(config, Duration::from_secs(10), ports, Metrics::new("catchment"))?)
}

fn record(arn: &str, received: &Received) -> SqsMessage {
    let mut message = SqsMessage::default();
    message.message_id = Some(received.id.clone());
    message.receipt_handle = Some(received.receipt.clone());
    message.event_source_arn = Some(arn.to_owned());
    message.body = Some(received.body.clone());
    let mut say = |name: &str, value| message.attributes.insert(name.to_owned(), value);
    say("ApproximateReceiveCount", received.receives.to_string());
    say("SentTimestamp", received.sent_at.as_millisecond().to_string());
    if let Some(group) = &received.group {
        say("MessageGroupId", group.clone());
    }
    for (name, text) in &received.attributes {
        let mut attribute = SqsMessageAttribute::default();
        attribute.string_value = Some(text.clone());
        message.message_attributes.insert(name.clone(), attribute);
    }
    message
}
