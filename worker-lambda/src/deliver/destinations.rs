//! All destinations of a configuration. Each delivery goes to the code for the kind of its destination.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use shared::config::{self, Config, Kind, StartError};
use shared::ports::aws::SdkConfig;
use shared::ports::secrets::SecretStore;
use shared::ports::store::BodyStore;
use tokio::time::timeout;

use super::aws::RegionalClients;
use super::client::HttpClient;
use super::eventbridge::EventBridgeDestination;
use super::handler::{HandlerContext, HandlerDestination, HandlerRegistry, Settings};
use super::http::HttpDestinations;
use super::lambda::LambdaDestination;
use super::sqs::SqsDestination;
use super::{Deliver, Delivery, seconds};
use crate::outcome::{Attempt, Outcome};

/// The destinations of a configuration.
pub struct Destinations<K, B> {
    http: HttpDestinations<K>,
    others: BTreeMap<String, OtherDestination>,
    bodies: B,
    call_timeout: Duration,
}

/// A destination of another kind than HTTP.
enum OtherDestination {
    Lambda(LambdaDestination),
    Sqs(SqsDestination),
    EventBridge(EventBridgeDestination),
    Handler(HandlerDestination),
}

impl<K: SecretStore, B: BodyStore> Destinations<K, B> {
    /// The destinations of a configuration.
    ///
    /// Deliveries to Lambda, SQS and EventBridge use `aws`, and end after `call_timeout`. HTTP deliveries are signed
    /// with `secrets`. `bodies` stores the body of an event that is delivered by reference. A destination may name
    /// the handlers in `handlers`.
    pub fn new(
        config: &Config,
        aws: &SdkConfig,
        call_timeout: Duration,
        secrets: K,
        bodies: B,
        handlers: &HandlerRegistry,
    ) -> Result<Self, StartError> {
        let http = HttpDestinations::new(config, secrets)?;
        let others = others(config, aws, http.client(), handlers)?;
        Ok(Self { http, others, bodies, call_timeout })
    }

    /// Fetches what the first deliveries would wait for. An error here is not reported: the delivery that needs the same
    /// reports it.
    pub async fn warm_up(&self, now: Timestamp) {
        self.http.warm_up(now).await;
    }

    /// The timeout of the slowest destination.
    pub fn longest_timeout(&self) -> Duration {
        let others = self.others.values().map(|other| match other {
            OtherDestination::Handler(handler) => handler.timeout(),
            _ => self.call_timeout,
        });
        others.fold(self.http.longest_timeout(), Duration::max)
    }

    /// Limits a delivery that may make several calls to AWS to the time of one. Terraform reserves that much for a
    /// delivery in the shortest `worker_timeout`.
    async fn bounded(&self, delivery: impl Future<Output = Attempt>) -> Attempt {
        let attempt = timeout(self.call_timeout, delivery).await;
        attempt.unwrap_or_else(|_elapsed| Outcome::retry("timed out").into())
    }
}

impl<K: SecretStore, B: BodyStore> Deliver for Destinations<K, B> {
    async fn deliver(&self, destination: &str, delivery: &Delivery) -> Attempt {
        let bodies = &self.bodies;
        match self.others.get(destination) {
            Some(OtherDestination::Lambda(lambda)) => {
                self.bounded(lambda.deliver(delivery, bodies)).await
            }
            Some(OtherDestination::Sqs(sqs)) => {
                self.bounded(sqs.deliver(destination, delivery, bodies)).await
            }
            Some(OtherDestination::EventBridge(bus)) => {
                self.bounded(bus.deliver(delivery, bodies)).await
            }
            Some(OtherDestination::Handler(handler)) => handler.deliver(delivery).await,
            None => self.http.deliver(destination, delivery).await,
        }
    }
}

fn others(
    config: &Config,
    aws: &SdkConfig,
    http: &HttpClient,
    handlers: &HandlerRegistry,
) -> Result<BTreeMap<String, OtherDestination>, StartError> {
    let mut lambda = RegionalClients::new(aws, aws_sdk_lambda::Client::new);
    let mut sqs = RegionalClients::new(aws, aws_sdk_sqs::Client::new);
    let mut buses = RegionalClients::new(aws, aws_sdk_eventbridge::Client::new);
    let mut others = BTreeMap::new();
    for (name, destination) in &config.destinations {
        let other = match &destination.kind {
            Kind::Http(_) => continue,
            Kind::Lambda(it) => OtherDestination::Lambda(LambdaDestination::new(it, &mut lambda)),
            Kind::Sqs(it) => OtherDestination::Sqs(SqsDestination::new(it, &mut sqs)),
            Kind::EventBridge(it) => {
                OtherDestination::EventBridge(EventBridgeDestination::new(it, &mut buses))
            }
            Kind::Handler(it) => {
                let context = handler_context(name, it, aws, http)?;
                let handler = HandlerDestination::new(&it.name, handlers, &context)?;
                OtherDestination::Handler(handler)
            }
        };
        others.insert(name.clone(), other);
    }
    Ok(others)
}

fn handler_context<'c>(
    destination: &str,
    handler: &'c config::Handler,
    aws: &'c SdkConfig,
    http: &'c HttpClient,
) -> Result<HandlerContext<'c>, StartError> {
    let path = format!("destinations.{destination}.handler");
    let timeout = seconds(handler.timeout);
    let timeout = timeout.map_err(|error| StartError::Invalid(format!("{path}.timeout"), error))?;
    Ok(HandlerContext { aws, http, timeout, settings: Settings::new(path, &handler.settings) })
}
