//! Where events are delivered: one kind each.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use crate::filter::Filter;

/// Where events are delivered.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Destination {
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
