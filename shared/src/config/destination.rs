//! Destinations: where events are delivered, with their rate limit and circuit breaker.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;

use serde::Deserialize;

use super::Auth;
use crate::query::filter::Filter;
use crate::webhook::forward::HeaderPattern;

/// The allowed rate limits, in deliveries per second.
const RATES: RangeInclusive<f64> = 0.001..=100_000.0;

/// A destination of events.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "DestinationFile")]
pub struct Destination {
    /// What kind of destination it is, with the settings of that kind.
    pub kind: Kind,
    /// The rate limit: the most deliveries per second, over all worker environments together. `None` for no
    /// limit.
    pub rate: Option<f64>,
    /// The circuit breaker. `None` for a destination without one.
    pub circuit: Option<CircuitBreaker>,
}

/// A circuit breaker: after several failures, deliveries are deferred for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CircuitBreaker {
    /// The number of consecutive failed deliveries that open the circuit.
    pub failures: u32,
    /// The time until the first probe of an open circuit (half-open), in seconds.
    pub probe_after: u32,
}

/// The kinds of destinations.
#[derive(Clone, Debug)]
pub enum Kind {
    /// An HTTP endpoint.
    Http(Http),
    /// A Lambda function, which is invoked asynchronously.
    Lambda(Lambda),
    /// An SQS queue, standard or FIFO.
    Sqs(Sqs),
    /// An EventBridge bus.
    EventBridge(EventBridge),
    /// A handler, which is code in the worker.
    Handler(Handler),
}

/// A destination as Terraform writes it. Exactly one of the five kinds is set.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DestinationFile {
    http: Option<Http>,
    lambda: Option<Lambda>,
    sqs: Option<Sqs>,
    eventbridge: Option<EventBridge>,
    handler: Option<Handler>,
    rate: Option<f64>,
    circuit: Option<CircuitBreaker>,
}

impl TryFrom<DestinationFile> for Destination {
    type Error = &'static str;

    fn try_from(file: DestinationFile) -> Result<Self, Self::Error> {
        let DestinationFile { http, lambda, sqs, eventbridge, handler, rate, circuit } = file;
        let kinds = [
            http.map(Kind::Http),
            lambda.map(Kind::Lambda),
            sqs.map(Kind::Sqs),
            eventbridge.map(Kind::EventBridge),
            handler.map(Kind::Handler),
        ];
        let mut kinds = kinds.into_iter().flatten();
        let (Some(kind), None) = (kinds.next(), kinds.next()) else {
            return Err("a destination has exactly one of http, lambda, sqs, eventbridge, handler");
        };
        if rate.is_some_and(|rate| !RATES.contains(&rate)) {
            return Err("rate must be between 0.001 and 100000 deliveries per second");
        }
        Ok(Self { kind, rate, circuit })
    }
}

/// An HTTP destination.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// The endpoint's URL: `https`, or `http` if `allow_private` is set.
    pub url: String,
    /// The HTTP method of deliveries.
    pub method: Method,
    /// How long to wait for its answer, in seconds.
    pub timeout: f64,
    /// Whether private addresses and plain `http` are allowed. They are not by default, to prevent
    /// server-side request forgery (SSRF).
    pub allow_private: bool,
    /// Headers of every delivery, by name.
    pub headers: BTreeMap<String, String>,
    /// The headers of the original request that deliveries have, too.
    #[serde(default)]
    pub forward_headers: Vec<HeaderPattern>,
    /// How deliveries authenticate. `None` if the signature alone does.
    #[serde(default)]
    pub auth: Option<Auth>,
    /// The ARN of the Secrets Manager secret that signs deliveries.
    pub secret_arn: String,
    /// Statuses that reject an event for good, in addition to the usual ones.
    pub reject_on: BTreeSet<u16>,
    /// Statuses that are tried again although they usually reject an event.
    pub retry_on: BTreeSet<u16>,
}

/// An HTTP method of requests that have a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
}

/// A Lambda function.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lambda {
    /// Its ARN, with a version or an alias if one is to be invoked.
    pub arn: String,
    /// The largest payload, in bytes. A larger event is delivered by reference.
    pub inline_limit: usize,
}

/// An SQS queue.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sqs {
    /// Its ARN.
    pub arn: String,
    /// Its URL.
    pub url: String,
    /// Finds the message group of an event, for a FIFO queue. Without it, each source is a group.
    pub ordering_key: Option<Filter>,
    /// The largest message, in bytes. A larger event is delivered by reference.
    pub inline_limit: usize,
}

/// An EventBridge bus.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventBridge {
    /// Its name, or its ARN.
    pub bus: String,
    /// The largest entry, in bytes. A larger event is delivered by reference.
    pub inline_limit: usize,
}

/// A handler: a destination that is code in the worker.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handler {
    /// The handler's name, which is that of its file in `worker-lambda/src/handlers`.
    pub name: String,
    /// How long it may take, in seconds.
    pub timeout: f64,
    /// Its settings, by name.
    pub settings: BTreeMap<String, String>,
}

/// Hides the URL and header values, which may contain credentials.
impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("method", &self.method)
            .field("timeout", &self.timeout)
            .field("allow_private", &self.allow_private)
            .field("headers", &self.headers.keys())
            .field("forward_headers", &self.forward_headers)
            .field("auth", &self.auth)
            .finish_non_exhaustive()
    }
}

/// Hides settings, which may contain credentials.
impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handler")
            .field("name", &self.name)
            .field("timeout", &self.timeout)
            .field("settings", &self.settings.keys())
            .finish()
    }
}
