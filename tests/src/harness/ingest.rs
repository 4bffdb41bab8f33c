//! Ingest on fakes.

use std::time::Instant;

use ingest_lambda::Ingest;
use ingest_lambda::http::handle;
use ingest_lambda::keys::{Fetch, Keys};
use jiff::Timestamp;
use serde_json::Value;
use shared::config::Config;
use shared::ports::queue::MessageQueue;
use shared::ports::secrets::SecretStore;
use shared::ports::store::EventStore;
use shared::telemetry::Log;

use super::config::{config, queues};
use super::lines::RecordedLines;
use super::request::{Answer, sample_event, secret};
use crate::fakes::{MemoryHosts, MemoryQueue, MemorySecrets, MemoryStore};

/// Ingest on fakes, with a secret set for every source.
pub struct TestIngest {
    /// The archive.
    pub store: MemoryStore,
    /// The queues.
    pub queue: MemoryQueue,
    /// The secrets.
    pub secrets: MemorySecrets,
    /// The hosts of providers that publish keys.
    pub hosts: MemoryHosts,
    /// What ingest has logged of requests.
    pub lines: RecordedLines,
    /// The time at which requests are received.
    pub now: Timestamp,
    began: Instant,
    ingest: Ingest<MemoryStore, MemoryQueue, MemorySecrets, MemoryHosts>,
}

impl TestIngest {
    /// Ingest with the usual [`config`](super::config()).
    #[expect(clippy::new_without_default, reason = "a default would hide how much this sets up")]
    pub fn new() -> Self {
        Self::with(config())
    }

    /// Ingest with another configuration, as Terraform writes it.
    pub fn with(config: Value) -> Self {
        Self::trusting(config, Keys::new)
    }

    /// The same, with other certificate authorities.
    pub fn trusting(config: Value, keys: impl FnOnce(MemoryHosts) -> Keys<MemoryHosts>) -> Self {
        let config = serde_json::from_value(config).expect("a valid configuration");
        Self::of(&config, keys)
    }

    /// Why ingest does not start with a configuration. Panics if it starts.
    pub fn start_error(config: Value) -> String {
        let config = serde_json::from_value(config).expect("a valid configuration");
        let ports = (MemoryStore::default(), queues(&config), MemorySecrets::default());
        let keys = Keys::new(MemoryHosts::default());
        match Ingest::new(&config, ports.0, ports.1, ports.2, keys) {
            Ok(_) => panic!("ingest starts"),
            Err(error) => error.to_string(),
        }
    }

    pub(super) fn of(config: &Config, keys: impl FnOnce(MemoryHosts) -> Keys<MemoryHosts>) -> Self {
        let (store, queue) = (MemoryStore::default(), queues(config));
        let (secrets, hosts) = (MemorySecrets::default(), MemoryHosts::default());
        for source in config.sources.values() {
            if let Some(arn) = &source.secret_arn {
                secrets.set(arn, &secret(&source.provider), Timestamp::UNIX_EPOCH);
            }
        }
        let keys = keys(hosts.clone());
        let ingest = Ingest::new(config, store.clone(), queue.clone(), secrets.clone(), keys);
        let ingest = ingest.expect("a configuration that ingest starts with");
        let (now, began) = (Timestamp::now(), Instant::now());
        Self { store, queue, secrets, hosts, lines: RecordedLines::default(), now, began, ingest }
    }

    /// Receives an event of API Gateway at [`now`](Self::now).
    pub async fn receive(&self, event: &Value) -> Answer {
        self.receive_at(event, self.now).await
    }

    /// Receives an event of API Gateway at [`now`](Self::now) plus the time that has passed since the start, so that
    /// it comes after the effects of earlier events.
    pub async fn receive_later(&self, event: &Value) -> Answer {
        self.receive_at(event, self.now + self.began.elapsed()).await
    }

    /// Receives a provider's sample, correctly signed, at the source named after the provider.
    pub async fn receive_sample(&self, provider: &str) -> Answer {
        self.receive(&sample_event(provider, self.now)).await
    }

    async fn receive_at(&self, event: &Value, now: Timestamp) -> Answer {
        handle_event(&self.ingest, &self.lines.log(), event, now).await
    }
}

/// Has an ingest on any ports receive an event of API Gateway.
pub async fn receive<S: EventStore, Q: MessageQueue, K: SecretStore, F: Fetch>(
    ingest: &Ingest<S, Q, K, F>,
    event: &Value,
    now: Timestamp,
) -> Answer {
    handle_event(ingest, &RecordedLines::default().log(), event, now).await
}

async fn handle_event<S: EventStore, Q: MessageQueue, K: SecretStore, F: Fetch>(
    ingest: &Ingest<S, Q, K, F>,
    log: &Log,
    event: &Value,
    now: Timestamp,
) -> Answer {
    let request =
        lambda_http::request::from_str(&event.to_string()).expect("an event of API Gateway");
    Answer::of(handle(ingest, log, request, now).await)
}
