//! A configuration that uses everything, and ingest and worker on fakes.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "only tests use it")]

pub mod destination;
mod worker;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ingest_lambda::Ingest;
use ingest_lambda::http::handle;
use ingest_lambda::keys::{Fetch, Keys};
use jiff::Timestamp;
use lambda_http::{Body, Response};
use serde_json::{Value, json};
use shared::config::Config;
use shared::ports::queue::MessageQueue;
use shared::ports::secrets::SecretStore;
use shared::ports::store::EventStore;
use shared::telemetry::Metrics;

pub use self::worker::TestWorker;
use crate::Result;
use crate::fakes::{MemoryHosts, MemoryQueue, MemorySecrets, MemoryStore, Settings};
use crate::samples::{self, Sample};

/// The URL of the queue in [`config`].
pub const QUEUE: &str = "https://sqs.example/default";
/// The ARN of the queue in [`config`].
pub const QUEUE_ARN: &str = "arn:aws:sqs:us-east-1:000000000000:default";
/// The URL of its dead-letter queue.
pub const DEAD_LETTERS: &str = "https://sqs.example/default-dead-letters";

/// A source for each provider, named after it; two destinations, `crm` and `bus`; every source goes
/// to both but `docusign` (to `crm` only), `svix` (discarded) and `hmac` (no route). Backoff is zero,
/// so that a retry is due at once.
pub fn config() -> Value {
    let mut sources: BTreeMap<_, _> =
        samples::PROVIDERS.iter().map(|name| (*name, source(name))).collect();
    let scheme = json!({ "header": samples::HMAC_HEADER, "encoding": "hex" });
    sources.entry("hmac").and_modify(|hmac| {
        hmac["scheme"] = scheme;
        hmac["type"] = json!(["body.kind"]);
    });
    let destination = |name: &str| {
        json!({
            "http": {
                "url": format!("https://{name}.example/hook"), "method": "POST", "timeout": 10,
                "allow_private": false, "headers": {}, "secret_arn": format!("arn:{name}"),
            },
        })
    };
    let to = |source: &str, destinations: &[&str]| json!({ "source": source, "destinations": destinations });
    json!({
        "name": "catchment", "reply_within": 2.5, "body_limit": 6_291_456,
        "ledger_table": "catchment-ledger", "sources": sources,
        "queues": { "default": {
            "url": QUEUE, "arn": QUEUE_ARN, "dead_letter_url": DEAD_LETTERS, "max_attempts": 3,
            "backoff": { "base": 0, "factor": 2, "cap": 900 }, "max_receives": 100,
            "retention": 604_800, "maximum_concurrency": 10, "ordering_key": null,
        } },
        "destinations": { "crm": destination("crm"), "bus": destination("bus") },
        "routes": [
            to("docusign", &["crm"]), to("github", &["crm", "bus"]), to("signbee", &["crm", "bus"]),
            to("standard-webhooks", &["crm", "bus"]), to("stripe", &["crm", "bus"]),
            to("svix", &[]),
        ],
    })
}

/// A source of a provider's, as Terraform writes one of which no more is said.
pub fn source(provider: &str) -> Value {
    json!({
        "provider": provider, "queue": "default", "queue_by_type": {}, "secret_arn": format!("arn:{provider}"),
        "rotation_overlap": 86_400, "dedupe_window": 600, "params": {}, "public_url": null,
        "allow_cidrs": null, "enroll": false, "scheme": null, "id": null, "type": null,
        "methods": null, "reply": null, "handshakes": null, "split": false, "list": null,
    })
}

/// A configuration with its queues where the fakes have them: at URLs and ARNs that end in their names,
/// and in `.fifo` where they are to.
pub fn on_fakes(config: &Config) -> Config {
    let mut config = config.clone();
    for (name, queue) in &mut config.queues {
        let fifo = if queue.is_fifo() { ".fifo" } else { "" };
        queue.url = format!("https://sqs.example/{name}{fifo}");
        queue.arn = format!("arn:aws:sqs:us-east-1:000000000000:{name}{fifo}");
        queue.dead_letter_url = format!("https://sqs.example/{name}-dead-letters{fifo}");
    }
    config
}

/// The queues of [`config`], in memory.
pub fn queues() -> Result<MemoryQueue> {
    Ok(queues_of(&serde_json::from_value(config())?))
}

fn queues_of(config: &Config) -> MemoryQueue {
    let queues = MemoryQueue::default();
    let visibility = Duration::from_secs(360);
    for queue in config.queues.values() {
        let dead_letters = &queue.dead_letter_url;
        queues.create(dead_letters, Settings { visibility, redrive: None });
        let redrive = Some((queue.max_receives, dead_letters.clone()));
        queues.create(&queue.url, Settings { visibility, redrive });
    }
    queues
}

/// Ingest on fakes, with a secret set for every source.
pub struct TestIngest {
    /// The archive.
    pub store: MemoryStore,
    /// The queues.
    pub queue: MemoryQueue,
    /// The secrets.
    pub secrets: MemorySecrets,
    /// The time at which requests are received.
    pub now: Timestamp,
    began: Instant,
    /// The hosts of providers that publish keys.
    pub hosts: MemoryHosts,
    ingest: Ingest<MemoryStore, MemoryQueue, MemorySecrets, MemoryHosts>,
}

