//! Whether this version can work: the answer to the health event, and how it is told from a batch.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use serde::{Deserialize, Serialize};
use shared::config::{Config, Kind};
use shared::event::dedupe::LedgerKey;
use shared::ports::health::{Call, HealthEvent, Healthy, Question, Unhealthy, reach};
use shared::ports::queue::ReachQueue;
use shared::ports::secrets::{SecretStore, Stage};
use shared::ports::store::{EventStore, GetError};

use crate::ledger::Ledger;

/// The key of an object that does not exist, under the prefix of the events.
const NO_EVENT: &str = "events/health";

/// What the function is invoked with. One type for both events, so that a batch is parsed only once.
#[derive(Debug, Deserialize)]
pub struct Event {
    catchment: Option<Question>,
    #[serde(rename = "Records")]
    records: Option<Vec<SqsMessage>>,
}

/// An event, by its kind.
#[derive(Debug)]
pub enum EventKind {
    /// A batch of messages.
    Batch(SqsEvent),
    /// The health event.
    Health(HealthEvent),
}

/// An event that is neither a batch nor the health event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither a batch of SQS messages nor the health event")]
pub struct UnknownEvent;

impl TryFrom<Event> for EventKind {
    type Error = UnknownEvent;

    fn try_from(Event { catchment, records }: Event) -> Result<Self, UnknownEvent> {
        match (catchment, records) {
            (None, Some(records)) => {
                let mut batch = SqsEvent::default();
                batch.records = records;
                Ok(Self::Batch(batch))
            }
            (Some(catchment), None) => Ok(Self::Health(HealthEvent { catchment })),
            _ => Err(UnknownEvent),
        }
    }
}

/// What the function answers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// The answer to a batch.
    Batch(SqsBatchResponse),
    /// The answer to the health event.
    Health(Healthy),
}

/// Reaches every service that the worker calls: S3, the ledger, each queue, and each secret of a destination. The
/// destinations themselves are not called.
pub async fn check(
    config: &Config,
    store: &impl EventStore,
    ledger: &impl Ledger,
    queue: &impl ReachQueue,
    secrets: &impl SecretStore,
) -> Result<(), Unhealthy> {
    let mut calls: Vec<Call<'_>> = vec![
        Box::pin(async {
            match store.get(NO_EVENT).await {
                Ok(_) | Err(GetError::Missing) => Ok(()),
                Err(error) => Err(format!("stored events: {error}")),
            }
        }),
        Box::pin(async {
            let read = ledger.get(&LedgerKey::of("", "health")).await;
            read.map(drop).map_err(|error| error.to_string())
        }),
    ];
    for (name, it) in &config.queues {
        calls.push(Box::pin(async move {
            queue.reach(&it.url).await.map_err(|error| format!("queue {name}: {error}"))
        }));
    }
    for (name, arn) in destination_secrets(config) {
        calls.push(Box::pin(async move {
            let read = secrets.version(arn, Stage::Current).await;
            read.map(drop).map_err(|error| format!("secret of destination {name}: {error}"))
        }));
    }
    reach(calls).await
}

/// The ARNs of all secrets of destinations, each with the destination's name.
fn destination_secrets(config: &Config) -> impl Iterator<Item = (&String, &str)> {
    config.destinations.iter().flat_map(|(name, destination)| {
        let http = match &destination.kind {
            Kind::Http(http) => Some(http),
            _ => None,
        };
        let signing = http.map(|http| (name, &http.secret_arn[..]));
        let credential = http.and_then(|http| Some((name, http.auth.as_ref()?.secret_arn())));
        signing.into_iter().chain(credential)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(json: &str) -> Result<EventKind, UnknownEvent> {
        EventKind::try_from(serde_json::from_str::<Event>(json).unwrap())
    }

    #[test]
    fn a_batch_and_the_health_event_are_told_apart() {
        assert!(matches!(kind(r#"{"Records":[]}"#), Ok(EventKind::Batch(_))));
        assert!(matches!(kind(r#"{"catchment":"health"}"#), Ok(EventKind::Health(_))));
        for other in ["{}", r#"{"catchment":"health","Records":[]}"#, r#"{"body":"x"}"#] {
            assert!(kind(other).is_err(), "{other}");
        }
    }
}
