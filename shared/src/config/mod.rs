//! The configuration that Terraform writes, as one JSON object in S3, from its typed variables. It is
//! parsed strictly: what is misspelt stops the start-up, and never runs as something else.

mod destination;
mod queue;
mod source;
mod start;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use self::destination::{
    CircuitBreaker, Destination, EventBridge, Handler, Http, Kind, Lambda, Method, Sqs,
};
pub use self::queue::{Backoff, Queue, SourceQueues};
pub use self::source::{List, Source};
pub use self::start::{Environment, StartError, parse};
use crate::event::route::Route;

/// Everything both Lambdas are told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The stack's name, the prefix of everything in it.
    pub name: String,
    /// Within how many seconds ingest answers.
    pub reply_within: f64,
    /// The largest body taken, in bytes.
    pub body_limit: usize,
    /// The ledger's table.
    pub ledger_table: String,
    /// The registered senders by name.
    pub sources: BTreeMap<String, Source>,
    /// The queues by name.
    pub queues: BTreeMap<String, Queue>,
    /// Where events are delivered, by name.
    pub destinations: BTreeMap<String, Destination>,
    /// Which events go where.
    pub routes: Vec<Route>,
}
