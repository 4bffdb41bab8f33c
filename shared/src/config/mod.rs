//! The configuration: a JSON object in S3 that Terraform writes from its typed variables.
//!
//! It is parsed strictly. An unknown attribute is an error that stops the start, so that a misspelt attribute
//! is not ignored.

mod auth;
mod destination;
mod object_lock;
mod queue;
mod source;
mod start;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

pub use self::auth::{Auth, ClientAuthentication, OAuth2};
pub use self::destination::{
    CircuitBreaker, Destination, EventBridge, Handler, Http, Kind, Lambda, Method, Sqs,
};
pub use self::object_lock::{LockMode, ObjectLock, Retention};
pub use self::queue::{Backoff, Queue, SourceQueues};
pub use self::source::{List, Source};
pub use self::start::{Environment, StartError, parse};
use crate::event::route::Route;
use crate::webhook::secret::FingerprintKey;

/// What ingest needs of the configuration. It leaves the destinations, the routes and the lists of sources unparsed: a
/// mistake in what only the worker uses must never stop receiving.
pub type IngestConfig = Config<IgnoredAny, IgnoredAny, IgnoredAny>;

/// The configuration of both Lambda functions. The type parameters are what only the worker uses: the destinations,
/// the routes, and the list of a source.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config<D = BTreeMap<String, Destination>, R = Vec<Route>, L = List> {
    /// The stack's name, which is the prefix of its resources' names.
    pub name: String,
    /// The time within which ingest answers, in seconds.
    pub reply_within: f64,
    /// The size of the largest body that ingest accepts, in bytes.
    pub body_limit: usize,
    /// The random value of the stack with which ingest computes the fingerprints of secrets.
    pub fingerprint_key: FingerprintKey,
    /// The name of the ledger's DynamoDB table.
    pub ledger_table: String,
    /// The retention of stored events; none without S3 Object Lock.
    pub object_lock: Option<ObjectLock>,
    /// The sources, by name.
    pub sources: BTreeMap<String, Source<L>>,
    /// The queues, by name.
    pub queues: BTreeMap<String, Queue>,
    /// The destinations, by name.
    pub destinations: D,
    /// The routes from sources to destinations.
    pub routes: R,
}
