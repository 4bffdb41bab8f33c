//! Destinations in AWS and in the worker itself, on what the emulators honestly have of the services,
//! and on bare sockets where they cannot fail as a service does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "it is a test")]

mod create_contact;
mod envelope_status;
mod eventbridge;
mod failures;
mod lambda;
mod references;
mod sqs;
mod start;

use std::collections::BTreeMap;
use std::time::Duration;

use catchment_tests::clients::{Clients, sdk_config};
use catchment_tests::emulator::{Emulator, Kind};
use catchment_tests::fakes::{MemorySecrets, MemoryStore};
use catchment_tests::{samples, setup};
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::config::StartError;
use shared::event::EventId;
use shared::ports::aws::with_timeouts;
use shared::ports::store::PresignedUrls;
use tokio::time::timeout;
use worker_lambda::deliver::{Deliver, Delivery, Destinations};
use worker_lambda::outcome::{Attempt, Outcome};
use worker_lambda::process::CALL_TIMEOUTS;

/// The one destination of each test.
const IT: &str = "it";
/// In every body here. It must not show in any reason.
const SECRET: &str = "hunter2";
/// By when every delivery has ended.
const NEVER: Duration = Duration::from_secs(30);
/// By when what was delivered is there.
const SOON: Duration = Duration::from_secs(20);

type Tested<L> = Destinations<MemorySecrets, L>;

/// A destination on the services at an endpoint, whose large events would be in memory.
fn destination(endpoint: &str, destination: Value) -> Result<Tested<MemoryStore>, StartError> {
    linked(endpoint, destination, MemoryStore::default())
}

/// The same with links of one's own.
fn linked<L: PresignedUrls>(endpoint: &str, it: Value, link: L) -> Result<Tested<L>, StartError> {
    let mut config = setup::config();
    config["destinations"] = json!({ IT: it });
    config["routes"] = json!([]);
    let config = serde_json::from_value(config).unwrap();
    let aws = with_timeouts(&sdk_config(endpoint), CALL_TIMEOUTS);
    Destinations::new(&config, &aws, MemorySecrets::default(), link)
}

async fn deliver<L: PresignedUrls>(destination: &Tested<L>, delivery: &Delivery) -> Attempt {
    let tried = timeout(NEVER, destination.deliver(IT, delivery)).await.expect("it ends");
    let told = format!("{tried:?}");
    assert!(!told.contains(SECRET), "{told}");
    tried
}

/// What a retry says of itself.
fn retried(tried: &Attempt) -> &str {
    match &tried.outcome {
        Outcome::Retry { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

fn delivery() -> Delivery {
    Delivery {
        webhook_id: format!("msg_{}", EventId::new(Timestamp::now())),
        event_id: EventId::new(Timestamp::UNIX_EPOCH),
        item: None,
        s3_key: "events/source=shop/date=1970-01-01/hour=00/1.json".into(),
        source: "shop".into(),
        event_type: Some("order.paid".into()),
        received_at: "2026-11-22T09:09:29.361Z".parse().unwrap(),
        content_type: Some("application/json".into()),
        body: format!("{{\"text\": \"{SECRET} ü\u{ffff}\"}}").into(),
        ordering_keys: BTreeMap::new(),
    }
}

/// Docusign's sample, of a time.
fn docusign(generated_at: &str, event: &str) -> Delivery {
    let body = String::from_utf8(samples::body("docusign").unwrap().to_vec()).unwrap();
    let body = body.replace("2026-11-20T10:15:30.1234567Z", generated_at);
    let body = body.replace("envelope-completed", event).into();
    Delivery { source: "docusign".into(), body, ..delivery() }
}

/// The event that a destination got is a delivery's, with its body in it.
fn assert_whole(event: &Value, delivery: &Delivery) {
    let expected = json!({
        "specversion": "1.0", "id": delivery.webhook_id, "source": "/shop", "type": "order.paid",
        "time": "2026-11-22T09:09:29.361Z", "eventid": delivery.event_id,
        "datacontenttype": "application/json",
        "data": serde_json::from_slice::<Value>(&delivery.body).unwrap(),
    });
    assert_eq!(*event, expected);
}

async fn emulator(kind: Kind) -> (&'static str, Clients) {
    let emulator = Emulator::shared(kind).await.unwrap();
    (emulator.endpoint(), emulator.clients())
}

/// A name that nothing else in the emulator has, whoever runs it.
fn unique(what: &str) -> String {
    format!("{what}-{}", EventId::new(Timestamp::now()))
}
