//! Providers: how each one signs, identifies and types its webhooks. One data file each, in
//! `shared/providers/`, compiled in and parsed only when a source names it. Its README says what the
//! fields mean.

mod files;
mod resolved_source;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use self::files::{ProviderError, file, find, names};
pub use self::resolved_source::{RequestKind, ResolvedSource, SourceSettings};
use crate::query::expression::Expression;
use crate::webhook::handshake::Handshake;
use crate::webhook::reply::Reply;
use crate::webhook::scheme::Scheme;

/// A provider file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The name as the provider writes it.
    pub title: String,
    /// The provider's page about webhook signatures.
    pub docs: String,
    /// How sure its scheme is.
    pub certainty: Certainty,
    /// Where what this file says was read.
    pub sources: Vec<String>,
    /// What a reader should know besides.
    #[serde(default)]
    pub notes: Vec<String>,
    /// The steps to register a source with it; `{url}` stands for the source's address.
    pub register: Vec<String>,
    /// What its secret is and where it is shown; none where it has none.
    pub secret: Option<String>,
    /// What must be configured besides a secret, by name.
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
    /// The methods of its events.
    #[serde(default = "post")]
    pub methods: Vec<String>,
    /// How it signs; of several, the first whose signature a request carries decides. Empty only where
    /// each source brings its own `scheme`.
    pub schemes: Vec<Scheme>,
    /// Where verification keys are fetched, for those who sign with certificates.
    pub keys: Option<KeySource>,
    /// What makes two events the same one.
    pub id: IdRule,
    /// For how many seconds the same body is the same event, where there is no id and the source says
    /// nothing else. Terraform reads it.
    pub dedupe_window: Option<u32>,
    /// The parts of an event's type, joined by dots; a part that finds nothing is left out.
    #[serde(rename = "type")]
    pub event_type: Vec<Expression>,
    /// Where a body holds several events.
    pub list: Option<List>,
    /// What the provider wants to hear.
    #[serde(default)]
    pub reply: Reply,
    /// Requests that are answered and never queued.
    #[serde(default)]
    pub handshakes: Vec<Handshake>,
}

fn post() -> Vec<String> {
    vec!["POST".to_owned()]
}

/// How sure a provider's scheme is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// Read in the provider's own SDK or server.
    Source,
    /// Read in the provider's own documentation.
    Documentation,
    /// Read in others' code or tables.
    ThirdParty,
    /// Nothing to read was found.
    Memory,
}

/// What must be configured besides a secret.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// What it is and where it is found.
    pub about: String,
    /// Whether nothing works without it.
    pub required: bool,
}

/// From whom verification keys are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeySource {
    /// Amazon SNS's certificates.
    Sns,
    /// PayPal's certificates.
    Paypal,
    /// Plaid's JWKs, for which the source's secret is the credentials.
    Plaid,
}

/// A body that holds several events.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Where the list is in the document.
    pub items: Expression,
    /// What makes two items the same event, looked for in an item.
    pub id: IdRule,
    /// The parts of an item's type.
    #[serde(rename = "type")]
    pub event_type: Vec<Expression>,
}

/// The provider's own event id: expressions that make it up together, or `none`.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum IdRule {
    /// Every expression must find something for the id to count.
    Expressions(Vec<Expression>),
    /// The provider sends none: events are told apart by their bodies.
    None(NoId),
}

/// The word `none`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoId {
    /// The only value.
    None,
}

impl IdRule {
    /// The expressions, none of them where there is no id.
    pub fn expressions(&self) -> &[Expression] {
        match self {
            Self::Expressions(expressions) => expressions,
            Self::None(_) => &[],
        }
    }
}
