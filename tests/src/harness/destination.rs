//! One destination of any kind, with the AWS SDK's clients for an endpoint: an emulator's, or a raw server's.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use shared::config::StartError;
use shared::event::EventId;
use shared::ports::aws::with_timeouts;
use shared::ports::store::BodyStore;
use shared::webhook::request::Headers;
use tokio::time::timeout;
use worker_lambda::deliver::{Deliver, Delivery, Destinations};
use worker_lambda::outcome::{Attempt, Outcome};
use worker_lambda::process::CALL_TIMEOUTS;

use crate::clients::sdk_config;
use crate::fakes::{MemorySecrets, MemoryStore};

/// A text in the body of [`delivery`]. No reason may show it.
pub const SECRET: &str = "hunter2";
/// The name of the destination.
pub const NAME: &str = "it";
/// No delivery takes longer.
const LONGEST_DELIVERY: Duration = Duration::from_secs(30);

/// A worker's destinations, of which there is one.
pub struct TestDestination<L> {
    destinations: Destinations<MemorySecrets, L>,
}

impl TestDestination<MemoryStore> {
    /// A destination as `settings` configures it, on the services at an endpoint. Links to large events lead into
    /// memory.
    pub fn new(endpoint: &str, settings: Value) -> Result<Self, StartError> {
        Self::with_links(endpoint, settings, MemoryStore::default())
    }
}

impl<L: BodyStore> TestDestination<L> {
    /// The same, with links to large events from `links`.
    pub fn with_links(endpoint: &str, settings: Value, links: L) -> Result<Self, StartError> {
        let mut config = super::config();
        config["destinations"] = json!({ NAME: settings });
        config["routes"] = json!([]);
        let config = serde_json::from_value(config).unwrap();
        let aws = with_timeouts(&sdk_config(endpoint), CALL_TIMEOUTS);
        let destinations = Destinations::new(
            &config,
            &aws,
            CALL_TIMEOUTS.operation,
            MemorySecrets::default(),
            links,
            &worker_lambda::handlers::registry(),
        )?;
        Ok(Self { destinations })
    }

    /// Attempts a delivery, and checks that the attempt's result shows nothing of the body.
    pub async fn deliver(&self, delivery: &Delivery) -> Attempt {
        self.deliver_to(NAME, delivery).await
    }

    /// Attempts a delivery to a destination of any name, configured or not.
    pub async fn deliver_to(&self, name: &str, delivery: &Delivery) -> Attempt {
        let attempt = timeout(LONGEST_DELIVERY, self.destinations.deliver(name, delivery)).await;
        let attempt = attempt.expect("a delivery ends");
        let shown = format!("{attempt:?}");
        assert!(!shown.contains(SECRET), "{shown}");
        attempt
    }

    /// How long a delivery to it may take.
    pub fn longest_timeout(&self) -> Duration {
        self.destinations.longest_timeout()
    }
}

/// The reason of an attempt that is to be retried. Panics if it is not.
pub fn retry_reason(attempt: &Attempt) -> &str {
    match &attempt.outcome {
        Outcome::Retry { reason, .. } => reason,
        other => panic!("expected a retry, not {other:?}"),
    }
}

/// An event to deliver, with an id of its own.
pub fn delivery() -> Delivery {
    Delivery {
        webhook_id: format!("msg_{}", EventId::new(Timestamp::now())),
        event_id: EventId::new(Timestamp::UNIX_EPOCH),
        item: None,
        s3_key: "events/source=shop/date=1970-01-01/hour=00/1.json".into(),
        source: "shop".into(),
        event_type: Some("order.paid".into()),
        received_at: "2026-11-22T09:09:29.361Z".parse().unwrap(),
        content_type: Some("application/json".into()),
        content_encoding: None,
        headers: Headers::default(),
        body: format!("{{\"text\": \"{SECRET} ü\u{ffff}\"}}").into(),
        ordering_keys: BTreeMap::new(),
    }
}
