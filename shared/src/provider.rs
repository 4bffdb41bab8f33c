//! Providers: how each one signs, identifies and types its webhooks. One data file each, in
//! `shared/providers/`, compiled in and parsed only when a source names it.

use jmespath::Rcvar;
use serde::Deserialize;

use crate::expression::Expression;
use crate::scheme::Scheme;

/// A provider file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The name as the provider writes it.
    pub title: String,
    /// The provider's page about webhook signatures.
    pub docs: String,
    /// Where what this file says was read.
    pub sources: Vec<String>,
    /// What a reader should know besides.
    #[serde(default)]
    pub notes: Vec<String>,
    /// How it signs; of several, the first whose signature a request carries. Empty only where each
    /// source brings its own `scheme`.
    pub schemes: Vec<Scheme>,
    /// What makes two events the same one.
    pub id: IdRule,
    /// The parts of an event's type, joined by dots; a part that finds nothing is left out.
    #[serde(rename = "type")]
    pub event_type: Vec<Expression>,
    /// What the provider wants to hear.
    #[serde(default)]
    pub reply: Reply,
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

/// The answer to an event that was accepted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// The status, 2xx.
    pub status: u16,
}

impl Default for Reply {
    fn default() -> Self {
        Self { status: 200 }
    }
}

/// The longest event type kept, in characters: it travels in queue messages and headers.
const MAX_TYPE_LENGTH: usize = 256;

/// An event's type by a provider's expressions: printable characters only, so that it may stand in
/// a queue message and a header. None where no expression finds anything.
pub fn event_type(expressions: &[Expression], document: &Rcvar) -> Option<String> {
    let parts: Vec<_> = expressions.iter().filter_map(|part| part.find_text(document)).collect();
    let printable = |c: &char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    let joined: String = parts.join(".").chars().filter(printable).take(MAX_TYPE_LENGTH).collect();
    (!joined.is_empty()).then_some(joined)
}

/// Why a provider cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// No file of that name.
    #[error("there is no provider `{0}`; there are: {names}", names = names().join(", "))]
    Unknown(String),
    /// The file is wrong; its test says the same before it is released.
    #[error("provider `{0}`: {1}")]
    Invalid(String, serde_json::Error),
}

/// Finds a provider by its file's name.
pub fn find(name: &str) -> Result<Provider, ProviderError> {
    let file = FILES.iter().find(|(file, _)| *file == name);
    let (_, json) = file.ok_or_else(|| ProviderError::Unknown(name.to_owned()))?;
    serde_json::from_str(json).map_err(|error| ProviderError::Invalid(name.to_owned(), error))
}

/// The names of all providers.
pub fn names() -> Vec<&'static str> {
    FILES.iter().map(|(name, _)| *name).collect()
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../providers/", $name, ".json")))),*]
    };
}

/// A test holds this list against the folder.
const FILES: &[(&str, &str)] =
    files!["docusign", "github", "hmac", "signbee", "standard-webhooks", "stripe", "svix"];
