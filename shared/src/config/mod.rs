//! The configuration that Terraform writes, as one JSON object in S3, from its typed variables. It is
//! parsed strictly: what is misspelt stops the start-up, and never runs as something else.

mod cidr;
mod load;

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

pub use self::cidr::Cidr;
pub use self::load::{Environment, StartError, load};
use crate::expression::Expression;
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
}

/// A queue with its retry policy.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Where messages are sent and hidden.
    pub url: String,
    /// By which the worker knows where a batch comes from.
    pub arn: String,
    /// Where its dead letters go.
    pub dead_letter_url: String,
    /// How often an event is tried before it is a dead letter.
    pub max_attempts: u32,
    /// How long to wait between attempts.
    pub backoff: Backoff,
}

/// Exponential backoff, in seconds: `base · factorⁿ`, at most `cap`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backoff {
    /// The longest wait after the first attempt.
    pub base: f64,
    /// By how much it grows with each further attempt.
    pub factor: f64,
    /// What it never exceeds.
    pub cap: f64,
}

/// Where events are delivered.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// By HTTP.
    pub http: Http,
    /// The Secrets Manager secret that its deliveries are signed with.
    pub secret_arn: String,
}

/// An HTTP destination.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Where it listens: `https`, or `http` with `allow_private`.
    pub url: String,
    /// How long it may take to answer, in seconds.
    pub timeout: f64,
    /// Whether private addresses and plain `http` are allowed.
    pub allow_private: bool,
    /// Sent along with every delivery.
    pub headers: BTreeMap<String, String>,
}

/// A URL's path and query, and a header, may be what lets us in.
impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("timeout", &self.timeout)
            .field("allow_private", &self.allow_private)
            .field("headers", &self.headers.keys())
            .finish_non_exhaustive()
    }
}

/// Which events go where: all routes of a source, and those of `*`, apply; their destinations are a
/// set. A route without destinations discards.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// A source's name, or `*`.
    pub source: String,
    /// Destinations' names.
    pub destinations: Vec<String>,
}
