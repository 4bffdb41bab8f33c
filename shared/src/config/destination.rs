//! Where events are delivered: one kind each, and how many deliveries it is to bear.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use serde::Deserialize;

use crate::query::filter::Filter;

/// In deliveries per second: less than a few an hour is no pace.
const RATES: RangeInclusive<f64> = 0.001..=100_000.0;

/// Where events are delivered.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Written")]
pub struct Destination {
    /// To whom, and in which form.
    pub kind: Kind,
    /// How many deliveries per second it gets at most, over all worker environments.
    pub rate: Option<f64>,
    /// When it is left alone for a while, if ever.
    pub circuit: Option<CircuitBreaker>,
}

/// When a destination that fails is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CircuitBreaker {
    /// After so many failed deliveries in a row.
    pub failures: u32,
    /// For so many seconds at first.
    pub probe_after: u32,
}

/// The kinds of destinations.
#[derive(Clone, Debug)]
pub enum Kind {
    /// To a URL.
    Http(Http),
    /// To a Lambda function, invoked asynchronously.
    Lambda(Lambda),
    /// To an SQS queue, standard or FIFO.
    Sqs(Sqs),
    /// To an EventBridge bus.
    EventBridge(EventBridge),
    /// To code in the worker itself.
    Handler(Handler),
}

/// A destination as Terraform writes it: a kind beside what holds for all of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    http: Option<Http>,
    lambda: Option<Lambda>,
    sqs: Option<Sqs>,
    eventbridge: Option<EventBridge>,
    handler: Option<Handler>,
    rate: Option<f64>,
    circuit: Option<CircuitBreaker>,
}

impl TryFrom<Written> for Destination {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written { http, lambda, sqs, eventbridge, handler, rate, circuit } = written;
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
            return Err("a rate is from 0.001 to 100000 deliveries per second");
        }
        Ok(Self { kind, rate, circuit })
    }
}

/// An HTTP destination.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Where it listens: `https`, or `http` with `allow_private`.
    pub url: String,
    /// How it wants to be called.
    pub method: Method,
    /// How long it may take to answer, in seconds.
    pub timeout: f64,
    /// Whether private addresses and plain `http` are allowed.
    pub allow_private: bool,
    /// Sent along with every delivery.
    pub headers: BTreeMap<String, String>,
    /// The Secrets Manager secret that its deliveries are signed with.
    pub secret_arn: String,
}

/// A method that has a body.
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

/// A function.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lambda {
    /// Its ARN, with a version or an alias where one is meant.
    pub arn: String,
    /// The largest payload in bytes; what is larger is delivered by reference.
    pub inline_limit: usize,
}

/// A queue.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sqs {
    /// Its ARN.
    pub arn: String,
    /// Its URL.
    pub url: String,
    /// What tells the groups of a FIFO queue apart; where there is none, each source is a group.
    pub ordering_key: Option<Filter>,
    /// The largest message in bytes; what is larger is delivered by reference.
    pub inline_limit: usize,
}

/// An event bus.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventBridge {
    /// Its name, or its ARN.
    pub bus: String,
    /// The largest entry in bytes; what is larger is delivered by reference.
    pub inline_limit: usize,
}

/// Code in the worker.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handler {
    /// The handler's name, that of its file in `worker-lambda/src/handlers`.
    pub name: String,
    /// How long it may take, in seconds.
    pub timeout: f64,
    /// What it is told.
    pub settings: BTreeMap<String, String>,
}

/// A URL's path and query, and a header, may be what lets us in.
impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("method", &self.method)
            .field("timeout", &self.timeout)
            .field("allow_private", &self.allow_private)
            .field("headers", &self.headers.keys())
            .finish_non_exhaustive()
    }
}

/// So may a setting.
impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handler")
            .field("name", &self.name)
            .field("timeout", &self.timeout)
            .field("settings", &self.settings.keys())
            .finish()
    }
}
