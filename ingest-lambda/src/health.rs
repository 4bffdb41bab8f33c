//! Whether this version can receive: the answer to the health event.

use std::collections::{BTreeMap, BTreeSet};

use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt};
use shared::config::{Queue, Source};
use shared::ports::health::{Call, HealthEvent, Unhealthy, reach};
use shared::ports::queue::ReachQueue;
use shared::ports::secrets::{SecretStore, Stage};

/// An event that is not of API Gateway.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("neither an event of API Gateway nor the health event")]
pub struct UnknownEvent;

/// Whether an event is the health event. Only an event that is not of API Gateway is looked at.
pub fn is_health_event(request: &Request) -> Result<bool, UnknownEvent> {
    match (request.request_context_ref(), request.body()) {
        (Some(RequestContext::PassThrough), Body::Text(json)) => {
            let event = serde_json::from_str::<HealthEvent>(json);
            event.map(|_| true).map_err(|_| UnknownEvent)
        }
        _ => Ok(false),
    }
}

/// Reaches every queue and every secret that the sources use. A secret without a value can be reached: its value may be
/// set later. S3 was reached when the configuration was read.
pub async fn check<L>(
    sources: &BTreeMap<String, Source<L>>,
    queues: &BTreeMap<String, Queue>,
    queue: &impl ReachQueue,
    secrets: &impl SecretStore,
) -> Result<(), Unhealthy> {
    let mut calls: Vec<Call<'_>> = Vec::new();
    let used: BTreeSet<_> = sources.values().flat_map(Source::queues).collect();
    for (name, it) in queues.iter().filter(|(name, _)| used.contains(&name[..])) {
        calls.push(Box::pin(async move {
            queue.reach(&it.url).await.map_err(|error| format!("queue {name}: {error}"))
        }));
    }
    for (name, source) in sources {
        let Some(arn) = &source.secret_arn else { continue };
        calls.push(Box::pin(async move {
            let read = secrets.version(arn, Stage::Current).await;
            read.map(drop).map_err(|error| format!("secret of source {name}: {error}"))
        }));
    }
    reach(calls).await
}