impl TestIngest {
    /// With [`config`].
    pub fn new() -> Result<Self> {
        Self::with(config())
    }

    /// With a configuration of one's own.
    pub fn with(config: Value) -> Result<Self> {
        Self::of(&serde_json::from_value(config)?, Keys::new)
    }

    /// With a configuration and certificate authorities of one's own.
    pub fn trusting(
        config: Value,
        keys: impl FnOnce(MemoryHosts) -> Keys<MemoryHosts>,
    ) -> Result<Self> {
        Self::of(&serde_json::from_value(config)?, keys)
    }

    fn of(config: &Config, keys: impl FnOnce(MemoryHosts) -> Keys<MemoryHosts>) -> Result<Self> {
        let (store, queue) = (MemoryStore::default(), queues_of(config));
        let secrets = MemorySecrets::default();
        for source in config.sources.values() {
            if let Some(arn) = &source.secret_arn {
                secrets.set(arn, &secret(&source.provider), Timestamp::UNIX_EPOCH);
            }
        }
        let hosts = MemoryHosts::default();
        let ports = (store.clone(), queue.clone(), secrets.clone());
        let ingest = Ingest::new(config, ports.0, ports.1, ports.2, keys(hosts.clone()))?;
        let (now, began) = (Timestamp::now(), Instant::now());
        Ok(Self { store, queue, secrets, now, began, hosts, ingest })
    }

    /// Receives an event of API Gateway's.
    pub async fn receive(&self, event: &Value) -> Result<Answer> {
        receive(&self.ingest, event, self.now).await
    }

    /// Receives an event of API Gateway's as much later as time has passed: after what became of those
    /// before.
    pub async fn receive_later(&self, event: &Value) -> Result<Answer> {
        receive(&self.ingest, event, self.now + self.began.elapsed()).await
    }

    /// Receives a provider's sample, correctly signed, at the source named after the provider.
    pub async fn receive_sample(&self, provider: &str) -> Result<Answer> {
        self.receive(&self.sample(provider)?).await
    }

    /// A provider's sample, correctly signed, as API Gateway hands it over.
    pub fn sample(&self, provider: &str) -> Result<Value> {
        sample_event(provider, self.now)
    }
}

/// A provider's sample, signed with [`secret`] at a time, as API Gateway hands it over.
pub fn sample_event(provider: &str, now: Timestamp) -> Result<Value> {
    let body = samples::body(provider).unwrap_or_default();
    let sample = samples::sign(provider, &secret(provider), "id-1", body, now)?;
    Ok(http_api_event(provider, &sample))
}

/// Has an ingest on any ports receive an event of API Gateway's.
pub async fn receive<S: EventStore, Q: MessageQueue, K: SecretStore, F: Fetch>(
    ingest: &Ingest<S, Q, K, F>,
    event: &Value,
    now: Timestamp,
) -> Result<Answer> {
    let incoming = lambda_http::request::from_str(&event.to_string())?;
    Ok(Answer::of(handle(ingest, &Metrics::new("catchment"), incoming, now).await))
}

/// The secret of a provider's source.
pub fn secret(provider: &str) -> String {
    samples::secret(provider, [7; 32])
}

/// What the sender was told.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: BTreeMap<String, String>,
    /// The body, if it is JSON.
    pub body: Value,
    /// The body as it is.
    pub text: String,
}

impl Answer {
    fn of(response: Response<Body>) -> Self {
        let (head, body) = response.into_parts();
        let value = |value: &http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let headers = head.headers.iter().map(|(name, v)| (name.to_string(), value(v))).collect();
        let text = String::from_utf8_lossy(&body).into_owned();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Self { status: head.status.as_u16(), headers, body, text }
    }
}

/// A POST of a sample, as an HTTP API's event of format 2.0: names in lower case, everything but
/// text and JSON in base64. The shape is that of AWS's documentation.
pub fn http_api_event(source: &str, sample: &Sample) -> Value {
    let headers = sample.headers.iter();
    let headers: BTreeMap<_, _> =
        headers.map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
    let content_type = headers.get("content-type").map(String::as_str).unwrap_or_default();
    let plain = content_type.starts_with("text/") || content_type.starts_with("application/json");
    let text = std::str::from_utf8(&sample.body).ok().filter(|_| plain);
    let path = format!("/{source}");
    json!({
        "version": "2.0",
        "routeKey": "ANY /{source}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api-id",
            "domainName": "id.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "id",
            "http": {
                "method": "POST", "path": path, "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1", "userAgent": "agent",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "ANY /{source}",
            "stage": "$default",
            "time": "22/Nov/2026:09:09:29 +0000",
            "timeEpoch": 1_795_338_569_361_u64,
        },
        "pathParameters": { "source": source },
        "isBase64Encoded": text.is_none(),
        "body": text.map_or_else(|| STANDARD.encode(&sample.body), str::to_owned),
    })
}
