//! Providers: how each one signs and identifies its webhooks, as data.
//!
//! Each provider has a file in `shared/providers/`, which is compiled in and parsed when a source names it.
//! The README there documents the fields. A [`ResolvedSource`] is a source with its provider's defaults.

mod files;
mod key_source;
mod resolved_source;
mod scheme_settings;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use self::files::{ProviderError, file, find, names};
pub use self::key_source::{InvalidJwksUrl, JwksUrl, KeySource};
pub use self::resolved_source::{RequestKind, ResolvedSource, SourceSettings};
pub use self::scheme_settings::{Replay, SchemeSettings};
use crate::query::expression::Expression;
use crate::webhook::handshake::Handshake;
use crate::webhook::reply::Reply;
use crate::webhook::scheme::Scheme;

/// A provider file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The provider's name, as it spells it.
    pub title: String,
    /// The URL of the provider's documentation of webhook signatures.
    pub docs: String,
    /// How reliable the sources of this file are.
    pub certainty: Certainty,
    /// The sources of this file's facts.
    pub sources: Vec<String>,
    /// Remarks for operators, one or more sentences each.
    #[serde(default)]
    pub notes: Vec<String>,
    /// What makes an event unique, by the provider's own account, and how sure that is.
    pub unique: String,
    /// Whether the provider signs the time again when it sends an event again, and how that is known. Set if a scheme
    /// refuses old requests: without a new signature, each late retry would be refused.
    pub retry_signature: Option<String>,
    /// The steps to register a source with the provider. `{url}` stands for the source's URL.
    pub register: Vec<String>,
    /// What the secret is and where the provider shows it. `None` if there is no secret.
    pub secret: Option<String>,
    /// A secret that everyone may know. It is only accepted from the addresses in `allow_cidrs`, and Terraform demands that
    /// a source of this provider restricts them or has a secret of its own.
    pub public_secret: Option<String>,
    /// The values that a source configures besides a secret, by name.
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
    /// The HTTP methods of its events.
    #[serde(default = "post")]
    pub methods: Vec<String>,
    /// How it signs. The first scheme whose signature a request has is tried first. Empty if each source must
    /// set its own `scheme`.
    pub schemes: Vec<Scheme>,
    /// Who publishes the verification keys, if the provider signs with keys that must be fetched.
    pub keys: Option<KeySource>,
    /// The form field that has the event as JSON, if the provider can send JSON in a form. That JSON then is the
    /// body for ids, types and filters.
    pub form_json: Option<String>,
    /// How two deliveries of the same event are recognised.
    pub id: IdRule,
    /// For events without an id: for how many seconds the same body counts as the same event, if the source
    /// does not set `dedupe_window`. Terraform reads it.
    pub dedupe_window: Option<u32>,
    /// The parts of an event's type, which are joined by dots. A part that is not found is left out.
    #[serde(rename = "type")]
    pub event_type: Vec<Expression>,
    /// The list of events in a body, if the provider sends lists.
    pub list: Option<List>,
    /// The answer that the provider expects.
    #[serde(default)]
    pub reply: Reply,
    /// Requests that are answered and never queued, such as challenges.
    #[serde(default)]
    pub handshakes: Vec<Handshake>,
}

fn post() -> Vec<String> {
    vec!["POST".to_owned()]
}

/// The kind of source that a provider file's facts come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// The source code of the provider's SDK or server.
    Source,
    /// The provider's documentation.
    Documentation,
    /// Code or tables of third parties.
    ThirdParty,
    /// No source was found.
    Memory,
}

/// A value that a source configures besides a secret.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// What it is, and where the provider shows it.
    pub about: String,
    /// Whether the source must set it.
    pub required: bool,
}

/// A list of events in a body.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Finds the list in the document of the request.
    pub items: Expression,
    /// How two copies of the same item are recognised. Evaluated on an item.
    pub id: IdRule,
    /// The parts of an item's type. Evaluated on an item.
    #[serde(rename = "type")]
    pub event_type: Vec<Expression>,
}

/// How the provider identifies events: expressions that form the id together, or `none`.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum IdRule {
    /// The parts of the id. An event that lacks one has no id.
    Expressions(Vec<Expression>),
    /// The provider sends no ids. Events are deduplicated by their bodies.
    None(NoId),
}

/// `none` in a provider file.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoId {
    /// The provider sends no ids.
    None,
}

impl IdRule {
    /// The parts of the id. Empty if the provider sends no ids.
    pub fn expressions(&self) -> &[Expression] {
        match self {
            Self::Expressions(expressions) => expressions,
            Self::None(_) => &[],
        }
    }
}
