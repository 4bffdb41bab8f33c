//! The registered sources, with all that ingest knows of each.

use std::collections::BTreeMap;

use shared::config::{self, Config, StartError};
use shared::expression::Expression;
use shared::provider::{self, Reply};
use shared::scheme::Scheme;

/// A source, its provider's file read.
#[derive(Debug)]
pub struct Source {
    /// The source's name.
    pub name: String,
    /// Its provider's name.
    pub provider: String,
    /// The ways in which the provider signs.
    pub schemes: Vec<Scheme>,
    /// What makes two of its events the same one.
    pub id: Vec<Expression>,
    /// What its events' types are made of.
    pub event_type: Vec<Expression>,
    /// What the provider wants to hear.
    pub reply: Reply,
    /// Where its secrets are.
    pub secret_arn: String,
    /// For how many seconds after a rotation the previous secret counts.
    pub rotation_overlap: u32,
    /// For how many seconds the same body is the same event, where there is no id.
    pub dedupe_window: u32,
    /// The URL of its queue.
    pub queue_url: String,
}

/// Reads the files of the providers that a configuration names, and of no others.
pub fn sources(config: &Config) -> Result<BTreeMap<String, Source>, StartError> {
    let read = |(name, source): (&String, _)| Ok((name.clone(), read(config, name, source)?));
    config.sources.iter().map(read).collect()
}

fn read(config: &Config, name: &str, source: &config::Source) -> Result<Source, StartError> {
    let invalid = |reason: String| StartError::Invalid(format!("sources.{name}"), reason);
    let provider = provider::find(&source.provider).map_err(|error| invalid(error.to_string()))?;
    let queue = config.queues.get(&source.queue);
    let queue = queue.ok_or_else(|| invalid(format!("there is no queue `{}`", source.queue)))?;
    let schemes = match &source.scheme {
        Some(scheme) => vec![scheme.clone()],
        None => provider.schemes,
    };
    if schemes.is_empty() {
        return Err(invalid(format!("provider `{}` needs a `scheme`", source.provider)));
    }
    Ok(Source {
        name: name.to_owned(),
        provider: source.provider.clone(),
        schemes,
        id: source.id.clone().unwrap_or_else(|| provider.id.expressions().to_vec()),
        event_type: source.event_type.clone().unwrap_or(provider.event_type),
        reply: provider.reply,
        secret_arn: source.secret_arn.clone(),
        rotation_overlap: source.rotation_overlap,
        dedupe_window: source.dedupe_window,
        queue_url: queue.url.clone(),
    })
}
