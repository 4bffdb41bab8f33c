//! The configuration that Terraform writes, as one JSON object in S3, from its typed variables. It is
//! parsed strictly: what is misspelt stops the start-up, and never runs as something else.

mod cidr;
mod destination;
mod load;
mod queue;

use std::collections::BTreeMap;
use std::iter;

use serde::Deserialize;

pub use self::cidr::Cidr;
pub use self::destination::{
    Circuit, Destination, EventBridge, Handler, Http, Kind, Lambda, Method, Sqs,
};
pub use self::load::{Environment, StartError, load, parse};
pub use self::queue::{Backoff, Queue, SourceQueues};
use crate::expression::Expression;
use crate::filter::Filter;
use crate::handshake::Handshake;
use crate::reply::Reply;
use crate::scheme::Scheme;
use crate::scheme::field::Params;

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

/// A registered sender.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The provider's name.
    pub provider: String,
    /// The queue its events go through.
    pub queue: String,
    /// The queues of those events whose types are named.
    #[serde(default)]
    pub queue_by_type: BTreeMap<String, String>,
    /// The Secrets Manager secret with its signing secrets; none where its provider publishes keys.
    pub secret_arn: Option<String>,
    /// For how many seconds after a rotation the previous secret still counts.
    pub rotation_overlap: u32,
    /// For how many seconds the same body is the same event, where the provider sends no id.
    pub dedupe_window: u32,
    /// What its provider needs configured besides a secret.
    #[serde(default)]
    pub params: Params,
    /// The URL that the provider was given, without a query, where it cannot be told from a request.
    pub public_url: Option<String>,
    /// From where requests are taken; from anywhere where there is none.
    pub allow_cidrs: Option<Vec<Cidr>>,
    /// Whether a secret that is handed over is kept.
    #[serde(default)]
    pub enroll: bool,
    /// How it signs, where its provider file leaves that to the source.
    pub scheme: Option<Scheme>,
    /// The methods of its events, where the provider file leaves that to the source.
    pub methods: Option<Vec<String>>,
    /// What it wants to hear, likewise.
    pub reply: Option<Reply>,
    /// Its handshakes, likewise.
    pub handshakes: Option<Vec<Handshake>>,
    /// Instead of the provider's own.
    pub id: Option<Vec<Expression>>,
    /// Instead of the provider's own.
    #[serde(rename = "type")]
    pub event_type: Option<Vec<Expression>>,
    /// Whether each item of a list is an event of its own.
    #[serde(default)]
    pub split: bool,
    /// Where the list is, instead of the provider's own word.
    pub list: Option<List>,
}

impl Source {
    /// The names of all queues that its events go through.
    pub fn queues(&self) -> impl Iterator<Item = &str> {
        iter::once(&self.queue).chain(self.queue_by_type.values()).map(String::as_str)
    }
}

/// Which events go where. All routes that match apply; their destinations are a set. A route without
/// destinations discards.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// A source's name, or `*`.
    pub source: String,
    /// What an event must be like; any, where there is none.
    pub filter: Option<Filter>,
    /// Whether it matches only what no other of the source's routes does.
    #[serde(default)]
    pub otherwise: bool,
    /// Destinations' names.
    pub destinations: Vec<String>,
}

impl Route {
    /// Whether it is for the events of a source.
    pub fn is_of(&self, source: &str) -> bool {
        self.source == "*" || self.source == source
    }
}

/// Where a body has a list of events, and what the items are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Where the list is in the document.
    pub items: Filter,
    /// What makes two items the same event, looked for in an item; its place in the list where there
    /// is none.
    #[serde(default)]
    pub id: Vec<Expression>,
    /// The parts of an item's type, looked for in an item.
    #[serde(default, rename = "type")]
    pub event_type: Vec<Expression>,
}
