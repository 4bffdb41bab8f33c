//! All destinations of a configuration, each delivered to as its kind is.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use shared::config::{self, Config, Kind, StartError};
use shared::ports::aws::SdkConfig;
use shared::ports::secrets::SecretStore;
use shared::ports::store::PresignedUrls;
use tokio::time::timeout;

use super::aws::Regional;
use super::client::HttpClient;
use super::eventbridge::EventBridgeDestination;
use super::handler::HandlerDestination;
use super::http::HttpDestinations;
use super::lambda::LambdaDestination;
use super::sqs::SqsDestination;
use super::{Deliver, Delivery, seconds};
use crate::handler_context::{HandlerContext, Settings};
use crate::outcome::{Attempt, Outcome};
use crate::process::CALL_TIMEOUTS;

/// The destinations of a configuration.
pub struct Destinations<K, L> {
    http: HttpDestinations<K>,
    others: BTreeMap<String, Other>,
    link: L,
}

/// One that is not HTTP.
enum Other {
    Lambda(LambdaDestination),
    Sqs(SqsDestination),
    EventBridge(EventBridgeDestination),
    Handler(HandlerDestination),
}

impl<K: SecretStore, L: PresignedUrls> Destinations<K, L> {
    /// The destinations of a configuration. `aws` bounds each call; `secrets` has what HTTP
    /// destinations are signed with; `link` leads to events that are delivered by reference.
    pub fn new(config: &Config, aws: &SdkConfig, secrets: K, link: L) -> Result<Self, StartError> {
        let http = HttpDestinations::new(config, secrets)?;
        let others = others(config, aws, http.client())?;
        Ok(Self { http, others, link })
    }

    /// Has ready what first deliveries would wait for. What fails here is told when an event is
    /// delivered.
    pub async fn warm_up(&self, now: Timestamp) {
        self.http.warm_up(now).await;
    }

    /// The longest that any destination may take.
    pub fn longest_timeout(&self) -> Duration {
        let others = self.others.values().map(Other::timeout);
        others.fold(self.http.longest_timeout(), Duration::max)
    }
}

impl<K: SecretStore, L: PresignedUrls> Deliver for Destinations<K, L> {
    async fn deliver(&self, destination: &str, delivery: &Delivery) -> Attempt {
        let link = &self.link;
        match self.others.get(destination) {
            Some(Other::Lambda(lambda)) => bounded(lambda.deliver(delivery, link)).await,
            Some(Other::Sqs(sqs)) => bounded(sqs.deliver(destination, delivery, link)).await,
            Some(Other::EventBridge(bus)) => bounded(bus.deliver(delivery, link)).await,
            Some(Other::Handler(handler)) => handler.deliver(delivery).await,
            None => self.http.deliver(destination, delivery).await,
        }
    }
}

impl Other {
    fn timeout(&self) -> Duration {
        match self {
            Self::Lambda(_) | Self::Sqs(_) | Self::EventBridge(_) => CALL_TIMEOUTS.operation,
            Self::Handler(handler) => handler.timeout(),
        }
    }
}

/// Several calls to AWS for one delivery take no longer than one may: `infra/` has that much time for it
/// in the shortest `worker_timeout`.
async fn bounded(delivery: impl Future<Output = Attempt>) -> Attempt {
    let tried = timeout(CALL_TIMEOUTS.operation, delivery).await;
    tried.unwrap_or_else(|_elapsed| Outcome::retry("timed out").into())
}

fn others(
    config: &Config,
    aws: &SdkConfig,
    client: &HttpClient,
) -> Result<BTreeMap<String, Other>, StartError> {
    let mut lambda = Regional::new(aws, aws_sdk_lambda::Client::new);
    let mut sqs = Regional::new(aws, aws_sdk_sqs::Client::new);
    let mut buses = Regional::new(aws, aws_sdk_eventbridge::Client::new);
    let mut others = BTreeMap::new();
    for (name, destination) in &config.destinations {
        let other = match &destination.kind {
            Kind::Http(_) => continue,
            Kind::Lambda(it) => Other::Lambda(LambdaDestination::new(it, &mut lambda)),
            Kind::Sqs(it) => Other::Sqs(SqsDestination::new(it, &mut sqs)),
            Kind::EventBridge(it) => {
                Other::EventBridge(EventBridgeDestination::new(it, &mut buses))
            }
            Kind::Handler(it) => Other::Handler(handler(name, it, aws, client)?),
        };
        others.insert(name.clone(), other);
    }
    Ok(others)
}

fn handler(
    name: &str,
    handler: &config::Handler,
    aws: &SdkConfig,
    client: &HttpClient,
) -> Result<HandlerDestination, StartError> {
    let path = format!("destinations.{name}.handler");
    let timeout = seconds(handler.timeout);
    let timeout = timeout.map_err(|error| StartError::Invalid(format!("{path}.timeout"), error))?;
    let settings = Settings::new(path, &handler.settings);
    let tools = HandlerContext { aws, http: client, timeout, settings };
    HandlerDestination::new(&handler.name, &tools)
}
