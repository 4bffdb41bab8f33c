//! The usual configuration, and its parts.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use shared::config::Config;

use crate::fakes::{MemoryQueue, Settings};
use crate::samples;

/// The URL of the queue in [`config`].
pub const QUEUE: &str = "https://sqs.example/default";
/// The ARN of the queue in [`config`].
pub const QUEUE_ARN: &str = "arn:aws:sqs:us-east-1:000000000000:default";
/// The URL of its dead-letter queue.
pub const DEAD_LETTERS: &str = "https://sqs.example/default-dead-letters";

/// The usual configuration: a source for each provider with a sample, named after it, and two destinations, `crm` and
/// `bus`. Every source is routed to both, except `docusign` (to `crm` only), `svix` (discarded) and `hmac` (no route).
/// Backoff is zero, so that a retry is due at once.
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
                "reject_on": [], "retry_on": [],
            },
        })
    };
    let to = |source: &str, destinations: &[&str]| json!({ "source": source, "destinations": destinations });
    json!({
        "name": "catchment", "reply_within": 2.5, "body_limit": 6_291_456,
        "fingerprint_key": "3d1f6c1e-7f0b-4a52-9c64-5b8f0a2e4d11", "ledger_table": "catchment-ledger", "sources": sources,
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

/// A source of a provider with no further settings, as Terraform writes it.
pub fn source(provider: &str) -> Value {
    json!({
        "provider": provider, "queue": "default", "queue_by_type": {}, "secret_arn": format!("arn:{provider}"),
        "rotation_overlap": 86_400, "dedupe_window": 600, "params": {}, "public_url": null,
        "allow_cidrs": null, "enroll": false, "scheme": null, "id": null, "type": null,
        "methods": null, "reply": null, "handshakes": null, "split": false, "list": null,
    })
}

/// The same, with further settings from the object `more`.
pub fn source_with(provider: &str, more: &Value) -> Value {
    let mut source = source(provider);
    let more = more.as_object().expect("settings are an object").clone();
    source.as_object_mut().expect("a source is an object").extend(more);
    source
}

/// A configuration with its queues moved to the fakes: URLs and ARNs end in the queue's name, and in `.fifo` for a FIFO
/// queue.
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

/// The queues of a configuration, in memory.
pub fn queues(config: &Config) -> MemoryQueue {
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
